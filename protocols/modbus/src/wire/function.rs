//! The table of function codes: Application protocol 6.

use core::ops::RangeInclusive;

use super::exception::Exception;

/// How long a PDU is, as its first bytes tell. Offsets count from the function code, which is byte 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Always this many bytes.
    Fixed(usize),
    /// The byte at `at` says how many bytes follow it.
    Counted {
        /// Where the byte count stands.
        at: usize,
    },
    /// The two bytes at `at` say how many bytes follow them (Application protocol 6.18).
    Counted16 {
        /// Where the byte count stands.
        at: usize,
    },
    /// Diagnostics (Application protocol 6.8): a sub-function and one word; sub-function 0 may have
    /// any number of words.
    Diagnostics,
    /// An encapsulated interface (Application protocol 6.19): the MEI type decides, and for
    /// device identification the objects themselves.
    Encapsulated,
}

/// One public function.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Function {
    /// Its code.
    pub code: u8,
    /// The specification's name.
    pub name: &'static str,
    /// The clause of the Application protocol.
    pub clause: &'static str,
    /// How long a request is.
    pub request: Shape,
    /// How long a normal response is.
    pub response: Shape,
    /// How many elements may be asked for or written, where the function counts any.
    pub quantity: RangeInclusive<u16>,
    /// How many registers a read/write function may write besides.
    pub written: RangeInclusive<u16>,
    /// What a server checks after the function code itself, in the order of the clause's figure: the
    /// first that does not hold is answered.
    pub checks: &'static [Exception],
    /// Whether it makes sense without an answer: a broadcast of any other is not executed (S05).
    pub broadcast: bool,
    /// Whether doing it twice is the same as once and loses nothing: a client may try again of
    /// itself (M21).
    pub idempotent: bool,
    /// Whether the specification has it on serial lines only (P73).
    pub serial_only: bool,
}

/// The public function of a code; `None` for user-defined, reserved and exception codes.
#[must_use]
pub fn function(code: u8) -> Option<&'static Function> {
    let row = *ROW_OF.get(usize::from(code))?;
    FUNCTIONS.get(usize::from(row))
}

/// For each function code the number of its row, or one that no row has.
static ROW_OF: [u8; 128] = {
    let mut rows = [u8::MAX; 128];
    let mut left: &[Function] = &FUNCTIONS;
    let mut row = 0;
    while let [function, rest @ ..] = left {
        let (_, from) = rows.split_at_mut(function.code as usize);
        if let [place, ..] = from {
            *place = row;
        }
        row += 1;
        left = rest;
    }
    rows
};

const VALUE: Exception = Exception::ILLEGAL_DATA_VALUE;
const ADDRESS: Exception = Exception::ILLEGAL_DATA_ADDRESS;
const FAILURE: Exception = Exception::SERVER_DEVICE_FAILURE;
const PARITY: Exception = Exception::MEMORY_PARITY_ERROR;

/// What the rows have in common: a function that is asked for data by one address.
const READ: Function = Function {
    code: 0,
    name: "",
    clause: "",
    request: Shape::Fixed(5),
    response: Shape::Counted { at: 1 },
    quantity: 0..=0,
    written: 0..=0,
    checks: &[VALUE, ADDRESS, FAILURE],
    broadcast: false,
    idempotent: true,
    serial_only: false,
};

/// A write, whose response repeats the request or its beginning.
const WRITE: Function = Function {
    response: Shape::Fixed(5),
    broadcast: true,
    idempotent: false,
    ..READ
};

/// A question without arguments that only a unit of a serial line is asked.
const SERIAL: Function = Function {
    request: Shape::Fixed(1),
    checks: &[FAILURE],
    serial_only: true,
    ..READ
};

