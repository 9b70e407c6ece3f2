//! RTU frames: Serial line 2.5.1. Address, PDU, CRC; ended by silence.

use lineside_check::crc16_modbus;

use super::{
    pdu::{MAX_PDU, Misfit},
    unit::Unit,
};

/// The longest frame: address, 253 bytes of PDU, CRC.
pub const MAX_ADU: usize = 256;

/// The shortest: address, function code, CRC.
pub const MIN_ADU: usize = 4;

/// Why bytes are no RTU frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Bad {
    /// Fewer than four bytes.
    #[error("a frame of fewer than 4 bytes")]
    Short,
    /// More than 256 bytes.
    #[error("a frame of more than 256 bytes")]
    Long,
    /// The CRC is not that of the bytes before it.
    #[error("a bad CRC")]
    Crc,
}

/// Writes the frame of a PDU to the beginning of `room`, and gives its length. The CRC goes out low
/// byte first (Serial line 2.5.1.2).
///
/// # Errors
/// The PDU is longer than 253 bytes, or `room` is too short for it. [`MAX_ADU`] bytes always suffice.
#[inline]
pub fn encode(unit: Unit, pdu: &[u8], room: &mut [u8]) -> Result<usize, Misfit> {
    if pdu.len() > MAX_PDU {
        return Err(Misfit::TooLong);
    }
    let place = room.get_mut(1..=pdu.len()).ok_or(Misfit::Room)?;
    place.copy_from_slice(pdu);
    enclose(unit, pdu.len(), room)
}

/// The same for a PDU of `length` bytes that stands in its place already, from the second byte of
/// `room` on.
///
/// # Errors
/// As [`encode`].
#[inline]
pub fn enclose(unit: Unit, length: usize, room: &mut [u8]) -> Result<usize, Misfit> {
    if length > MAX_PDU {
        return Err(Misfit::TooLong);
    }
    let (covered, behind) = room.split_at_mut_checked(1 + length).ok_or(Misfit::Room)?;
    *covered.first_mut().ok_or(Misfit::Room)? = unit.get();
    let crc = crc16_modbus(covered).to_le_bytes();
    *behind.first_chunk_mut().ok_or(Misfit::Room)? = crc;
    Ok(1 + length + crc.len())
}

/// Takes a whole frame apart, its CRC checked.
///
/// # Errors
/// It is none.
#[inline]
pub fn decode(frame: &[u8]) -> Result<(Unit, &[u8]), Bad> {
    if frame.len() < MIN_ADU {
        return Err(Bad::Short);
    }
    if frame.len() > MAX_ADU {
        return Err(Bad::Long);
    }
    let (covered, crc) = frame.split_last_chunk().ok_or(Bad::Short)?;
    if crc16_modbus(covered) != u16::from_le_bytes(*crc) {
        return Err(Bad::Crc);
    }
    let (&unit, pdu) = covered.split_first().ok_or(Bad::Short)?;
    Ok((Unit::new(unit), pdu))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_address_pdu_and_crc() {
        let mut room = [0; MAX_ADU];
        let length = encode(Unit::new(0x11), b"\x03\x00\x6B\x00\x03", &mut room).unwrap();
        assert_eq!(room[..length], *b"\x11\x03\x00\x6B\x00\x03\x76\x87");
        assert_eq!(
            decode(&room[..length]),
            Ok((Unit::new(0x11), &b"\x03\x00\x6B\x00\x03"[..]))
        );
        assert_eq!(encode(Unit::new(1), &[0; 253], &mut room), Ok(256));
        assert_eq!(
            encode(Unit::new(1), &[0; 254], &mut room),
            Err(Misfit::TooLong)
        );
        assert_eq!(
            encode(Unit::new(1), &[0; 3], &mut [0; 5]),
            Err(Misfit::Room)
        );
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let mut frame = *b"\x11\x03\x00\x6B\x00\x03\x76\x87";
        for bit in 0..64 {
            frame[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode(&frame), Err(Bad::Crc));
            frame[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(decode(&frame[..3]), Err(Bad::Short));
        assert_eq!(decode(&[0; 257]), Err(Bad::Long));
    }
}
