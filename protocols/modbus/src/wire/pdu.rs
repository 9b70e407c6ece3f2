//! A protocol data unit that owns its bytes.

use core::{fmt, ops::Deref};

use super::{
    Request, Response,
    exception::Exception,
    function::function,
    views::{Span, packed},
    writer::Writer,
};

/// The longest PDU: a serial ADU of 256 bytes less address and CRC (Application protocol 4.1).
pub const MAX_PDU: usize = 253;

/// Why something cannot be encoded. Nothing of it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Misfit {
    /// It is longer than a PDU or its byte count may be.
    #[error("longer than a PDU of 253 bytes can hold")]
    TooLong,
    /// The buffer is too short for it.
    #[error("the buffer is too short")]
    Room,
    /// A count or a value that the function does not allow.
    #[error("a quantity or value that the function does not allow")]
    Value,
    /// Elements beyond 65,535.
    #[error("elements beyond address 65535")]
    Address,
}

/// The function code and data of one request or response: at most 253 bytes, held in place.
#[derive(Clone, Copy)]
pub struct Pdu {
    length: u8,
    bytes: [u8; MAX_PDU],
}

impl Pdu {
    /// Nothing: what a broadcast is answered with.
    pub const EMPTY: Self = Self {
        length: 0,
        bytes: [0; MAX_PDU],
    };

    /// A PDU of these bytes, whatever they say; `None` when there are more than 253.
    #[inline]
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut pdu = Self::EMPTY;
        pdu.set(bytes).then_some(pdu)
    }

    /// Puts these bytes in the place of what was there; `false`, and nothing changed, when there
    /// are more than 253.
    #[inline]
    pub(crate) fn set(&mut self, bytes: &[u8]) -> bool {
        let (Some(room), Ok(length)) =
            (self.bytes.get_mut(..bytes.len()), u8::try_from(bytes.len()))
        else {
            return false;
        };
        room.copy_from_slice(bytes);
        self.length = length;
        true
    }

    /// The PDU of a request.
    ///
    /// # Errors
    /// The request breaks a limit of its function.
    pub fn of(request: &Request<'_>) -> Result<Self, Misfit> {
        Self::build(|room| request.encode(room))
    }

    /// The PDU of a response.
    ///
    /// # Errors
    /// It is too long.
    pub fn of_response(response: &Response<'_>) -> Result<Self, Misfit> {
        Self::build(|room| response.encode(room))
    }

    /// The exception response to `function`: Application protocol 7.
    #[must_use]
    pub fn exception(function: u8, exception: Exception) -> Self {
        let mut pdu = Self::EMPTY;
        pdu.length = 2;
        if let Some(head) = pdu.bytes.first_chunk_mut() {
            *head = [function | 0x80, exception.0];
        }
        pdu
    }

    /// Write Multiple Coils, from values that are not packed.
    ///
    /// # Errors
    /// None of them, more than 1968, or beyond the last address.
    pub fn write_multiple_coils(address: u16, values: &[bool]) -> Result<Self, Misfit> {
        let span = counted(0x0F, address, values.len())?;
        let bytes = values.chunks(8).map(|eight| {
            (0..)
                .zip(eight)
                .fold(0, |byte, (bit, on)| byte | u8::from(*on) << bit)
        });
        Self::written(|writer| {
            let head = writer.u8(0x0F)?.u16(address)?.u16(span.quantity)?;
            bytes.fold(head.count(packed(span.quantity)), |writer, byte| {
                writer?.u8(byte)
            })
        })
    }

    /// Write Multiple Registers, from values that are not packed.
    ///
    /// # Errors
    /// None of them, more than 123, or beyond the last address.
    pub fn write_multiple_registers(address: u16, values: &[u16]) -> Result<Self, Misfit> {
        let span = counted(0x10, address, values.len())?;
        Self::written(|writer| {
            let head = writer.u8(0x10)?.u16(address)?.u16(span.quantity)?;
            words(head.count(2 * values.len())?, values)
        })
    }

    /// Read/Write Multiple Registers, from values that are not packed.
    ///
    /// # Errors
    /// No or more than 125 registers to read, none or more than 121 to write, or beyond the last
    /// address.
    pub fn read_write_multiple_registers(
        read: Span,
        address: u16,
        values: &[u16],
    ) -> Result<Self, Misfit> {
        let limits = function(0x17).ok_or(Misfit::Value)?;
        let count = u16::try_from(values.len()).map_err(|_| Misfit::Value)?;
        let write = Span::new(address, count);
        if !limits.quantity.contains(&read.quantity) || !limits.written.contains(&count) {
            return Err(Misfit::Value);
        }
        if !read.is_addressable() || !write.is_addressable() {
            return Err(Misfit::Address);
        }
        Self::written(|writer| {
            let head = writer.u8(0x17)?.u16(read.address)?.u16(read.quantity)?;
            let head = head.u16(address)?.u16(count)?;
            words(head.count(2 * values.len())?, values)
        })
    }

    /// A PDU that `write` writes: it is given room for 253 bytes, and says how many it used.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn write<E>(write: impl FnOnce(&mut [u8; MAX_PDU]) -> Result<usize, E>) -> Result<Self, E> {
        let mut pdu = Self::EMPTY;
        let length = write(&mut pdu.bytes)?;
        pdu.length = u8::try_from(length.min(MAX_PDU)).unwrap_or(u8::MAX);
        Ok(pdu)
    }

    /// The function code, without the exception bit; 0 when there is none.
    #[must_use]
    pub fn function(&self) -> u8 {
        self.first().map_or(0, |code| code & 0x7F)
    }

    /// The exception code, when this is an exception response.
    #[must_use]
    pub fn as_exception(&self) -> Option<Exception> {
        match **self {
            [0x80..=0xFF, code] => Some(Exception(code)),
            _ => None,
        }
    }

    /// A PDU whose bytes `write` writes.
    fn written(
        write: impl FnOnce(Writer<'_>) -> Result<Writer<'_>, Misfit>,
    ) -> Result<Self, Misfit> {
        Self::build(|room| write(Writer::new(room)).map(|writer| writer.done()))
    }

    #[inline]
    fn build(write: impl FnOnce(&mut [u8]) -> Result<usize, Misfit>) -> Result<Self, Misfit> {
        let mut pdu = Self::EMPTY;
        let length = write(&mut pdu.bytes).map_err(|misfit| match misfit {
            Misfit::Room => Misfit::TooLong,
            other => other,
        })?;
        pdu.length = u8::try_from(length).map_err(|_| Misfit::TooLong)?;
        Ok(pdu)
    }
}

