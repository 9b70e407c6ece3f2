//! A framing that is chosen at run time, by a word.

use core::{fmt, ops::Range, str::FromStr};

use crate::wire::{Cause, EncodeError, Find, Framing, Reason, Silence, delimiter::Delimiter};

mod grammar;

pub use grammar::Unknown;

/// Any framing. [`FromStr`] reads the words of [`HELP`](Self::HELP), [`Display`](fmt::Display)
/// writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyFraming {
    /// A framing alone.
    Plain(Base),
}

/// Any framing without a check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant has its framing's name")]
pub enum Base {
    Delimiter(Delimiter),
}

/// The same expression for whichever framing it is.
macro_rules! each {
    ($any:expr, $framing:ident => $do:expr) => {
        match $any {
            Self::Delimiter($framing) => $do,
        }
    };
}

/// The same expression, with a check or without.
macro_rules! both {
    ($any:expr, $framing:ident => $do:expr) => {
        match $any {
            Self::Plain($framing) => $do,
        }
    };
}

macro_rules! delegate {
    ($which:ident) => {
        fn max_encoded_len(&self, len: usize) -> usize {
            $which!(self, framing => framing.max_encoded_len(len))
        }

        fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
            $which!(self, framing => framing.encode(parts, out))
        }

        #[inline]
        fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
            $which!(self, framing => framing.find(rx, cause))
        }

        #[inline]
        fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
            $which!(self, framing => framing.decode(frame))
        }

        fn silence(&self) -> Option<Silence> {
            $which!(self, framing => framing.silence())
        }

        fn pause(&self) -> Option<Silence> {
            $which!(self, framing => framing.pause())
        }

        fn pieces(&self, frame: &[u8]) -> Option<[Range<usize>; 2]> {
            $which!(self, framing => framing.pieces(frame))
        }
    };
}

impl Framing for AnyFraming {
    delegate!(both);
}

impl Framing for Base {
    delegate!(each);
}

impl AnyFraming {
    /// The same, with records of at most `max` bytes.
    #[must_use]
    pub fn max_record(self, max: usize) -> Self {
        match self {
            Self::Plain(base) => Self::Plain(base.max_record(max)),
        }
    }
}

impl Base {
    fn max_record(self, max: usize) -> Self {
        match self {
            Self::Delimiter(framing) => Self::Delimiter(framing.max_record(max)),
        }
    }
}

impl FromStr for AnyFraming {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        grammar::parse(text)
    }
}

impl fmt::Display for AnyFraming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(base) => grammar::write(base, f),
        }
    }
}
