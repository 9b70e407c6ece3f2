//! A check behind the record, inside any framing.

use super::{Codec, Item, Mutation};

struct Checked {
    inner: Box<dyn Codec>,
    check: Check,
    broken: Mutation,
}

/// The parameters of a check, by the catalogue of CRCs; computed bit by bit.
#[derive(Clone, Copy)]
struct Check {
    bits: u32,
    poly: u32,
    init: u32,
    reflected: bool,
    out: u32,
    /// On the wire the least octet goes first.
    little: bool,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Crc,
    Lrc,
    Xor,
}

const CRC: Check = Check {
    bits: 16,
    poly: 0x1021,
    init: 0,
    reflected: false,
    out: 0,
    little: false,
    kind: Kind::Crc,
};

const MODBUS: Check = Check {
    poly: 0x8005,
    init: 0xffff,
    reflected: true,
    little: true,
    ..CRC
};

const CRC_32: Check = Check {
    bits: 32,
    poly: 0x04c1_1db7,
    init: u32::MAX,
    reflected: true,
    out: u32::MAX,
    little: true,
    ..CRC
};

const CRC_32C: Check = Check {
    poly: 0x1edc_6f41,
    ..CRC_32
};

const OCTET: Check = Check { bits: 8, ..CRC };

/// Puts `check` behind the records of `inner`; `None` when the suite has no check of that name.
pub(super) fn codec(
    inner: Box<dyn Codec>,
    check: &str,
    broken: &Mutation,
) -> Option<Box<dyn Codec>> {
    let check = match check {
        "modbus" => MODBUS,
        "xmodem" => CRC,
        "ccitt-false" => Check {
            init: 0xffff,
            ..CRC
        },
        "kermit" => Check {
            reflected: true,
            little: true,
            ..CRC
        },
        "x-25" => Check {
            init: 0xffff,
            reflected: true,
            out: 0xffff,
            little: true,
            ..CRC
        },
        "crc-32" => CRC_32,
        "crc-32c" => CRC_32C,
        "lrc" => Check {
            kind: Kind::Lrc,
            ..OCTET
        },
        "xor" => Check {
            kind: Kind::Xor,
            ..OCTET
        },
        _ => return None,
    };
    let broken = broken.clone();
    Some(Box::new(Checked {
        inner,
        check,
        broken,
    }))
}

impl Check {
    fn of(&self, data: &[u8]) -> u32 {
        match self.kind {
            Kind::Lrc => data
                .iter()
                .fold(0u8, |sum, byte| sum.wrapping_add(*byte))
                .wrapping_neg()
                .into(),
            Kind::Xor => data.iter().fold(0u8, |all, byte| all ^ byte).into(),
            Kind::Crc => self.crc(data),
        }
    }

    fn crc(&self, data: &[u8]) -> u32 {
        let mask = if self.bits == 32 {
            u32::MAX
        } else {
            (1 << self.bits) - 1
        };
        let mut register = self.init;
        for &byte in data {
            for bit in 0..8 {
                let place = if self.reflected { bit } else { 7 - bit };
                let input = u32::from(byte >> place & 1);
                let high = register >> (self.bits - 1) & 1;
                register = (register << 1) & mask;
                if high ^ input == 1 {
                    register ^= self.poly;
                }
            }
        }
        if self.reflected {
            register = register.reverse_bits() >> (32 - self.bits);
        }
        register ^ self.out
    }

    fn octets(&self, value: u32) -> Vec<u8> {
        let count = self.bits as usize / 8;
        let mut octets: Vec<u8> = value.to_le_bytes().into_iter().take(count).collect();
        if !self.little {
            octets.reverse();
        }
        octets
    }
}

impl Checked {
    fn verify(&self, items: Vec<Item>, found: &mut Vec<Item>) {
        for item in items {
            let Item::Record(record) = item else {
                found.push(item);
                continue;
            };
            let size = self.check.bits as usize / 8;
            match record.len().checked_sub(size) {
                Some(end) if self.fits(&record, end) => {
                    found.push(Item::Record(record.get(..end).unwrap_or_default().to_vec()))
                }
                Some(_) => found.push(Item::Damaged("check")),
                None => found.push(Item::Damaged("shorter than its check")),
            }
        }
    }

    fn fits(&self, record: &[u8], end: usize) -> bool {
        let (data, got) = record.split_at(end);
        got == self.check.octets(self.check.of(data)) || self.broken.is("check.never-verified")
    }

    fn pass(&mut self, found: &mut Vec<Item>, feed: impl FnOnce(&mut dyn Codec, &mut Vec<Item>)) {
        let mut items = Vec::new();
        feed(self.inner.as_mut(), &mut items);
        self.verify(items, found);
    }
}

impl Codec for Checked {
    fn encode(&self, record: &[u8]) -> Vec<u8> {
        let mut octets = self.check.octets(self.check.of(record));
        if self.broken.is("check.other-order-out") {
            octets.reverse();
        }
        let mut whole = record.to_vec();
        whole.extend(octets);
        self.inner.encode(&whole)
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Item>) {
        self.pass(found, |inner, items| inner.byte(byte, items));
    }

    fn boundary(&mut self) {
        self.inner.boundary();
    }

    fn silence(&mut self, found: &mut Vec<Item>) {
        self.pass(found, |inner, items| inner.silence(items));
    }

    fn mark(&mut self, found: &mut Vec<Item>) {
        self.pass(found, |inner, items| inner.mark(items));
    }

    fn end(&mut self, found: &mut Vec<Item>) {
        self.pass(found, |inner, items| inner.end(items));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bit_by_bit_checks_have_the_catalogues_values() {
        let of = |check: Check| check.of(b"123456789");
        assert_eq!(of(MODBUS), 0x4b37);
        assert_eq!(of(CRC), 0x31c3);
        assert_eq!(of(CRC_32), 0xcbf4_3926);
        assert_eq!(of(CRC_32C), 0xe306_9283);
        assert_eq!(
            of(Check {
                kind: Kind::Lrc,
                ..OCTET
            }),
            0x23
        );
        assert_eq!(
            of(Check {
                kind: Kind::Xor,
                ..OCTET
            }),
            0x31
        );
    }
}
