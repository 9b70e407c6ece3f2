//! Records that end with a delimiter: lines, sets of single bytes, a sequence of any length up to
//! [`MAX_DELIMITER`].
//!
//! Damage: a damaged delimiter joins two records, so that at most one good record is lost beside
//! the one that was hit (k = 1). Damage elsewhere stays within its record. A record longer than the
//! limit is reported once and then dropped silently to its delimiter.

use core::ops::Range;

use super::{Cause, EncodeError, Find, Framing, MAX_RECORD, Reason, gather, total};

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

/// What ends a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Any one of some bytes.
    Set(Set),
    /// Some bytes in order.
    Sequence(Sequence),
    /// CR, LF or CRLF, whichever comes; CRLF is sent. The LF of a CRLF makes no record of its own,
    /// and is never kept.
    Lines,
}

/// A set of bytes, of which one is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    first: [u8; 3],
    count: usize,
    bits: [u32; 8],
}

/// At most [`MAX_DELIMITER`] bytes in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    bytes: [u8; MAX_DELIMITER],
    len: usize,
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

    /// Looks for a delimiter that begins within the longest record.
    fn look(&mut self, rx: &[u8]) -> Find {
        let limit = self
            .config
            .max_record
            .saturating_add(self.config.ends.len());
        let window = rx.get(..limit).unwrap_or(rx);
        if let Some(at) = self.config.ends.search(window, self.scanned) {
            self.scanned = 0;
            self.after_cr = self.config.ends == Ends::Lines && window.get(at) == Some(&CR);
            return Find::Frame(at + self.config.ends.len());
        }
        if rx.len() >= limit {
            self.scanned = 0;
            self.discarding = true;
            return Find::Skip(
                self.config.max_record + 1,
                Some(Reason::TooLong {
                    max: self.config.max_record,
                }),
            );
        }
        self.scanned = (window.len() + 1).saturating_sub(self.config.ends.len());
        Find::More
    }

    /// Drops the rest of a record that was reported.
    fn discard(&mut self, rx: &[u8], cause: Cause) -> Find {
        if let Some(at) = self.config.ends.search(rx, 0) {
            self.discarding = false;
            self.after_cr = self.config.ends == Ends::Lines && rx.get(at) == Some(&CR);
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
        let len = total(parts);
        if len > self.config.max_record {
            return Err(EncodeError::TooLong {
                max: self.config.max_record,
            });
        }
        let needed = self.max_encoded_len(len);
        let room = EncodeError::Room { needed };
        let frame = out.get_mut(..needed).ok_or(room)?;
        let (record, end) = frame.split_at_mut_checked(len).ok_or(room)?;
        gather(parts, record).ok_or(room)?;
        end.copy_from_slice(self.config.ends.sent());
        match self.config.ends.search(frame, 0) {
            Some(at) if at < len => Err(EncodeError::Delimiter { at }),
            _ => Ok(needed),
        }
    }

    #[inline]
    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
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

impl Ends {
    /// The one byte `end`.
    #[must_use]
    pub fn byte(end: u8) -> Self {
        Self::Set(Set::of(&[end]))
    }

    /// Any one of `ends`, of which the first is sent. `None` when there is none.
    #[must_use]
    pub fn any_of(ends: &[u8]) -> Option<Self> {
        (!ends.is_empty()).then(|| Self::Set(Set::of(ends)))
    }

    /// All of `end` in order. `None` when it is empty or longer than [`MAX_DELIMITER`].
    #[must_use]
    pub fn sequence(end: &[u8]) -> Option<Self> {
        match end {
            [] => None,
            [one] => Some(Self::byte(*one)),
            _ => Sequence::new(end).map(Self::Sequence),
        }
    }

    /// Bytes that must be seen to tell a delimiter.
    const fn len(&self) -> usize {
        match self {
            Self::Set(_) | Self::Lines => 1,
            Self::Sequence(sequence) => sequence.len,
        }
    }

    /// What is sent.
    pub(crate) fn sent(&self) -> &[u8] {
        match self {
            Self::Set(set) => set.first.get(..1).unwrap_or_default(),
            Self::Sequence(sequence) => sequence.as_slice(),
            Self::Lines => b"\r\n",
        }
    }

    /// Where the first delimiter that begins at `from` or later begins.
    #[inline]
    fn search(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let rest = bytes.get(from..)?;
        let at = match self {
            Self::Set(set) => set.search(rest),
            Self::Sequence(sequence) => sequence.search(rest),
            Self::Lines => memchr::memchr2(CR, LF, rest),
        };
        at.map(|at| from + at)
    }

    /// The length of the delimiter at the end of `frame`.
    #[inline]
    fn trailing(&self, frame: &[u8]) -> usize {
        match self {
            Self::Set(set) => usize::from(frame.last().is_some_and(|last| set.contains(*last))),
            Self::Sequence(sequence) if frame.ends_with(sequence.as_slice()) => sequence.len,
            Self::Sequence(_) => 0,
            Self::Lines if frame.ends_with(b"\r\n") => 2,
            Self::Lines => usize::from(matches!(frame.last(), Some(&(CR | LF)))),
        }
    }
}

impl Set {
    /// Duplicates count once.
    fn of(bytes: &[u8]) -> Self {
        let mut set = Self {
            first: [0; 3],
            count: 0,
            bits: [0; 8],
        };
        for byte in bytes {
            if set.contains(*byte) {
                continue;
            }
            if let Some(first) = set.first.get_mut(set.count) {
                *first = *byte;
            }
            set.count += 1;
            if let Some(word) = set.bits.get_mut(usize::from(byte >> 5)) {
                *word |= 1 << (byte & 31);
            }
        }
        set
    }

    #[inline]
    fn contains(&self, byte: u8) -> bool {
        let word = self
            .bits
            .get(usize::from(byte >> 5))
            .copied()
            .unwrap_or_default();
        word >> (byte & 31) & 1 == 1
    }

    #[inline]
    fn search(&self, bytes: &[u8]) -> Option<usize> {
        let [a, b, c] = self.first;
        match self.count {
            1 => memchr::memchr(a, bytes),
            2 => memchr::memchr2(a, b, bytes),
            3 => memchr::memchr3(a, b, c, bytes),
            _ => bytes.iter().position(|byte| self.contains(*byte)),
        }
    }

    /// The bytes, the one that is sent first, the others in order.
    pub fn members(&self) -> impl Iterator<Item = u8> {
        let [sent, ..] = self.first;
        core::iter::once(sent).chain((0..=u8::MAX).filter(move |b| *b != sent && self.contains(*b)))
    }
}

impl Sequence {
    /// `bytes` in order. `None` when there are none or more than [`MAX_DELIMITER`].
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (!bytes.is_empty() && bytes.len() <= MAX_DELIMITER).then(|| Self::of(bytes))
    }

    fn of(bytes: &[u8]) -> Self {
        let mut sequence = Self {
            bytes: [0; MAX_DELIMITER],
            len: bytes.len().min(MAX_DELIMITER),
        };
        for (to, from) in sequence.bytes.iter_mut().zip(bytes) {
            *to = *from;
        }
        sequence
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Looks for the last byte, and back from there: the last byte of a delimiter is rarer in data
    /// than the first (an LF than a CR), and a match ends where it is found.
    fn search(&self, bytes: &[u8]) -> Option<usize> {
        let last = *self.as_slice().last()?;
        memchr::memchr_iter(last, bytes).find_map(|at| {
            let end = at + 1;
            let begin = end.checked_sub(self.len)?;
            (bytes.get(begin..end)? == self.as_slice()).then_some(begin)
        })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    /// What `rx` gives, a byte at a time: records, and reasons.
    fn trickle(mut framing: Delimiter, bytes: &[u8], eof: bool) -> Vec<Result<Vec<u8>, Reason>> {
        let mut rx = Vec::new();
        let mut events = Vec::new();
        let mut ask = |rx: &mut Vec<u8>, cause| loop {
            match framing.find(rx, cause) {
                Find::More => break,
                Find::Frame(n) => {
                    let mut frame: Vec<u8> = rx.drain(..n).collect();
                    let record = framing.decode(&mut frame).unwrap();
                    events.push(Ok(frame[record].to_vec()));
                }
                Find::Skip(n, reason) => {
                    rx.drain(..n);
                    events.extend(reason.map(Err));
                }
            }
        };
        for byte in bytes {
            rx.push(*byte);
            ask(&mut rx, Cause::Bytes);
        }
        if eof {
            ask(&mut rx, Cause::Eof);
        }
        events
    }

    fn ended_by(ends: Option<Ends>, tail: Tail) -> Delimiter {
        let ends = ends.unwrap();
        Delimiter::new(Config {
            ends,
            tail,
            ..Config::default()
        })
    }

    fn limited(mut framing: Delimiter, max_record: usize) -> Delimiter {
        framing.config.max_record = max_record;
        framing
    }

    fn records(framing: Delimiter, bytes: &[u8]) -> Vec<Vec<u8>> {
        trickle(framing, bytes, true)
            .into_iter()
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn each_line_ending_ends_its_own_lines_only() {
        assert_eq!(records(Delimiter::lf(), b"a\r\nb\n"), [&b"a\r"[..], b"b"]);
        assert_eq!(
            records(Delimiter::crlf(), b"a\n\rb\r\nc\r\n"),
            [&b"a\n\rb"[..], b"c"]
        );
        assert_eq!(records(Delimiter::cr(), b"a\r\nb\r"), [&b"a"[..], b"\nb"]);
    }

    #[test]
    fn any_line_ending_ends_a_line_and_crlf_ends_one_only() {
        let lines = records(Delimiter::lines(), b"a\r\nb\nc\r\rd\n\r\n");
        assert_eq!(lines, [&b"a"[..], b"b", b"c", b"", b"d", b""]);
    }

    #[test]
    fn a_long_delimiter_is_found_across_reads_and_over_itself() {
        let framing = ended_by(Ends::sequence(b"aab"), Tail::Truncated);
        assert_eq!(records(framing, b"xaaabaab"), [&b"xa"[..], b""]);
    }

    #[test]
    fn a_set_of_four_ends_records_and_sends_its_first() {
        let framing = ended_by(Ends::any_of(b"!,;."), Tail::Truncated);
        assert_eq!(
            records(framing.clone(), b"a,b;c.d!"),
            [b"a", b"b", b"c", b"d"]
        );
        let mut out = [0; 8];
        assert_eq!(framing.encode(&[b"ab"], &mut out), Ok(3));
        assert_eq!(&out[..3], b"ab!");
    }

    #[test]
    fn a_kept_delimiter_stays() {
        let mut framing = Delimiter::crlf();
        framing.config.keep = true;
        assert_eq!(records(framing, b"a\r\nb"), [&b"a\r\n"[..], b"b"]);
    }

    #[test]
    fn a_remainder_is_a_record_or_damage_as_configured() {
        let framing = ended_by(Some(Ends::byte(3)), Tail::Truncated);
        assert_eq!(trickle(framing, b"a\x03b", true)[1], Err(Reason::Truncated));
        let framing = ended_by(Some(Ends::byte(3)), Tail::Record);
        assert_eq!(trickle(framing, b"a\x03b", true)[1], Ok(b"b".to_vec()));
    }

    #[test]
    fn a_long_record_is_reported_once_and_the_next_arrives() {
        let framing = limited(Delimiter::crlf(), 3);
        let long = Err(Reason::TooLong { max: 3 });
        assert_eq!(
            trickle(framing, b"abc\r\nabcd\r\nabcdefghijk\r\nabc\r\n", false),
            [Ok(b"abc".to_vec()), long.clone(), long, Ok(b"abc".to_vec())]
        );
    }

    #[test]
    fn a_damaged_character_spoils_its_record_only() {
        let mut framing = Delimiter::lf();
        assert_eq!(framing.find(b"ab", Cause::Bytes), Find::More);
        assert_eq!(
            framing.find(b"ab", Cause::Mark),
            Find::Skip(2, Some(Reason::Line))
        );
        assert_eq!(framing.find(b"cd\nef\n", Cause::Bytes), Find::Skip(3, None));
        assert_eq!(framing.find(b"ef\n", Cause::Bytes), Find::Frame(3));
        assert_eq!(
            framing.find(b"", Cause::Mark),
            Find::Skip(0, Some(Reason::Line))
        );
        assert_eq!(framing.find(b"gh\n", Cause::Bytes), Find::Skip(3, None));
    }

    #[test]
    fn a_record_that_would_end_early_is_refused() {
        let mut out = [0; 16];
        let refused = |framing: Delimiter, record: &[u8], out: &mut [u8]| {
            framing.encode(&[record], out).unwrap_err()
        };
        let at = |at| EncodeError::Delimiter { at };
        assert_eq!(refused(Delimiter::lf(), b"ab\ncd", &mut out), at(2));
        assert_eq!(refused(Delimiter::lines(), b"a\r", &mut out), at(1));
        // The record's end and the delimiter's beginning make a delimiter.
        assert_eq!(
            refused(
                ended_by(Ends::sequence(b"aba"), Tail::Record),
                b"ab",
                &mut out
            ),
            at(0)
        );
        let long = limited(Delimiter::lf(), 3);
        assert_eq!(
            refused(long, b"abcd", &mut out),
            EncodeError::TooLong { max: 3 }
        );
        assert_eq!(
            Delimiter::crlf().encode(&[b"a", b"b"], &mut out[..3]),
            Err(EncodeError::Room { needed: 4 })
        );
    }
}
