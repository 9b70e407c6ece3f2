//! Numbers of 16, 32 and 64 bits.

use core::fmt;

use super::{Order, Type};

/// A number of one of the types, bit for bit as it stood in its registers.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum Number {
    /// [`Type::U16`].
    U16(u16),
    /// [`Type::I16`].
    I16(i16),
    /// [`Type::U32`].
    U32(u32),
    /// [`Type::I32`].
    I32(i32),
    /// [`Type::U64`].
    U64(u64),
    /// [`Type::I64`].
    I64(i64),
    /// [`Type::F32`].
    F32(f32),
    /// [`Type::F64`].
    F64(f64),
}

/// A Rust number that registers can hold: `u16` to `u64`, `i16` to `i64`, `f32`, `f64`.
pub trait Scalar: Copy + sealed::Sealed {
    /// Its type.
    const TYPE: Type;

    /// The number whose bits, the least significant ones, are `bits`.
    #[must_use]
    fn from_bits(bits: u64) -> Self;

    /// Its bits, the least significant ones.
    #[must_use]
    fn into_bits(self) -> u64;

    /// The number in the first of `registers`; `None` when there are too few.
    #[must_use]
    fn read(registers: impl IntoIterator<Item = u16>, order: Order) -> Option<Self> {
        join(registers, usize::from(Self::TYPE.registers()), order).map(Self::from_bits)
    }

    /// Writes the number to the first of `registers`; `None`, and nothing written, when there are too
    /// few.
    #[must_use]
    fn write(self, registers: &mut [u16], order: Order) -> Option<()> {
        let room = registers.get_mut(..usize::from(Self::TYPE.registers()))?;
        split(self.into_bits(), room, order);
        Some(())
    }
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! scalar {
    ($($type:ident $number:ident: $from:expr, $into:expr;)*) => {
        $(
            impl sealed::Sealed for $type {}

            impl Scalar for $type {
                const TYPE: Type = Type::$number;

                fn from_bits(bits: u64) -> Self {
                    $from(bits)
                }

                fn into_bits(self) -> u64 {
                    $into(self)
                }
            }

            impl From<$type> for Number {
                fn from(number: $type) -> Self {
                    Self::$number(number)
                }
            }
        )*
    };
}

scalar! {
    u16 U16: |bits| bits as u16, u64::from;
    i16 I16: |bits| bits as i16, |number| u64::from(number as u16);
    u32 U32: |bits| bits as u32, u64::from;
    i32 I32: |bits| bits as i32, |number| u64::from(number as u32);
    u64 U64: |bits| bits, |number| number;
    i64 I64: |bits| bits as i64, |number| number as u64;
    f32 F32: |bits| f32::from_bits(bits as u32), |number: f32| u64::from(number.to_bits());
    f64 F64: f64::from_bits, f64::to_bits;
}

/// The bits of the value in the first `count` of `registers`.
fn join(registers: impl IntoIterator<Item = u16>, count: usize, order: Order) -> Option<u64> {
    let mut registers = registers.into_iter();
    let mut bits = 0;
    for at in 0..count {
        let word = u64::from(order.word(registers.next()?));
        bits = if order.reverses_words() {
            bits | word << (16 * at)
        } else {
            bits << 16 | word
        };
    }
    Some(bits)
}

/// Spreads the bits of a value over exactly the registers it takes.
fn split(mut bits: u64, registers: &mut [u16], order: Order) {
    let mut put = |register: &mut u16| {
        *register = order.word(bits as u16);
        bits >>= 16;
    };
    if order.reverses_words() {
        registers.iter_mut().for_each(&mut put);
    } else {
        registers.iter_mut().rev().for_each(&mut put);
    }
}

/// Text that is no number of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("not a number of type {0}")]
pub struct BadNumber(pub Type);

impl Number {
    /// The number of type `kind` in the first of `registers`; `None` when there are too few, or
    /// `kind` is text.
    #[must_use]
    pub fn read(
        kind: Type,
        registers: impl IntoIterator<Item = u16>,
        order: Order,
    ) -> Option<Self> {
        Some(match kind {
            Type::U16 => Self::U16(Scalar::read(registers, order)?),
            Type::I16 => Self::I16(Scalar::read(registers, order)?),
            Type::U32 => Self::U32(Scalar::read(registers, order)?),
            Type::I32 => Self::I32(Scalar::read(registers, order)?),
            Type::U64 => Self::U64(Scalar::read(registers, order)?),
            Type::I64 => Self::I64(Scalar::read(registers, order)?),
            Type::F32 => Self::F32(Scalar::read(registers, order)?),
            Type::F64 => Self::F64(Scalar::read(registers, order)?),
            Type::Text(_) => return None,
        })
    }

