//! Modbus frames, written and read byte by byte: for the textbook, and for the suite's own eyes.

use crate::{dialect::Dialect, hex};

/// How a PDU travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Unit, PDU, CRC low byte first (Serial line 2.5.1).
    Rtu,
    /// `:`, unit, PDU and LRC as hex digits, CR LF (Serial line 2.5.2).
    Ascii,
    /// Transaction, protocol 0, length, unit, PDU (Messaging on TCP/IP 3.1.3).
    Tcp,
}

impl Framing {
    /// The framing of a dialect; `None` when it is not Modbus.
    #[must_use]
    pub fn of(dialect: &Dialect) -> Option<Self> {
        // Whether a line echoes changes no frame.
        let plain = dialect.options.keys().all(|option| option == "echo");
        match dialect.name.as_str() {
            "modbus-rtu" if plain => Some(Self::Rtu),
            "modbus-ascii" if plain => Some(Self::Ascii),
            "modbus-tcp" if dialect.options.is_empty() => Some(Self::Tcp),
            _ => None,
        }
    }

    /// The frame of a PDU. `transaction` is of no use on a line.
    #[must_use]
    pub fn frame(self, transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
        match self {
            Self::Rtu => rtu(unit, pdu),
            Self::Ascii => ascii(unit, pdu),
            Self::Tcp => tcp(transaction, unit, pdu),
        }
    }

    /// What a run of bytes says: its frames, and what is none.
    #[must_use]
    pub fn read(self, bytes: &[u8]) -> Vec<Read> {
        match self {
            Self::Rtu => read_rtu(bytes),
            Self::Ascii => read_ascii(bytes),
            Self::Tcp => read_tcp(bytes),
        }
    }
}

/// A frame that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adu {
    /// The transaction, on TCP; 0 elsewhere.
    pub transaction: u16,
    /// The unit.
    pub unit: u8,
    /// Function code and data.
    pub pdu: Vec<u8>,
}

/// What the observer makes of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A frame in which everything fits.
    Frame(Adu),
    /// Bytes that are no frame, and why.
    Damaged(&'static str, Vec<u8>),
}

/// Frames are read and written as a line of text for reports.
#[must_use]
pub fn decode(dialect: &str, bytes: &[u8]) -> Vec<String> {
    let framing = dialect.parse().ok().and_then(|it| Framing::of(&it));
    let Some(framing) = framing else {
        return Vec::new();
    };
    let said = framing.read(bytes).into_iter().map(|read| match read {
        Read::Frame(adu) if framing == Framing::Tcp => format!(
            "transaction {:04x}, unit {}: {}",
            adu.transaction,
            adu.unit,
            hex::short(&adu.pdu)
        ),
        Read::Frame(adu) => format!("unit {}: {}", adu.unit, hex::short(&adu.pdu)),
        Read::Damaged(why, bytes) => format!("{why}: {}", hex::short(&bytes)),
    });
    said.collect()
}

/// The CRC of a frame, bit by bit as Serial line 6.2.2 tells it.
#[must_use]
pub fn crc(bytes: &[u8]) -> u16 {
    let mut register = 0xffff_u16;
    for &byte in bytes {
        register ^= u16::from(byte);
        for _ in 0..8 {
            let carry = register & 1 == 1;
            register >>= 1;
            if carry {
                register ^= 0xa001;
            }
        }
    }
    register
}

/// The LRC of a frame: the two's complement of the sum (Serial line 6.2.1).
#[must_use]
pub fn lrc(bytes: &[u8]) -> u8 {
    let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    0_u8.wrapping_sub(sum)
}

fn rtu(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut frame = vec![unit];
    frame.extend_from_slice(pdu);
    let crc = crc(&frame);
    frame.push((crc & 0xff) as u8);
    frame.push((crc >> 8) as u8);
    frame
}

fn ascii(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut bytes = vec![unit];
    bytes.extend_from_slice(pdu);
    bytes.push(lrc(&bytes));
    let digits = bytes.iter().map(|byte| format!("{byte:02X}"));
    format!(":{}\r\n", digits.collect::<String>()).into_bytes()
}

fn tcp(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 1).unwrap_or(u16::MAX);
    let mut frame = Vec::new();
    frame.extend_from_slice(&transaction.to_be_bytes());
    frame.extend_from_slice(&[0, 0]);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.push(unit);
    frame.extend_from_slice(pdu);
    frame
}

