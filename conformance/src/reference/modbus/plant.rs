//! The standard test device: what every in-memory subject that speaks Modbus serves, so that a case
//! knows what it will find. Ours, the textbook, its mutants and foreign crates fill their tables from
//! here; this file uses nothing but the standard library.
//!
//! | what | where |
//! |---|---|
//! | unit address | [`UNIT`]; over TCP the units 0 and 255 are the device too |
//! | coils, discrete inputs | 0 to 2047 each; [`coil`], [`discrete_input`] |
//! | holding registers, input registers | 0 to 511 each; [`holding_register`], [`input_register`] |
//! | holding registers that refuse to be written | [`REFUSALS`]: the value is legal, the device says no |
//! | FIFO queues | [`fifo`]: an example, a full one, one that is too long, an empty one |
//! | files | [`file()`]: 3, 4 and 5; file 6 has a memory parity error, [`DAMAGED_FILE`] |
//! | device identification | [`identification`]: extended, individual access, several pages |
//! | server id, exception status, diagnostic register | [`SERVER_ID`], [`EXCEPTION_STATUS`], [`DIAGNOSTIC_REGISTER`] |
//!
//! Everything else is absent: its address is answered with exception 02. All values are those at
//! power-up; a subject starts anew for each wire of a case.

use core::ops::RangeInclusive;

/// The unit address on a serial line.
pub const UNIT: u8 = 17;

/// How many coils there are, from address 0.
pub const COILS: u16 = 2048;

/// How many discrete inputs there are, from address 0.
pub const DISCRETE_INPUTS: u16 = 2048;

/// How many holding registers there are, from address 0.
pub const HOLDING_REGISTERS: u16 = 512;

/// How many input registers there are, from address 0.
pub const INPUT_REGISTERS: u16 = 512;

/// Holding registers that can be read like any other, and the exception with which each answers every
/// write that includes it: device failure, acknowledge, busy, negative acknowledge. Nothing is written
/// then.
pub const REFUSALS: [(u16, u8); 4] = [(496, 0x04), (497, 0x05), (498, 0x06), (499, 0x07)];

/// What Read Exception Status (07) answers.
pub const EXCEPTION_STATUS: u8 = 0x6d;

/// The diagnostic register (08/02), until Clear Counters and Diagnostic Register (08/0A).
pub const DIAGNOSTIC_REGISTER: u16 = 0x2a5c;

/// What Report Server ID (11) answers behind the byte count: two bytes of id, the run indicator (ON),
/// and additional data.
pub const SERVER_ID: &[u8] = b"\x4c\x53\xffLineside";

/// The pointer of the queue of the specification's example: two registers.
pub const FIFO_EXAMPLE: u16 = 0x04de;
/// The pointer of a queue of 31 registers, the most that can be read.
pub const FIFO_FULL: u16 = 0x0600;
/// The pointer of a queue of 32 registers, one too many to be read.
pub const FIFO_TOO_LONG: u16 = 0x0601;
/// The pointer of an empty queue.
pub const FIFO_EMPTY: u16 = 0x0602;

/// The file of which no record can be read or written: exception 08, memory parity error.
pub const DAMAGED_FILE: u16 = 6;

/// The conformity level of the identification: extended, stream and individual access.
pub const CONFORMITY: u8 = 0x83;

/// The units behind a gateway, by their lines; there are no others.
pub const BEHIND: [RangeInclusive<u8>; 2] = [1..=9, 11..=19];

/// How long a gateway waits for a unit's answer, in milliseconds.
pub const BEHIND_MS: u64 = 500;

/// What a role may do, by its name: all that every field allows. Nobody else may do anything.
#[derive(Clone, Debug)]
pub struct Right {
    /// The role.
    pub role: &'static str,
    /// These functions; none: any.
    pub functions: &'static [u8],
    /// These units; `None`: any.
    pub units: Option<RangeInclusive<u8>>,
    /// Only these holding registers; `None`: any, and everything else.
    pub registers: Option<RangeInclusive<u16>>,
}

