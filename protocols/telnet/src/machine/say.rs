//! What is said: wishes at once, what goes with the data in its order.

use lineside_core::{Error, Instant, Link};

use super::{Command, Party, Telnet, options::InUse};
use crate::{
    error::{NO_EOR, NOT_IN_USE},
    wire::{self, TelnetOption, Verb, encode},
};

impl Telnet {
    /// Our own wishes cost the peer nothing of what it may make us say.
    pub(super) fn wish(
        &mut self,
        now: Instant,
        party: Party,
        option: TelnetOption,
        on: bool,
        link: &mut Link,
    ) {
        if let Some(verb) = self.negotiator.wish(party, option, on, now) {
            link.tx
                .extend_from_slice(&encode::negotiation(verb, option));
        }
    }

    /// Whether data waits for the answer to our `WILL BINARY`: it takes effect where that was said, if the
    /// peer agrees (RFC 854, General considerations). [`Config::held`](crate::Config::held) bounds what is
    /// given until then; who has more keeps it.
    #[must_use]
    pub fn is_holding(&self) -> bool {
        self.negotiator.awaits(Party::Us, TelnetOption::BINARY)
    }

    /// Does not wait for that answer any longer: data goes as it would without. A later answer still
    /// counts.
    pub(crate) fn stop_holding(&mut self, link: &mut Link) {
        self.negotiator.answered(Party::Us, TelnetOption::BINARY);
        self.release(link);
    }

    /// Says what was held, once it is known how.
    #[inline]
    pub(super) fn release(&mut self, link: &mut Link) {
        if !self.held.is_empty() {
            self.release_held(link);
        }
    }

    #[cold]
    fn release_held(&mut self, link: &mut Link) {
        while !self.is_holding()
            && let Some(command) = self.held.pop()
        {
            self.say(&command, link);
        }
    }

    /// Says what goes with the data, or keeps it until it is known how to say it.
    pub(super) fn put(&mut self, command: Command, link: &mut Link) -> Result<(), Error> {
        self.check(&command)?;
        if self.is_holding() {
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
    pub(super) fn say(&self, command: &Command, link: &mut Link) {
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
