//! What a client does with what is typed while LINEMODE is in use (RFC 1184 sections 2.2 and 5.6; T77).

use alloc::vec::Vec;

use super::{Say, linemode::Lines};
use crate::wire::{
    Command,
    options::{Function, Mode},
};

/// The line so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Typing {
    line: Vec<u8>,
    /// The next character is only a character.
    is_literal: bool,
    is_after_cr: bool,
}

/// Functions that have a command of Telnet's, and the Synch, which is none.
const SIGNALS: [(Function, Option<Command>); 8] = [
    (Function::SYNCH, None),
    (Function::BRK, Some(Command::BRK)),
    (Function::IP, Some(Command::IP)),
    (Function::AO, Some(Command::AO)),
    (Function::AYT, Some(Command::AYT)),
    (Function::ABORT, Some(Command::ABORT)),
    (Function::EOF, Some(Command::EOF)),
    (Function::SUSP, Some(Command::SUSP)),
];

impl Typing {
    /// Takes keys. A line is kept up to `most` bytes, then it is sent on.
    pub(super) fn typed(
        &mut self,
        keys: &[u8],
        lines: &Lines,
        is_binary: bool,
        most: usize,
        says: &mut Vec<Say>,
    ) {
        for &key in keys {
            self.key(key, lines, is_binary, says);
            if self.line.len() >= most {
                self.flush(says);
            }
        }
        self.flush_unless_kept(lines, says);
    }

    /// Sends the line as it is, unless there is something that it is kept for.
    pub(super) fn flush_unless_kept(&mut self, lines: &Lines, says: &mut Vec<Say>) {
        if !lines.mode().has(Mode::EDIT) && lines.mask().is_none() {
            self.flush(says);
        }
    }

    /// Sends the line as it is.
    pub(super) fn flush(&mut self, says: &mut Vec<Say>) {
        if !self.line.is_empty() {
            says.push(Say::Data(core::mem::take(&mut self.line)));
        }
    }

    fn key(&mut self, key: u8, lines: &Lines, is_binary: bool, says: &mut Vec<Say>) {
        let is_after_cr = core::mem::replace(&mut self.is_after_cr, key == b'\r');
        if core::mem::take(&mut self.is_literal) {
            return self.line.push(key);
        }
        let is = |function| {
            lines
                .characters()
                .of(function)
                .is_some_and(|it| it.value == key)
        };
        if lines.mode().has(Mode::TRAPSIG)
            && let Some(signal) = SIGNALS.iter().find(|(function, _)| is(*function))
        {
            return self.signal(*signal, lines, says);
        }
        let is_editing = lines.mode().has(Mode::EDIT);
        match key {
            _ if is_editing && self.edit(&is) => return,
            // One Enter, whatever the terminal makes of it.
            b'\n' if is_editing && is_after_cr => return,
            b'\r' | b'\n' if is_editing => self.line.extend_from_slice(b"\r\n"),
            _ => self.line.push(key),
        }
        // While we send no BINARY, the mask is of ASCII alone (section 2.3; T74).
        let counts = is_binary || key.is_ascii();
        let is_masked = lines
            .mask()
            .is_some_and(|mask| counts && mask.contains(key));
        if is_masked || matches!(key, b'\r' | b'\n') || is(Function::FORW1) || is(Function::FORW2) {
            self.flush(says);
        }
    }

    /// A signal goes with what was typed before it, and with a Synch if it is to be heard at once (section
    /// 5.8).
    fn signal(
        &mut self,
        (function, command): (Function, Option<Command>),
        lines: &Lines,
        says: &mut Vec<Say>,
    ) {
        self.flush(says);
        says.extend(command.map(Say::Command));
        let triplet = lines.characters().of(function);
        if command.is_none() || triplet.is_some_and(|it| it.flags.flush_in) {
            says.push(Say::Synch);
        }
    }

    /// Whether the key edits the line.
    fn edit(&mut self, is: &impl Fn(Function) -> bool) -> bool {
        if is(Function::EC) {
            self.erase();
        } else if is(Function::EL) {
            self.line.clear();
        } else if is(Function::EW) {
            while self.line.last() == Some(&b' ') {
                self.erase();
            }
            while self.line.last().is_some_and(|last| *last != b' ') {
                self.erase();
            }
        } else if is(Function::LNEXT) {
            self.is_literal = true;
        } else {
            // Showing the line again, and stopping the output, is the application's.
            return [Function::RP, Function::XON, Function::XOFF]
                .into_iter()
                .any(is);
        }
        true
    }

    /// Takes one character back, all its bytes of UTF-8.
    fn erase(&mut self) {
        while self.line.pop().is_some_and(|last| last & 0xc0 == 0x80) {}
    }
}
