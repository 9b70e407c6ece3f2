//! A framing that is chosen at run time, by a word.

use core::{fmt, ops::Range, str::FromStr};

#[cfg(feature = "machine")]
use bytes::BytesMut;

use crate::wire::{
    Cause, EncodeError, Find, Framing, Reason, Silence,
    checked::{Check, Checked},
    cobs::Cobs,
    delimiter::Delimiter,
    fixed::Fixed,
    gap::Gap,
    hdlc::Hdlc,
    length::Length,
    slip::Slip,
    stx::Stx,
};

mod grammar;
mod unknown;
mod write;

pub use unknown::Unknown;

/// Any framing, with a check or without. [`FromStr`] reads the words of [`HELP`](Self::HELP),
/// [`Display`](fmt::Display) writes them.
///
/// ```
/// use lineside_framing::AnyFraming;
///
/// let framing: AnyFraming = "length:4le:max=64+crc-32/iso-hdlc".parse().unwrap();
/// assert_eq!(framing.to_string(), "length:4le:max=64+crc-32/iso-hdlc");
///
/// let unknown = "line:crfl".parse::<AnyFraming>().unwrap_err();
/// assert_eq!(unknown.part(), "crfl");
/// ```
#[derive(Clone, Debug)]
pub enum AnyFraming {
    /// A framing alone.
    Plain(Base),
    /// A framing around records that end with a check.
    Checked(Checked<Base>),
}

/// Any framing without a check.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant has its framing's name")]
pub enum Base {
    Delimiter(Delimiter),
    Fixed(Fixed),
    Length(Length),
    Gap(Gap),
    Stx(Stx),
    Slip(Slip),
    Cobs(Cobs),
    Hdlc(Hdlc),
}

/// The same expression for whichever framing it is.
macro_rules! each {
    ($any:expr, $framing:ident => $do:expr) => {
        match $any {
            Self::Delimiter($framing) => $do,
            Self::Fixed($framing) => $do,
            Self::Length($framing) => $do,
            Self::Gap($framing) => $do,
            Self::Stx($framing) => $do,
            Self::Slip($framing) => $do,
            Self::Cobs($framing) => $do,
            Self::Hdlc($framing) => $do,
        }
    };
}

/// The same expression, with a check or without.
macro_rules! both {
    ($any:expr, $framing:ident => $do:expr) => {
        match $any {
            Self::Plain($framing) => $do,
            Self::Checked($framing) => $do,
        }
    };
}

/// The same as `both`, without a detour for the framings whose frames take so few cycles that they
/// would feel it.
macro_rules! lines_first {
    ($any:expr, $framing:ident => $do:expr) => {
        match $any {
            Self::Plain(Base::Delimiter($framing)) => $do,
            Self::Plain(Base::Length($framing)) => $do,
            Self::Plain($framing) => $do,
            Self::Checked($framing) => $do,
        }
    };
}

macro_rules! delegate {
    ($which:ident) => {
        #[inline]
        fn max_encoded_len(&self, len: usize) -> usize {
            $which!(self, framing => framing.max_encoded_len(len))
        }

        fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
            $which!(self, framing => framing.encode(parts, out))
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

    #[cfg(feature = "machine")]
    #[inline]
    fn append(&self, parts: &[&[u8]], out: &mut BytesMut) -> Result<(), EncodeError> {
        lines_first!(self, framing => framing.append(parts, out))
    }

    #[inline]
    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
        lines_first!(self, framing => framing.find(rx, cause))
    }

    #[inline]
    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        lines_first!(self, framing => framing.decode(frame))
    }
}

impl Framing for Base {
    delegate!(each);

    #[cfg(feature = "machine")]
    fn append(&self, parts: &[&[u8]], out: &mut BytesMut) -> Result<(), EncodeError> {
        each!(self, framing => framing.append(parts, out))
    }

    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
        each!(self, framing => framing.find(rx, cause))
    }

    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        each!(self, framing => framing.decode(frame))
    }
}

impl AnyFraming {
    /// The framing without its check.
    pub const fn base(&self) -> &Base {
        match self {
            Self::Plain(base) => base,
            Self::Checked(checked) => checked.inner(),
        }
    }

    /// The check, if any.
    #[must_use]
    pub const fn check(&self) -> Option<Check> {
        match self {
            Self::Plain(_) => None,
            Self::Checked(checked) => Some(checked.check()),
        }
    }

    /// The same, with records of at most `max` bytes, a check not counted. Records of fixed length
    /// keep it.
    #[must_use]
    pub fn max_record(self, max: usize) -> Self {
        match self {
            Self::Plain(base) => Self::Plain(base.limited(max)),
            Self::Checked(checked) => {
                let check = checked.check();
                let base = checked
                    .inner()
                    .clone()
                    .limited(max.saturating_add(check.len()));
                Self::Checked(Checked::new(base, check))
            }
        }
    }
}

impl Base {
    /// The longest record, a check counted.
    const fn max(&self) -> usize {
        match self {
            Self::Delimiter(framing) => framing.config().max_record,
            Self::Fixed(framing) => framing.config().len,
            Self::Length(framing) => framing.config().max_record,
            Self::Gap(framing) => framing.config().max_record,
            Self::Stx(framing) => framing.config().max_record,
            Self::Slip(framing) => framing.config().max_record,
            Self::Cobs(framing) => framing.config().max_record,
            Self::Hdlc(framing) => framing.config().max_record,
        }
    }

    fn limited(self, max: usize) -> Self {
        macro_rules! with {
            ($($name:ident)*) => {
                match self {
                    Self::Fixed(framing) => Self::Fixed(framing),
                    $(Self::$name(framing) => {
                        let mut config = framing.config().clone();
                        config.max_record = max;
                        Self::$name($name::new(config))
                    })*
                }
            };
        }
        with!(Delimiter Length Gap Stx Slip Cobs Hdlc)
    }
}

impl FromStr for AnyFraming {
    type Err = Unknown;

    /// Links the tables of every check of the catalogue, about 450 KiB.
    fn from_str(text: &str) -> Result<Self, Unknown> {
        grammar::parse(text)
    }
}

impl fmt::Display for AnyFraming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write::any(self, f)
    }
}
