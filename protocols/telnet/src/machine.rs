//! The machine of either end of a Telnet connection.

use alloc::boxed::Box;

use bytes::{Buf, BytesMut};
use lineside_core::{Error, Instant, Link, Machine, Step};

use crate::{
    Config,
    error::{NO_EOR, NOT_IN_USE, UNFINISHED},
    wire::{self, Found, Scanner, TelnetOption, Verb, encode},
};

mod budget;
mod event;
mod held;
mod meaning;
mod negotiator;
mod nvt;
pub mod options;
pub mod q;
#[cfg(test)]
mod tests;

pub use event::{Command, Event, Party, Role};

use budget::Budget;
use held::Held;
use negotiator::{Change, Negotiator};
use options::{InUse, Options};

/// Either end of a Telnet connection.
///
/// It answers every request for an option, and asks for those of its [`Config`]; an option is in use
/// exactly from where it is agreed on in the stream. It knows BINARY's effect on data, answers each
/// TIMING-MARK, and tells its STATUS when it is asked; what other options mean is the application's, or
/// is in its [`Config`] ([`options`]).
#[derive(Clone, Debug)]
pub struct Telnet {
    role: Role,
    config: Config,
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
    /// An end of a connection.
    #[must_use]
    pub fn new(role: Role, config: Config) -> Self {
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

    /// Whether an option is in use.
    #[must_use]
    pub fn is_on(&self, party: Party, option: TelnetOption) -> bool {
        self.negotiator.is_on(party, option)
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

    /// Our own wishes cost the peer nothing of what it may make us say.
    fn wish(
        &mut self,
        now: Instant,
        party: Party,
        option: TelnetOption,
        on: bool,
        link: &mut Link,
    ) {
        let until = now + self.config.answer;
        if let Some(verb) = self.negotiator.wish(party, option, on, until) {
            link.tx
                .extend_from_slice(&encode::negotiation(verb, option));
        }
    }

    /// Looks on until there is an event.
    fn listen(&mut self, now: Instant, link: &mut Link) -> Result<Option<Event>, Error> {
        loop {
            // Told where it is so, whatever else has come already.
            if self.negotiator.has_settled() {
                return Ok(Some(Event::Settled));
            }
            let cap = self.config.subnegotiation;
            let event = match self.scanner.look(&mut link.rx, |_| cap) {
                Found::More => return Ok(None),
                Found::Data { len, take } => {
                    let mut data = link.rx.split_to(take);
                    data.truncate(len);
                    self.data(data)
                }
                Found::Command { command, take } => {
                    link.rx.advance(take);
                    self.command(command, link.urgent)
                }
                Found::Negotiation { verb, option, take } => {
                    link.rx.advance(take);
                    self.negotiation(now, verb, option, link)?
                }
                Found::Subnegotiation {
                    option,
                    payload,
                    take,
                } => {
                    self.unfinished = None;
                    let mut whole = link.rx.split_to(take);
                    whole.truncate(payload.end);
                    whole.advance(payload.start);
                    self.subnegotiation(now, option, whole.freeze(), link)?
                }
                Found::Absorbed { end, take } => {
                    link.rx.advance(take);
                    self.unfinished = self.unfinished.filter(|_| end.is_none());
                    end.map(|(option, bytes, defect)| Event::Dropped {
                        option,
                        bytes,
                        defect,
                    })
                }
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    fn data(&mut self, mut data: BytesMut) -> Option<Event> {
        if self.is_urgent {
            self.is_after_cr = false;
            return None;
        }
        if !self.is_on(Party::Peer, TelnetOption::BINARY) {
            self.without_nul(&mut data);
        }
        (!data.is_empty()).then(|| Event::Data(data.freeze()))
    }

    /// Takes out the NUL behind each carriage return.
    fn without_nul(&mut self, data: &mut BytesMut) {
        let ends_in_cr = data.last() == Some(&b'\r');
        if core::mem::replace(&mut self.is_after_cr, ends_in_cr) && data.first() == Some(&0) {
            data.advance(1);
        }
        let mut from = 0;
        while let Some(at) = memchr::memchr(0, data.get(from..).unwrap_or_default()) {
            let at = from + at;
            from = at + 1;
            if at.checked_sub(1).and_then(|before| data.get(before)) == Some(&b'\r') {
                nvt::squeeze(data, at);
                return;
            }
        }
    }

    fn command(&mut self, command: wire::Command, is_more_urgent: bool) -> Option<Event> {
        match command {
            wire::Command::NOP | wire::Command::SE => None,
            // With more urgent data ahead there is another mark to come (T49).
            wire::Command::DM if self.is_urgent => {
                self.is_urgent = is_more_urgent;
                (!is_more_urgent).then_some(Event::Synch)
            }
            wire::Command::DM => None,
            _ => Some(Event::Command(command)),
        }
    }

    fn negotiation(
        &mut self,
        now: Instant,
        verb: Verb,
        option: TelnetOption,
        link: &mut Link,
    ) -> Result<Option<Event>, Error> {
        let (party, on) = match verb {
            Verb::Will => (Party::Peer, true),
            Verb::Wont => (Party::Peer, false),
            Verb::Do => (Party::Us, true),
            Verb::Dont => (Party::Us, false),
        };
        let allowed = match party {
            Party::Us => self.config.ours,
            Party::Peer => self.config.theirs,
        };
        let agrees = allowed.contains(option);
        let is_mark = option == TelnetOption::TIMING_MARK && party == Party::Us && on;
        if is_mark && agrees && self.config.holds_marks {
            self.budget.spend(now, 3)?;
            return Ok(Some(Event::TimingMark));
        }
        let change = if option == TelnetOption::TIMING_MARK {
            // A mark and no mode: each request is answered, and nothing is on afterwards (RFC 860).
            self.negotiator.mark(party, on, agrees)
        } else {
            let until = now + self.config.answer;
            self.negotiator.receive(party, option, on, agrees, until)
        };
        if let Some(verb) = change.say {
            self.budget.spend(now, 3)?;
            link.tx
                .extend_from_slice(&encode::negotiation(verb, option));
        }
        self.release(link);
        if let Some(on) = change.on {
            self.agreed(now, party, option, on, link)?;
        }
        Ok(self.changed(party, option, change))
    }

    fn changed(&mut self, party: Party, option: TelnetOption, change: Change) -> Option<Event> {
        if change.on.is_some() && (party, option) == (Party::Peer, TelnetOption::BINARY) {
            self.is_after_cr = false;
        }
        match change.on {
            Some(on) => Some(Event::Option { party, option, on }),
            None if change.is_refused => Some(Event::Refused { party, option }),
            None => None,
        }
    }

    /// Notes when a subnegotiation was begun that is not finished; fails when that was too long ago.
    fn unfinished(&mut self, now: Instant) -> Result<Option<Instant>, Error> {
        if !self.scanner.is_inside() {
            self.unfinished = None;
            return Ok(None);
        }
        let until = *self.unfinished.get_or_insert(now) + self.config.unfinished;
        if now >= until {
            return Err(UNFINISHED);
        }
        Ok(Some(until))
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
        if let Some((party, option)) = self.negotiator.overdue(now) {
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
                let answer = self.negotiator.deadline();
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

impl Telnet {
    /// Whether data is to wait for the answer to our `WILL BINARY`: it takes effect where that was said,
    /// if the peer agrees (RFC 854, General considerations).
    fn is_open(&self) -> bool {
        self.negotiator.awaits(Party::Us, TelnetOption::BINARY)
    }

    /// Says what was held, once it is known how.
    fn release(&mut self, link: &mut Link) {
        while !self.is_open()
            && let Some(command) = self.held.pop()
        {
            self.say(&command, link);
        }
    }

    /// Says what goes with the data, or keeps it until it is known how to say it.
    fn put(&mut self, command: Command, link: &mut Link) -> Result<(), Error> {
        self.check(&command)?;
        if self.is_open() {
            return self.held.put(command, self.config.held);
        }
        self.say(&command, link);
        Ok(())
    }

    fn check(&self, command: &Command) -> Result<(), Error> {
        match command {
            Command::Subnegotiation { option, .. } => {
                let InUse { us, peer } = self.in_use(*option);
                (us || peer).then_some(()).ok_or(NOT_IN_USE)
            }
            // T67, RFC 885 section 2.
            Command::Command(wire::Command::EOR) if !self.is_on(Party::Us, TelnetOption::EOR) => {
                Err(NO_EOR)
            }
            _ => Ok(()),
        }
    }

    /// Puts on the wire what goes with the data.
    fn say(&self, command: &Command, link: &mut Link) {
        let mut put = |bytes: &[u8]| link.tx.extend_from_slice(bytes);
        match command {
            Command::Data(data) if self.is_on(Party::Us, TelnetOption::BINARY) => {
                encode::binary(data, put);
            }
            Command::Data(data) => encode::nvt(data, put),
            Command::Command(command) => put(&encode::command(*command)),
            Command::TimingMark => {
                put(&encode::negotiation(Verb::Will, TelnetOption::TIMING_MARK));
            }
            Command::Subnegotiation { option, payload } => {
                encode::subnegotiation(*option, payload, put);
            }
            Command::Synch => {
                put(&encode::command(wire::Command::DM));
                link.tx_urgent = Some(link.tx.len());
            }
            Command::Option { .. } | Command::Tell(_) | Command::Close => {}
        }
    }
}