/// Every public function, by code. Encapsulated interface transport is one row: its two public MEI
/// types (0x0D, 0x0E) are told apart by their second byte.
pub static FUNCTIONS: [Function; 19] = [
    Function {
        code: 0x01,
        name: "Read Coils",
        clause: "6.1",
        quantity: 1..=2000,
        ..READ
    },
    Function {
        code: 0x02,
        name: "Read Discrete Inputs",
        clause: "6.2",
        quantity: 1..=2000,
        ..READ
    },
    Function {
        code: 0x03,
        name: "Read Holding Registers",
        clause: "6.3",
        quantity: 1..=125,
        ..READ
    },
    Function {
        code: 0x04,
        name: "Read Input Registers",
        clause: "6.4",
        quantity: 1..=125,
        ..READ
    },
    Function {
        code: 0x05,
        name: "Write Single Coil",
        clause: "6.5",
        ..WRITE
    },
    Function {
        code: 0x06,
        name: "Write Single Register",
        clause: "6.6",
        ..WRITE
    },
    Function {
        code: 0x07,
        name: "Read Exception Status",
        clause: "6.7",
        response: Shape::Fixed(2),
        ..SERIAL
    },
    Function {
        code: 0x08,
        name: "Diagnostics",
        clause: "6.8",
        request: Shape::Diagnostics,
        response: Shape::Diagnostics,
        checks: &[VALUE, FAILURE],
        // Some sub-functions clear what they read: a client must not ask twice of itself.
        idempotent: false,
        ..SERIAL
    },
    Function {
        code: 0x0B,
        name: "Get Comm Event Counter",
        clause: "6.9",
        response: Shape::Fixed(5),
        ..SERIAL
    },
    Function {
        code: 0x0C,
        name: "Get Comm Event Log",
        clause: "6.10",
        ..SERIAL
    },
    Function {
        code: 0x0F,
        name: "Write Multiple Coils",
        clause: "6.11",
        request: Shape::Counted { at: 5 },
        quantity: 1..=0x07B0,
        ..WRITE
    },
    Function {
        code: 0x10,
        name: "Write Multiple Registers",
        clause: "6.12",
        request: Shape::Counted { at: 5 },
        quantity: 1..=0x007B,
        ..WRITE
    },
    Function {
        code: 0x11,
        name: "Report Server ID",
        clause: "6.13",
        ..SERIAL
    },
    Function {
        code: 0x14,
        name: "Read File Record",
        clause: "6.14",
        request: Shape::Counted { at: 1 },
        checks: &[VALUE, ADDRESS, FAILURE, PARITY],
        ..READ
    },
    Function {
        code: 0x15,
        name: "Write File Record",
        clause: "6.15",
        request: Shape::Counted { at: 1 },
        response: Shape::Counted { at: 1 },
        checks: &[VALUE, ADDRESS, FAILURE, PARITY],
        ..WRITE
    },
    Function {
        code: 0x16,
        name: "Mask Write Register",
        clause: "6.16",
        request: Shape::Fixed(7),
        response: Shape::Fixed(7),
        checks: &[ADDRESS, FAILURE],
        ..WRITE
    },
    Function {
        code: 0x17,
        name: "Read/Write Multiple Registers",
        clause: "6.17",
        request: Shape::Counted { at: 9 },
        response: Shape::Counted { at: 1 },
        quantity: 1..=0x007D,
        written: 1..=0x0079,
        ..WRITE
    },
    Function {
        code: 0x18,
        name: "Read FIFO Queue",
        clause: "6.18",
        request: Shape::Fixed(3),
        response: Shape::Counted16 { at: 1 },
        quantity: 0..=31,
        checks: &[ADDRESS, VALUE, FAILURE],
        ..READ
    },
    Function {
        code: 0x2B,
        name: "Encapsulated Interface Transport",
        clause: "6.19",
        request: Shape::Encapsulated,
        response: Shape::Encapsulated,
        checks: &[VALUE, ADDRESS, FAILURE],
        // What a CANopen service does is not for Modbus to say; the parser of 0x0E knows better.
        idempotent: false,
        ..READ
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_found_by_code() {
        assert!(FUNCTIONS.is_sorted_by_key(|function| function.code));
        for row in &FUNCTIONS {
            assert_eq!(function(row.code), Some(row));
        }
        assert_eq!(function(0x09), None);
        assert_eq!(function(0x83), None);
        assert_eq!(function(0xFF), None);
    }

    #[test]
    fn every_limit_fits_a_pdu() {
        for row in &FUNCTIONS {
            let bits = matches!(row.code, 0x01 | 0x02 | 0x0F);
            let bytes = |elements: u16| usize::from(elements) * if bits { 1 } else { 16 } / 8;
            let head = if row.broadcast { 6 } else { 2 };
            let (read, write) = (*row.quantity.end(), *row.written.end());
            let longest = if row.code == 0x17 { 2 } else { head } + bytes(read);
            assert!(
                longest.max(10 + bytes(write)) <= super::super::MAX_PDU,
                "{}",
                row.name
            );
        }
    }
}
