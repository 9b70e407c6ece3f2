//! Who shows what is typed, and who edits it (RFC 857, RFC 1184; T54, T70).

use lineside_core::{Error, Instant, Link, Machine};

use super::TelnetConsole;
use crate::{
    Party,
    options::Tell,
    wire::{TelnetOption, options::Mode},
};

/// What was asked for and told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Echo {
    /// We asked for our ECHO to be on.
    is_wanted: bool,
    /// It is, and the console goes by that.
    is_on: bool,
    /// The client does not want it.
    is_refused: bool,
    /// LINEMODE is in use.
    has_lines: bool,
    /// The client edits lines, but where a key counts.
    edits: bool,
    /// The mode that LINEMODE begins with.
    first: Mode,
    /// The mode that was asked for last.
    asked: Mode,
    /// The mode as far as it is known.
    mode: Mode,
}

impl Echo {
    pub(super) const fn new(is_offered: bool, first: Mode) -> Self {
        Self {
            is_wanted: is_offered,
            is_on: true,
            is_refused: false,
            has_lines: false,
            edits: false,
            first,
            asked: first,
            mode: first,
        }
    }

    /// LINEMODE is in use, or not any more.
    pub(super) const fn lines(&mut self, on: bool) {
        self.has_lines = on;
        self.edits = on && self.first.has(Mode::EDIT);
        (self.asked, self.mode) = (self.first, self.first);
    }

    /// A mode is in effect; one that we did not ask for is the client's choice.
    pub(super) fn mode(&mut self, mode: Mode) {
        self.mode = mode;
        if mode != self.asked {
            self.edits = mode.has(Mode::EDIT);
        }
    }

    /// The mode that is needed.
    fn needed(&self, awaits_key: bool) -> Mode {
        let others = Mode(self.mode.0 & !Mode::EDIT.0);
        match self.edits && !awaits_key {
            true => others.with(Mode::EDIT),
            false => others,
        }
    }
}

impl TelnetConsole {
    /// ECHO is in use, or not: by the client's answer or by its wish.
    pub(super) fn echo_changed(&mut self, on: bool) {
        // Of what is offered for a password alone, the answer tells nothing about all else.
        if !self.console.asks_secret() {
            self.echo.is_refused = !on;
        }
    }

    /// The console shows what is typed, or the client does.
    pub(super) fn show_echo(&mut self) {
        let is_on = self.telnet.is_on(Party::Us, TelnetOption::ECHO);
        if core::mem::replace(&mut self.echo.is_on, is_on) != is_on {
            self.console.set_echo(is_on, &mut self.out);
        }
    }

    /// Asks for what the line or the key that is awaited needs, if that has changed: first who shows it,
    /// then who edits it, as in RFC 1184 section 5.10.
    pub(super) fn settle_echo(&mut self, now: Instant, link: &mut Link) -> Result<(), Error> {
        let awaits_key = self.console.awaits_key();
        let is_edited_here = !self.echo.is_refused && (awaits_key || !self.echo.edits);
        let on = self.console.asks_secret() || is_edited_here;
        let (party, option) = (Party::Us, TelnetOption::ECHO);
        if core::mem::replace(&mut self.echo.is_wanted, on) != on
            // What was refused is not to be taken back.
            && (on || !self.echo.is_refused || self.telnet.is_on(party, option))
        {
            let wish = crate::Command::Option { party, option, on };
            self.telnet.send(now, wish, link)?;
        }
        let mode = self.echo.needed(awaits_key);
        if self.echo.has_lines && mode != self.echo.mode {
            (self.echo.asked, self.echo.mode) = (mode, mode);
            let tell = crate::Command::Tell(Tell::Mode(mode));
            self.telnet.send(now, tell, link)?;
        }
        Ok(())
    }
}
