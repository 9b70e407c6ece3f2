//! CHARSET (RFC 2066; T66): one request at a time, and the server's comes first.

use alloc::vec::Vec;

use bytes::Bytes;

use super::{InUse, Outcome, Say, Told, payload};
use crate::{
    Role,
    wire::{TelnetOption, options::Charset},
};

/// What is known of the character set.
#[derive(Clone, Debug)]
pub(super) struct Charsets {
    role: Role,
    /// What we know, the best first.
    names: Vec<Bytes>,
    is_requested: bool,
    is_chosen: bool,
}

impl Charsets {
    pub(super) const fn new(role: Role, names: Vec<Bytes>) -> Self {
        Self {
            role,
            names,
            is_requested: false,
            is_chosen: false,
        }
    }

    /// We may ask from here on, and do; or may not any more.
    pub(super) fn agreed(&mut self, on: bool, says: &mut Vec<Say>) {
        self.is_requested = on && !self.names.is_empty();
        if self.is_requested {
            says.push(payload(TelnetOption::CHARSET, |put| {
                Charset::request(self.names.iter().map(AsRef::as_ref), put);
            }));
        }
    }

    pub(super) fn heard(&mut self, bytes: &[u8], in_use: InUse, says: &mut Vec<Say>) -> Outcome {
        let mut say = |charset: Charset<'_>| {
            says.push(payload(TelnetOption::CHARSET, |put| charset.encode(put)));
        };
        let chosen = match Charset::parse(bytes)? {
            // Only the side that said WILL may ask.
            Charset::Request { .. } if !in_use.peer => return Ok(None),
            // Both have asked: the server wins.
            Charset::Request { .. } if self.is_requested && self.role == Role::Server => {
                say(Charset::Rejected);
                return Ok(None);
            }
            Charset::Request { mut names, .. } => {
                let Some(name) = names.find(|name| self.knows(name)) else {
                    say(Charset::Rejected);
                    return Ok(None);
                };
                say(Charset::Accepted(name));
                name
            }
            Charset::Accepted(name) if self.is_requested && self.knows(name) => {
                self.is_requested = false;
                name
            }
            Charset::Rejected if core::mem::take(&mut self.is_requested) => {
                return Ok((!self.is_chosen).then_some(Told::Charset(None)));
            }
            Charset::TranslateTable(..) => {
                say(Charset::TranslateRejected);
                return Ok(None);
            }
            _ => return Ok(None),
        };
        self.is_chosen = true;
        Ok(Some(Told::Charset(Some(Bytes::copy_from_slice(chosen)))))
    }

    fn knows(&self, name: &[u8]) -> bool {
        self.names.iter().any(|it| it.eq_ignore_ascii_case(name))
    }
}
