//! A wire that does what a test says, step by step.

use core::{
    pin::Pin,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};
use std::{collections::VecDeque, io};

use lineside_core::Mark;
use lineside_io::{BoxFuture, Capabilities, Clock, Line, Queue, Settings, Signals, Timer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What the next read meets.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Byte(u8),
    /// Nothing, and a wake-up at once.
    Again,
    Mark(Mark),
    /// A mark that arrives while a read looks, and so wakes nobody after it.
    LateMark(Mark),
    Fail(io::ErrorKind),
    End,
    /// This byte for ever.
    Always(u8),
}

/// A wire whose reads follow a script and then wait for ever.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) reads: VecDeque<Step>,
    pub(crate) written: Vec<u8>,
    pub(crate) read_calls: usize,
    pub(crate) write_fails: Option<io::ErrorKind>,
    pub(crate) writes_nothing: bool,
    pub(crate) is_shut: bool,
    pub(crate) reader: Option<Waker>,
    pub(crate) writer: Option<Waker>,
    /// Pendings before each write, flush and shutdown.
    storm: usize,
    left: usize,
    chunk: usize,
    character: Option<(Clock, Duration)>,
    drained: Option<Timer>,
}

impl Script {
    pub(crate) fn new(reads: impl IntoIterator<Item = Step>) -> Self {
        Self {
            reads: reads.into_iter().collect(),
            written: Vec::new(),
            read_calls: 0,
            write_fails: None,
            writes_nothing: false,
            is_shut: false,
            reader: None,
            writer: None,
            storm: 0,
            left: 0,
            chunk: usize::MAX,
            character: None,
            drained: None,
        }
    }

    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self::new(bytes.iter().copied().map(Step::Byte))
    }

    /// One byte at a time each way, with so many refusals before each.
    pub(crate) fn drip(bytes: &[u8], storm: usize) -> Self {
        let again = core::iter::repeat_n(Step::Again, storm);
        let step = |byte: &u8| again.clone().chain([Step::Byte(*byte)]);
        Self {
            storm,
            left: storm,
            chunk: 1,
            ..Self::new(bytes.iter().flat_map(step).chain([Step::End]))
        }
    }

    /// A line on which a character takes a while.
    pub(crate) fn slow(mut self, clock: &Clock, character: Duration) -> Self {
        self.character = Some((clock.clone(), character));
        self
    }

    fn poll_storm(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.left > 0 {
            self.left -= 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.left = self.storm;
        Poll::Ready(())
    }
}

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.read_calls += 1;
        let before = into.filled().len();
        while into.remaining() > 0 {
            match self.reads.front().cloned() {
                Some(Step::Byte(byte)) => into.put_slice(&[byte]),
                Some(Step::Always(byte)) => {
                    into.put_slice(&[byte]);
                    return Poll::Ready(Ok(()));
                }
                _ if into.filled().len() > before => break,
                Some(Step::Again) => {
                    self.reads.pop_front();
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Step::LateMark(mark)) => {
                    self.reads.pop_front();
                    self.reads.push_front(Step::Mark(mark));
                    return Poll::Pending;
                }
                Some(Step::Fail(kind)) => {
                    self.reads.pop_front();
                    return Poll::Ready(Err(kind.into()));
                }
                Some(Step::End) => return Poll::Ready(Ok(())),
                Some(Step::Mark(_)) | None => {
                    self.reader = Some(cx.waker().clone());
                    return Poll::Pending;
                }
            }
            self.reads.pop_front();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Script {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.writes_nothing {
            self.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if let Some(kind) = self.write_fails {
            return Poll::Ready(Err(kind.into()));
        }
        ready!(self.poll_storm(cx));
        let taken: Vec<u8> = bytes.iter().copied().take(self.chunk).collect();
        if let Some((clock, character)) = self.character.clone() {
            let timer = self.drained.get_or_insert_with(|| clock.timer());
            let count = u32::try_from(taken.len()).unwrap_or(u32::MAX);
            timer.set(Some(clock.now() + character * count));
        }
        self.written.extend(&taken);
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_storm(cx).map(Ok)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_storm(cx));
        self.is_shut = true;
        Poll::Ready(Ok(()))
    }
}

impl Line for Script {
    fn settings(&self) -> Settings {
        Settings::default()
    }

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        Box::pin(async move { Ok(to) })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn take_mark(&mut self) -> Option<Mark> {
        let Some(Step::Mark(mark)) = self.reads.front().cloned() else {
            return None;
        };
        self.reads.pop_front();
        Some(mark)
    }

    fn poll_drain(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.drained {
            Some(timer) => timer.poll(cx).map(Ok),
            None => Poll::Ready(Ok(())),
        }
    }

    fn discard(&mut self, _: Queue) -> io::Result<()> {
        Ok(())
    }

    fn signals(&mut self) -> io::Result<Signals> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn set_signals(&mut self, _: Option<bool>, _: Option<bool>) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn poll_signals(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<Signals>> {
        Poll::Pending
    }

    fn set_break(&mut self, _: bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
