//! Records that end with a delimiter: lines, sets of single bytes, a sequence of any length up to
//! [`MAX_DELIMITER`].
//!
//! Damage: a damaged delimiter joins two records, so that at most one good record is lost beside
//! the one that was hit (k = 1; 2 for a sequence that overlaps itself, such as `aba`, whose damaged
//! end can begin a false one). Damage elsewhere stays within its record. A record longer than the
//! limit is reported once and then dropped silently to its delimiter.

use core::ops::Range;

#[cfg(feature = "machine")]
use bytes::{BufMut, BytesMut};

use super::{Cause, EncodeError, Find, Framing, MAX_RECORD, Reason, gather, total};

mod ends;
mod near;
#[cfg(test)]
mod tests;

pub use ends::{Ends, Sequence, Set};

/// The longest delimiter, in bytes.
pub const MAX_DELIMITER: usize = 32;

const CR: u8 = b'\r';
const LF: u8 = b'\n';

/// How records are delimited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The longest record, in bytes, the delimiter not counted.
    pub max_record: usize,
    /// What ends a record.
    pub ends: Ends,
    /// The delimiter stays on the records that are received.
    pub keep: bool,
    /// What becomes of bytes that stand after the last delimiter when the stream ends.
    pub tail: Tail,
}

/// What becomes of bytes that stand after the last delimiter when the stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// They are a record.
    Record,
    /// They are damage: [`Reason::Truncated`].
    Truncated,
}

impl Default for Config {
    /// Lines that end with LF; a remainder at the end of the stream is a record.
    fn default() -> Self {
        Self {
            max_record: MAX_RECORD,
            ends: Ends::byte(LF),
            keep: false,
            tail: Tail::Record,
        }
    }
}

/// Delimited records.
#[derive(Clone, Debug, Default)]
pub struct Delimiter {
    config: Config,
    /// No delimiter begins before this offset.
    scanned: usize,
    /// The rest of this record was reported already.
    discarding: bool,
    /// In lines mode the last record ended with CR: an LF now belongs to it.
    after_cr: bool,
}