/// The span of `count` elements that the function allows.
fn counted(code: u8, address: u16, count: usize) -> Result<Span, Misfit> {
    let limits = function(code).ok_or(Misfit::Value)?;
    let count = u16::try_from(count).map_err(|_| Misfit::Value)?;
    let span = Span::new(address, count);
    if !limits.quantity.contains(&count) {
        return Err(Misfit::Value);
    }
    span.is_addressable().then_some(span).ok_or(Misfit::Address)
}

fn words<'a>(writer: Writer<'a>, values: &[u16]) -> Result<Writer<'a>, Misfit> {
    let mut values = values.iter();
    values.try_fold(writer, |writer, value| writer.u16(*value))
}

impl Default for Pdu {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Deref for Pdu {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let (pdu, _) = self.bytes.split_at(usize::from(self.length).min(MAX_PDU));
        pdu
    }
}

impl AsRef<[u8]> for Pdu {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl PartialEq for Pdu {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Pdu {}

/// The bytes in hex.
impl fmt::Debug for Pdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pdu(")?;
        for (at, byte) in self.iter().enumerate() {
            let before = if at == 0 { "" } else { " " };
            write!(f, "{before}{byte:02x}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec;

    use super::*;

    #[test]
    fn a_pdu_holds_253_bytes() {
        assert_eq!(Pdu::new(&[7; 253]).unwrap().len(), 253);
        assert_eq!(Pdu::new(&[7; 254]), None);
        assert_eq!(
            *Pdu::exception(3, Exception::ILLEGAL_DATA_ADDRESS),
            [0x83, 2]
        );
    }

    #[test]
    fn unpacked_values_are_packed() {
        // The examples of Application protocol 6.11 and 6.12.
        let coils = [
            true, false, true, true, false, false, true, true, true, false,
        ];
        let pdu = Pdu::write_multiple_coils(19, &coils).unwrap();
        assert_eq!(*pdu, [0x0F, 0, 0x13, 0, 0x0A, 2, 0xCD, 0x01]);
        let pdu = Pdu::write_multiple_registers(1, &[0x000A, 0x0102]).unwrap();
        assert_eq!(*pdu, [0x10, 0, 1, 0, 2, 4, 0, 0x0A, 1, 2]);
    }

    #[test]
    fn limits_are_kept_before_anything_is_sent() {
        assert_eq!(Pdu::write_multiple_coils(0, &[]), Err(Misfit::Value));
        assert!(Pdu::write_multiple_coils(0, &vec![true; 1968]).is_ok());
        assert_eq!(
            Pdu::write_multiple_coils(0, &vec![true; 1969]),
            Err(Misfit::Value)
        );
        assert!(Pdu::write_multiple_registers(0, &[0; 123]).is_ok());
        assert_eq!(
            Pdu::write_multiple_registers(0, &[0; 124]),
            Err(Misfit::Value)
        );
        assert_eq!(
            Pdu::write_multiple_registers(0xFFFF, &[0; 2]),
            Err(Misfit::Address)
        );
        let read = Span::new(0, 125);
        assert!(Pdu::read_write_multiple_registers(read, 0, &[0; 121]).is_ok());
        assert_eq!(
            Pdu::read_write_multiple_registers(read, 0, &[0; 122]),
            Err(Misfit::Value)
        );
    }
}
