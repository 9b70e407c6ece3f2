//! Records of one length.

use super::{Codec, Item, Mutation};
use crate::dialect::Dialect;

pub(super) struct Fixed {
    size: usize,
    broken: Mutation,
    frame: Vec<u8>,
    damaged: bool,
}

/// `fixed?size=N`.
pub(super) fn codec(dialect: &Dialect, broken: Mutation) -> Option<Fixed> {
    let size = dialect.get("size")?.parse().ok().filter(|&size| size > 0)?;
    Some(Fixed {
        size,
        broken,
        frame: Vec::new(),
        damaged: false,
    })
}

impl Codec for Fixed {
    fn encode(&self, record: &[u8]) -> Vec<u8> {
        let mut frame = record.to_vec();
        if self.broken.is("fixed.sends-a-newline") {
            frame.push(b'\n');
        }
        if self.broken.is("fixed.sends-short") {
            frame.pop();
        }
        frame
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Item>) {
        if byte == 0 && self.broken.is("fixed.skips-zeros") {
            return;
        }
        self.frame.push(byte);
        let size = if self.broken.is("fixed.one-too-many") {
            self.size + 1
        } else {
            self.size
        };
        if self.frame.len() < size {
            return;
        }
        let record = core::mem::take(&mut self.frame);
        if core::mem::take(&mut self.damaged) {
            found.push(Item::Damaged("line damage"));
        } else {
            found.push(Item::Record(record));
        }
    }

    fn boundary(&mut self) {
        if !self.frame.is_empty() && self.broken.is("fixed.forgets-at-a-cut") {
            self.frame.clear();
        }
    }

    fn mark(&mut self, found: &mut Vec<Item>) {
        // The damaged character has its place in the record.
        self.damaged = true;
        self.byte(0, found);
    }

    fn end(&mut self, found: &mut Vec<Item>) {
        if self.frame.is_empty() {
            return;
        }
        if self.broken.is("fixed.delivers-short-at-end") {
            found.push(Item::Record(core::mem::take(&mut self.frame)));
        } else {
            found.push(Item::Damaged("truncated"));
        }
    }
}
