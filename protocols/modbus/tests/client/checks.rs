//! Every field of a response is checked against its request: Application protocol 6 and 7.

use core::time::Duration;

use lineside_modbus::{
    client::{Failure, Refusal},
    wire::{Exception, Mismatch},
};

use crate::world::*;

fn asked_and_answered(request: &[u8], response: &'static [u8]) -> Result<Vec<u8>, Failure> {
    let mut world = World::rtu(serial()).answering(move |frame| match asked(frame) {
        (1, _) => vec![(Duration::from_millis(5), rtu(1, response))],
        _ => sound(frame),
    });
    world.call(1, 1, request);
    // The transaction after it is correct, whatever came.
    world.call(2, 2, &read(0x20, 1));
    world.run();
    assert_eq!(world.outcome(2).unwrap().1, ok(&[3, 2, 0, 0x20]));
    let (_, outcome) = world.outcome(1).unwrap();
    outcome.map(|pdu| pdu.to_vec())
}

#[test]
fn another_function_is_no_response() {
    // M09, M12: an exception of another function too.
    for response in [&[4, 2, 0, 0][..], &[6, 0, 0, 0, 1], &[0x84, 2]] {
        let failure = asked_and_answered(&read(0, 1), response.to_vec().leak()).unwrap_err();
        let Failure::Mismatch(Mismatch::Function { asked: 3, found }) = failure else {
            panic!("{failure}");
        };
        assert_eq!(found, response[0]);
    }
}

#[test]
fn a_byte_count_other_than_asked_for_is_no_response() {
    // M10: too small, too big, odd, and other than what follows.
    let wrong: [&[u8]; 5] = [
        &[3, 2, 0, 0],
        &[3, 6, 0, 0, 0, 0, 0, 0],
        &[3, 3, 0, 0, 0],
        &[3, 0],
        &[3, 4, 0, 0],
    ];
    for response in wrong {
        let outcome = asked_and_answered(&read(0, 2), response);
        assert!(matches!(outcome, Err(Failure::Mismatch(_))), "{response:?}");
    }
    let outcome = asked_and_answered(&[1, 0, 0, 0, 9], &[1, 1, 0xFF]);
    assert!(matches!(outcome, Err(Failure::Mismatch(Mismatch::Count))));
}

#[test]
fn an_echo_that_differs_in_any_bit_is_no_response() {
    // M11: the responses that repeat their request, or its beginning.
    let requests: [(&[u8], usize); 6] = [
        (&[5, 0, 7, 0xFF, 0], 5),
        (&[6, 0, 7, 1, 2], 5),
        (&[0x0F, 0, 7, 0, 9, 2, 0xFF, 1], 5),
        (&[0x10, 0, 7, 0, 1, 2, 0, 0], 5),
        (&[0x16, 0, 4, 0, 0xF2, 0, 0x25], 7),
        (&[0x15, 9, 6, 0, 4, 0, 7, 0, 1, 6, 0xAF], 11),
    ];
    for (request, length) in requests {
        let echo = &request[..length];
        assert_eq!(
            asked_and_answered(request, echo.to_vec().leak()),
            Ok(echo.to_vec())
        );
        for bit in 8..8 * length {
            let mut other = echo.to_vec();
            other[bit / 8] ^= 1 << (bit % 8);
            let outcome = asked_and_answered(request, other.clone().leak());
            assert!(matches!(outcome, Err(Failure::Mismatch(_))), "{other:02x?}");
        }
    }
}

#[test]
fn any_exception_code_is_told_as_it_is() {
    // M13.
    for code in 0..=255 {
        let outcome = asked_and_answered(&read(0, 1), vec![0x83, code].leak());
        assert_eq!(outcome, Err(Failure::Exception(Exception(code))));
    }
    let long = asked_and_answered(&read(0, 1), &[0x83, 2, 0]);
    assert_eq!(long, Err(Failure::Mismatch(Mismatch::Exception(3))));
}

#[test]
fn a_quantity_out_of_bounds_is_not_sent() {
    // M14.
    let bad: [(&[u8], Exception); 6] = [
        (&[1, 0, 0, 0x07, 0xD1], Exception::ILLEGAL_DATA_VALUE),
        (&read(0, 0), Exception::ILLEGAL_DATA_VALUE),
        (&read(0, 126), Exception::ILLEGAL_DATA_VALUE),
        (&[3, 0xFF, 0xFF, 0, 2], Exception::ILLEGAL_DATA_ADDRESS),
        (&[5, 0, 0, 0, 1], Exception::ILLEGAL_DATA_VALUE),
        (&[0x83, 1], Exception::ILLEGAL_FUNCTION),
    ];
    let mut world = World::rtu(serial());
    for (pdu, exception) in bad {
        world.call(1, 1, pdu);
        let refused = Failure::Refused(Refusal::Malformed(exception));
        assert_eq!(world.done(), [(1, Err(refused))], "{pdu:02x?}");
        world.events.clear();
    }
    world.run();
    assert_eq!(world.sent, []);
}

#[test]
fn a_function_of_the_device_s_own_is_carried_as_it_is() {
    let outcome = asked_and_answered(&[0x41, 1, 2, 3], &[0x41, 9]);
    assert_eq!(outcome, Ok(vec![0x41, 9]));
}
