//! LINEMODE, as RFC 1184 reads: the mode, the forward mask, the characters, and the line of a client.

use std::collections::BTreeMap;

use super::{
    DO, DONT, WILL, WONT,
    options::Role,
    typed::{LINEMODE, Out},
};
use crate::reference::Mutation;

const MODE: u8 = 1;
const FORWARDMASK: u8 = 2;
const SLC: u8 = 3;
const EDIT: u8 = 1;
const MODE_ACK: u8 = 4;
/// Levels of a character, and its acknowledgement.
const NOSUPPORT: u8 = 0;
const VALUE: u8 = 2;
const DEFAULT: u8 = 3;
const SLC_ACK: u8 = 128;

/// The functions that either end has a character for.
const OWN: [(u8, u8); 3] = [(3, 3), (8, 4), (10, 127)];

pub(super) struct Linemode {
    role: Role,
    broken: Mutation,
    mode: u8,
    /// Level and value of each function.
    characters: BTreeMap<u8, (u8, u8)>,
    line: Vec<u8>,
}

impl Linemode {
    pub(super) const fn new(role: Role, broken: Mutation) -> Self {
        Self {
            role,
            broken,
            mode: 0,
            characters: BTreeMap::new(),
            line: Vec::new(),
        }
    }

    pub(super) fn begin(&mut self) -> Vec<Out> {
        let own = OWN.map(|(function, value)| (function, (VALUE, value)));
        self.characters = own.into();
        if self.role == Role::Client {
            self.mode = 0;
            let acked = self.broken.is("telnet.slc-begins-with-acks");
            return vec![self.table(if acked { SLC_ACK } else { 0 })];
        }
        self.mode = 3;
        let long = self.broken.is("telnet.mask-too-long");
        let mask = vec![0; if long { 32 } else { 16 }];
        vec![
            say(&[MODE, self.mode]),
            say(&[&[DO, FORWARDMASK], mask.as_slice()].concat()),
        ]
    }

    fn table(&self, ack: u8) -> Out {
        let all = self.characters.iter();
        let all = all.flat_map(|(function, (level, value))| [*function, level | ack, *value]);
        say(&core::iter::once(SLC).chain(all).collect::<Vec<u8>>())
    }

    pub(super) fn heard(&mut self, payload: &[u8]) -> Vec<Out> {
        match (self.role, payload) {
            (_, [MODE, mode]) => self.mode(*mode),
            (Role::Client, [DO, FORWARDMASK, ..]) => self.masked(WILL),
            (Role::Client, [DONT, FORWARDMASK]) => self.masked(WONT),
            (_, [SLC, triplets @ ..]) => self.characters(triplets),
            _ => Vec::new(),
        }
    }

    fn masked(&self, verb: u8) -> Vec<Out> {
        if self.broken.is("telnet.mask-unanswered") {
            return Vec::new();
        }
        vec![say(&[verb, FORWARDMASK])]
    }

    /// Section 2.2.
    fn mode(&mut self, mode: u8) -> Vec<Out> {
        let is_ack = mode & MODE_ACK != 0;
        let bits = mode & !MODE_ACK;
        if is_ack {
            let again = self.broken.is("telnet.mode-acks-acks");
            return again.then(|| say(&[MODE, mode])).into_iter().collect();
        }
        if bits == self.mode && !self.broken.is("telnet.mode-acks-what-is-so") {
            return Vec::new();
        }
        self.mode = bits;
        let silent = self.broken.is("telnet.mode-silent");
        let ack = if self.broken.is("telnet.mode-without-ack") {
            0
        } else {
            MODE_ACK
        };
        let answer = (!silent).then(|| say(&[MODE, bits | ack]));
        answer.into_iter().collect()
    }

    /// Section 5.5.
    fn characters(&mut self, triplets: &[u8]) -> Vec<Out> {
        let mut answer = vec![SLC];
        let mut out = Vec::new();
        for triplet in triplets.chunks_exact(3) {
            let &[function, modifiers, value] = triplet else {
                continue;
            };
            let level = modifiers & 3;
            if function == 0 {
                if level == DEFAULT && !self.broken.is("telnet.slc-default-unanswered") {
                    out.push(self.table(0));
                }
                continue;
            }
            if modifiers & SLC_ACK != 0 && !self.broken.is("telnet.slc-acks-acks") {
                continue;
            }
            let known = self.characters.get(&function).copied();
            if known == Some((level, value)) && !self.broken.is("telnet.slc-acks-acks") {
                continue;
            }
            if self.broken.is("telnet.slc-never-acks") {
                continue;
            }
            let accepted = known.is_some() || self.role == Role::Server || level == NOSUPPORT;
            if accepted {
                self.characters.insert(function, (level, value));
                answer.extend([function, modifiers | SLC_ACK, value]);
            } else {
                answer.extend([function, NOSUPPORT, 0]);
            }
        }
        if answer.len() > 1 {
            out.push(say(&answer));
        }
        out
    }

    /// This was typed: in EDIT it waits for the end of its line.
    pub(super) fn typed(&mut self, keys: &[u8]) -> Vec<Out> {
        if self.mode & EDIT == 0 || self.broken.is("telnet.edit-sends-each-key") {
            return vec![Out::Data(keys.to_vec())];
        }
        let mut out = Vec::new();
        for key in keys {
            if *key == b'\r' {
                self.line.extend(*b"\r\n");
                out.push(Out::Data(core::mem::take(&mut self.line)));
            } else {
                self.line.push(*key);
            }
        }
        out
    }
}

fn say(payload: &[u8]) -> Out {
    Out::Say([&[LINEMODE], payload].concat())
}
