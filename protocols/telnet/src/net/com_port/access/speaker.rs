//! The machine of a connection: Telnet, or bytes alone.

use lineside_core::{Error, Instant, Link, Machine, Step};

use crate::com_port::server::{Command, Event, Server};

/// What a client speaks.
#[derive(Debug)]
pub(super) enum Speaker {
    Telnet(Box<Server>),
    Raw { is_closing: bool },
}

impl Speaker {
    /// Whether the client takes no data for now: it has said so, or it has not said yet how it takes it.
    pub(super) fn is_suspended(&self) -> bool {
        match self {
            Self::Telnet(server) => server.is_suspended() || server.telnet().is_holding(),
            Self::Raw { .. } => false,
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
            Self::Raw { is_closing: true } => Ok(Step::Close),
            Self::Raw { .. } if !link.rx.is_empty() => {
                Ok(Step::Event(Event::Data(link.rx.split().freeze())))
            }
            Self::Raw { .. } if link.eof => Ok(Step::Close),
            Self::Raw { .. } => Ok(Step::Wait(None)),
        }
    }

    /// What bytes alone cannot say is not said.
    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        match (self, command) {
            (Self::Telnet(server), command) => return server.send(now, command, link),
            (Self::Raw { .. }, Command::Data(data)) => link.tx.extend_from_slice(&data),
            (Self::Raw { is_closing }, Command::Close) => *is_closing = true,
            (Self::Raw { .. }, _) => {}
        }
        Ok(())
    }
}
