//! What an end of a connection agrees to, and its limits.

use alloc::sync::Arc;
use core::{fmt, time::Duration};

use crate::{
    options::{ClientOptions, ServerOptions},
    wire::TelnetOption,
};

/// A set of options.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct OptionSet([u64; 4]);

impl OptionSet {
    /// No option.
    pub const NONE: Self = Self([0; 4]);

    /// These.
    #[must_use]
    pub const fn of(options: &[TelnetOption]) -> Self {
        let (mut set, mut rest) = (Self::NONE, options);
        while let [first, behind @ ..] = rest {
            set = set.with(*first);
            rest = behind;
        }
        set
    }

    /// The same with `option`.
    #[must_use]
    pub const fn with(self, option: TelnetOption) -> Self {
        let (bit, Self([mut a, mut b, mut c, mut d])) = (1 << (option.0 % 64), self);
        match option.0 / 64 {
            0 => a |= bit,
            1 => b |= bit,
            2 => c |= bit,
            _ => d |= bit,
        }
        Self([a, b, c, d])
    }

    /// Whether `option` is among them.
    #[must_use]
    pub const fn contains(self, option: TelnetOption) -> bool {
        let Self([a, b, c, d]) = self;
        let word = match option.0 / 64 {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        };
        word & (1 << (option.0 % 64)) != 0
    }

    /// Each, by its number.
    pub fn iter(self) -> impl Iterator<Item = TelnetOption> {
        (0..=255)
            .map(TelnetOption)
            .filter(move |option| self.contains(*option))
    }
}

impl fmt::Debug for OptionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What an end agrees to, what it asks for, and what it lets its peer use up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Options that we use when the peer asks (`DO`). Default: BINARY, SGA, STATUS, TIMING-MARK.
    pub ours: OptionSet,
    /// Options that the peer may use when it offers (`WILL`). Default: BINARY, SGA.
    pub theirs: OptionSet,
    /// Options that we offer at the beginning (`WILL`). Default none.
    pub offer: OptionSet,
    /// Options that we ask the peer to use at the beginning (`DO`). Default none.
    pub ask: OptionSet,
    /// How long to wait for an answer to `WILL` or `DO`. Then the peer is told as one that does not know
    /// the option; a later answer still counts. Default 5 s.
    pub answer: Duration,
    /// The longest payload of a subnegotiation, in bytes; a longer one is thrown away to its end, and
    /// told ([`Event::Dropped`](crate::Event::Dropped)). Default 1,024.
    pub subnegotiation: usize,
    /// The longest payloads of options that need less. Default: 64 for NAWS, LFLOW, TSPEED and START-TLS,
    /// 256 for TTYPE and XDISPLOC.
    pub subnegotiation_of: &'static [(TelnetOption, usize)],
    /// The longest line that `net::Session::line` gives, in bytes. Default 4,096.
    pub line: usize,
    /// How long a subnegotiation may go on without its end; then the connection ends. Default 30 s.
    pub unfinished: Duration,
    /// Whether a timing mark that we agree to is an event, and answered by the application when what came
    /// before it is processed; else it is answered at once, when that has been given. Default no.
    pub holds_marks: bool,
    /// Bytes that the application may say while it is open whether the peer agrees to our `WILL BINARY`;
    /// they go when it has answered. Default 64 KiB.
    pub held: usize,
    /// Bytes of negotiation that the peer may make us say at once, and gets back at
    /// [`negotiation_rate`](Self::negotiation_rate). Beyond, the connection ends. Default 16 KiB.
    pub negotiation: u32,
    /// How many of them it gets back in a second. Default 1,024.
    pub negotiation_rate: u32,
    /// What is asked for by options; see [`with_server`](Self::with_server). Default: nothing, and what
    /// stands in their subnegotiations is the application's.
    pub server: Option<Arc<ServerOptions>>,
    /// What is told by options; see [`with_client`](Self::with_client). Default: nothing, as above.
    pub client: Option<Arc<ClientOptions>>,
}

impl Default for Config {
    fn default() -> Self {
        use TelnetOption as Opt;
        Self {
            ours: OptionSet::of(&[Opt::BINARY, Opt::SGA, Opt::STATUS, Opt::TIMING_MARK]),
            theirs: OptionSet::of(&[Opt::BINARY, Opt::SGA]),
            offer: OptionSet::NONE,
            ask: OptionSet::NONE,
            answer: Duration::from_secs(5),
            subnegotiation: 1_024,
            subnegotiation_of: &[
                (Opt::NAWS, 64),
                (Opt::LFLOW, 64),
                (Opt::TSPEED, 64),
                (Opt::START_TLS, 64),
                (Opt::TTYPE, 256),
                (Opt::XDISPLOC, 256),
            ],
            line: 4_096,
            unfinished: Duration::from_secs(30),
            holds_marks: false,
            held: 64 * 1_024,
            negotiation: 16 * 1_024,
            negotiation_rate: 1_024,
            server: None,
            client: None,
        }
    }
}

impl Config {
    /// The longest payload of an option's subnegotiation.
    pub(crate) fn cap(&self, option: TelnetOption) -> usize {
        let mut own = self.subnegotiation_of.iter();
        let own = own.find(|(its, _)| *its == option);
        own.map_or(self.subnegotiation, |(_, cap)| {
            self.subnegotiation.min(*cap)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = OptionSet::of(&[TelnetOption::BINARY, TelnetOption(64), TelnetOption::EXOPL]);
        assert!(set.iter().map(|option| option.0).eq([0, 64, 255]));
        assert!(!set.contains(TelnetOption::ECHO));
    }
}
