//! The characters of LINEMODE's functions, settled between both sides (RFC 1184 section 5.5; T72, T73).

use alloc::vec::Vec;

use super::{Say, payload};
use crate::{
    Role,
    wire::{
        TelnetOption,
        options::{Function, Level, Linemode, SlcFlags, Triplet},
    },
};

/// Which characters are in use, and which we would have.
#[derive(Clone, Debug)]
pub(super) struct Characters {
    role: Role,
    own: Vec<Triplet>,
    /// Of functions that are not here, nothing has been said: they are not supported.
    current: Vec<Triplet>,
}

impl Characters {
    pub(super) const fn new(role: Role, own: Vec<Triplet>) -> Self {
        Self {
            role,
            own,
            current: Vec::new(),
        }
    }

    /// LINEMODE is agreed on: nothing is supported yet. A client tells what it has, or asks for what the
    /// server has (section 5.5).
    pub(super) fn begin(&mut self, says: &mut Vec<Say>) {
        self.current.clear();
        if self.role == Role::Client {
            match self.own.is_empty() {
                true => says.push(slc([blank(Function::ALL, Level::Default)])),
                false => self.want(self.own.clone(), says),
            }
        }
    }

    /// We want these.
    pub(super) fn want(&mut self, wanted: Vec<Triplet>, says: &mut Vec<Say>) {
        let said = wanted
            .into_iter()
            .filter(|it| is_function(it.function))
            .map(|it| Triplet {
                is_ack: false,
                ..it
            });
        let said: Vec<_> = said.inspect(|it| set(&mut self.current, *it)).collect();
        if !said.is_empty() {
            says.push(slc(said));
        }
    }

    /// The peer wants these, or confirms them. What has changed.
    pub(super) fn heard(
        &mut self,
        triplets: impl Iterator<Item = Triplet>,
        says: &mut Vec<Say>,
    ) -> Vec<Triplet> {
        let (mut changed, mut answers, mut is_told) = (Vec::new(), Vec::new(), false);
        for triplet in triplets {
            if triplet.function == Function::ALL {
                // Only a client may ask for the whole table; once at a time.
                if self.role == Role::Server && !triplet.is_ack && !is_told {
                    answers.extend(self.table(triplet.level));
                    is_told = true;
                }
                continue;
            }
            let before = self.current(triplet.function);
            answers.extend(self.settle(triplet, before));
            let after = self.current(triplet.function);
            if !is_same(before, after) {
                set(&mut changed, after);
            }
        }
        if !answers.is_empty() {
            says.push(slc(answers));
        }
        changed
    }

    /// The character of a function that has one.
    pub(super) fn of(&self, function: Function) -> Option<Triplet> {
        let it = self.current(function);
        matches!(it.level, Level::Value | Level::CantChange).then_some(it)
    }

    /// Takes or refuses one; what is answered. An acknowledgement never is.
    fn settle(&mut self, wanted: Triplet, before: Triplet) -> Option<Triplet> {
        if is_same(wanted, before) {
            return None;
        }
        if wanted.is_ack {
            // Both have asked at once: what the client asked for counts, and is confirmed behind what
            // the server asked for. Section 5.5 says so of characters; of levels it must hold too, or
            // each would end with what the other had.
            if self.role == Role::Client && is_function(wanted.function) {
                let is_ack = false;
                set(&mut self.current, Triplet { is_ack, ..wanted });
            }
            return None;
        }
        let answer = self.agree(wanted);
        if is_function(wanted.function) {
            set(
                &mut self.current,
                Triplet {
                    is_ack: false,
                    ..answer
                },
            );
        }
        Some(answer)
    }

    /// The same with ACK where we agree; where not, something of a lower level, so that it comes to an
    /// end.
    fn agree(&self, wanted: Triplet) -> Triplet {
        let own = self.own(wanted.function);
        let none = blank(wanted.function, Level::NoSupport);
        let ack = Triplet {
            is_ack: true,
            ..wanted
        };
        match (wanted.level, own.level) {
            (Level::NoSupport, _) => ack,
            (Level::Default, Level::Default | Level::NoSupport) => none,
            (Level::Default, _) => own,
            (_, Level::NoSupport) => none,
            (Level::Value, Level::CantChange) if wanted.value != own.value => own,
            (Level::CantChange, Level::CantChange) if wanted.value != own.value => none,
            _ => ack,
        }
    }

    /// The whole table, as a client asks for it: what we would have, or what is in use (T73).
    fn table(&mut self, level: Level) -> Vec<Triplet> {
        match level {
            Level::Default => {
                let all = (1..=Function::LAST.0).map(|number| self.own(Function(number)));
                self.current = all.collect();
                self.current.clone()
            }
            Level::Value => self.current.clone(),
            Level::CantChange | Level::NoSupport => Vec::new(),
        }
    }

    /// What we would have. A server has no objection to what it has no character for, and neither has a
    /// client without any; another client does not support it.
    fn own(&self, function: Function) -> Triplet {
        let found = self.own.iter().find(|it| it.function == function);
        let is_open = self.role == Role::Server || self.own.is_empty();
        let otherwise = match is_open && is_function(function) {
            true => Level::Default,
            false => Level::NoSupport,
        };
        found.copied().unwrap_or(blank(function, otherwise))
    }

    fn current(&self, function: Function) -> Triplet {
        let found = self.current.iter().find(|it| it.function == function);
        found.copied().unwrap_or(blank(function, Level::NoSupport))
    }
}

const fn is_function(function: Function) -> bool {
    function.0 > 0 && function.0 <= Function::LAST.0
}

fn is_same(one: Triplet, other: Triplet) -> bool {
    one.level == other.level && (one.value == other.value || one.level == Level::NoSupport)
}

const fn blank(function: Function, level: Level) -> Triplet {
    Triplet {
        function,
        level,
        flags: SlcFlags {
            flush_in: false,
            flush_out: false,
        },
        is_ack: false,
        value: 0,
    }
}

fn set(table: &mut Vec<Triplet>, triplet: Triplet) {
    match table.iter_mut().find(|it| it.function == triplet.function) {
        Some(known) => *known = triplet,
        None => table.push(triplet),
    }
}

fn slc(triplets: impl IntoIterator<Item = Triplet>) -> Say {
    payload(TelnetOption::LINEMODE, |put| Linemode::slc(triplets, put))
}
