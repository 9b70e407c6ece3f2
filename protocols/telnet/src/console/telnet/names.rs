//! What a terminal is, by its names (RFC 1091; T58).

use alloc::boxed::Box;

use bytes::Bytes;
use lineside_core::{Error, Instant, Link, Machine};

use super::TelnetConsole;
use crate::{
    console::terminal::Terminal,
    options::Tell,
    wire::{TelnetOption, options::Mtts},
};

/// How often a terminal is asked for a name that is known here.
const NAMES: u8 = 4;

/// What a terminal has told of its names.
#[derive(Clone, Debug)]
pub(super) struct Names {
    count: u8,
    last: Box<[u8]>,
    /// The console asks for the next one, and not the options. Once a good one has come no other is asked
    /// for: a terminal that can be several is the one that it has named last (RFC 1091 section 5).
    asks: bool,
}

impl Names {
    pub(super) fn new(asks: bool) -> Self {
        Self {
            count: 0,
            last: Box::default(),
            asks,
        }
    }
}

impl TelnetConsole {
    /// All names that the options have asked for, and what the terminal can do.
    pub(super) fn is_named(
        &mut self,
        now: Instant,
        names: &[Bytes],
        capabilities: Option<Mtts>,
        link: &mut Link,
    ) -> Result<(), Error> {
        // The others were told one by one.
        let name = names.last().map_or(&[][..], AsRef::as_ref);
        let mut terminal = self.is_called(name);
        if capabilities.is_some_and(|can| can.has(Mtts::ANSI) || can.has(Mtts::COLOURS_256)) {
            terminal = Terminal::COLOUR;
            self.console.set_terminal(terminal, &mut self.out);
        }
        let is_again = *self.names.last == *name;
        let asks = self.names.asks
            && terminal == Terminal::UNKNOWN
            && !is_again
            && self.names.count < NAMES;
        if !asks {
            self.names.last = Box::default();
            return Ok(());
        }
        self.names.last = name.into();
        let ask = Tell::Ask(TelnetOption::TTYPE);
        self.telnet.send(now, crate::Command::Tell(ask), link)
    }

    /// One of its names: the first counts, unless it tells nothing and a later one does.
    pub(super) fn is_called(&mut self, name: &[u8]) -> Terminal {
        let terminal = Terminal::named(core::str::from_utf8(name).unwrap_or_default());
        if self.names.count == 0 || terminal == Terminal::COLOUR {
            self.console.set_terminal(terminal, &mut self.out);
        }
        self.names.count = self.names.count.saturating_add(1);
        terminal
    }
}
