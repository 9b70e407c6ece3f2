//! Our side of a PTY as a line.

use core::{
    pin::Pin,
    task::{Context, Poll},
};
use std::io;

use lineside_core::Mark;
use lineside_io::{BoxFuture, Capabilities, Line, Queue, Settings, Signals};
use rustix::termios::QueueSelector;

use super::{Pty, open_other};
use crate::Error;

const NO_MODEM_LINES: &str = "no modem lines (a pseudo-terminal has none)";

impl Line for Pty {
    /// For timing alone; [`asked`](Self::asked) gives what the other side's program wants.
    fn settings(&self) -> Settings {
        self.settings
    }

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        self.settings = to;
        Box::pin(core::future::ready(Ok(to)))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn take_mark(&mut self) -> Option<Mark> {
        None
    }

    fn poll_drain(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn discard(&mut self, queue: Queue) -> io::Result<()> {
        if queue != Queue::Output {
            let flushed = rustix::termios::tcflush(self.raw(), QueueSelector::IFlush);
            flushed.map_err(|errno| self.fail(errno))?;
        }
        if queue != Queue::Input {
            // What we wrote is the other side's input.
            let other = open_other(self.raw(), &self.path)?;
            let flushed = rustix::termios::tcflush(&other, QueueSelector::IFlush);
            flushed.map_err(|errno| self.fail(errno))?;
        }
        Ok(())
    }

    fn signals(&mut self) -> io::Result<Signals> {
        self.lacks(NO_MODEM_LINES)
    }

    fn set_signals(&mut self, _: Option<bool>, _: Option<bool>) -> io::Result<()> {
        self.lacks(NO_MODEM_LINES)
    }

    fn poll_signals(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<Signals>> {
        Poll::Ready(self.lacks(NO_MODEM_LINES))
    }

    fn set_break(&mut self, _: bool) -> io::Result<()> {
        self.lacks("no break (a pseudo-terminal has none)")
    }
}

impl Pty {
    fn lacks<T>(&self, what: &'static str) -> io::Result<T> {
        let path = self.path.clone();
        Err(Error::Unsupported { path, what }.into())
    }
}
