//! A check at the end of the record, inside any framing.
//!
//! Inside a framing that believes a count ([`Framing::pieces`]), the check also brings the receiver
//! back into step: a frame whose check does not fit is not dropped whole, but moved over by one byte
//! at a time until a check fits. That costs at most one check of the longest record per byte.
//!
//! Inside COBS/R write a CRC against its natural order. In it, a damaged code can put a zero in the
//! place of the check's first byte and move that byte behind the others; and where that byte is FF,
//! this is just what a further zero in the record does to the check of CRC-32/ISO-HDLC, so that the
//! record passes with a zero too many (about once in 10^5 damaged records).

use core::ops::Range;

#[cfg(feature = "machine")]
use bytes::BytesMut;
use lineside_check::{Algorithm, Order};

use super::{Cause, EncodeError, Find, Framing, Reason, Silence};

/// The most parts that a record may come in.
pub const MAX_PARTS: usize = 15;
/// The longest trailer: 64 bits in hexadecimal.
const MAX_TRAILER: usize = 16;

/// The check and the way it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Check {
    /// What is computed over the record.
    pub algorithm: Algorithm,
    /// How it follows the record.
    pub form: Form,
}

/// How a check is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Bytes, in this order.
    Bytes(Order),
    /// Hexadecimal digits, the highest first; sent as capitals, taken as either.
    Hex,
}

impl Check {
    /// The check of `algorithm`, its bytes in the algorithm's natural order.
    #[must_use]
    pub const fn new(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            form: Form::Bytes(algorithm.natural_order()),
        }
    }

    /// The length of the check on the wire, in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub const fn len(self) -> usize {
        match self.form {
            Form::Bytes(_) => self.algorithm.bytes(),
            Form::Hex => 2 * self.algorithm.bytes(),
        }
    }

    /// Writes a check to the front of the result.
    fn write(self, value: u64) -> [u8; MAX_TRAILER] {
        let mut out = [0; MAX_TRAILER];
        let order = match self.form {
            Form::Bytes(order) => order,
            Form::Hex => Order::Big,
        };
        let _ = self.algorithm.write(value, order, &mut out);
        if self.form == Form::Hex {
            let bytes = out;
            for (digits, byte) in out.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
                *digits = [digit(byte >> 4), digit(byte & 15)];
            }
        }
        out
    }

    /// Whether `trailer` is the check `value`.
    #[inline]
    fn fits(self, value: u64, trailer: &[u8]) -> bool {
        let expected = self.write(value);
        let expected = expected.get(..self.len()).unwrap_or_default();
        match self.form {
            Form::Bytes(_) => trailer == expected,
            Form::Hex => trailer.eq_ignore_ascii_case(expected),
        }
    }
}

const fn digit(value: u8) -> u8 {
    if value < 10 {
        b'0' + value
    } else {
        b'A' + value - 10
    }
}

/// A framing whose records end with a check, which is taken off and verified.
///
/// The inner framing's longest record must have room for the check.
#[derive(Clone, Debug)]
pub struct Checked<F> {
    inner: F,
    check: Check,
    /// A frame was reported, and no good one found since.
    hunting: bool,
}

impl<F: Framing> Checked<F> {
    /// `inner` with `check` at the end of each record.
    pub const fn new(inner: F, check: Check) -> Self {
        Self {
            inner,
            check,
            hunting: false,
        }
    }

    /// The framing around the check.
    pub const fn inner(&self) -> &F {
        &self.inner
    }

    /// The check.
    pub const fn check(&self) -> Check {
        self.check
    }

    /// Does `send` with `parts` and their check.
    fn with_check<T>(
        &self,
        parts: &[&[u8]],
        send: impl FnOnce(&[&[u8]]) -> Result<T, EncodeError>,
    ) -> Result<T, EncodeError> {
        let mut with: [&[u8]; MAX_PARTS + 1] = [&[]; MAX_PARTS + 1];
        let mut digest = self.check.algorithm.digest();
        let room = with
            .get_mut(..parts.len())
            .filter(|_| parts.len() <= MAX_PARTS);
        room.ok_or(EncodeError::Parts { max: MAX_PARTS })?
            .copy_from_slice(parts);
        parts.iter().for_each(|part| digest.update(part));
        let trailer = self.check.write(digest.finish());
        if let Some(last) = with.get_mut(parts.len()) {
            *last = trailer.get(..self.check.len()).unwrap_or_default();
        }
        send(with.get(..=parts.len()).unwrap_or_default())
    }

