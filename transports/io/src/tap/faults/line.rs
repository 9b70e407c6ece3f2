//! A disturbed line is a line, and a disturbed socket a socket.

use core::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};
use std::io;

use lineside_core::Mark;

use super::Faults;
use crate::{
    BoxFuture, Line, Queue, Settings, Socket,
    tap::through::{line_below, socket_below},
};

impl<L: Line> Line for Faults<L> {
    line_below!();

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        Box::pin(async move {
            poll_fn(|cx| self.poll_through(cx, |_, _| Poll::Ready(Ok(())))).await?;
            self.stream.configure(to).await
        })
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

    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()> {
        self.stream.set_signals(dtr, rts)
    }

    fn set_break(&mut self, on: bool) -> io::Result<()> {
        self.stream.set_break(on)
    }
}

impl<S: Socket> Socket for Faults<S> {
    socket_below!();
}
