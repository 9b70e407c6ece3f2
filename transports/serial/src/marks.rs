//! Decodes the marks that a tty with `PARMRK` puts into its input.
//!
//! `termios(3)`: a byte with a parity or framing error arrives as `FF 00 byte`, a break as
//! `FF 00 00`, and a data byte `FF` as `FF FF`. A byte `00` with a parity error looks like a break,
//! and is reported as one.

use lineside_core::Mark;

/// What the kernel escapes with.
const ESCAPE: u8 = 0xFF;

/// Takes the escapes out of a tty's input, whatever the cuts between reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decoder {
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Plain,
    /// After `FF`.
    Escaped,
    /// After `FF 00`.
    Marked,
}

/// What [`Decoder::decode`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// This many bytes at the front of the buffer are now data.
    pub data: usize,
    /// This many bytes of input were consumed; the rest still has to be decoded.
    pub used: usize,
    /// What stands after the data. Decoding stops behind it.
    pub mark: Option<Mark>,
}

impl Decoder {
    /// Decodes `buf` in place until it ends or a mark stands in it.
    ///
    /// `data` never exceeds `used`. An `FF` that is followed by neither `00` nor `FF`, which a tty
    /// never sends, is dropped.
    pub fn decode(&mut self, buf: &mut [u8]) -> Decoded {
        let mut done = Decoded::default();
        while done.used < buf.len() && done.mark.is_none() {
            if self.state == State::Plain {
                self.plain(buf, &mut done);
            } else {
                self.escaped(buf, &mut done);
            }
        }
        done
    }

    /// Moves data to the front, up to and with the next escape.
    fn plain(&mut self, buf: &mut [u8], done: &mut Decoded) {
        let rest = buf.get(done.used..).unwrap_or_default();
        let run = memchr::memchr(ESCAPE, rest).unwrap_or(rest.len());
        let escape = run < rest.len();
        if done.data != done.used {
            buf.copy_within(done.used..done.used + run, done.data);
        }
        done.data += run;
        done.used += run;
        if escape {
            done.used += 1;
            self.state = State::Escaped;
        }
    }

    /// One byte after an escape.
    fn escaped(&mut self, buf: &mut [u8], done: &mut Decoded) {
        let Some(&byte) = buf.get(done.used) else {
            return;
        };
        done.used += 1;
        match (self.state, byte) {
            (State::Escaped, 0) => {
                self.state = State::Marked;
                return;
            }
            (State::Marked, 0) => done.mark = Some(Mark::Break),
            (State::Marked, _) => done.mark = Some(Mark::Parity(byte)),
            _ => {
                if let Some(slot) = buf.get_mut(done.data) {
                    *slot = byte;
                    done.data += 1;
                }
            }
        }
        self.state = State::Plain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq)]
    enum Item {
        Byte(u8),
        Mark(Mark),
    }

    /// Decodes `raw` in pieces of `cut` bytes.
    fn decode(raw: &[u8], cut: usize) -> Vec<Item> {
        let mut decoder = Decoder::default();
        let mut items = Vec::new();
        for piece in raw.chunks(cut) {
            let mut rest = piece.to_vec();
            while !rest.is_empty() {
                let done = decoder.decode(&mut rest);
                assert!(done.data <= done.used && done.used > 0);
                items.extend(rest[..done.data].iter().copied().map(Item::Byte));
                items.extend(done.mark.map(Item::Mark));
                rest.drain(..done.used);
            }
        }
        items
    }

    #[test]
    fn marks_are_decoded_wherever_a_read_is_cut() {
        use Item::{Byte as B, Mark as M};
        let raw = *b"a\xFF\xFFb\xFF\x00x\xFF\x00\x00\xFF\xFF\xFF\xFFc\xFF\x00\xFFd";
        let want = [
            B(b'a'),
            B(0xFF),
            B(b'b'),
            M(Mark::Parity(b'x')),
            M(Mark::Break),
            B(0xFF),
            B(0xFF),
            B(b'c'),
            M(Mark::Parity(0xFF)),
            B(b'd'),
        ];
        for cut in 1..=raw.len() {
            assert_eq!(decode(&raw, cut), want, "cut every {cut} bytes");
        }
    }

    #[test]
    fn data_without_escapes_stays_where_it_is() {
        let mut buf = *b"plain data";
        let done = Decoder::default().decode(&mut buf);
        assert_eq!((done.data, done.used, done.mark), (10, 10, None));
        assert_eq!(&buf, b"plain data");
    }

    #[test]
    fn what_the_kernel_escapes_comes_back_whatever_it_was() {
        let data: Vec<u8> = (0..=255).chain([255, 255, 0, 255]).collect();
        let mut raw = Vec::new();
        for &byte in &data {
            raw.push(byte);
            if byte == 0xFF {
                raw.push(byte);
            }
        }
        for cut in [1, 2, 3, 7, raw.len()] {
            let bytes: Vec<_> = data.iter().copied().map(Item::Byte).collect();
            assert_eq!(decode(&raw, cut), bytes);
        }
    }

    #[test]
    fn an_escape_that_no_tty_sends_does_not_derail_what_follows() {
        use Item::Byte as B;
        assert_eq!(decode(b"\xFFab", 1), [B(b'a'), B(b'b')]);
    }
}
