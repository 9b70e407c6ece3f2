//! Records behind their length.

use super::{Codec, Item, Mutation};
use crate::{dialect::Dialect, hex};

pub(super) struct Length {
    max: usize,
    width: Width,
    little: bool,
    /// The length counts the header too.
    whole: bool,
    magic: Vec<u8>,
    broken: Mutation,
    bytes: Vec<u8>,
    /// Nothing is in step: everything up to the next magic is dropped.
    lost: bool,
}

enum Width {
    Bytes(usize),
    /// LEB128, least group first.
    Varint,
}

/// `length?width=1|2|3|4|8|varint`, options `order=be|le`, `whole=yes`, `magic=HEX`.
pub(super) fn codec(dialect: &Dialect, max: usize, broken: Mutation) -> Option<Length> {
    let width = match dialect.get("width").unwrap_or("2") {
        "varint" => Width::Varint,
        digits => Width::Bytes(
            digits
                .parse()
                .ok()
                .filter(|n| [1, 2, 3, 4, 8].contains(n))?,
        ),
    };
    Some(Length {
        max,
        width,
        little: dialect.get("order") == Some("le"),
        whole: dialect.get("whole") == Some("yes"),
        magic: hex::parse(dialect.get("magic").unwrap_or("")).ok()?,
        broken,
        bytes: Vec::new(),
        lost: false,
    })
}

impl Length {
    /// The length field, and how many bytes it takes; `None` while it is incomplete.
    fn field(&self, after_magic: &[u8]) -> Option<(u64, usize)> {
        let little = self.little != self.broken.is("length.other-order-in");
        match self.width {
            Width::Bytes(width) => {
                let mut octets = after_magic.get(..width)?.to_vec();
                if little {
                    octets.reverse();
                }
                let value = octets
                    .iter()
                    .fold(0, |value, &octet| value << 8 | u64::from(octet));
                Some((value, width))
            }
            Width::Varint => {
                let last = after_magic.iter().position(|octet| octet & 0x80 == 0)?;
                let groups = after_magic.get(..=last)?;
                let value = groups
                    .iter()
                    .rev()
                    .fold(0u64, |value, &octet| value << 7 | u64::from(octet & 0x7f));
                Some((value, last + 1))
            }
        }
    }

    fn look(&mut self, found: &mut Vec<Item>) {
        let head = self.magic.len().min(self.bytes.len());
        if self.bytes.get(..head) != self.magic.get(..head) {
            return self.slip(found);
        }
        let Some((value, width)) = self.field(self.bytes.get(head..).unwrap_or_default()) else {
            return;
        };
        let header = self.magic.len() + width;
        let whole = self.whole && !self.broken.is("length.ignores-whole");
        let length = usize::try_from(value).unwrap_or(usize::MAX);
        let length = if whole {
            length.checked_sub(header)
        } else {
            Some(length)
        };
        let Some(length) = length
            .filter(|&length| length <= self.max || self.broken.is("length.takes-any-length"))
        else {
            if self.broken.is("length.stuck-after-oversize") {
                self.bytes.clear();
                self.magic = vec![0x5a; 64];
            }
            return self.slip(found);
        };
        if self.bytes.len() >= header.saturating_add(length) {
            let record = self.bytes.split_off(header);
            self.bytes.clear();
            self.lost = false;
            if !(record.is_empty() && self.broken.is("length.drops-empty")) {
                found.push(Item::Record(record));
            }
        }
    }

    /// The first byte begins no frame.
    fn slip(&mut self, found: &mut Vec<Item>) {
        if !core::mem::replace(&mut self.lost, true) {
            found.push(Item::Damaged("bad length or no magic"));
        }
        if !self.bytes.is_empty() {
            self.bytes.remove(0);
        }
        if self.magic.is_empty() {
            // Without a magic there is nothing to find again: only a silence helps.
            self.bytes.clear();
        } else if !self.bytes.is_empty() {
            self.look(found);
        }
    }
}

impl Codec for Length {
    fn encode(&self, record: &[u8]) -> Vec<u8> {
        let mut frame = self.magic.clone();
        let little = self.little != self.broken.is("length.other-order-out");
        match self.width {
            Width::Bytes(width) => {
                let counted = self.whole && !self.broken.is("length.forgets-header");
                let value = record.len() + if counted { self.magic.len() + width } else { 0 };
                let octets = (value as u64).to_le_bytes();
                let mut field: Vec<u8> = octets.into_iter().take(width).collect();
                if !little {
                    field.reverse();
                }
                frame.extend(field);
            }
            Width::Varint => {
                let mut value = record.len();
                loop {
                    let group = u8::try_from(value & 0x7f).unwrap_or(0);
                    value >>= 7;
                    let more = value > 0 && !self.broken.is("length.varint-of-one-group");
                    frame.push(if more { group | 0x80 } else { group });
                    if !more {
                        break;
                    }
                }
            }
        }
        frame.extend(record);
        frame
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Item>) {
        if self.lost && self.magic.is_empty() {
            return;
        }
        self.bytes.push(byte);
        self.look(found);
    }

    fn boundary(&mut self) {
        if !self.bytes.is_empty() && self.broken.is("length.forgets-at-a-cut") {
            self.bytes.clear();
        }
    }

    fn mark(&mut self, found: &mut Vec<Item>) {
        if !self.bytes.is_empty() {
            self.bytes.clear();
            self.slip(found);
        }
    }

    fn end(&mut self, found: &mut Vec<Item>) {
        if self.bytes.is_empty() {
            return;
        }
        if self.broken.is("length.delivers-short-at-end") {
            found.push(Item::Record(core::mem::take(&mut self.bytes)));
        } else {
            found.push(Item::Damaged("truncated"));
        }
    }
}