impl Delimiter {
    /// Records delimited as `config` says.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
            config,
            scanned: 0,
            discarding: false,
            after_cr: false,
        }
    }

    /// Lines that end with LF; a CR before it is data.
    #[must_use]
    pub fn lf() -> Self {
        Self::new(Config::default())
    }

    /// Lines that end with CR.
    #[must_use]
    pub fn cr() -> Self {
        Self::lines_of(Ends::byte(CR))
    }

    /// Lines that end with CRLF; a CR or an LF alone is data.
    #[must_use]
    pub fn crlf() -> Self {
        Self::lines_of(Ends::Sequence(Sequence::of(b"\r\n")))
    }

    /// Lines that end with CR, LF or CRLF, whichever comes: [`Ends::Lines`].
    #[must_use]
    pub fn lines() -> Self {
        Self::lines_of(Ends::Lines)
    }

    fn lines_of(ends: Ends) -> Self {
        Self::new(Config {
            ends,
            ..Config::default()
        })
    }

    /// How the records are delimited.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The length of the concatenation of `parts`, where it may be sent.
    #[inline]
    fn fits(&self, parts: &[&[u8]]) -> Result<usize, EncodeError> {
        let max = self.config.max_record;
        let len = total(parts);
        if len > max {
            return Err(EncodeError::TooLong { max });
        }
        Ok(len)
    }

    /// Whether the first delimiter in `frame` is the one behind its record of `len` bytes.
    fn ends_last(&self, frame: &[u8], len: usize) -> Result<(), EncodeError> {
        match self.config.ends.search(frame, 0) {
            Some(at) if at < len => Err(EncodeError::Delimiter { at }),
            _ => Ok(()),
        }
    }

    /// Looks after the end of a line, inside a record that was reported, and at what is not a byte.
    fn find_seldom(&mut self, rx: &[u8], cause: Cause) -> Find {
        if self.after_cr && !rx.is_empty() {
            self.after_cr = false;
            if rx.first() == Some(&LF) {
                return Find::Skip(1, None);
            }
        }
        if self.discarding {
            return self.discard(rx, cause);
        }
        match cause {
            Cause::Bytes | Cause::Late | Cause::Silence => self.look(rx),
            Cause::Mark => self.damaged(rx.len()),
            Cause::Eof => self.last(rx.len()),
        }
    }

    /// Looks for a delimiter that begins within the longest record.
    #[inline]
    fn look(&mut self, rx: &[u8]) -> Find {
        let limit = self
            .config
            .max_record
            .saturating_add(self.config.ends.len());
        let window = rx.get(..limit).unwrap_or(rx);
        if let Some(at) = self.config.ends.search(window, self.scanned) {
            self.scanned = 0;
            self.after_cr = matches!(self.config.ends, Ends::Lines) && window.get(at) == Some(&CR);
            return Find::Frame(at + self.config.ends.len());
        }
        self.none(rx.len(), limit)
    }

    /// No delimiter stands in the first `limit` of `len` bytes.
    #[cold]
    fn none(&mut self, len: usize, limit: usize) -> Find {
        if len >= limit {
            self.scanned = 0;
            self.discarding = true;
            return Find::Skip(
                self.config.max_record + 1,
                Some(Reason::TooLong {
                    max: self.config.max_record,
                }),
            );
        }
        self.scanned = (len + 1).saturating_sub(self.config.ends.len());
        Find::More
    }

    /// Drops the rest of a record that was reported.
    #[cold]
    fn discard(&mut self, rx: &[u8], cause: Cause) -> Find {
        if let Some(at) = self.config.ends.search(rx, 0) {
            self.discarding = false;
            self.after_cr = matches!(self.config.ends, Ends::Lines) && rx.get(at) == Some(&CR);
            return Find::Skip(at + self.config.ends.len(), None);
        }
        // What may be the beginning of the delimiter stays.
        let drop = match cause {
            Cause::Mark | Cause::Eof => rx.len(),
            _ => (rx.len() + 1).saturating_sub(self.config.ends.len()),
        };
        if drop == 0 {
            Find::More
        } else {
            Find::Skip(drop, None)
        }
    }

    fn damaged(&mut self, len: usize) -> Find {
        self.scanned = 0;
        self.discarding = true;
        Find::Skip(len, Some(Reason::Line))
    }

    fn last(&mut self, len: usize) -> Find {
        self.scanned = 0;
        match self.config.tail {
            _ if len == 0 => Find::More,
            Tail::Truncated => Find::Skip(len, Some(Reason::Truncated)),
            Tail::Record if len > self.config.max_record => Find::Skip(
                len,
                Some(Reason::TooLong {
                    max: self.config.max_record,
                }),
            ),
            Tail::Record => Find::Frame(len),
        }
    }
}

impl Framing for Delimiter {
    fn max_encoded_len(&self, len: usize) -> usize {
        len.saturating_add(self.config.ends.sent().len())
    }

    fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        let len = self.fits(parts)?;
        let needed = self.max_encoded_len(len);
        let room = EncodeError::Room { needed };
        let frame = out.get_mut(..needed).ok_or(room)?;
        let (record, end) = frame.split_at_mut_checked(len).ok_or(room)?;
        gather(parts, record).ok_or(room)?;
        end.copy_from_slice(self.config.ends.sent());
        self.ends_last(frame, len)?;
        Ok(needed)
    }

    #[cfg(feature = "machine")]
    #[inline]
    fn append(&self, parts: &[&[u8]], out: &mut BytesMut) -> Result<(), EncodeError> {
        let len = self.fits(parts)?;
        let (sent, old) = (self.config.ends.sent(), out.len());
        // Bytes that were just written are slow to read: the record itself is looked at where a
        // delimiter is one byte.
        let single = self.config.ends.len() == 1;
        if single && let Some(at) = self.config.ends.search_parts(parts) {
            return Err(EncodeError::Delimiter { at });
        }
        out.reserve(len + sent.len());
        parts.iter().for_each(|part| out.extend_from_slice(part));
        match sent {
            [one] => out.put_u8(*one),
            _ => out.extend_from_slice(sent),
        }
        if single {
            return Ok(());
        }
        let fits = self.ends_last(out.get(old..).unwrap_or_default(), len);
        out.truncate(if fits.is_ok() { out.len() } else { old });
        fits
    }

    #[inline]
    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
        let usual = !self.after_cr && !self.discarding;
        match cause {
            Cause::Bytes | Cause::Late | Cause::Silence if usual => self.look(rx),
            _ => self.find_seldom(rx, cause),
        }
    }

    #[inline]
    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        let end = if self.config.keep {
            0
        } else {
            self.config.ends.trailing(frame)
        };
        Ok(0..frame.len() - end)
    }
}
