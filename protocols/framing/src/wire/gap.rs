//! Records that end with a silence, as Modbus RTU's frames do (serial line specification 2.5.1.1).
//!
//! Damage: within a record it stays there (k = 0); a silence that is filled with noise joins two
//! records (k = 1). A record longer than the limit is reported once and dropped to the next silence.

use core::ops::Range;

use super::{Cause, EncodeError, Find, Framing, MAX_RECORD, Reason, Silence, gather, total};

/// What separates records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The longest record, in bytes.
    pub max_record: usize,
    /// The shortest record, in bytes; at least one.
    pub min_record: usize,
    /// The silence that ends a record.
    pub silence: Silence,
    /// The longest silence inside a record, where that matters: a record with a longer one is
    /// damaged.
    pub pause: Option<Silence>,
}

impl Default for Config {
    /// t3.5 with its floor of 1,750 µs; t1.5 is not minded.
    fn default() -> Self {
        Self {
            max_record: MAX_RECORD,
            min_record: 1,
            silence: T3_5,
            pause: None,
        }
    }
}

/// The silence between Modbus RTU frames.
pub const T3_5: Silence = Silence {
    tenths: 35,
    floor_us: 1_750,
};

/// The longest silence inside a Modbus RTU frame.
pub const T1_5: Silence = Silence {
    tenths: 15,
    floor_us: 750,
};

/// Records that end with a silence.
#[derive(Clone, Debug, Default)]
pub struct Gap {
    config: Config,
    /// What is wrong with the record so far.
    spoiled: Option<Reason>,
    /// It was reported already.
    discarding: bool,
}

impl Gap {
    /// Records separated as `config` says.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
            config,
            spoiled: None,
            discarding: false,
        }
    }

    /// What separates the records.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    fn grow(&mut self, len: usize) -> Find {
        let max = self.config.max_record;
        match len {
            0 => Find::More,
            _ if self.discarding => Find::Skip(len, None),
            _ if len > max => {
                self.discarding = true;
                Find::Skip(max + 1, Some(Reason::TooLong { max }))
            }
            _ => Find::More,
        }
    }

    /// The silence or the end of the stream.
    fn end(&mut self, len: usize) -> Find {
        let spoiled = self.spoiled.take();
        let reported = core::mem::take(&mut self.discarding);
        let min = self.config.min_record;
        match spoiled {
            _ if len == 0 => Find::More,
            _ if reported => Find::Skip(len, None),
            Some(reason) => Find::Skip(len, Some(reason)),
            None if len < min => Find::Skip(len, Some(Reason::TooShort { min })),
            None => Find::Frame(len),
        }
    }

    fn damaged(&mut self, len: usize) -> Find {
        if self.discarding {
            return self.grow(len);
        }
        self.discarding = true;
        Find::Skip(len, Some(Reason::Line))
    }
}

impl Framing for Gap {
    fn max_encoded_len(&self, len: usize) -> usize {
        len
    }

    fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        let (min, max) = (self.config.min_record, self.config.max_record);
        match total(parts) {
            0 => Err(EncodeError::Empty),
            len if len < min => Err(EncodeError::TooShort { min }),
            len if len > max => Err(EncodeError::TooLong { max }),
            needed => gather(parts, out).ok_or(EncodeError::Room { needed }),
        }
    }

    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
        match cause {
            Cause::Silence | Cause::Eof if rx.len() <= self.config.max_record => self.end(rx.len()),
            Cause::Mark => self.damaged(rx.len()),
            Cause::Late => {
                self.spoiled = Some(Reason::Gap);
                self.grow(rx.len())
            }
            _ => self.grow(rx.len()),
        }
    }

    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        Ok(0..frame.len())
    }

    fn silence(&self) -> Option<Silence> {
        Some(self.config.silence)
    }

    fn pause(&self) -> Option<Silence> {
        self.config.pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short() -> Gap {
        Gap::new(Config {
            max_record: 4,
            min_record: 2,
            ..Config::default()
        })
    }

    #[test]
    fn a_silence_ends_a_record_and_nothing_else_does() {
        let mut framing = short();
        assert_eq!(framing.find(b"abc", Cause::Bytes), Find::More);
        assert_eq!(framing.find(b"abcd", Cause::Bytes), Find::More);
        assert_eq!(framing.find(b"abcd", Cause::Silence), Find::Frame(4));
        assert_eq!(framing.find(b"", Cause::Silence), Find::More);
        assert_eq!(framing.find(b"ab", Cause::Eof), Find::Frame(2));
    }

    #[test]
    fn a_long_record_is_dropped_to_the_next_silence() {
        let mut framing = short();
        let long = Some(Reason::TooLong { max: 4 });
        assert_eq!(framing.find(b"abcdef", Cause::Bytes), Find::Skip(5, long));
        assert_eq!(framing.find(b"f", Cause::Bytes), Find::Skip(1, None));
        assert_eq!(framing.find(b"", Cause::Silence), Find::More);
        assert_eq!(framing.find(b"gh", Cause::Silence), Find::Frame(2));
    }

    #[test]
    fn a_late_byte_spoils_the_record_it_comes_in() {
        let mut framing = short();
        assert_eq!(framing.find(b"ab", Cause::Late), Find::More);
        assert_eq!(framing.find(b"abc", Cause::Bytes), Find::More);
        assert_eq!(
            framing.find(b"abc", Cause::Silence),
            Find::Skip(3, Some(Reason::Gap))
        );
        assert_eq!(framing.find(b"abc", Cause::Silence), Find::Frame(3));
    }

    #[test]
    fn a_damaged_character_spoils_the_record_it_stands_in() {
        let mut framing = short();
        assert_eq!(
            framing.find(b"ab", Cause::Mark),
            Find::Skip(2, Some(Reason::Line))
        );
        assert_eq!(framing.find(b"cd", Cause::Bytes), Find::Skip(2, None));
        assert_eq!(framing.find(b"", Cause::Silence), Find::More);
        assert_eq!(
            framing.find(b"a", Cause::Silence),
            Find::Skip(1, Some(Reason::TooShort { min: 2 }))
        );
    }

    #[test]
    fn a_record_that_the_framing_cannot_carry_is_refused() {
        let mut out = [0; 8];
        assert_eq!(short().encode(&[], &mut out), Err(EncodeError::Empty));
        assert_eq!(
            short().encode(&[b"a"], &mut out),
            Err(EncodeError::TooShort { min: 2 })
        );
        assert_eq!(
            short().encode(&[b"abcde"], &mut out),
            Err(EncodeError::TooLong { max: 4 })
        );
        assert_eq!(short().encode(&[b"ab", b"c"], &mut out), Ok(3));
    }
}
