//! TTYPE (RFC 1091; T58): a list of names, told one by one.

use alloc::{string::ToString, vec::Vec};

use bytes::Bytes;

use super::{ClientOptions, Say, Told, payload};
use crate::wire::{
    TelnetOption,
    options::{Mtts, TerminalType},
};

/// The side that asks: from the first name until one comes again.
#[derive(Clone, Debug, Default)]
pub(super) struct Asking {
    names: Vec<Bytes>,
    is_asked: bool,
}

impl Asking {
    /// Asks from the beginning, unless that is being done: two questions at once would get one list
    /// between them.
    pub(super) fn begin(&mut self, says: &mut Vec<Say>) {
        if !self.is_asked {
            self.ask(says);
        }
    }

    /// Waits for nothing any more.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// A name has come, one of at most `most`. One that was not asked for means nothing.
    pub(super) fn heard(&mut self, name: &[u8], most: usize, says: &mut Vec<Say>) -> Option<Told> {
        if !core::mem::take(&mut self.is_asked) {
            return None;
        }
        // A client that repeats nothing begins again: that ends the list as well.
        let is_known = self.names.iter().any(|it| it.eq_ignore_ascii_case(name));
        let name = Bytes::copy_from_slice(name);
        if !is_known {
            self.names.push(name.clone());
        }
        if !is_known && self.names.len() < most {
            self.ask(says);
            return Some(Told::TerminalType(name));
        }
        let mut names = core::mem::take(&mut self.names);
        let capabilities = names.iter().find_map(|name| Mtts::of(name));
        names.retain(|name| Mtts::of(name).is_none());
        Some(Told::TerminalTypes {
            names,
            capabilities,
        })
    }

    fn ask(&mut self, says: &mut Vec<Say>) {
        self.is_asked = true;
        says.push(payload(TelnetOption::TTYPE, |put| {
            TerminalType::Send.encode(put);
        }));
    }
}

/// The side that answers: each name, the last one twice, and then from the beginning.
#[derive(Clone, Debug, Default)]
pub(super) struct Naming {
    told: usize,
}

impl Naming {
    /// The next name. Without any it is `UNKNOWN` (RFC 1091 section 6).
    pub(super) fn next(&mut self, options: &ClientOptions) -> Bytes {
        let can = options.capabilities.map(|can| Bytes::from(can.to_string()));
        let count = options.terminal_types.len() + usize::from(can.is_some());
        let mut names = options.terminal_types.iter().cloned().chain(can);
        let name = names.nth(self.told.min(count.saturating_sub(1)));
        self.told = if self.told >= count { 0 } else { self.told + 1 };
        name.unwrap_or(Bytes::from_static(b"UNKNOWN"))
    }
}
