//! A disturbed line is a line, and a disturbed socket a socket.

use core::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};
use std::io;

use lineside_core::Mark;

use super::Faults;
use crate::{BoxFuture, Capabilities, Line, Queue, Settings, Signals, Socket};

impl<L: Line> Line for Faults<L> {
    fn settings(&self) -> Settings {
        self.stream.settings()
    }

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        Box::pin(async move {
            poll_fn(|cx| self.poll_through(cx, |_, _| Poll::Ready(Ok(())))).await?;
            self.stream.configure(to).await
        })
    }

    fn capabilities(&self) -> Capabilities {
        self.stream.capabilities()
    }

    fn take_mark(&mut self) -> Option<Mark> {
        if self.input.is_empty() && !self.input.reads_ahead() {
            return self.stream.take_mark();
        }
        self.input.take_mark(self.clock.now())
    }

    fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_through(cx, L::poll_drain)
    }

    fn discard(&mut self, queue: Queue) -> io::Result<()> {
        if matches!(queue, Queue::Input | Queue::Both) {
            self.input.discard();
        }
        if matches!(queue, Queue::Output | Queue::Both) {
            self.output.discard();
        }
        self.stream.discard(queue)
    }

    fn signals(&mut self) -> io::Result<Signals> {
        self.stream.signals()
    }

    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()> {
        self.stream.set_signals(dtr, rts)
    }

    fn poll_signals(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Signals>> {
        Pin::new(&mut self.get_mut().stream).poll_signals(cx)
    }

    fn set_break(&mut self, on: bool) -> io::Result<()> {
        self.stream.set_break(on)
    }
}

impl<S: Socket> Socket for Faults<S> {
    type Addr = S::Addr;

    fn local_addr(&self) -> io::Result<S::Addr> {
        self.stream.local_addr()
    }

    fn peer_addr(&self) -> io::Result<S::Addr> {
        self.stream.peer_addr()
    }
}
