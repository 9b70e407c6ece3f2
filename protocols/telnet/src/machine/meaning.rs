//! What options mean, between the machine and what knows them.

use alloc::vec::Vec;

use bytes::Bytes;
use lineside_core::{Error, Instant, Link};

use super::{
    Command, Event, Party, Telnet,
    options::{Heard, InUse, Say, Tell},
};
use crate::{
    error::NOT_TOLD,
    wire::{
        TelnetOption,
        options::{Extended, Status},
    },
};

impl Telnet {
    /// An option came into use, or went out of it: what is said about that.
    pub(super) fn agreed(
        &mut self,
        now: Instant,
        party: Party,
        option: TelnetOption,
        on: bool,
        link: &mut Link,
    ) -> Result<(), Error> {
        let mut says = Vec::new();
        if let Some(options) = &mut self.options {
            options.agreed(party, option, on, &mut says);
        }
        self.answer(now, says, link)
    }

    /// One of an option that is not in use means nothing (RFC 855).
    pub(super) fn subnegotiation(
        &mut self,
        now: Instant,
        option: TelnetOption,
        payload: Bytes,
        link: &mut Link,
    ) -> Result<Option<Event>, Error> {
        let in_use = self.in_use(option);
        if !in_use.us && !in_use.peer {
            return Ok(None);
        }
        if in_use.us && option == TelnetOption::STATUS && payload[..] == Status::send() {
            let says = Vec::from([self.negotiator.status()]);
            self.answer(now, says, link)?;
            return Ok(None);
        }
        if option == TelnetOption::EXOPL {
            self.extended(now, &payload, link)?;
            return Ok(None);
        }
        let Some(options) = &mut self.options else {
            return Ok(Some(Event::Subnegotiation { option, payload }));
        };
        let mut says = Vec::new();
        let heard = options.heard(option, &payload, in_use, &mut says);
        self.answer(now, says, link)?;
        Ok(match heard {
            Heard::Told(told) => Some(Event::Told(told)),
            Heard::Nothing => None,
            Heard::Untouched => Some(Event::Subnegotiation { option, payload }),
        })
    }

    /// There is no option on the extended list: each is refused, as elsewhere (RFC 861).
    fn extended(&mut self, now: Instant, payload: &[u8], link: &mut Link) -> Result<(), Error> {
        let extended = Extended::parse(payload).ok();
        let Some(refusal) = extended.and_then(Extended::refusal) else {
            return Ok(());
        };
        let mut payload = Vec::new();
        refusal.encode(|bytes| payload.extend_from_slice(bytes));
        self.answer(
            now,
            Vec::from([Say::Payload(TelnetOption::EXOPL, payload)]),
            link,
        )
    }

    pub(super) fn in_use(&self, option: TelnetOption) -> InUse {
        InUse {
            us: self.is_on(Party::Us, option),
            peer: self.is_on(Party::Peer, option),
        }
    }

    /// Says what the peer has asked for, as long as it may.
    fn answer(&mut self, now: Instant, says: Vec<Say>, link: &mut Link) -> Result<(), Error> {
        for say in says {
            if let Say::Payload(_, payload) = &say {
                let bytes = u32::try_from(payload.len() + 5).unwrap_or(u32::MAX);
                self.budget.spend(now, bytes)?;
            }
            match say {
                Say::Payload(..) => self.say(&say.into(), link),
                // What goes with the data waits for it.
                Say::Data(_) | Say::Command(_) | Say::Synch => self.put(say.into(), link)?,
            }
        }
        Ok(())
    }

    pub(super) fn tell(&mut self, tell: Tell, link: &mut Link) -> Result<(), Error> {
        let negotiator = &self.negotiator;
        let in_use = |option| InUse {
            us: negotiator.is_on(Party::Us, option),
            peer: negotiator.is_on(Party::Peer, option),
        };
        let mut says = Vec::new();
        let options = self.options.as_mut().ok_or(NOT_TOLD)?;
        options.tell(tell, in_use, &mut says)?;
        says.into_iter()
            .try_for_each(|say| self.put(say.into(), link))
    }
}

impl From<Say> for Command {
    fn from(say: Say) -> Self {
        match say {
            Say::Payload(option, payload) => Self::Subnegotiation {
                option,
                payload: payload.into(),
            },
            Say::Data(data) => Self::Data(data.into()),
            Say::Command(command) => Self::Command(command),
            Say::Synch => Self::Synch,
        }
    }
}