    /// Whether the check fits a record that stands in two pieces.
    fn fits(&self, frame: &[u8], [a, b]: [Range<usize>; 2]) -> bool {
        let (a, b) = (
            frame.get(a).unwrap_or_default(),
            frame.get(b).unwrap_or_default(),
        );
        let Some(len) = (a.len() + b.len()).checked_sub(self.check.len()) else {
            return false;
        };
        let mut trailer = [0; MAX_TRAILER];
        for (to, from) in trailer.iter_mut().zip(a.iter().chain(b).skip(len)) {
            *to = *from;
        }
        let first = a.get(..len).unwrap_or(a);
        let second = b.get(..len - first.len()).unwrap_or(b);
        let mut digest = self.check.algorithm.digest();
        digest.update(first);
        digest.update(second);
        let trailer = trailer.get(..self.check.len()).unwrap_or_default();
        self.check.fits(digest.finish(), trailer)
    }
}

impl<F: Framing> Framing for Checked<F> {
    fn max_encoded_len(&self, len: usize) -> usize {
        self.inner
            .max_encoded_len(len.saturating_add(self.check.len()))
    }

    fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        self.with_check(parts, |parts| self.inner.encode(parts, out))
    }

    #[cfg(feature = "machine")]
    fn append(&self, parts: &[&[u8]], out: &mut BytesMut) -> Result<(), EncodeError> {
        self.with_check(parts, |parts| self.inner.append(parts, out))
    }

    #[inline]
    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
        let found = self.inner.find(rx, cause);
        let frame = match found {
            Find::Frame(n) => rx.get(..n).unwrap_or(rx),
            // A frame that breaks off may be a false one, with good ones inside.
            Find::Skip(n, reason)
                if matches!(cause, Cause::Eof | Cause::Silence)
                    && n > 1
                    && self.inner.pieces(rx.get(..n).unwrap_or(rx)).is_some() =>
            {
                return self.slide(reason);
            }
            Find::Skip(n, reason) => {
                let report = reason.filter(|_| !self.hunting);
                self.hunting |= matches!(reason, Some(Reason::Length { .. }));
                return Find::Skip(n, report);
            }
            Find::More => return Find::More,
        };
        let doubted = self.inner.pieces(frame);
        if doubted.is_some_and(|pieces| !self.fits(frame, pieces)) {
            return self.slide(Some(Reason::Check));
        }
        self.hunting = false;
        found
    }

    #[inline]
    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        let min = self.check.len();
        let range = self.inner.decode(frame)?;
        let inside = frame.get(range.clone()).unwrap_or_default();
        let len = inside
            .len()
            .checked_sub(min)
            .ok_or(Reason::TooShort { min })?;
        let (record, trailer) = inside
            .split_at_checked(len)
            .ok_or(Reason::TooShort { min })?;
        if self
            .check
            .fits(self.check.algorithm.checksum(record), trailer)
        {
            Ok(range.start..range.start + len)
        } else {
            Err(Reason::Check)
        }
    }

    fn silence(&self) -> Option<Silence> {
        self.inner.silence()
    }

    fn pause(&self) -> Option<Silence> {
        self.inner.pause()
    }
}