/// All of it is one frame, or it is several, each the shortest whose CRC fits.
fn read_rtu(bytes: &[u8]) -> Vec<Read> {
    let mut read = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let fits = |len: &usize| rest.get(..*len).is_some_and(|frame| crc(frame) == 0);
        let whole = Some(rest.len()).filter(|len| (4..=256).contains(len) && fits(len));
        let Some(len) = whole.or_else(|| (4..=rest.len().min(256)).find(fits)) else {
            read.push(Read::Damaged(
                "no frame with a CRC that fits",
                rest.to_vec(),
            ));
            break;
        };
        let (frame, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        if let [unit, pdu @ .., _, _] = frame {
            read.push(Read::Frame(Adu {
                transaction: 0,
                unit: *unit,
                pdu: pdu.to_vec(),
            }));
        }
        rest = behind;
    }
    read
}

fn read_ascii(bytes: &[u8]) -> Vec<Read> {
    let mut read = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = rest.windows(2).position(|two| two == b"\r\n");
        let len = end.map_or(rest.len(), |at| at + 2);
        let (line, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        read.push(read_line(line));
        rest = behind;
    }
    read
}

fn read_line(line: &[u8]) -> Read {
    let damaged = |why| Read::Damaged(why, line.to_vec());
    let Some(digits) = line.strip_prefix(b":") else {
        return damaged("no colon at the beginning");
    };
    let Some(digits) = digits.strip_suffix(b"\r\n") else {
        return damaged("no CR LF at the end");
    };
    let upper = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    if !digits.iter().all(upper) {
        return damaged("other characters than 0 to 9 and A to F");
    }
    let text = str::from_utf8(digits).unwrap_or_default();
    let Ok(bytes) = hex::parse(text) else {
        return damaged("an odd number of digits");
    };
    let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    match &*bytes {
        _ if sum != 0 => damaged("an LRC that does not fit"),
        [unit, pdu @ .., _] if !pdu.is_empty() => Read::Frame(Adu {
            transaction: 0,
            unit: *unit,
            pdu: pdu.to_vec(),
        }),
        _ => damaged("too short"),
    }
}

fn read_tcp(bytes: &[u8]) -> Vec<Read> {
    let mut read = Vec::new();
    let mut rest = bytes;
    while let Some(([t1, t2, p1, p2, l1, l2], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*l1, *l2]));
        let Some((unit_and_pdu, behind)) = after.split_at_checked(length) else {
            break;
        };
        let frame = rest.get(..6 + length).unwrap_or_default();
        read.push(match unit_and_pdu {
            _ if [*p1, *p2] != [0, 0] => Read::Damaged("a protocol other than 0", frame.to_vec()),
            [unit, pdu @ ..] if !pdu.is_empty() && pdu.len() <= 253 => Read::Frame(Adu {
                transaction: u16::from_be_bytes([*t1, *t2]),
                unit: *unit,
                pdu: pdu.to_vec(),
            }),
            _ => Read::Damaged("a length that cannot be", frame.to_vec()),
        });
        rest = behind;
    }
    if !rest.is_empty() {
        read.push(Read::Damaged("less than its length says", rest.to_vec()));
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_those_of_the_specification() {
        assert_eq!(crc(b"123456789"), 0x4b37);
        assert_eq!(lrc(&[0x61]), 0x9f);
        assert_eq!(lrc(b"\x02\x07"), 0xf7);
    }

    #[test]
    fn frames_are_those_written_by_hand() {
        let pdu = b"\x03\x00\x6b\x00\x03";
        assert_eq!(
            Framing::Rtu.frame(0, 0x11, pdu),
            b"\x11\x03\x00\x6b\x00\x03\x76\x87"
        );
        assert_eq!(Framing::Ascii.frame(0, 0x11, pdu), b":1103006B00037E\r\n");
        assert_eq!(
            Framing::Tcp.frame(0x1501, 0xff, b"\x01\x00"),
            b"\x15\x01\x00\x00\x00\x03\xff\x01\x00"
        );
    }

    #[test]
    fn what_is_written_is_read() {
        for framing in [Framing::Rtu, Framing::Ascii, Framing::Tcp] {
            let frame = |pdu: &[u8]| framing.frame(0, 17, pdu);
            let two = [frame(b"\x81\x02"), frame(b"\x03\x02\x12\x34")].concat();
            let read = framing.read(&two);
            assert_eq!(read.len(), 2, "{read:?}");
            assert!(matches!(&read[1], Read::Frame(adu) if adu.pdu == b"\x03\x02\x12\x34"));
            let cut = framing.read(&two[..two.len() - 1]);
            assert!(matches!(cut[1], Read::Damaged(..)), "{cut:?}");
        }
    }
}
