//! Modbus frames and requests made by hand, so that what the library reads is not what it wrote.

use crc::{CRC_16_MODBUS, Crc};

use crate::Dice;

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);

/// An RTU frame: Serial line 2.5.1.
#[must_use]
pub fn rtu(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut frame = vec![unit];
    frame.extend(pdu);
    frame.extend(CRC.checksum(&frame).to_le_bytes());
    frame
}

/// Whether bytes could be an RTU frame.
#[must_use]
pub fn is_rtu(frame: &[u8]) -> bool {
    match frame.split_last_chunk() {
        Some((covered, crc)) => {
            matches!(frame.len(), 4..=256) && CRC.checksum(covered) == u16::from_le_bytes(*crc)
        }
        None => false,
    }
}

/// The lengths of the beginnings that could be RTU frames.
pub fn prefixes_that_are_rtu(bytes: &[u8]) -> impl Iterator<Item = usize> {
    // Of a frame with its CRC behind it, the remainder is 0.
    let mut rest = bytes.iter().take(256);
    let (mut remainder, mut length) = (0xFFFF_u16, 0);
    core::iter::from_fn(move || {
        loop {
            remainder = step(remainder, *rest.next()?);
            length += 1;
            if remainder == 0 && length >= 4 {
                return Some(length);
            }
        }
    })
}

/// The remainder of one byte more: Serial line 6.2.2.
fn step(remainder: u16, byte: u8) -> u16 {
    let [low, high] = remainder.to_le_bytes();
    let eight = REMAINDERS.get(usize::from(low ^ byte)).copied();
    eight.unwrap_or_default() ^ u16::from(high)
}

/// The remainders of single bytes.
static REMAINDERS: std::sync::LazyLock<[u16; 256]> = std::sync::LazyLock::new(|| {
    core::array::from_fn(|byte| {
        let byte = u16::try_from(byte).unwrap_or_default();
        (0..8).fold(byte, |rest, _| {
            (rest >> 1) ^ if rest & 1 == 1 { 0xA001 } else { 0 }
        })
    })
});

/// An ASCII frame: Serial line 2.5.2.
#[must_use]
pub fn ascii(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let bytes = || core::iter::once(&unit).chain(pdu);
    let sum = bytes().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let digits: String = bytes().map(|byte| format!("{byte:02X}")).collect();
    format!(":{digits}{:02X}\r\n", sum.wrapping_neg()).into_bytes()
}

/// A Modbus TCP frame: Messaging on TCP/IP 3.1.3.
#[must_use]
pub fn tcp(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 1).unwrap_or(u16::MAX);
    let head = [transaction, 0, length].map(u16::to_be_bytes);
    [head.as_flattened(), &[unit], pdu].concat()
}

/// Any request: nearly all are well-formed, and about data near address 0 or 65,535.
#[must_use]
pub fn request(dice: &mut Dice) -> Vec<u8> {
    let code = dice.pick([
        1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43, 43, 65, 100,
    ]);
    let mut pdu = vec![code];
    match code {
        1..=4 => {
            span(&mut pdu, dice, if code < 3 { 2_000 } else { 125 });
        }
        5 => {
            word(&mut pdu, address(dice));
            word(&mut pdu, dice.pick([0, 0xFF00, 0xFF00, 1]));
        }
        6 => {
            word(&mut pdu, address(dice));
            word(&mut pdu, dice.pick([0, 1, 0xA55A]));
        }
        8 => diagnostics(&mut pdu, dice),
        15 => {
            let count = span(&mut pdu, dice, 1_968);
            counted(&mut pdu, count.div_ceil(8).min(246), dice);
        }
        16 => {
            let count = span(&mut pdu, dice, 123);
            counted(&mut pdu, 2 * count.min(123), dice);
        }
        20 => {
            let groups = 1 + dice.below(3);
            pdu.push(u8::try_from(7 * groups).unwrap_or(0));
            (0..groups).for_each(|_| {
                group(&mut pdu, dice);
            });
        }
        21 => {
            pdu.push(0);
            for _ in 0..=dice.below(2) {
                let records = group(&mut pdu, dice);
                pdu.extend(dice.bytes(2 * records.min(40)));
            }
            let count = u8::try_from(pdu.len() - 2).unwrap_or(u8::MAX);
            if let Some(place) = pdu.get_mut(1) {
                *place = count;
            }
        }
        22 => {
            word(&mut pdu, address(dice));
            pdu.extend(dice.bytes(4));
        }
        23 => {
            span(&mut pdu, dice, 125);
            let count = span(&mut pdu, dice, 121);
            counted(&mut pdu, 2 * count.min(121), dice);
        }
        24 => word(&mut pdu, address(dice)),
        43 if dice.once_in(4) => {
            pdu.push(13);
            pdu.extend(dice.bytes(3));
        }
        43 => {
            pdu.extend([14, dice.pick([1, 2, 3, 4, 4, 5])]);
            pdu.push(dice.pick([0, 1, 2, 3, 6, 7, 128, 200, 255]));
        }
        65 | 100 => {
            let count = dice.below(9);
            pdu.extend(dice.bytes(count));
        }
        _ => {}
    }
    pdu.truncate(253);
    pdu
}