impl<F> Checked<F> {
    /// Moves on by one byte, and says so once.
    fn slide(&mut self, reason: Option<Reason>) -> Find {
        let reported = core::mem::replace(&mut self.hunting, true);
        Find::Skip(1, reason.filter(|_| !reported))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{
        delimiter::Delimiter,
        fixed::{self, Fixed},
        length::{self, Length},
    };

    #[test]
    fn the_check_follows_the_record_as_bytes_or_digits() {
        let forms: [(Form, &[u8]); 3] = [
            (Form::Bytes(Order::Little), b"123456789\x37\x4B\n"),
            (Form::Bytes(Order::Big), b"123456789\x4B\x37\n"),
            (Form::Hex, b"1234567894B37\n"),
        ];
        for (form, frame) in forms {
            let check = Check {
                algorithm: Algorithm::CRC_16_MODBUS,
                form,
            };
            let framing = Checked::new(Delimiter::lf(), check);
            let mut out = [0; 32];
            let n = framing.encode(&[b"1234", b"56789"], &mut out).unwrap();
            assert_eq!(&out[..n], frame);
            let record = framing.decode(&mut out[..n]).unwrap();
            assert_eq!(&out[record], b"123456789");
            out[0] ^= 1;
            assert_eq!(framing.decode(&mut out[..n]), Err(Reason::Check));
        }
        let hex = Check {
            algorithm: Algorithm::CRC_16_MODBUS,
            form: Form::Hex,
        };
        let framing = Checked::new(Delimiter::lf(), hex);
        assert_eq!(framing.decode(&mut b"1234567894b37\n".to_owned()), Ok(0..9));
        assert_eq!(
            framing.decode(&mut b"4b3\n".to_owned()),
            Err(Reason::TooShort { min: 4 })
        );
    }

    #[test]
    fn a_check_finds_fixed_records_again() {
        let inner = Fixed::new(fixed::Config {
            len: 4,
            silence: None,
        });
        let mut framing = Checked::new(inner, Check::new(Algorithm::CRC_16_XMODEM));
        let mut frame = [0; 4];
        framing.encode(&[b"ab"], &mut frame).unwrap();
        let [a, b, c, d] = frame;
        let shifted = [b, c, d, a, b, c, d];
        assert_eq!(
            framing.find(&shifted, Cause::Bytes),
            Find::Skip(1, Some(Reason::Check))
        );
        assert_eq!(
            framing.find(&shifted[1..], Cause::Bytes),
            Find::Skip(1, None)
        );
        assert_eq!(
            framing.find(&shifted[2..], Cause::Bytes),
            Find::Skip(1, None)
        );
        assert_eq!(framing.find(&shifted[3..], Cause::Bytes), Find::Frame(4));
    }

    #[test]
    fn a_check_finds_the_records_inside_a_false_length() {
        let inner = Length::new(length::Config {
            offset: 1,
            believe: 0,
            ..length::Config::default()
        });
        let mut framing = Checked::new(inner, Check::new(Algorithm::CRC_32_ISO_HDLC));
        let mut good = [0; 32];
        // The one byte before the length is the check's own when the record is empty.
        for record in [&b""[..], b"a", b"abc"] {
            let n = framing.encode(&[record], &mut good).unwrap();
            assert_eq!(framing.find(&good[..n], Cause::Bytes), Find::Frame(n));
            let mut copy = good;
            let range = framing.decode(&mut copy[..n]).unwrap();
            assert_eq!(&copy[range], record);
        }
        let n = framing.encode(&[b"abc"], &mut good).unwrap();
        let mut stream = [0; 64];
        stream[..3].copy_from_slice(b"x\x01\0");
        stream[3..3 + n].copy_from_slice(&good[..n]);
        assert_eq!(framing.find(&stream[..3 + n], Cause::Bytes), Find::More);
        let cut = Find::Skip(1, Some(Reason::Truncated));
        assert_eq!(framing.find(&stream[..3 + n], Cause::Eof), cut);
        assert_eq!(
            framing.find(&stream[1..3 + n], Cause::Eof),
            Find::Skip(1, None)
        );
        assert_eq!(
            framing.find(&stream[2..3 + n], Cause::Eof),
            Find::Skip(1, None)
        );
        assert_eq!(framing.find(&stream[3..3 + n], Cause::Eof), Find::Frame(n));
    }

    #[test]
    fn too_many_parts_are_refused() {
        let framing = Checked::new(Delimiter::lf(), Check::new(Algorithm::LRC));
        let parts = [&b"a"[..]; MAX_PARTS + 1];
        let mut out = [0; 64];
        assert_eq!(
            framing.encode(&parts, &mut out),
            Err(EncodeError::Parts { max: MAX_PARTS })
        );
        assert_eq!(framing.encode(&parts[1..], &mut out), Ok(MAX_PARTS + 2));
    }
}
