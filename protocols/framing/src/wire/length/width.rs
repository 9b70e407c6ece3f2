//! The length field.

use lineside_check::Order;
use nom::{
    IResult, Parser,
    bytes::complete::{take, take_while_m_n},
    number::complete::u8,
};

use super::MAX_VARINT;

/// The length field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// One byte.
    U8,
    /// Two bytes.
    U16,
    /// Three bytes.
    U24,
    /// Four bytes.
    U32,
    /// Eight bytes.
    U64,
    /// LEB128: seven bits in a byte, the lowest first, the top bit set in all but the last.
    Varint,
}

impl Width {
    /// The length in bytes of a field that holds `length`.
    pub(super) const fn len(self, length: u64) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U24 => 3,
            Self::U32 => 4,
            Self::U64 => 8,
            Self::Varint => (64 - (length | 1).leading_zeros() as usize).div_ceil(7),
        }
    }

    /// header = offset length
    #[inline]
    pub(super) fn after(self, offset: usize, order: Order, input: &[u8]) -> IResult<&[u8], u64> {
        let (input, _) = take(offset).parse(input)?;
        if self == Self::Varint {
            return varint(input);
        }
        let (input, field) = take(self.len(0)).parse(input)?;
        let push = |length: u64, byte: &u8| length << 8 | u64::from(*byte);
        let length = match (field, order) {
            // One load instead of a loop, for the usual widths.
            (&[a, b], Order::Big) => u16::from_be_bytes([a, b]).into(),
            (&[a, b, c, d], Order::Big) => u32::from_be_bytes([a, b, c, d]).into(),
            (&[a, b], Order::Little) => u16::from_le_bytes([a, b]).into(),
            (&[a, b, c, d], Order::Little) => u32::from_le_bytes([a, b, c, d]).into(),
            (_, Order::Big) => field.iter().fold(0, push),
            (_, Order::Little) => field.iter().rev().fold(0, push),
        };
        Ok((input, length))
    }

    pub(super) fn write(self, length: u64, order: Order, field: &mut [u8]) {
        let len = field.len();
        match (self, order) {
            (Self::Varint, _) => {
                for (at, byte) in field.iter_mut().enumerate() {
                    let bits = (length >> (7 * at)) as u8 & 0x7F;
                    *byte = if at + 1 < len { bits | 0x80 } else { bits };
                }
            }
            (_, Order::Little) => {
                field
                    .iter_mut()
                    .zip(length.to_le_bytes())
                    .for_each(|(to, from)| *to = from);
            }
            (_, Order::Big) => {
                let bytes = length.to_le_bytes();
                field
                    .iter_mut()
                    .rev()
                    .zip(bytes)
                    .for_each(|(to, from)| *to = from);
            }
        }
    }
}

/// varint = *9(%x80-FF) %x00-7F, the lowest seven bits first (LEB128). What exceeds 64 bits is
/// [`u64::MAX`]: no length is that.
fn varint(input: &[u8]) -> IResult<&[u8], u64> {
    let more = take_while_m_n(0, MAX_VARINT - 1, |byte| byte & 0x80 != 0);
    let (input, (more, last)) = (more, u8).parse(input)?;
    if last & 0x80 != 0 {
        let tag = nom::error::ErrorKind::Digit;
        return Err(nom::Err::Error(nom::error::Error::new(input, tag)));
    }
    let bits = |byte: &u8| u128::from(byte & 0x7F);
    let value = more
        .iter()
        .rev()
        .fold(bits(&last), |value, byte| value << 7 | bits(byte));
    Ok((input, u64::try_from(value).unwrap_or(u64::MAX)))
}
