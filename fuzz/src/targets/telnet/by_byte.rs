//! Tells data a byte at a time, since how data is cut into events has no meaning.

use std::collections::VecDeque;

use bytes::Bytes;
use lineside_core::{Instant, Link, Machine, Step};
use lineside_telnet::{Event, com_port};

/// An event that can be data.
pub(super) trait Tells: Sized {
    /// The data, or what else it is.
    fn into_data(self) -> Result<Bytes, Self>;
    fn of_data(data: Bytes) -> Self;
}

#[derive(Clone, Debug)]
pub(super) struct ByByte<M> {
    machine: M,
    data: VecDeque<u8>,
}

impl<M> ByByte<M> {
    pub(super) const fn new(machine: M) -> Self {
        Self {
            machine,
            data: VecDeque::new(),
        }
    }

    pub(super) const fn inner(&self) -> &M {
        &self.machine
    }
}

impl<M: Machine<Event: Tells>> Machine for ByByte<M> {
    type Event = M::Event;
    type Command = M::Command;
    type Error = M::Error;

    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<M::Event>, M::Error> {
        if self.data.is_empty() {
            let event = match self.machine.poll(now, link)? {
                Step::Event(event) => event,
                step => return Ok(step),
            };
            match event.into_data() {
                Ok(data) => {
                    assert!(!data.is_empty(), "data of no bytes");
                    self.data.extend(data);
                }
                Err(event) => return Ok(Step::Event(event)),
            }
        }
        let byte = self.data.pop_front().unwrap_or_default();
        Ok(Step::Event(M::Event::of_data(vec![byte].into())))
    }

    fn send(&mut self, now: Instant, command: M::Command, link: &mut Link) -> Result<(), M::Error> {
        self.machine.send(now, command, link)
    }
}

impl Tells for Event {
    fn into_data(self) -> Result<Bytes, Self> {
        match self {
            Self::Data(data) => Ok(data),
            other => Err(other),
        }
    }

    fn of_data(data: Bytes) -> Self {
        Self::Data(data)
    }
}

impl Tells for com_port::server::Event {
    fn into_data(self) -> Result<Bytes, Self> {
        match self {
            Self::Data(data) => Ok(data),
            other => Err(other),
        }
    }

    fn of_data(data: Bytes) -> Self {
        Self::Data(data)
    }
}

impl Tells for com_port::client::Event {
    fn into_data(self) -> Result<Bytes, Self> {
        match self {
            Self::Data(data) => Ok(data),
            other => Err(other),
        }
    }

    fn of_data(data: Bytes) -> Self {
        Self::Data(data)
    }
}
