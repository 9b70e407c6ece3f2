//! STX … ETX, with a block check character behind; and DLE STX … DLE ETX, transparent by doubling.

use super::{Codec, Frame, Item, Mutation};
use crate::dialect::Dialect;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const DLE: u8 = 0x10;

pub(super) struct Stx {
    max: usize,
    transparent: bool,
    bcc: Bcc,
    broken: Mutation,
    frame: Frame,
    at: At,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bcc {
    None,
    Xor,
    Lrc,
}

/// Where in a frame the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Outside,
    /// A DLE came outside a frame.
    Opening,
    Inside,
    /// A DLE came inside a frame.
    Escaped,
    /// The ETX came, and the block check character is next.
    Check,
}

/// `stx`, `dle`; option `bcc=none|xor|lrc`: over the record and the ETX, not the STX.
pub(super) fn codec(dialect: &Dialect, max: usize, broken: Mutation) -> Option<Stx> {
    let bcc = match dialect.get("bcc") {
        None | Some("none") => Bcc::None,
        Some("xor") => Bcc::Xor,
        Some("lrc") => Bcc::Lrc,
        Some(_) => return None,
    };
    Some(Stx {
        max,
        transparent: dialect.name == "dle",
        bcc,
        broken,
        frame: Frame::default(),
        at: At::Outside,
    })
}

impl Stx {
    fn check(&self, record: &[u8]) -> u8 {
        let covers_etx = !self.broken.is("stx.check-without-etx");
        let bytes = record.iter().copied().chain(covers_etx.then_some(ETX));
        match self.bcc {
            Bcc::Lrc => bytes.fold(0u8, u8::wrapping_add).wrapping_neg(),
            _ => bytes.fold(0, |check, byte| check ^ byte),
        }
    }

    fn open(&mut self) {
        self.frame = Frame::default();
        self.at = At::Inside;
    }

    fn close(&mut self, found: &mut Vec<Item>) {
        if self.bcc != Bcc::None {
            self.at = At::Check;
            return;
        }
        self.at = At::Outside;
        found.extend(self.frame.take().map(Item::Record));
    }

    fn checked(&mut self, check: u8, found: &mut Vec<Item>) {
        self.at = At::Outside;
        let Some(record) = self.frame.take() else {
            return;
        };
        if check == self.check(&record) || self.broken.is("stx.ignores-check") {
            found.push(Item::Record(record));
        } else {
            found.push(Item::Damaged("BCC"));
        }
    }

    fn plain(&mut self, byte: u8, found: &mut Vec<Item>) {
        match (self.at, byte) {
            (At::Check, ETX) if self.broken.is("stx.etx-is-never-a-check") => {}
            (At::Check, check) => self.checked(check, found),
            (At::Inside, STX) if self.broken.is("stx.stx-inside-is-data") => {
                self.frame.push(byte, self.max, found)
            }
            (At::Inside, STX) => {
                self.frame.damage("STX inside a frame", found);
                self.open();
            }
            (_, STX) => self.open(),
            (At::Inside, ETX) => self.close(found),
            (At::Inside, data) => self.frame.push(data, self.max, found),
            _ if self.broken.is("stx.takes-noise") => {
                self.open();
                self.frame.push(byte, self.max, found);
            }
            _ => {}
        }
    }

    fn transparent(&mut self, byte: u8, found: &mut Vec<Item>) {
        match (self.at, byte) {
            (At::Check, check) => self.checked(check, found),
            (At::Outside, DLE) => self.at = At::Opening,
            (At::Outside, STX) if self.broken.is("dle.takes-noise") => self.open(),
            (At::Outside, _) => {}
            (At::Opening, STX) => self.open(),
            (At::Opening, DLE) => {}
            (At::Opening, _) => self.at = At::Outside,
            (At::Inside, ETX) if self.broken.is("dle.bare-etx-ends") => self.close(found),
            (At::Inside, DLE) => self.at = At::Escaped,
            (At::Inside, data) => self.frame.push(data, self.max, found),
            (At::Escaped, DLE) => {
                self.at = At::Inside;
                self.frame.push(DLE, self.max, found);
                if self.broken.is("dle.keeps-both") {
                    self.frame.push(DLE, self.max, found);
                }
            }
            (At::Escaped, ETX) => self.close(found),
            (At::Escaped, STX) => {
                self.frame.damage("DLE STX inside a frame", found);
                self.open();
            }
            (At::Escaped, _) if self.broken.is("dle.takes-any-escape") => {
                self.at = At::Inside;
                self.frame.push(byte, self.max, found);
            }
            (At::Escaped, _) => {
                self.frame.damage("bad escape", found);
                self.frame.take();
                self.at = At::Outside;
            }
        }
    }
}

impl Codec for Stx {
    fn encode(&self, record: &[u8]) -> Vec<u8> {
        let mut frame = if self.transparent {
            vec![DLE, STX]
        } else {
            vec![STX]
        };
        for &byte in record {
            frame.push(byte);
            if self.transparent && byte == DLE && !self.broken.is("dle.never-doubles") {
                frame.push(DLE);
            }
        }
        if self.transparent {
            frame.push(DLE);
        }
        if !self.broken.is("stx.never-ends") {
            frame.push(ETX);
        }
        if self.bcc != Bcc::None {
            frame.push(self.check(record));
        }
        frame
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Item>) {
        if self.transparent {
            self.transparent(byte, found);
        } else {
            self.plain(byte, found);
        }
    }

    fn boundary(&mut self) {
        if self.at == At::Escaped && self.broken.is("dle.forgets-escape-at-a-cut") {
            self.at = At::Inside;
        }
        if self.at == At::Check && self.broken.is("stx.forgets-check-at-a-cut") {
            self.at = At::Outside;
        }
        if self.at == At::Inside && self.broken.is("stx.forgets-frame-at-a-cut") {
            self.at = At::Outside;
        }
    }

    fn mark(&mut self, found: &mut Vec<Item>) {
        if self.at != At::Outside && !self.broken.is("stx.ignores-line-damage") {
            self.frame.damage("line damage", found);
            self.frame.take();
            self.at = At::Outside;
        }
    }

    fn end(&mut self, found: &mut Vec<Item>) {
        if self.at == At::Outside {
            return;
        }
        if self.broken.is("stx.delivers-remainder-at-end") {
            found.extend(self.frame.take().map(Item::Record));
        } else {
            found.push(Item::Damaged("truncated"));
        }
    }
}
