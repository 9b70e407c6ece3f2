//! The transparent form: DLE STX, the record with each DLE doubled, DLE ETX.

use core::ops::Range;

use super::{DLE, ETX, EncodeError, Find, Framing, Met, Reason, STX, Stx, total};

impl Stx {
    /// The first DLE that is not doubled, after the two bytes that begin the frame.
    pub(super) fn meet_dle(&mut self, rx: &[u8]) -> Met {
        let limit = self.config.max_record.saturating_mul(2).saturating_add(4);
        let mut from = self.scanned.max(2);
        while let Some(at) = memchr::memchr(DLE, rx.get(from..).unwrap_or_default()) {
            let at = from + at;
            if at + 2 > limit {
                return Met::Long(at.min(limit));
            }
            self.scanned = at;
            match rx.get(at + 1) {
                Some(&DLE) => self.doubled += 1,
                Some(&ETX) => return Met::End(at + 2),
                Some(&STX) => return Met::Start(at),
                Some(_) => return Met::Escape(at),
                None => return Met::Nothing,
            }
            from = at + 2;
        }
        self.scanned = rx.len().max(from);
        if rx.len() >= limit {
            Met::Long(limit)
        } else {
            Met::Nothing
        }
    }

    /// Drops what stands before DLE STX. A doubled DLE stays together, so that a record which
    /// holds DLE STX as data begins no frame.
    pub(super) fn noise_dle(&mut self, rx: &[u8]) -> Find {
        if rx == [DLE] {
            return Find::More;
        }
        if !core::mem::replace(&mut self.hunting, true) {
            let n = if rx.first() == Some(&DLE) { 2 } else { 1 };
            return Find::Skip(n, Some(Reason::Noise));
        }
        let mut from = 0;
        while let Some(at) = memchr::memchr(DLE, rx.get(from..).unwrap_or_default()) {
            let at = from + at;
            if matches!(rx.get(at + 1), None | Some(&STX)) {
                return Find::Skip(at, None);
            }
            from = at + 2;
        }
        Find::Skip(rx.len(), None)
    }

    pub(super) fn encode_dle(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        let room = EncodeError::Room {
            needed: self.max_encoded_len(total(parts)),
        };
        let mut to = Writer { out, at: 0 };
        to.put(&[DLE, STX]).ok_or(room)?;
        for part in parts {
            let mut rest = *part;
            while let Some((plain, after)) =
                memchr::memchr(DLE, rest).and_then(|at| rest.split_at_checked(at + 1))
            {
                to.put(plain).ok_or(room)?;
                to.put(&[DLE]).ok_or(room)?;
                rest = after;
            }
            to.put(rest).ok_or(room)?;
        }
        to.put(&[DLE, ETX]).ok_or(room)?;
        Ok(to.at)
    }
}

struct Writer<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        self.out
            .get_mut(self.at..)?
            .get_mut(..bytes.len())?
            .copy_from_slice(bytes);
        self.at += bytes.len();
        Some(())
    }
}

/// Opens a frame without its block check, in place: the record moves over the DLEs that go.
pub(super) fn open(body: &mut [u8]) -> Result<Range<usize>, Reason> {
    let [DLE, STX, .., DLE, ETX] = body else {
        return Err(Reason::Byte { at: 0 });
    };
    let end = body.len() - 2;
    let (mut read, mut write) = (2, 2);
    while let Some(at) = memchr::memchr(DLE, body.get(read..end).unwrap_or_default()) {
        let at = read + at;
        if at + 1 >= end || body.get(at + 1) != Some(&DLE) {
            return Err(Reason::Escape { at });
        }
        body.copy_within(read..=at, write);
        write += at + 1 - read;
        read = at + 2;
    }
    body.copy_within(read..end, write);
    Ok(2..write + (end - read))
}

#[cfg(test)]
mod tests {
    use lineside_check::{Algorithm, Order, Trailer};

    use crate::wire::{
        Cause, Find, Framing, Reason,
        stx::{Config, Stx},
    };

    fn dle(bcc: Option<Algorithm>) -> Stx {
        Stx::new(Config {
            max_record: 4,
            transparent: true,
            bcc: bcc.map(|algorithm| Trailer::new(algorithm, Order::Big)),
            ..Config::default()
        })
    }

    #[test]
    fn a_dle_is_doubled_and_anything_may_be_sent() {
        let framing = dle(Some(Algorithm::XOR));
        let mut out = [0; 16];
        let n = framing
            .encode(&[b"\x10\x03", b"\x10\x02"], &mut out)
            .unwrap();
        // Counted once each, and ETX: 10 ^ 03 ^ 10 ^ 02 ^ 03.
        assert_eq!(&out[..n], b"\x10\x02\x10\x10\x03\x10\x10\x02\x10\x03\x02");
        let mut receiver = framing.clone();
        for cut in 0..n {
            assert_eq!(receiver.find(&out[..cut], Cause::Bytes), Find::More);
        }
        assert_eq!(receiver.find(&out[..n], Cause::Bytes), Find::Frame(n));
        let record = framing.decode(&mut out[..n]).unwrap();
        assert_eq!(&out[record], b"\x10\x03\x10\x02");
    }

    #[test]
    fn a_bare_dle_is_a_bad_escape_and_a_start_begins_anew() {
        let mut framing = dle(None);
        let escape = Some(Reason::Escape { at: 3 });
        assert_eq!(
            framing.find(b"\x10\x02a\x10xy", Cause::Bytes),
            Find::Skip(5, escape)
        );
        assert_eq!(
            framing.find(b"y\x10\x10\x02\x10\x02", Cause::Bytes),
            Find::Skip(4, None)
        );
        let anew = Some(Reason::Byte { at: 3 });
        assert_eq!(
            framing.find(b"\x10\x02a\x10\x02b\x10\x03", Cause::Bytes),
            Find::Skip(3, anew)
        );
        assert_eq!(
            framing.find(b"\x10\x02b\x10\x03", Cause::Bytes),
            Find::Frame(5)
        );
    }

    #[test]
    fn a_long_record_is_one_error_whatever_is_doubled() {
        let long = Some(Reason::TooLong { max: 4 });
        let mut framing = dle(None);
        assert_eq!(
            framing.find(b"\x10\x0212345\x10\x03", Cause::Bytes),
            Find::Skip(9, long)
        );
        assert_eq!(
            framing.find(
                b"\x10\x02\x10\x10\x10\x10\x10\x10\x10\x10\x10",
                Cause::Bytes
            ),
            Find::More
        );
        let full = b"\x10\x02\x10\x10\x10\x10\x10\x10\x10\x10\x10\x03";
        assert_eq!(framing.find(full, Cause::Bytes), Find::Frame(12));
        assert_eq!(
            framing.find(b"\x10\x021234567890", Cause::Bytes),
            Find::Skip(12, long)
        );
    }

    #[test]
    fn what_find_would_not_give_is_refused() {
        let framing = dle(None);
        for bad in [
            &b"\x10\x02\x10\x03"[..3],
            b"\x02\x10\x10\x03",
            b"\x10\x02\x10\x10\x03",
        ] {
            assert!(framing.decode(&mut bad.to_vec()).is_err(), "{bad:x?}");
        }
    }
}
