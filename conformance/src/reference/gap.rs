//! Records that a silence ends.

use super::{Codec, Frame, Item, Mutation};

pub(super) struct Gap {
    max: usize,
    broken: Mutation,
    frame: Frame,
}

/// `gap`, option `pause=TENTHS`: the longest silence inside a record.
pub(super) fn codec(max: usize, broken: Mutation) -> Gap {
    Gap {
        max,
        broken,
        frame: Frame::default(),
    }
}

impl Codec for Gap {
    fn encode(&self, record: &[u8]) -> Vec<u8> {
        let mut frame = record.to_vec();
        if self.broken.is("gap.sends-a-newline") {
            frame.push(b'\n');
        }
        frame
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Item>) {
        if byte == b'\n' && self.broken.is("gap.ends-at-newline") {
            return self.silence(found);
        }
        let max = if self.broken.is("gap.one-too-short") {
            self.max - 1
        } else {
            self.max
        };
        if self.frame.bytes.len() >= max && self.broken.is("gap.splits-overlong") {
            return self.silence(found);
        }
        self.frame.push(byte, max, found);
    }

    fn boundary(&mut self) {
        if self.broken.is("gap.ends-at-a-read") && !self.frame.is_idle() {
            self.frame.bytes.push(0xee);
        }
    }

    fn silence(&mut self, found: &mut Vec<Item>) {
        if let Some(record) = self.frame.take()
            && !record.is_empty()
        {
            found.push(Item::Record(record));
        }
    }

    fn mark(&mut self, found: &mut Vec<Item>) {
        if !self.broken.is("gap.ignores-line-damage") {
            self.frame.damage("line damage", found);
        }
    }

    fn end(&mut self, found: &mut Vec<Item>) {
        self.silence(found);
    }
}
