//! What is received, as events.

use bytes::{Buf, BytesMut};
use lineside_core::{Error, Instant, Link};

use super::{Event, Party, Telnet, nvt};
use crate::{
    error::UNFINISHED,
    wire::{self, Found, TelnetOption, Verb, encode},
};

impl Telnet {
    /// Looks on until there is an event.
    pub(super) fn listen(&mut self, now: Instant, link: &mut Link) -> Result<Option<Event>, Error> {
        loop {
            // Told where it is so, whatever else has come already.
            if self.negotiator.has_settled() {
                return Ok(Some(Event::Settled));
            }
            let cap = |option| self.config.cap(option);
            let event = match self.scanner.look(&mut link.rx, cap) {
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
            nvt::without_nul(&mut data, &mut self.is_after_cr);
        }
        (!data.is_empty()).then(|| Event::Data(data.freeze()))
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
        let agrees = match party {
            Party::Us => self.config.ours.contains(option),
            Party::Peer => self.config.theirs.contains(option),
        };
        let is_mark = option == TelnetOption::TIMING_MARK && party == Party::Us && on;
        if is_mark && agrees && self.config.holds_marks {
            self.budget.spend(now, 3)?;
            return Ok(Some(Event::TimingMark));
        }
        let change = if option == TelnetOption::TIMING_MARK {
            // A mark and no mode: each request is answered, and nothing is on afterwards (RFC 860).
            self.negotiator.mark(party, on, agrees)
        } else {
            self.negotiator.receive(party, option, on, agrees, now)
        };
        if let Some(verb) = change.say {
            self.budget.spend(now, 3)?;
            link.tx
                .extend_from_slice(&encode::negotiation(verb, option));
        }
        self.release(link);
        let Some(on) = change.on else {
            let refused = Event::Refused { party, option };
            return Ok(change.is_refused.then_some(refused));
        };
        if (party, option) == (Party::Peer, TelnetOption::BINARY) {
            self.is_after_cr = false;
        }
        self.agreed(now, party, option, on, link)?;
        Ok(Some(Event::Option { party, option, on }))
    }

    /// Notes when a subnegotiation was begun that is not finished; fails when that was too long ago.
    pub(super) fn unfinished(&mut self, now: Instant) -> Result<Option<Instant>, Error> {
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
}