fn word(pdu: &mut Vec<u8>, word: u16) {
    pdu.extend(word.to_be_bytes());
}

fn address(dice: &mut Dice) -> u16 {
    let near = u16::try_from(dice.below(24)).unwrap_or(0);
    match dice.below(9) {
        0 => u16::MAX - near,
        1 => 100 + near,
        _ => near,
    }
}

/// An address and a quantity of at most a few more than `most`; gives the quantity.
fn span(pdu: &mut Vec<u8>, dice: &mut Dice, most: usize) -> usize {
    let count = match dice.below(8) {
        0 => most + 1 - dice.below(3),
        1 => dice.below(most),
        2 => 0,
        _ => 1 + dice.below(12),
    };
    word(pdu, address(dice));
    word(pdu, u16::try_from(count).unwrap_or(0));
    count
}

/// A byte count, and so many bytes.
fn counted(pdu: &mut Vec<u8>, bytes: usize, dice: &mut Dice) {
    pdu.push(u8::try_from(bytes).unwrap_or(u8::MAX));
    pdu.extend(dice.bytes(bytes));
}

/// A reference type, a file, a record and a number of records, which it gives.
fn group(pdu: &mut Vec<u8>, dice: &mut Dice) -> usize {
    let records = dice.pick([1, 2, 3, 10, 40, 0]);
    pdu.push(if dice.once_in(12) { 5 } else { 6 });
    word(pdu, dice.pick([1, 1, 2, 3, 0]));
    word(pdu, dice.pick([0, 1, 5, 9_990, 9_999, 10_000]));
    word(pdu, u16::try_from(records).unwrap_or(0));
    records
}

fn diagnostics(pdu: &mut Vec<u8>, dice: &mut Dice) {
    let sub = dice.pick([
        0, 0, 0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 5,
    ]);
    word(pdu, sub);
    match sub {
        0 => {
            let words = 1 + dice.pick([0, 0, 1, 60]);
            pdu.extend(dice.bytes(2 * words));
        }
        1 => word(pdu, dice.pick([0, 0xFF00, 7])),
        3 => word(pdu, dice.pick([0x0A00, 0x2100, 0x3A00, 7])),
        _ => word(pdu, if dice.once_in(9) { 1 } else { 0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_those_of_the_specification() {
        let pdu = b"\x03\x00\x6B\x00\x03";
        assert_eq!(rtu(0x11, pdu), b"\x11\x03\x00\x6B\x00\x03\x76\x87");
        assert!(is_rtu(&rtu(0x11, pdu)));
        // A good frame with a byte 00 behind it has a good CRC too.
        let more = b"\x11\x03\x00\x6B\x00\x03\x76\x87\0\x01";
        assert!(prefixes_that_are_rtu(more).eq([8, 9]));
        assert!(is_rtu(&more[..9]));
        assert!(!is_rtu(b"\x11\x03\x00\x6B\x00\x03\x76\x86"));
        assert_eq!(ascii(0xF7, b"\x03\x13\x89\x00\x0A"), b":F7031389000A60\r\n");
        assert_eq!(
            tcp(0x1501, 0xFF, b"\x03")[..],
            *b"\x15\x01\0\0\0\x02\xFF\x03"
        );
    }

    #[test]
    fn requests_are_of_every_function_and_most_of_them_good() {
        use lineside_modbus::wire::{FUNCTIONS, Request};
        let mut dice = Dice::new(7);
        let requests: Vec<_> = (0..4_000).map(|_| request(&mut dice)).collect();
        for function in &FUNCTIONS {
            let of = requests.iter().filter(|pdu| pdu[0] == function.code);
            let (good, bad): (Vec<_>, Vec<_>) = of.partition(|pdu| Request::parse(pdu).is_ok());
            assert!(good.len() > 20, "{}: {} good", function.name, good.len());
            let has_form = !matches!(function.code, 6 | 7 | 11 | 12 | 17 | 22 | 24);
            assert!(!has_form || bad.len() > 3, "{} bad", function.name);
        }
    }
}
