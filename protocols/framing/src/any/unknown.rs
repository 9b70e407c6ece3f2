//! The error of the words: which part, and what is allowed there.

use core::fmt;

/// A word that names no framing: which part of the text, and what is allowed there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown {
    part: [u8; 32],
    len: usize,
    allowed: &'static str,
}

impl Unknown {
    pub(super) fn new(part: &str, allowed: &'static str) -> Self {
        let mut bytes = [0; 32];
        let len = part.floor_char_boundary(bytes.len());
        for (to, from) in bytes.iter_mut().zip(part.as_bytes().iter().take(len)) {
            *to = *from;
        }
        Self {
            part: bytes,
            len,
            allowed,
        }
    }

    /// The part of the text that is wrong, at most its first 32 bytes.
    #[must_use]
    pub fn part(&self) -> &str {
        let part = self.part.get(..self.len).unwrap_or_default();
        core::str::from_utf8(part).unwrap_or_default()
    }

    /// What may stand there.
    #[must_use]
    pub const fn allowed(&self) -> &'static str {
        self.allowed
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "framing: {:?} is not {}", self.part(), self.allowed)
    }
}

impl core::error::Error for Unknown {}
