//! What ends a record, and where it stands.

use super::{CR, LF, MAX_DELIMITER, near};

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
    #[inline]
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Set(_) | Self::Lines => 1,
            Self::Sequence(sequence) => sequence.len,
        }
    }

    /// What is sent.
    #[inline]
    pub(super) fn sent(&self) -> &[u8] {
        match self {
            Self::Set(set) => set.first.get(..1).unwrap_or_default(),
            Self::Sequence(sequence) => sequence.as_slice(),
            Self::Lines => b"\r\n",
        }
    }

    /// Where the first delimiter that begins at `from` or later begins.
    #[inline]
    pub(super) fn search(&self, bytes: &[u8], from: usize) -> Option<usize> {
        match self.one() {
            Some(one) => Some(from + near::position(one, bytes.get(from..)?)?),
            None => self.search_several(bytes, from),
        }
    }

    /// A call of its own: what it takes of the registers would cost the usual search.
    #[inline(never)]
    fn search_several(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let rest = bytes.get(from..)?;
        let at = match self {
            Self::Set(set) => set.search(rest),
            Self::Sequence(sequence) => sequence.search(rest),
            Self::Lines => memchr::memchr2(CR, LF, rest),
        };
        at.map(|at| from + at)
    }

    /// The only byte that is a delimiter.
    #[inline]
    const fn one(&self) -> Option<u8> {
        match self {
            Self::Set(Set {
                first: [one, ..],
                count: 1,
                ..
            }) => Some(*one),
            _ => None,
        }
    }

    /// The same in the concatenation of `parts`, for delimiters of one byte.
    #[cfg(feature = "machine")]
    #[inline]
    pub(super) fn search_parts(&self, parts: &[&[u8]]) -> Option<usize> {
        let mut before = 0;
        for part in parts {
            let none = self.one().is_some_and(|one| !near::contains(one, part));
            if !none && let Some(at) = self.search(part, 0) {
                return Some(before + at);
            }
            before += part.len();
        }
        None
    }

    /// The length of the delimiter at the end of `frame`.
    #[inline]
    pub(super) fn trailing(&self, frame: &[u8]) -> usize {
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
    pub(super) fn of(bytes: &[u8]) -> Self {
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

    #[inline(always)]
    pub(super) fn search(&self, bytes: &[u8]) -> Option<usize> {
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

    pub(super) fn of(bytes: &[u8]) -> Self {
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
    pub(super) fn search(&self, bytes: &[u8]) -> Option<usize> {
        let last = *self.as_slice().last()?;
        memchr::memchr_iter(last, bytes).find_map(|at| {
            let end = at + 1;
            let begin = end.checked_sub(self.len)?;
            (bytes.get(begin..end)? == self.as_slice()).then_some(begin)
        })
    }
}
