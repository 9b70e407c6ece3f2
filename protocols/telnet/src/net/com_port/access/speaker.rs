//! The machine of a connection: Telnet, or bytes alone.

use core::time::Duration;

use lineside_core::{Error, Instant, Link, Machine, Step};

use crate::{
    com_port::server::{Command, Event, Server},
    wire::com_port::LineState,
};

/// What a client speaks.
#[derive(Debug)]
pub(super) enum Speaker {
    Telnet(Box<Server>),
    Raw(Raw),
}

/// Bytes alone.
#[derive(Debug)]
pub(super) struct Raw {
    /// How long it may send nothing.
    idle: Option<Duration>,
    /// When it was first looked at.
    begun: Option<Instant>,
    is_closing: bool,
}

impl Raw {
    fn poll(&mut self, now: Instant, link: &mut Link) -> Step<Event> {
        if self.is_closing {
            return Step::Close;
        }
        if !link.rx.is_empty() {
            return Step::Event(Event::Data(link.rx.split().freeze()));
        }
        let begun = *self.begun.get_or_insert(now);
        let heard = link.received.map_or(begun, |received| received.max(begun));
        let until = self.idle.map(|idle| heard + idle);
        if link.eof || until.is_some_and(|until| until <= now) {
            return Step::Close;
        }
        Step::Wait(until)
    }
}

impl Speaker {
    /// Bytes alone, from a client that may send nothing for so long.
    pub(super) const fn raw(idle: Option<Duration>) -> Self {
        Self::Raw(Raw {
            idle,
            begun: None,
            is_closing: false,
        })
    }

    /// What of the line's state the client wants to be told.
    pub(super) const fn line_mask(&self) -> LineState {
        match self {
            Self::Telnet(server) => server.line_mask(),
            Self::Raw(_) => LineState(0),
        }
    }

    /// Whether the client takes no data for now: it has said so, or it has not said yet how it takes it.
    pub(super) fn is_suspended(&self) -> bool {
        match self {
            Self::Telnet(server) => server.is_suspended() || server.telnet().is_holding(),
            Self::Raw(_) => false,
        }
    }

    /// Whether nothing of what the client says is read before what it asked for is done.
    pub(super) const fn is_waiting(&self) -> bool {
        match self {
            Self::Telnet(server) => server.is_waiting(),
            Self::Raw(_) => false,
        }
    }
}

impl Machine for Speaker {
    type Event = Event;
    type Command = Command;
    type Error = Error;

    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        match self {
            Self::Telnet(server) => server.poll(now, link),
            Self::Raw(raw) => Ok(raw.poll(now, link)),
        }
    }

    /// What bytes alone cannot say is not said.
    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        match (self, command) {
            (Self::Telnet(server), command) => return server.send(now, command, link),
            (Self::Raw(_), Command::Data(data)) => link.tx.extend_from_slice(&data),
            (Self::Raw(raw), Command::Close) => raw.is_closing = true,
            (Self::Raw(_), _) => {}
        }
        Ok(())
    }
}