    /// Writes the number to the first of `registers`, and gives how many it took; `None`, and nothing
    /// written, when there are too few.
    #[must_use]
    pub fn write(self, registers: &mut [u16], order: Order) -> Option<u16> {
        match self {
            Self::U16(number) => number.write(registers, order),
            Self::I16(number) => number.write(registers, order),
            Self::U32(number) => number.write(registers, order),
            Self::I32(number) => number.write(registers, order),
            Self::U64(number) => number.write(registers, order),
            Self::I64(number) => number.write(registers, order),
            Self::F32(number) => number.write(registers, order),
            Self::F64(number) => number.write(registers, order),
        }?;
        Some(self.kind().registers())
    }

    /// The number of type `kind` that `text` says: decimal, or for integers hexadecimal behind `0x`
    /// (the bits of a negative one too).
    ///
    /// # Errors
    /// It is none, or is out of the type's range.
    pub fn parse(kind: Type, text: &str) -> Result<Self, BadNumber> {
        let bad = BadNumber(kind);
        if let Some(digits) = text.strip_prefix("0x") {
            return Self::parse_hex(kind, digits).ok_or(bad);
        }
        let parsed = match kind {
            Type::U16 => text.parse().ok().map(Self::U16),
            Type::I16 => text.parse().ok().map(Self::I16),
            Type::U32 => text.parse().ok().map(Self::U32),
            Type::I32 => text.parse().ok().map(Self::I32),
            Type::U64 => text.parse().ok().map(Self::U64),
            Type::I64 => text.parse().ok().map(Self::I64),
            Type::F32 => text.parse().ok().map(Self::F32),
            Type::F64 => text.parse().ok().map(Self::F64),
            Type::Text(_) => None,
        };
        parsed.ok_or(bad)
    }

    fn parse_hex(kind: Type, digits: &str) -> Option<Self> {
        if digits.starts_with('+') {
            return None;
        }
        let bits = u64::from_str_radix(digits, 16).ok()?;
        let fits = bits
            .checked_shr(16 * u32::from(kind.registers()))
            .unwrap_or(0)
            == 0;
        let registers = kind.registers();
        let words = [48, 32, 16, 0].map(|shift| (bits >> shift) as u16);
        let words = words.into_iter().skip(4 - usize::from(registers.min(4)));
        match kind {
            Type::F32 | Type::F64 | Type::Text(_) => None,
            _ if fits => Self::read(kind, words, Order::Abcd),
            _ => None,
        }
    }

    /// Its type.
    #[must_use]
    pub const fn kind(self) -> Type {
        match self {
            Self::U16(_) => Type::U16,
            Self::I16(_) => Type::I16,
            Self::U32(_) => Type::U32,
            Self::I32(_) => Type::I32,
            Self::U64(_) => Type::U64,
            Self::I64(_) => Type::I64,
            Self::F32(_) => Type::F32,
            Self::F64(_) => Type::F64,
        }
    }

    /// The same as a 64-bit float: exact for all but 64-bit integers beyond 2 to the power of 53.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::U16(number) => number.into(),
            Self::I16(number) => number.into(),
            Self::U32(number) => number.into(),
            Self::I32(number) => number.into(),
            Self::U64(number) => number as f64,
            Self::I64(number) => number as f64,
            Self::F32(number) => number.into(),
            Self::F64(number) => number,
        }
    }
}

/// In decimal; floats with as many digits as bring the same bits back.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::U16(number) => number.fmt(f),
            Self::I16(number) => number.fmt(f),
            Self::U32(number) => number.fmt(f),
            Self::I32(number) => number.fmt(f),
            Self::U64(number) => number.fmt(f),
            Self::I64(number) => number.fmt(f),
            Self::F32(number) => number.fmt(f),
            Self::F64(number) => number.fmt(f),
        }
    }
}
