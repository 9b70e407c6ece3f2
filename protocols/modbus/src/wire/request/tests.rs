extern crate std;

use super::{super::Pdu, *};

const VALUE: Exception = Exception::ILLEGAL_DATA_VALUE;
const ADDRESS: Exception = Exception::ILLEGAL_DATA_ADDRESS;
const FUNCTION: Exception = Exception::ILLEGAL_FUNCTION;

/// The requests of the specification's examples, and one of each other function.
const EXAMPLES: &[&[u8]] = &[
    b"\x01\x00\x13\x00\x13",
    b"\x02\x00\xC4\x00\x16",
    b"\x03\x00\x6B\x00\x03",
    b"\x04\x00\x08\x00\x01",
    b"\x05\x00\xAC\xFF\x00",
    b"\x06\x00\x01\x00\x03",
    b"\x07",
    b"\x08\x00\x00\xA5\x37",
    b"\x08\x00\x00\xA5\x37\x01\x02",
    b"\x0B",
    b"\x0C",
    b"\x0F\x00\x13\x00\x0A\x02\xCD\x01",
    b"\x10\x00\x01\x00\x02\x04\x00\x0A\x01\x02",
    b"\x11",
    b"\x14\x0E\x06\x00\x04\x00\x01\x00\x02\x06\x00\x03\x00\x09\x00\x02",
    b"\x15\x0D\x06\x00\x04\x00\x07\x00\x03\x06\xAF\x04\xBE\x10\x0D",
    b"\x16\x00\x04\x00\xF2\x00\x25",
    b"\x17\x00\x03\x00\x06\x00\x0E\x00\x03\x06\x00\xFF\x00\xFF\x00\xFF",
    b"\x18\x04\xDE",
    b"\x2B\x0D\x01\x02\x03",
    b"\x2B\x0E\x01\x00",
    b"\x41\x01\x02\x03",
];

#[test]
fn every_example_is_parsed_and_written_again() {
    for &pdu in EXAMPLES {
        let request = Request::parse(pdu).unwrap_or_else(|error| panic!("{pdu:02x?}: {error}"));
        assert_eq!(*Pdu::of(&request).unwrap(), *pdu);
        assert_eq!(request.function(), pdu[0]);
    }
}

#[test]
fn a_request_that_is_cut_or_has_more_is_an_illegal_value() {
    // Functions whose data is open accept more.
    let open = |pdu: &[u8]| matches!(pdu, [0x08, 0, 0, ..] | [0x2B, 0x0D, ..] | [0x41, ..]);
    for pdu in EXAMPLES.iter().filter(|pdu| !open(pdu)) {
        for cut in 1..pdu.len() {
            assert_eq!(Request::parse(&pdu[..cut]), Err(VALUE), "{pdu:02x?} {cut}");
        }
        let longer = [*pdu, &[0]].concat();
        assert_eq!(Request::parse(&longer), Err(VALUE), "{pdu:02x?} and more");
    }
}

#[test]
fn quantities_are_checked_before_addresses() {
    let read = |code: u8, address: u16, quantity: u16| {
        let [a, b] = address.to_be_bytes();
        let [c, d] = quantity.to_be_bytes();
        Request::parse(&[code, a, b, c, d]).map(|_| ())
    };
    for (code, most) in [(1, 2000), (2, 2000), (3, 125), (4, 125)] {
        assert_eq!(read(code, 0, 1), Ok(()));
        assert_eq!(read(code, 0, most), Ok(()));
        assert_eq!(read(code, 0, 0), Err(VALUE));
        assert_eq!(read(code, 0, most + 1), Err(VALUE));
        assert_eq!(read(code, 0xFFFF, 0xFFFF), Err(VALUE));
        assert_eq!(read(code, 0xFFFF, 1), Ok(()));
        assert_eq!(read(code, 0xFFFF, 2), Err(ADDRESS));
    }
}

