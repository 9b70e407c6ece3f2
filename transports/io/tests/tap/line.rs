//! A line whose far end is in the test's hands.

use core::{
    pin::Pin,
    task::{Context, Poll, Waker},
};
use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
};

use lineside_core::Mark;
use lineside_io::{BoxFuture, Capabilities, Line, Queue, Settings, Signals};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[derive(Debug)]
enum Item {
    Bytes(VecDeque<u8>),
    Mark(Mark),
}

#[derive(Debug, Default)]
struct State {
    rx: VecDeque<Item>,
    reader: Option<Waker>,
    written: Vec<u8>,
    drained: usize,
    settings: Settings,
    signals: Signals,
}

/// The near end.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestLine(Arc<Mutex<State>>);

/// The far end.
#[derive(Clone, Debug)]
pub(crate) struct Far(Arc<Mutex<State>>);

pub(crate) fn pair() -> (TestLine, Far) {
    let line = TestLine::default();
    let far = Far(Arc::clone(&line.0));
    (line, far)
}

impl Far {
    pub(crate) fn send(&self, bytes: &[u8]) {
        self.push(Item::Bytes(bytes.iter().copied().collect()));
    }

    pub(crate) fn mark(&self, mark: Mark) {
        self.push(Item::Mark(mark));
    }

    pub(crate) fn written(&self) -> Vec<u8> {
        self.0.lock().unwrap().written.clone()
    }

    /// Marks and runs of bytes that nobody has read yet.
    pub(crate) fn unread(&self) -> usize {
        self.0.lock().unwrap().rx.len()
    }

    /// What was written when the line was last drained.
    pub(crate) fn drained(&self) -> usize {
        self.0.lock().unwrap().drained
    }

    fn push(&self, item: Item) {
        let mut state = self.0.lock().unwrap();
        state.rx.push_back(item);
        if let Some(waker) = state.reader.take() {
            waker.wake();
        }
    }
}

impl AsyncRead for TestLine {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.0.lock().unwrap();
        while let Some(Item::Mark(_)) = state.rx.front() {
            state.rx.pop_front();
        }
        let Some(Item::Bytes(bytes)) = state.rx.front_mut() else {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        while buf.remaining() > 0
            && let Some(byte) = bytes.pop_front()
        {
            buf.put_slice(&[byte]);
        }
        if bytes.is_empty() {
            state.rx.pop_front();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for TestLine {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap().written.extend(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Line for TestLine {
    fn settings(&self) -> Settings {
        self.0.lock().unwrap().settings
    }

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        self.0.lock().unwrap().settings = to;
        Box::pin(core::future::ready(Ok(to)))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            marks: true,
            ..Capabilities::default()
        }
    }

    fn take_mark(&mut self) -> Option<Mark> {
        let mut state = self.0.lock().unwrap();
        let Some(&Item::Mark(mark)) = state.rx.front() else {
            return None;
        };
        state.rx.pop_front();
        Some(mark)
    }

    fn poll_drain(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.lock().unwrap();
        state.drained = state.written.len();
        Poll::Ready(Ok(()))
    }

    fn discard(&mut self, _: Queue) -> io::Result<()> {
        self.0.lock().unwrap().rx.clear();
        Ok(())
    }

    fn signals(&mut self) -> io::Result<Signals> {
        Ok(self.0.lock().unwrap().signals)
    }

    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.signals.dtr = dtr.unwrap_or(state.signals.dtr);
        state.signals.rts = rts.unwrap_or(state.signals.rts);
        Ok(())
    }

    fn poll_signals(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<Signals>> {
        Poll::Pending
    }

    fn set_break(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }
}
