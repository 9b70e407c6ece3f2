//! Typed values in registers. The specification has 16-bit registers only; what devices put into
//! two or four of them, and in which order, is their own, and these are the orders in use.

use core::{fmt, str::FromStr};

mod number;
#[cfg(test)]
mod tests;
mod text;

pub use number::{BadNumber, Number, Scalar};
pub use text::{Text, text};

/// What a value is: how many registers it takes, and how their bits are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// An unsigned integer in one register.
    U16,
    /// A signed integer in one register.
    I16,
    /// An unsigned integer in two registers.
    U32,
    /// A signed integer in two registers.
    I32,
    /// An unsigned integer in four registers.
    U64,
    /// A signed integer in four registers.
    I64,
    /// An IEEE 754 number in two registers.
    F32,
    /// An IEEE 754 number in four registers.
    F64,
    /// So many bytes of text, two to a register.
    Text(u16),
}

impl Type {
    /// Every type of a number.
    pub const NUMBERS: [Self; 8] = [
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::U64,
        Self::I64,
        Self::F32,
        Self::F64,
    ];

    /// How many registers it takes.
    #[must_use]
    pub const fn registers(self) -> u16 {
        match self {
            Self::U16 | Self::I16 => 1,
            Self::U32 | Self::I32 | Self::F32 => 2,
            Self::U64 | Self::I64 | Self::F64 => 4,
            Self::Text(bytes) => bytes.div_ceil(2),
        }
    }
}

/// `u16`, `i16`, `u32`, `i32`, `u64`, `i64`, `f32`, `f64`, or `text:16` for sixteen bytes of text.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Text(bytes) => return write!(f, "text:{bytes}"),
        })
    }
}

/// A word that names no type or no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unknown {
    /// No type.
    #[error("no such type: u16, i16, u32, i32, u64, i64, f32, f64, and text:N for N bytes, are")]
    Type,
    /// No order.
    #[error("no such order: abcd (big), cdab, badc and dcba (little) are")]
    Order,
}

impl FromStr for Type {
    type Err = Unknown;

    fn from_str(word: &str) -> Result<Self, Unknown> {
        Ok(match word {
            "u16" => Self::U16,
            "i16" => Self::I16,
            "u32" => Self::U32,
            "i32" => Self::I32,
            "u64" => Self::U64,
            "i64" => Self::I64,
            "f32" => Self::F32,
            "f64" => Self::F64,
            _ => {
                let bytes = word.strip_prefix("text:").and_then(|n| n.parse().ok());
                Self::Text(bytes.filter(|&bytes| bytes > 0).ok_or(Unknown::Type)?)
            }
        })
    }
}

/// In which order a value's bytes stand in its registers, by where the bytes A (most significant) to D
/// of a 32-bit value go. Longer and shorter values follow the same two rules: are the words
/// reversed, and are the bytes of each word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// The most significant byte first: what the specification does within a register.
    #[default]
    Abcd,
    /// The least significant word first, each word's high byte first.
    Cdab,
    /// The most significant word first, each word's low byte first.
    Badc,
    /// The least significant byte first.
    Dcba,
}

impl Order {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Abcd, Self::Cdab, Self::Badc, Self::Dcba];

    /// Whether the least significant word comes first.
    #[must_use]
    pub const fn reverses_words(self) -> bool {
        matches!(self, Self::Cdab | Self::Dcba)
    }

    /// Whether the low byte of each word comes first.
    #[must_use]
    pub const fn swaps_bytes(self) -> bool {
        matches!(self, Self::Badc | Self::Dcba)
    }

    /// A register's two bytes in the order of the value.
    #[must_use]
    pub const fn word(self, register: u16) -> u16 {
        if self.swaps_bytes() {
            register.swap_bytes()
        } else {
            register
        }
    }
}

/// `abcd`, `cdab`, `badc`, `dcba`.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Abcd => "abcd",
            Self::Cdab => "cdab",
            Self::Badc => "badc",
            Self::Dcba => "dcba",
        })
    }
}

/// Those, in either case; `big` and `little` for the first and the last, `word-swap` and
/// `byte-swap` for the others.
impl FromStr for Order {
    type Err = Unknown;

    fn from_str(word: &str) -> Result<Self, Unknown> {
        let names = [
            (Self::Abcd, ["abcd", "big"]),
            (Self::Cdab, ["cdab", "word-swap"]),
            (Self::Badc, ["badc", "byte-swap"]),
            (Self::Dcba, ["dcba", "little"]),
        ];
        let is = |name: &&str| name.eq_ignore_ascii_case(word);
        let found = names.iter().find(|(_, names)| names.iter().any(is));
        found.map(|(order, _)| *order).ok_or(Unknown::Order)
    }
}
