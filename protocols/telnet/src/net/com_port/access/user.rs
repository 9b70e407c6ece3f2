//! One client of a port.

use core::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use lineside_io::{Driver, Stream};
use tokio::sync::oneshot;

use super::speaker::Speaker;
use crate::{
    com_port::server::{Command, Event},
    wire::com_port::LineState,
};

/// A connection that has come, and both ends of its place.
#[derive(Debug)]
pub(super) struct Arrival<S> {
    pub(super) stream: S,
    /// Ready when the place ends.
    pub(super) held: oneshot::Receiver<()>,
    /// Dropped when the connection is over.
    pub(super) over: oneshot::Sender<()>,
}

pub(super) struct User<S> {
    pub(super) id: u64,
    driver: Driver<Speaker, S>,
    /// Data from the line that it has not taken.
    backlog: BytesMut,
    /// Everything that it was given is written.
    is_flushed: bool,
    /// It has no part in the port any more, and is told the last of it.
    pub(super) is_leaving: bool,
    pub(super) is_over: bool,
    held: oneshot::Receiver<()>,
    _over: oneshot::Sender<()>,
}

impl<S: Stream> User<S> {
    pub(super) fn new(
        id: u64,
        driver: Driver<Speaker, S>,
        held: oneshot::Receiver<()>,
        over: oneshot::Sender<()>,
    ) -> Self {
        Self {
            id,
            driver,
            backlog: BytesMut::new(),
            is_flushed: true,
            is_leaving: false,
            is_over: false,
            held,
            _over: over,
        }
    }

    /// Its next event; ends it where there is none.
    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if !self.is_leaving && Pin::new(&mut self.held).poll(cx).is_ready() {
            self.leave();
        }
        match self.driver.poll_next(cx) {
            Poll::Ready(Ok(Some(event))) => Poll::Ready(event),
            Poll::Ready(end) => {
                if let Err(error) = end {
                    tracing::debug!(user = self.id, %error, "a client's connection has failed");
                }
                self.is_over = true;
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }

    /// Writes what it was given, and gives it what was waiting; reads nothing.
    pub(super) fn flush(&mut self, cx: &mut Context<'_>) {
        loop {
            self.is_flushed = pin!(self.driver.flush()).poll(cx).is_ready();
            if !self.is_flushed || self.backlog.is_empty() || self.is_suspended() {
                return;
            }
            let waiting = self.backlog.split().freeze();
            self.tell(Command::Data(waiting));
        }
    }

    /// Whether it takes data at once.
    pub(super) fn is_ready(&self) -> bool {
        self.is_leaving || (self.is_flushed && self.backlog.is_empty() && !self.is_suspended())
    }

    /// Gives it data from the line. What it does not take waits.
    pub(super) fn give(&mut self, data: Bytes) {
        if self.is_leaving {
        } else if self.is_ready() {
            self.tell(Command::Data(data));
        } else {
            self.backlog.extend_from_slice(&data);
        }
    }

    /// Bytes that wait for it.
    pub(super) fn waiting(&self) -> usize {
        self.backlog.len()
    }

    /// Throws away what waits for it.
    pub(super) fn purge(&mut self) {
        self.backlog.clear();
    }

    /// It is told the last of what it was given, and closed.
    pub(super) fn leave(&mut self) {
        self.is_leaving = true;
        self.tell(Command::Close);
    }

    /// A connection that takes no command is over: nothing of the port's is lost without a word.
    pub(super) fn tell(&mut self, command: Command) {
        if let Err(error) = self.driver.submit(command) {
            tracing::warn!(user = self.id, %error, "a client cannot be told, and is closed");
            self.is_over = true;
        }
    }

    /// Whether it wants to be told of one of these.
    pub(super) fn wants(&self, state: LineState) -> bool {
        !self.is_leaving && self.driver.machine().line_mask().has(state)
    }

    /// Whether it takes no data for now.
    pub(super) fn is_suspended(&self) -> bool {
        self.driver.machine().is_suspended()
    }

    /// Whether nothing of what it says is read before what it asked for is done.
    pub(super) fn is_waiting(&self) -> bool {
        self.driver.machine().is_waiting()
    }
}
