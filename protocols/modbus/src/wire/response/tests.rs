extern crate std;

use super::{super::Pdu, *};

/// A request and its response: the specification's examples, and one of each other function.
const EXAMPLES: &[(&[u8], &[u8])] = &[
    (b"\x01\x00\x13\x00\x13", b"\x01\x03\xCD\x6B\x05"),
    (b"\x02\x00\xC4\x00\x16", b"\x02\x03\xAC\xDB\x35"),
    (b"\x03\x00\x6B\x00\x03", b"\x03\x06\x02\x2B\x00\x00\x00\x64"),
    (b"\x04\x00\x08\x00\x01", b"\x04\x02\x00\x0A"),
    (b"\x05\x00\xAC\xFF\x00", b"\x05\x00\xAC\xFF\x00"),
    (b"\x06\x00\x01\x00\x03", b"\x06\x00\x01\x00\x03"),
    (b"\x07", b"\x07\x6D"),
    (b"\x08\x00\x00\xA5\x37", b"\x08\x00\x00\xA5\x37"),
    (b"\x08\x00\x0B\x00\x00", b"\x08\x00\x0B\x01\x08"),
    (b"\x0B", b"\x0B\xFF\xFF\x01\x08"),
    (b"\x0C", b"\x0C\x08\x00\x00\x01\x08\x01\x21\x20\x00"),
    (b"\x0F\x00\x13\x00\x0A\x02\xCD\x01", b"\x0F\x00\x13\x00\x0A"),
    (
        b"\x10\x00\x01\x00\x02\x04\x00\x0A\x01\x02",
        b"\x10\x00\x01\x00\x02",
    ),
    (b"\x11", b"\x11\x03\x41\x42\xFF"),
    (
        b"\x14\x0E\x06\x00\x04\x00\x01\x00\x02\x06\x00\x03\x00\x09\x00\x02",
        b"\x14\x0C\x05\x06\x0D\xFE\x00\x20\x05\x06\x33\xCD\x00\x40",
    ),
    (
        b"\x15\x0D\x06\x00\x04\x00\x07\x00\x03\x06\xAF\x04\xBE\x10\x0D",
        b"\x15\x0D\x06\x00\x04\x00\x07\x00\x03\x06\xAF\x04\xBE\x10\x0D",
    ),
    (
        b"\x16\x00\x04\x00\xF2\x00\x25",
        b"\x16\x00\x04\x00\xF2\x00\x25",
    ),
    (
        b"\x17\x00\x03\x00\x02\x00\x0E\x00\x01\x02\x00\xFF",
        b"\x17\x04\x00\xFE\x0A\xCD",
    ),
    (b"\x18\x04\xDE", b"\x18\x00\x06\x00\x02\x01\xB8\x12\x84"),
    (b"\x2B\x0D\x01\x02\x03", b"\x2B\x0D\x09"),
    (
        b"\x2B\x0E\x01\x00",
        b"\x2B\x0E\x01\x01\xFF\x01\x01\x00\x03abc",
    ),
    (
        b"\x2B\x0E\x04\x01",
        b"\x2B\x0E\x04\x81\x00\x00\x01\x01\x01x",
    ),
    (b"\x41\x01\x02\x03", b"\x41\x09"),
];

#[test]
fn every_example_is_parsed_and_written_again() {
    for &(request, response) in EXAMPLES {
        let request = Request::parse(request).unwrap();
        let parsed = Response::parse(response, &request);
        let Ok(Ok(parsed)) = parsed else {
            panic!("{response:02x?}: {parsed:?}");
        };
        assert_eq!(*Pdu::of_response(&parsed).unwrap(), *response);
    }
}

#[test]
fn a_response_that_is_cut_or_has_more_is_refused() {
    let open = |request: &[u8]| matches!(request, [0x2B, 0x0D, ..] | [0x41, ..]);
    for &(request, response) in EXAMPLES.iter().filter(|(request, _)| !open(request)) {
        let asked = Request::parse(request).unwrap();
        for cut in 0..response.len() {
            let parsed = Response::parse(&response[..cut], &asked);
            assert!(parsed.is_err(), "{response:02x?} cut at {cut}");
        }
        let longer = [response, &[0]].concat();
        assert!(Response::parse(&longer, &asked).is_err(), "{response:02x?}");
    }
}

#[test]
fn a_response_to_another_request_is_refused() {
    // Fields that repeat the request: changed anywhere, the response is another's.
    for code in [0x05, 0x06, 0x0F, 0x10, 0x15, 0x16] {
        let &(request, response) = EXAMPLES.iter().find(|(one, _)| one[0] == code).unwrap();
        let asked = Request::parse(request).unwrap();
        for at in 1..response.len() {
            let mut other = response.to_vec();
            other[at] ^= 1;
            assert!(
                Response::parse(&other, &asked).is_err(),
                "{code:#x} at {at}"
            );
        }
    }
    for &(request, response) in EXAMPLES {
        let asked = Request::parse(request).unwrap();
        let mut other = response.to_vec();
        other[0] ^= 0x10;
        let found = other[0];
        let asked_code = request[0];
        assert_eq!(
            Response::parse(&other, &asked),
            Err(Mismatch::Function {
                asked: asked_code,
                found
            })
        );
    }
}

#[test]
fn the_count_must_be_the_one_asked_for() {
    let asked = Request::ReadHoldingRegisters(Span::new(0, 2));
    assert_eq!(
        Response::parse(b"\x03\x02\x00\x00", &asked),
        Err(Mismatch::Count)
    );
    assert_eq!(
        Response::parse(b"\x03\x06\0\0\0\0\0\0", &asked),
        Err(Mismatch::Count)
    );
    assert_eq!(
        Response::parse(b"\x03\x03\0\0\0", &asked),
        Err(Mismatch::Length)
    );
    let asked = Request::ReadCoils(Span::new(0, 9));
    assert_eq!(
        Response::parse(b"\x01\x01\xFF", &asked),
        Err(Mismatch::Count)
    );
}

#[test]
fn an_exception_is_two_bytes_of_the_same_function() {
    let asked = Request::ReadHoldingRegisters(Span::new(0, 1));
    assert_eq!(
        Response::parse(&[0x83, 2], &asked),
        Ok(Err(Exception::ILLEGAL_DATA_ADDRESS))
    );
    assert_eq!(
        Response::parse(&[0x83, 0x63], &asked),
        Ok(Err(Exception(0x63)))
    );
    assert_eq!(
        Response::parse(&[0x83], &asked),
        Err(Mismatch::Exception(1))
    );
    assert_eq!(
        Response::parse(&[0x83, 2, 0], &asked),
        Err(Mismatch::Exception(3))
    );
    assert!(Response::parse(&[0x84, 2], &asked).is_err());
}
