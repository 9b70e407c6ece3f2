//! Records of one length.
//!
//! Nothing on the wire tells where a record begins. Damage: a byte that is lost or inserted shifts
//! every later record, until a silence begins a new one, or until a check around this framing, which
//! tries each byte, finds one that fits; either way no further record is lost (k = 0). With neither,
//! only a damaged character that the line reports is made good, by counting it.

use core::ops::Range;

use super::{Cause, EncodeError, Find, Framing, MAX_RECORD, Reason, Silence, gather, total};

/// What the records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The length of every record, in bytes. Zero counts as one.
    pub len: usize,
    /// A silence as long as this begins a new record, whatever is missing from the last.
    pub silence: Option<Silence>,
}

impl Default for Config {
    /// Records of [`MAX_RECORD`] bytes; silences mean nothing.
    fn default() -> Self {
        Self {
            len: MAX_RECORD,
            silence: None,
        }
    }
}

/// Records of one length.
#[derive(Clone, Debug, Default)]
pub struct Fixed {
    config: Config,
    /// Bytes that are still to come of a record that was reported.
    owed: usize,
}

impl Fixed {
    /// Records as `config` says.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self { config, owed: 0 }
    }

    /// What the records are.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    fn len(&self) -> usize {
        self.config.len.max(1)
    }

    /// The record breaks off here.
    fn cut(&mut self, len: usize, reason: Reason) -> Find {
        self.owed = 0;
        if len == 0 {
            Find::More
        } else {
            Find::Skip(len, Some(reason))
        }
    }

    /// A damaged character stands for one byte of the record.
    fn damaged(&mut self, len: usize) -> Find {
        if self.owed > 0 {
            self.owed -= 1;
            return Find::More;
        }
        self.owed = self.len().saturating_sub(len + 1);
        Find::Skip(len, Some(Reason::Line))
    }
}

impl Framing for Fixed {
    fn max_encoded_len(&self, len: usize) -> usize {
        len
    }

    fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        let want = self.len();
        if total(parts) != want {
            return Err(EncodeError::Length { want });
        }
        gather(parts, out).ok_or(EncodeError::Room { needed: want })
    }

    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
        if self.owed > 0 && !rx.is_empty() {
            let n = self.owed.min(rx.len());
            self.owed -= n;
            return Find::Skip(n, None);
        }
        let len = self.len();
        match cause {
            _ if rx.len() >= len => Find::Frame(len),
            Cause::Bytes | Cause::Late => Find::More,
            Cause::Silence if self.config.silence.is_none() => Find::More,
            Cause::Silence => self.cut(rx.len(), Reason::Gap),
            Cause::Eof => self.cut(rx.len(), Reason::Truncated),
            Cause::Mark => self.damaged(rx.len()),
        }
    }

    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        if frame.len() == self.len() {
            Ok(0..frame.len())
        } else {
            Err(Reason::Length {
                length: frame.len() as u64,
            })
        }
    }

    fn silence(&self) -> Option<Silence> {
        self.config.silence
    }

    fn pieces(&self, frame: &[u8]) -> Option<[Range<usize>; 2]> {
        Some([0..frame.len(), 0..0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four(silence: Option<Silence>) -> Fixed {
        Fixed::new(Config { len: 4, silence })
    }

    #[test]
    fn every_fourth_byte_ends_a_record() {
        let mut framing = four(None);
        assert_eq!(framing.find(b"abc", Cause::Bytes), Find::More);
        assert_eq!(framing.find(b"abcdefg", Cause::Bytes), Find::Frame(4));
        assert_eq!(
            framing.find(b"efg", Cause::Eof),
            Find::Skip(3, Some(Reason::Truncated))
        );
        assert_eq!(framing.find(b"", Cause::Eof), Find::More);
    }

    #[test]
    fn a_silence_begins_a_new_record() {
        let mut framing = four(Some(Silence {
            tenths: 35,
            floor_us: 0,
        }));
        assert_eq!(
            framing.find(b"abc", Cause::Silence),
            Find::Skip(3, Some(Reason::Gap))
        );
        assert_eq!(framing.find(b"defg", Cause::Bytes), Find::Frame(4));
    }

    #[test]
    fn a_damaged_character_is_counted_and_costs_its_record_only() {
        let mut framing = four(None);
        assert_eq!(
            framing.find(b"a", Cause::Mark),
            Find::Skip(1, Some(Reason::Line))
        );
        assert_eq!(framing.find(b"cdefgh", Cause::Bytes), Find::Skip(2, None));
        assert_eq!(framing.find(b"efgh", Cause::Bytes), Find::Frame(4));
        assert_eq!(
            framing.find(b"", Cause::Mark),
            Find::Skip(0, Some(Reason::Line))
        );
        assert_eq!(framing.find(b"", Cause::Mark), Find::More);
        assert_eq!(framing.find(b"klmnop", Cause::Bytes), Find::Skip(2, None));
    }

    #[test]
    fn a_record_of_another_length_is_refused() {
        let mut out = [0; 8];
        assert_eq!(four(None).encode(&[b"ab", b"cd"], &mut out), Ok(4));
        assert_eq!(
            four(None).encode(&[b"abc"], &mut out),
            Err(EncodeError::Length { want: 4 })
        );
        assert_eq!(
            four(None).encode(&[b"abcd"], &mut out[..3]),
            Err(EncodeError::Room { needed: 4 })
        );
    }
}
