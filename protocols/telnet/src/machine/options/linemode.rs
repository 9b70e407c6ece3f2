//! LINEMODE (RFC 1184; T70 to T74): the mode, the forward mask, the characters.

use alloc::vec::Vec;

use lineside_core::Error;

use super::{Outcome, Say, Tell, Told, payload, slc::Characters};
#[cfg(test)]
use crate::wire::options::Function;
use crate::{
    Role,
    error::NOT_TOLD,
    wire::{
        TelnetOption,
        options::{ForwardMask, Linemode, Mode, Triplet},
    },
};

/// What one side holds of LINEMODE.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    role: Role,
    mode: Mode,
    /// Modes that we have asked for and that are not confirmed.
    pending: u8,
    mask: Option<ForwardMask>,
    characters: Characters,
}

impl Lines {
    pub(super) fn new(role: Role, characters: Vec<Triplet>) -> Self {
        Self {
            role,
            mode: Mode::default(),
            pending: 0,
            mask: None,
            characters: Characters::new(role, characters),
        }
    }

    /// The mode in effect.
    pub(super) const fn mode(&self) -> Mode {
        self.mode
    }

    /// Where to forward, if the server has said.
    pub(super) const fn mask(&self) -> Option<&ForwardMask> {
        self.mask.as_ref()
    }

    /// The characters in use.
    pub(super) const fn characters(&self) -> &Characters {
        &self.characters
    }

    /// The mode, and the functions that have a character.
    #[cfg(test)]
    pub(super) fn settled(&self) -> (Mode, Vec<(u8, u8)>) {
        let of = |number| self.characters.of(Function(number));
        let all = (1..=Function::LAST.0).filter_map(of);
        (self.mode, all.map(|it| (it.function.0, it.value)).collect())
    }

    /// It is agreed on: mode 0, no mask, no characters (section 3).
    pub(super) fn begin(&mut self, says: &mut Vec<Say>) {
        (self.mode, self.pending, self.mask) = (Mode::default(), 0, None);
        self.characters.begin(says);
    }

    /// We want a mode. What is so already is not asked for.
    pub(super) fn want(&mut self, mode: Mode, says: &mut Vec<Say>) {
        let mode = mode.and(Mode::ALL);
        if core::mem::replace(&mut self.mode, mode) != mode {
            self.pending = self.pending.saturating_add(1);
            says.push(say(Linemode::Mode(mode)));
        }
    }

    /// The client is to forward at these, beside the ends of lines; `None`: at nothing else.
    pub(super) fn forward(&self, mask: Option<ForwardMask>, says: &mut Vec<Say>) {
        says.push(say(match mask {
            Some(mask) => Linemode::DoForwardMask(mask),
            None => Linemode::DontForwardMask,
        }));
    }

    pub(super) fn heard(&mut self, bytes: &[u8], says: &mut Vec<Say>) -> Outcome {
        Ok(match (Linemode::parse(bytes)?, self.role) {
            (Linemode::Mode(mode), _) => self.mode_heard(mode, says),
            (Linemode::DoForwardMask(mask), Role::Client) => {
                self.mask = Some(mask);
                says.push(say(Linemode::WillForwardMask));
                Some(Told::ForwardMask(self.mask))
            }
            (Linemode::DontForwardMask, Role::Client) => {
                self.mask = None;
                says.push(say(Linemode::WontForwardMask));
                Some(Told::ForwardMask(None))
            }
            (Linemode::WillForwardMask, Role::Server) => Some(Told::Forwards(true)),
            (Linemode::WontForwardMask, Role::Server) => Some(Told::Forwards(false)),
            (Linemode::Slc(triplets), _) => {
                let changed = self.characters.heard(triplets, says);
                (!changed.is_empty()).then_some(Told::Characters(changed))
            }
            // It has come from the side that may not say it.
            _ => None,
        })
    }

    /// Section 2.2: what is so already is ignored, an acknowledgement is never answered. Where both
    /// have asked at once the server's counts: the client takes no acknowledgement of what it has left
    /// already, the server does, unless it has asked for something else since.
    fn mode_heard(&mut self, mode: Mode, says: &mut Vec<Say>) -> Option<Told> {
        let (is_ack, mode) = (mode.has(Mode::ACK), mode.and(Mode::ALL));
        let is_so = mode == self.mode;
        if is_ack || is_so {
            self.pending = self.pending.saturating_sub(1);
        }
        match (is_ack, self.role) {
            (true, Role::Server) if self.pending > 0 => return None,
            (true, Role::Server) => {}
            (true, Role::Client) => return None,
            // A client that has asked for the same at once confirms by that.
            (false, role) if is_so => return (role == Role::Server).then_some(Told::Mode(mode)),
            (false, _) => says.push(say(Linemode::Mode(mode.with(Mode::ACK)))),
        }
        self.mode = mode;
        Some(Told::Mode(mode))
    }

    pub(super) fn tell(&mut self, tell: Tell, says: &mut Vec<Say>) -> Result<(), Error> {
        match (tell, self.role) {
            (Tell::Mode(mode), _) => self.want(mode, says),
            (Tell::Characters(triplets), _) => self.characters.want(triplets, says),
            (Tell::ForwardMask(mask), Role::Server) => self.forward(mask, says),
            _ => return Err(NOT_TOLD),
        }
        Ok(())
    }
}

fn say(linemode: Linemode<'_>) -> Say {
    payload(TelnetOption::LINEMODE, |put| linemode.encode(put))
}
