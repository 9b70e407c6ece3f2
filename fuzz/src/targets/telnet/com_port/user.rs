//! A client and what is wanted of it.

use lineside_core::{Error, Instant, Link, Machine, Step};
use lineside_telnet::com_port::{
    Client,
    client::{Command, Config, Event},
};

/// A client and what is wanted of it as soon as the server lets it.
#[derive(Clone, Debug)]
pub(super) struct User {
    client: Client,
    wishes: Vec<Command>,
}

impl User {
    pub(super) fn new(config: Config, wishes: Vec<Command>) -> Self {
        let client = Client::new(config);
        Self { client, wishes }
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Gives what may be given: data waits while the server takes none.
    fn give(&mut self, now: Instant, link: &mut Link) -> Result<(), Error> {
        let mut later = Vec::new();
        for wish in core::mem::take(&mut self.wishes) {
            let waits = match wish {
                // Its time does not matter: the client says it when it may.
                Command::Configure(_) => false,
                Command::Data(_) => !self.client.is_ready() || self.client.is_suspended(),
                _ => !self.client.is_ready(),
            };
            if waits {
                later.push(wish);
            } else {
                self.client.send(now, wish, link)?;
            }
        }
        self.wishes = later;
        Ok(())
    }
}

impl Machine for User {
    type Event = Event;
    type Command = Command;
    type Error = Error;

    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        let step = self.client.poll(now, link)?;
        if matches!(step, Step::Event(Event::Ready | Event::Suspended(_))) {
            self.give(now, link)?;
        }
        Ok(step)
    }

    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        self.wishes.push(command);
        self.give(now, link)
    }
}
