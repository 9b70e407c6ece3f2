//! SLIP, RFC 1055.

use super::{Codec, Frame, Item, Mutation};
use crate::dialect::Dialect;

const END: u8 = 0xc0;
const ESC: u8 = 0xdb;
const ESC_END: u8 = 0xdc;
const ESC_ESC: u8 = 0xdd;

pub(super) struct Slip {
    max: usize,
    strict: bool,
    broken: Mutation,
    frame: Frame,
    escaped: bool,
    synced: bool,
}

/// `slip`, `slip?escape=strict`.
pub(super) fn codec(dialect: &Dialect, max: usize, broken: Mutation) -> Option<Slip> {
    let strict = match dialect.get("escape") {
        None | Some("lenient") => false,
        Some("strict") => true,
        Some(_) => return None,
    };
    Some(Slip {
        max,
        strict,
        broken,
        frame: Frame::default(),
        escaped: false,
        synced: false,
    })
}

impl Slip {
    fn unescape(&mut self, byte: u8, found: &mut Vec<Item>) {
        let swapped = self.broken.is("slip.swaps-escapes-in");
        let byte = match byte {
            ESC_END if swapped => ESC,
            ESC_ESC if swapped => END,
            ESC_END => END,
            ESC_ESC => ESC,
            // RFC 1055: "just stuff it into the packet"; the strict mode drops the packet.
            _ if self.strict && !self.broken.is("slip.strict-keeps") => {
                return self.frame.damage("bad escape", found);
            }
            _ if !self.strict && self.broken.is("slip.lenient-drops") => {
                return self.frame.damage("bad escape", found);
            }
            other => other,
        };
        self.frame.push(byte, self.max, found);
    }

    fn end_frame(&mut self, found: &mut Vec<Item>) {
        let escaped = core::mem::take(&mut self.escaped);
        if escaped && self.broken.is("slip.carries-escape-over-end") {
            self.escaped = true;
        } else if escaped && !self.broken.is("slip.delivers-cut-escape") {
            self.frame.damage("bad escape", found);
        }
        let tail = self.frame.lost && self.broken.is("slip.delivers-tail-of-overlong");
        let Some(record) = self.frame.take() else {
            if tail {
                found.push(Item::Record(b"tail".to_vec()));
            }
            return;
        };
        let joined =
            core::mem::replace(&mut self.synced, true) || !self.broken.is("slip.needs-leading-end");
        if joined && (!record.is_empty() || self.broken.is("slip.delivers-empty")) {
            found.push(Item::Record(record));
        }
    }
}

impl Codec for Slip {
    fn encode(&self, record: &[u8]) -> Vec<u8> {
        let mut frame = vec![END];
        for &byte in record {
            match byte {
                END if self.broken.is("slip.leaves-end-raw") => frame.push(END),
                ESC if self.broken.is("slip.leaves-esc-raw") => frame.push(ESC),
                END if self.broken.is("slip.swaps-escapes-out") => frame.extend([ESC, ESC_ESC]),
                END => frame.extend([ESC, ESC_END]),
                ESC => frame.extend([ESC, ESC_ESC]),
                other => frame.push(other),
            }
        }
        if !self.broken.is("slip.never-ends") {
            frame.push(END);
        }
        frame
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Item>) {
        match byte {
            END => self.end_frame(found),
            _ if core::mem::take(&mut self.escaped) => self.unescape(byte, found),
            ESC if !self.broken.is("slip.ignores-esc") => self.escaped = true,
            other => self.frame.push(other, self.max, found),
        }
    }

    fn boundary(&mut self) {
        if self.escaped && self.broken.is("slip.forgets-escape-at-a-cut") {
            self.escaped = false;
        }
        if !self.frame.is_idle() && self.broken.is("slip.forgets-frame-at-a-cut") {
            self.frame.take();
        }
    }

    fn mark(&mut self, found: &mut Vec<Item>) {
        if !self.frame.is_idle() && !self.broken.is("slip.ignores-line-damage") {
            self.frame.damage("line damage", found);
        }
    }

    fn end(&mut self, found: &mut Vec<Item>) {
        if self.frame.is_idle() && !self.escaped {
            return;
        }
        if self.broken.is("slip.delivers-remainder-at-end") {
            found.extend(self.frame.take().map(Item::Record));
        } else if !self.frame.lost {
            found.push(Item::Damaged("truncated"));
        }
    }
}
