//! HDLC-like framing, RFC 1662 section 4 and appendix C.

use super::{Codec, Frame, Item, Mutation};
use crate::dialect::Dialect;

const FLAG: u8 = 0x7e;
const ESCAPE: u8 = 0x7d;

pub(super) struct Hdlc {
    max: usize,
    /// Octets of the frame check sequence: 0, 2 or 4.
    fcs: usize,
    /// Control characters that we escape, and that are dropped when they come unescaped: then the
    /// line inserted them.
    accm: u32,
    /// Frames begin with the address and control octets FF 03.
    header: bool,
    broken: Mutation,
    frame: Frame,
    escaped: bool,
}

/// `hdlc`, options `fcs=16|32|none`, `accm=HEX`, `header=yes`.
pub(super) fn codec(dialect: &Dialect, max: usize, broken: Mutation) -> Option<Hdlc> {
    let accm = match dialect.get("accm") {
        None => u32::MAX,
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
    };
    let fcs = match dialect.get("fcs") {
        None | Some("16") => 2,
        Some("32") => 4,
        Some("none") => 0,
        Some(_) => return None,
    };
    Some(Hdlc {
        max,
        fcs,
        accm,
        header: dialect.get("header") == Some("yes"),
        broken,
        frame: Frame::default(),
        escaped: false,
    })
}

impl Hdlc {
    /// The sequence over `data`, bit by bit as the appendix defines it, least octet first.
    fn sequence(&self, data: &[u8]) -> Vec<u8> {
        let (poly, ones) = if self.fcs == 2 {
            (0x8408, 0xffff)
        } else {
            (0xedb8_8320, u32::MAX)
        };
        let mut fcs: u32 = ones;
        for &byte in data {
            fcs ^= u32::from(byte);
            for _ in 0..8 {
                fcs = if fcs & 1 == 1 {
                    (fcs >> 1) ^ poly
                } else {
                    fcs >> 1
                };
            }
        }
        if !self.broken.is("hdlc.fcs-not-complemented") {
            fcs ^= ones;
        }
        let mut octets: Vec<u8> = fcs.to_le_bytes().into_iter().take(self.fcs).collect();
        if self.broken.is("hdlc.fcs-high-octet-first") {
            octets.reverse();
        }
        octets
    }

    fn must_escape(&self, octet: u8) -> bool {
        match octet {
            FLAG => !self.broken.is("hdlc.leaves-flag-raw"),
            ESCAPE => !self.broken.is("hdlc.leaves-escape-raw"),
            _ if octet < 0x20 && self.broken.is("hdlc.always-escapes-controls") => true,
            _ => {
                octet < 0x20
                    && self.accm >> octet & 1 == 1
                    && !self.broken.is("hdlc.ignores-tx-accm")
            }
        }
    }

    fn open(&mut self, found: &mut Vec<Item>) {
        let Some(octets) = self.frame.take() else {
            return;
        };
        let shortest = if self.fcs == 0 { 1 } else { self.fcs + 2 };
        if octets.len() < shortest {
            // RFC 1662 4.3: too short frames are silently discarded, and not counted as FCS errors.
            if !octets.is_empty() && self.broken.is("hdlc.delivers-short") {
                found.push(Item::Record(octets));
            } else if !octets.is_empty() && self.broken.is("hdlc.counts-short") {
                found.push(Item::Damaged("too short"));
            }
            return;
        }
        let (data, sequence) = octets.split_at(octets.len() - self.fcs);
        if self.sequence(data) != sequence && !self.broken.is("hdlc.ignores-fcs") {
            found.push(Item::Damaged("FCS"));
            return;
        }
        let data = match data {
            [0xff, 0x03, rest @ ..] if self.header => rest,
            // Compressed away, which a receiver must take (RFC 1661 6.6).
            data if self.header && self.broken.is("hdlc.wants-header") => {
                let _ = data;
                return;
            }
            data => data,
        };
        found.push(Item::Record(data.to_vec()));
    }
}

impl Codec for Hdlc {
    fn encode(&self, record: &[u8]) -> Vec<u8> {
        let mut data = if self.header {
            vec![0xff, 0x03]
        } else {
            Vec::new()
        };
        data.extend(record);
        if self.broken.is("hdlc.fcs-after-stuffing") {
            data.push(0);
        }
        let sequence = self.sequence(&data);
        data.extend(sequence);
        let mut frame = vec![FLAG];
        for octet in data {
            if !self.must_escape(octet) {
                frame.push(octet);
            } else if self.broken.is("hdlc.escapes-without-xor") {
                frame.extend([ESCAPE, octet]);
            } else {
                frame.extend([ESCAPE, octet ^ 0x20]);
            }
        }
        if !self.broken.is("hdlc.never-ends") {
            frame.push(FLAG);
        }
        frame
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Item>) {
        let escaped = core::mem::take(&mut self.escaped);
        match byte {
            FLAG if escaped && !self.broken.is("hdlc.ignores-abort") => {
                self.frame.take();
            }
            FLAG => {
                self.open(found);
                // A decoder that wants two flags between frames takes the shared one for an end only.
                if self.broken.is("hdlc.wants-two-flags") {
                    self.frame.lost = true;
                }
            }
            _ if !escaped
                && byte < 0x20
                && self.accm >> byte & 1 == 1
                && !self.broken.is("hdlc.ignores-rx-accm") => {}
            ESCAPE if !escaped => self.escaped = true,
            _ if escaped && self.broken.is("hdlc.unescapes-without-xor") => {
                self.frame.push(byte, self.max + self.fcs + 2, found);
            }
            _ => {
                let octet = if escaped { byte ^ 0x20 } else { byte };
                let room = self.max + self.fcs + if self.header { 2 } else { 0 };
                if self.frame.bytes.len() >= room && self.broken.is("hdlc.cuts-overlong") {
                    return;
                }
                self.frame.push(octet, room, found);
            }
        }
    }

    fn boundary(&mut self) {
        if self.escaped && self.broken.is("hdlc.forgets-escape-at-a-cut") {
            self.escaped = false;
        }
        if !self.frame.is_idle() && self.broken.is("hdlc.forgets-frame-at-a-cut") {
            self.frame.take();
        }
    }

    fn mark(&mut self, found: &mut Vec<Item>) {
        if !self.frame.is_idle() && !self.broken.is("hdlc.ignores-line-damage") {
            self.frame.damage("line damage", found);
        }
    }

    fn end(&mut self, found: &mut Vec<Item>) {
        if self.broken.is("hdlc.delivers-remainder-at-end") {
            self.open(found);
        } else if !self.frame.is_idle() && !self.frame.lost {
            found.push(Item::Damaged("truncated"));
        }
    }
}
