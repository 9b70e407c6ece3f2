//! ASCII frames: Serial line 2.5.2. A colon, address, PDU and LRC as pairs of hex digits, CR and an
//! end character, LF unless it was changed.

use lineside_check::lrc;

use super::{
    pdu::{MAX_PDU, Misfit},
    unit::Unit,
    writer::Writer,
};

/// The longest frame: colon, two digits for each of address, 253 bytes of PDU and LRC, CR and LF.
pub const MAX_ADU: usize = 513;

/// The shortest: address, function code and LRC.
pub const MIN_ADU: usize = 9;

/// What begins a frame, at any time.
pub const START: u8 = b':';

/// What ends one behind CR, until Diagnostics (sub-function 3) changes it.
pub const LF: u8 = b'\n';

/// Why characters are no ASCII frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Bad {
    /// It does not begin with a colon, or not end with CR and the end character.
    #[error("a frame without its colon or its end")]
    Ends,
    /// Fewer bytes than address, function code and LRC.
    #[error("a frame of fewer than 3 bytes")]
    Short,
    /// More than 513 characters.
    #[error("a frame of more than 513 characters")]
    Long,
    /// An odd number of digits.
    #[error("a frame with half a byte")]
    Half,
    /// A character that is no hex digit.
    #[error("a character that is no hex digit")]
    Digit,
    /// The LRC is not that of the bytes before it.
    #[error("a bad LRC")]
    Lrc,
}

/// Writes the frame of a PDU to the beginning of `room`, and gives its length. Digits are upper case.
///
/// # Errors
/// The PDU is longer than 253 bytes, or `room` is too short for it. [`MAX_ADU`] bytes always suffice.
pub fn encode(unit: Unit, pdu: &[u8], end: u8, room: &mut [u8]) -> Result<usize, Misfit> {
    if pdu.len() > MAX_PDU {
        return Err(Misfit::TooLong);
    }
    let sum = lrc(pdu).wrapping_sub(unit.get());
    let mut writer = Writer::new(room).u8(START)?;
    for byte in core::iter::once(unit.get())
        .chain(pdu.iter().copied())
        .chain([sum])
    {
        writer = writer.bytes(&digits(byte))?;
    }
    Ok(writer.bytes(&[b'\r', end])?.done())
}

/// Takes a whole frame apart, its LRC checked, with the bytes of its PDU in `room`. Digits of either
/// case are read.
///
/// # Errors
/// It is none.
pub fn decode<'a>(
    frame: &[u8],
    end: u8,
    room: &'a mut [u8; MAX_PDU + 2],
) -> Result<(Unit, &'a [u8]), Bad> {
    if frame.len() > MAX_ADU {
        return Err(Bad::Long);
    }
    let [START, characters @ .., b'\r', last] = frame else {
        return Err(Bad::Ends);
    };
    if *last != end {
        return Err(Bad::Ends);
    }
    let (pairs, rest) = characters.as_chunks();
    for (byte, pair) in room.iter_mut().zip(pairs) {
        *byte = value(*pair).ok_or(Bad::Digit)?;
    }
    if !rest.is_empty() {
        return Err(Bad::Half);
    }
    let bytes = room.get(..pairs.len()).ok_or(Bad::Long)?;
    let [unit, pdu @ .., check] = bytes else {
        return Err(Bad::Short);
    };
    if pdu.is_empty() {
        return Err(Bad::Short);
    }
    if lrc(pdu).wrapping_sub(*unit) != *check {
        return Err(Bad::Lrc);
    }
    Ok((Unit::new(*unit), pdu))
}

/// A byte as two digits, upper case, the high one first.
fn digits(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| match nibble {
        0..=9 => b'0' + nibble,
        _ => b'A' + nibble - 10,
    };
    [digit(byte >> 4), digit(byte & 0xF)]
}

fn value([high, low]: [u8; 2]) -> Option<u8> {
    Some(nibble(high)? << 4 | nibble(low)?)
}

const fn nibble(digit: u8) -> Option<u8> {
    Some(match digit {
        b'0'..=b'9' => digit - b'0',
        b'A'..=b'F' => digit - b'A' + 10,
        b'a'..=b'f' => digit - b'a' + 10,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_digits_between_colon_and_crlf() {
        let mut room = [0; MAX_ADU];
        let length = encode(Unit::new(0xF7), b"\x03\x13\x89\x00\x0A", LF, &mut room).unwrap();
        assert_eq!(room[..length], *b":F7031389000A60\r\n");
        let mut bytes = [0; MAX_PDU + 2];
        let decoded = decode(b":f7031389000a60\r\n", LF, &mut bytes);
        assert_eq!(decoded, Ok((Unit::new(0xF7), &b"\x03\x13\x89\x00\x0A"[..])));
        assert_eq!(encode(Unit::new(1), &[0; 253], LF, &mut room), Ok(MAX_ADU));
        assert_eq!(
            encode(Unit::new(1), &[0; 254], LF, &mut room),
            Err(Misfit::TooLong)
        );
    }

    #[test]
    fn what_is_no_frame_says_why() {
        let mut room = [0; MAX_PDU + 2];
        let mut bad = |frame: &[u8]| decode(frame, LF, &mut room).unwrap_err();
        assert_eq!(bad(b"F7031389000A60\r\n"), Bad::Ends);
        assert_eq!(bad(b":F7031389000A60\r\r"), Bad::Ends);
        assert_eq!(bad(b":F7031389000A61\r\n"), Bad::Lrc);
        assert_eq!(bad(b":F7031389000G60\r\n"), Bad::Digit);
        assert_eq!(bad(b":F7031389000A6\r\n"), Bad::Half);
        assert_eq!(bad(b":F709\r\n"), Bad::Short);
        assert_eq!(bad(&[b':'; 514]), Bad::Long);
    }
}