/// The first check of a function that does not hold is answered: what breaks two is answered with
/// that which the table has first.
#[test]
fn checks_come_in_the_order_of_the_table() {
    let broken_twice: &[&[u8]] = &[
        b"\x01\xFF\xFF\x07\xD1",
        b"\x02\xFF\xFF\x07\xD1",
        b"\x03\xFF\xFF\x00\x7E",
        b"\x04\xFF\xFF\x00\x7E",
        b"\x0F\xFF\xFF\x00\x09\x01\xFF",
        b"\x10\xFF\xFF\x00\x02\x03\x00\x00\x00",
        b"\x14\x08\x05\x00\x00\x00\x00\x00\x01\x00",
        b"\x15\x08\x05\x00\x00\x00\x00\x00\x01\x00",
        b"\x17\xFF\xFF\x00\x02\xFF\xFF\x00\x02\x02\x00\x00",
    ];
    for pdu in broken_twice {
        let checks = function(pdu[0]).unwrap().checks;
        let place = |exception| checks.iter().position(|check| *check == exception).unwrap();
        assert!(place(VALUE) < place(ADDRESS), "{pdu:02x?}");
        assert_eq!(Request::parse(pdu), Err(VALUE), "{pdu:02x?}");
    }
    let [first, second, ..] = function(0x18).unwrap().checks else {
        panic!("a FIFO queue is looked for before it is counted");
    };
    assert_eq!([*first, *second], [ADDRESS, VALUE]);
}

#[test]
fn a_coil_is_on_or_off_and_nothing_else() {
    for value in [0x0001, 0x00FF, 0xFF01, 0xFFFF_u16] {
        let [high, low] = value.to_be_bytes();
        assert_eq!(Request::parse(&[5, 0, 0, high, low]), Err(VALUE));
    }
}

#[test]
fn byte_counts_must_agree_with_quantities() {
    assert_eq!(Request::parse(b"\x0F\x00\x00\x00\x09\x01\xFF"), Err(VALUE));
    assert_eq!(
        Request::parse(b"\x0F\x00\x00\x00\x08\x02\xFF\xFF"),
        Err(VALUE)
    );
    assert_eq!(Request::parse(b"\x0F\x00\x00\x00\x00\x00"), Err(VALUE));
    assert_eq!(
        Request::parse(b"\x10\x00\x00\x00\x02\x02\xFF\xFF"),
        Err(VALUE)
    );
    assert_eq!(
        Request::parse(b"\x10\x00\x00\x00\x01\x03\xFF\xFF\xFF"),
        Err(VALUE)
    );
    assert_eq!(
        Request::parse(b"\x10\xFF\xFF\x00\x02\x04\x00\x00\x00\x00"),
        Err(ADDRESS)
    );
    assert_eq!(
        Request::parse(b"\x17\xFF\xFF\x00\x02\x00\x00\x00\x01\x02\x00\x00"),
        Err(ADDRESS)
    );
}

#[test]
fn what_is_no_function_is_an_illegal_one() {
    assert_eq!(Request::parse(&[]), Err(FUNCTION));
    assert_eq!(Request::parse(&[0]), Err(FUNCTION));
    assert_eq!(Request::parse(&[0x83, 2]), Err(FUNCTION));
    assert_eq!(Request::parse(b"\x2B\x0C\x00"), Err(FUNCTION));
    assert_eq!(Request::parse(b"\x2B\x0E\x05\x00"), Err(VALUE));
    for sub in [0x05, 0x09, 0x13, 0x15, 0xFF] {
        assert_eq!(Request::parse(&[8, 0, sub, 0, 0]), Err(FUNCTION));
    }
    assert_eq!(Request::parse(b"\x08\x00\x01\x12\x34"), Err(VALUE));
    assert_eq!(Request::parse(b"\x08\x00\x0B\x00\x01"), Err(VALUE));
}

#[test]
fn a_request_beyond_its_limits_is_not_written() {
    let mut room = [0; 260];
    let read = Request::ReadHoldingRegisters(Span::new(0, 126));
    assert_eq!(read.encode(&mut room), Err(Misfit::Value));
    let read = Request::ReadHoldingRegisters(Span::new(0xFFFF, 2));
    assert_eq!(read.encode(&mut room), Err(Misfit::Address));
    let long = Request::Custom {
        function: 0x41,
        data: &[0; 253],
    };
    assert_eq!(long.encode(&mut room), Err(Misfit::TooLong));
    assert_eq!(
        Request::ReadFifoQueue { address: 1 }.encode(&mut [0; 2]),
        Err(Misfit::Room)
    );
}
