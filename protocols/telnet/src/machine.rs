//! The machine of either end of a Telnet connection.

use alloc::{boxed::Box, sync::Arc};

use lineside_core::{Error, Instant, Link, Machine, Step};

use crate::{
    Config,
    wire::{Scanner, TelnetOption},
};

mod budget;
mod event;
mod hear;
mod held;
mod meaning;
mod negotiator;
mod nvt;
pub mod options;
pub mod q;
mod say;
#[cfg(test)]
mod tests;

pub use event::{Command, Event, Party, Role};

use budget::Budget;
use held::Held;
use negotiator::Negotiator;
use options::Options;

/// Either end of a Telnet connection.
///
/// It answers every request for an option, and asks for those of its [`Config`]; an option is in use
/// exactly from where it is agreed on in the stream. It knows BINARY's effect on data, answers each
/// TIMING-MARK, and tells its STATUS when it is asked; what other options mean is the application's, or
/// is in its [`Config`] ([`options`]).
#[derive(Clone, Debug)]
pub struct Telnet {
    role: Role,
    config: Arc<Config>,
    scanner: Scanner,
    negotiator: Negotiator,
    budget: Budget,
    /// What is said while it is open whether we send BINARY from here on.
    held: Held,
    /// What options mean, if that is configured.
    options: Option<Box<Options>>,
    /// The last byte of data was a carriage return.
    is_after_cr: bool,
    /// Data is thrown away until the next data mark.
    is_urgent: bool,
    /// Since when a subnegotiation is unfinished.
    unfinished: Option<Instant>,
    has_begun: bool,
    is_closed: bool,
    failed: Option<Error>,
}

impl Telnet {
    /// An end of a connection. Ends that are given clones of one [`Arc`] share their configuration.
    #[must_use]
    pub fn new(role: Role, config: impl Into<Arc<Config>>) -> Self {
        let config = config.into();
        Self {
            role,
            scanner: Scanner::new(),
            negotiator: Negotiator::default(),
            budget: Budget::new(config.negotiation, config.negotiation_rate),
            held: Held::default(),
            options: Options::new(role, &config),
            config,
            is_after_cr: false,
            is_urgent: false,
            unfinished: None,
            has_begun: false,
            is_closed: false,
            failed: None,
        }
    }

    /// Which end it is.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// What it agrees to, and its limits.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether an option is in use.
    #[must_use]
    pub fn is_on(&self, party: Party, option: TelnetOption) -> bool {
        self.negotiator.is_on(party, option)
    }

    /// Whether data is thrown away until the data mark of a Synch.
    pub(crate) const fn is_in_synch(&self) -> bool {
        self.is_urgent
    }

    /// Whether the peer has not answered yet that an option is to be used, in time or not.
    #[must_use]
    pub fn is_unanswered(&self, party: Party, option: TelnetOption) -> bool {
        self.negotiator.is_unanswered(party, option)
    }

    /// Asks for what the configuration asks for.
    fn begin(&mut self, now: Instant, link: &mut Link) {
        if core::mem::replace(&mut self.has_begun, true) {
            return;
        }
        let (offer, ask) = (self.config.offer, self.config.ask);
        let wishes = offer.iter().map(|option| (Party::Us, option));
        for (party, option) in wishes.chain(ask.iter().map(|option| (Party::Peer, option))) {
            self.wish(now, party, option, true, link);
        }
    }

    fn fail<T>(&mut self, error: Error, link: &mut Link) -> Result<T, Error> {
        link.rx.clear();
        self.failed = Some(error);
        Err(error)
    }
}

impl Machine for Telnet {
    type Event = Event;
    type Command = Command;
    type Error = Error;

    /// Fails where a peer exceeds a limit: of what it may make us say, of the time for a
    /// subnegotiation.
    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        if let Some(error) = self.failed {
            return self.fail(error, link);
        }
        if self.is_closed {
            link.rx.clear();
            return Ok(Step::Close);
        }
        self.begin(now, link);
        self.is_urgent |= link.urgent;
        match self.listen(now, link) {
            Ok(Some(event)) => return Ok(Step::Event(event)),
            Ok(None) => {}
            Err(error) => return self.fail(error, link),
        }
        if let Some((party, option)) = self.negotiator.overdue(now, self.config.answer) {
            self.release(link);
            return Ok(Step::Event(Event::Refused { party, option }));
        }
        if self.negotiator.has_settled() {
            return Ok(Step::Event(Event::Settled));
        }
        if link.eof {
            link.rx.clear();
            return Ok(Step::Close);
        }
        match self.unfinished(now) {
            Ok(unfinished) => {
                let answer = self.negotiator.deadline(self.config.answer);
                Ok(Step::Wait([unfinished, answer].into_iter().flatten().min()))
            }
            Err(error) => self.fail(error, link),
        }
    }

    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.begin(now, link);
        match command {
            Command::Option { party, option, on } => {
                let was_on = self.is_on(party, option);
                self.wish(now, party, option, on, link);
                // What we stop is off where we say so.
                if was_on && !self.is_on(party, option) {
                    self.agreed(now, party, option, false, link)?;
                }
            }
            Command::Close => {
                self.is_closed = true;
                while let Some(command) = self.held.pop() {
                    self.say(&command, link);
                }
            }
            Command::Tell(tell) => return self.tell(tell, link),
            command => return self.put(command, link),
        }
        Ok(())
    }
}