/// The rights of a server that has roles. A role that has several may do what any of them allows.
pub const RIGHTS: [Right; 5] = [
    Right {
        role: "engineer",
        functions: &[],
        units: None,
        registers: None,
    },
    Right {
        role: "reader",
        functions: &[1, 2, 3, 4],
        units: None,
        registers: None,
    },
    Right {
        role: "operator",
        functions: &[3],
        units: None,
        registers: None,
    },
    Right {
        role: "operator",
        functions: &[6, 16, 23],
        units: None,
        registers: Some(0x10..=0x1f),
    },
    Right {
        role: "visitor",
        functions: &[3],
        units: Some(UNIT..=UNIT),
        registers: None,
    },
];

/// A coil at power-up.
#[must_use]
pub const fn coil(address: u16) -> bool {
    (address ^ (address >> 3) ^ (address >> 7)) % 3 == 1
}

/// A discrete input.
#[must_use]
pub const fn discrete_input(address: u16) -> bool {
    (address ^ (address >> 2) ^ (address >> 5)) % 5 < 2
}

/// A holding register at power-up: no two are the same.
#[must_use]
pub const fn holding_register(address: u16) -> u16 {
    address.wrapping_mul(0x9e37) ^ 0xa5c3
}

/// An input register: no two are the same.
#[must_use]
pub const fn input_register(address: u16) -> u16 {
    address.wrapping_mul(0x6a4f).wrapping_add(0x0102)
}

/// The queue at a pointer, oldest register first; `None` when there is no queue.
#[must_use]
pub fn fifo(pointer: u16) -> Option<Vec<u16>> {
    let count = match pointer {
        FIFO_EXAMPLE => return Some(vec![0x01b8, 0x1284]),
        FIFO_FULL => 31,
        FIFO_TOO_LONG => 32,
        FIFO_EMPTY => 0,
        _ => return None,
    };
    Some((0..count).map(|at| 0x0f00 + 0x11 * at).collect())
}

/// The registers of a file at power-up, from record 0; `None` when there is no such file, or it is
/// [`DAMAGED_FILE`]. Files 3 and 4 have 128 records, file 5 has all 10,000.
#[must_use]
pub fn file(number: u16) -> Option<Vec<u16>> {
    let records: u16 = match number {
        3 | 4 => 128,
        5 => 10_000,
        _ => return None,
    };
    let of = |record: u16| match (number, record) {
        // Those of the specification's example.
        (4, 1) => 0x0dfe,
        (4, 2) => 0x0020,
        (3, 9) => 0x33cd,
        (3, 10) => 0x0040,
        _ => (number << 12) ^ record.wrapping_mul(5),
    };
    Some((0..records).map(of).collect())
}

/// The objects of the device identification by rising number: the three basic ones, the regular ones,
/// and extended ones, the last of which is as long as one answer can carry.
#[must_use]
pub fn identification() -> Vec<(u8, Vec<u8>)> {
    let text = |id, text: &str| (id, text.as_bytes().to_vec());
    let fill = |id, byte, count| (id, vec![byte; count]);
    vec![
        text(0x00, "Lineside authors"),
        text(0x01, "Conformance plant"),
        text(0x02, "V1.1b3"),
        text(0x03, "https://github.com/lineside/lineside"),
        text(0x04, "Textbook test device"),
        text(0x05, "Model 17"),
        text(0x06, "Plant of files, queues and registers"),
        fill(0x80, b'a', 100),
        fill(0x81, b'b', 120),
        fill(0x90, b'c', 60),
        fill(0xf0, b'd', 244),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_registers_are_the_same() {
        for of in [holding_register, input_register] {
            let mut all: Vec<u16> = (0..HOLDING_REGISTERS).map(of).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), usize::from(HOLDING_REGISTERS));
        }
    }

    #[test]
    fn bits_are_mixed() {
        for of in [coil, discrete_input] {
            let ones = (0..COILS).filter(|&at| of(at)).count();
            assert!((500..1500).contains(&ones), "{ones}");
        }
    }

    #[test]
    fn the_identification_has_pages() {
        let objects = identification();
        let basic: usize = objects
            .iter()
            .take(3)
            .map(|(_, value)| value.len() + 2)
            .sum();
        let all: usize = objects.iter().map(|(_, value)| value.len() + 2).sum();
        assert!(basic <= 246 && all > 2 * 246, "{basic}, {all}");
        assert!(objects.iter().all(|(_, value)| value.len() + 2 <= 246));
    }
}
