//! Modbus TCP frames: the MBAP header and a PDU (Messaging on TCP/IP 3.1.3).

use super::{
    pdu::{MAX_PDU, Misfit},
    unit::Unit,
    writer::Writer,
};

/// The longest frame: seven bytes of header, 253 of PDU.
pub const MAX_ADU: usize = 260;

/// Bytes before the PDU: transaction, protocol, length, unit.
pub const HEADER: usize = 7;

/// What identifies an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// Pairs a response with its request: the server copies it.
    pub transaction: u16,
    /// The unit behind the address.
    pub unit: Unit,
}

/// Why bytes are no Modbus TCP frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Bad {
    /// The length field is not 2 to 254: where the next frame begins cannot be told.
    #[error("a length field of {0}: allowed are 2 to 254")]
    Length(u16),
    /// The protocol identifier is not 0: the frame is whole, and not Modbus.
    #[error("protocol identifier {0}: Modbus is 0")]
    Protocol(u16),
}

/// The length of the frame that begins with `bytes`, once six bytes of it are there.
///
/// # Errors
/// The length field is out of bounds: the stream cannot be followed any more (T01).
#[inline]
pub fn length(bytes: &[u8]) -> Result<Option<usize>, Bad> {
    let Some(&[_, _, _, _, high, low]) = bytes.first_chunk() else {
        return Ok(None);
    };
    let length = u16::from_be_bytes([high, low]);
    match length {
        2..=254 => Ok(Some(6 + usize::from(length))),
        _ => Err(Bad::Length(length)),
    }
}

/// Takes a whole frame apart.
///
/// # Errors
/// It is none; after [`Bad::Protocol`] the next may be.
#[inline]
pub fn decode(frame: &[u8]) -> Result<(Header, &[u8]), Bad> {
    let Some((&[t1, t0, p1, p0, l1, l0, unit], pdu)) = frame.split_first_chunk() else {
        return Err(Bad::Length(0));
    };
    let (protocol, length) = (u16::from_be_bytes([p1, p0]), u16::from_be_bytes([l1, l0]));
    if protocol != 0 {
        return Err(Bad::Protocol(protocol));
    }
    if usize::from(length) != pdu.len() + 1 || pdu.is_empty() || pdu.len() > MAX_PDU {
        return Err(Bad::Length(length));
    }
    let header = Header {
        transaction: u16::from_be_bytes([t1, t0]),
        unit: Unit::new(unit),
    };
    Ok((header, pdu))
}

/// Writes the frame of a PDU to the beginning of `room`, and gives its length.
///
/// # Errors
/// The PDU is longer than 253 bytes, or `room` is too short for it. [`MAX_ADU`] bytes always suffice.
#[inline]
pub fn encode(header: Header, pdu: &[u8], room: &mut [u8]) -> Result<usize, Misfit> {
    if pdu.len() > MAX_PDU {
        return Err(Misfit::TooLong);
    }
    let length = u16::try_from(pdu.len() + 1).map_err(|_| Misfit::TooLong)?;
    let writer = Writer::new(room)
        .u16(header.transaction)?
        .u16(0)?
        .u16(length)?;
    Ok(writer.u8(header.unit.get())?.bytes(pdu)?.done())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_header_and_pdu() {
        let header = Header {
            transaction: 0x1501,
            unit: Unit::DIRECT,
        };
        let mut room = [0; MAX_ADU];
        let length = encode(header, b"\x03\x00\x04\x00\x01", &mut room).unwrap();
        let frame = *b"\x15\x01\x00\x00\x00\x06\xFF\x03\x00\x04\x00\x01";
        assert_eq!(room[..length], frame);
        assert_eq!(self::length(&frame[..6]), Ok(Some(12)));
        assert_eq!(self::length(&frame[..5]), Ok(None));
        assert_eq!(decode(&frame), Ok((header, &b"\x03\x00\x04\x00\x01"[..])));
    }

    #[test]
    fn lengths_and_protocols_are_checked() {
        assert_eq!(length(b"\0\0\0\0\0\x01"), Err(Bad::Length(1)));
        assert_eq!(length(b"\0\0\0\0\0\xFF"), Err(Bad::Length(255)));
        assert_eq!(length(b"\0\0\0\0\0\xFE"), Ok(Some(MAX_ADU)));
        assert_eq!(decode(b"\0\0\0\x01\0\x02\x01\x03"), Err(Bad::Protocol(1)));
        assert_eq!(decode(b"\0\0\0\0\0\x03\x01\x03"), Err(Bad::Length(3)));
    }
}
