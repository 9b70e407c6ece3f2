use std::vec::Vec;

use super::*;

fn written(sender: Sender, message: &Message<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    encode(sender, message, |bytes| out.extend_from_slice(bytes));
    out
}

#[test]
fn every_command_is_read_and_written_both_ways() {
    let vectors: [(&[u8], Message<'static>); 15] = [
        (b"\x00", Message::Signature(b"")),
        (b"\x00scale", Message::Signature(b"scale")),
        (
            b"\x01\x00\x00\x25\x80",
            Message::BaudRate(BaudRate::Rate(9_600)),
        ),
        (b"\x01\x08", Message::BaudRate(BaudRate::Cisco(8))),
        (b"\x02\x07", Message::DataSize(DataSize(7))),
        (b"\x03\x03", Message::Parity(Parity::EVEN)),
        (b"\x04\x03", Message::StopSize(StopSize::ONE_AND_HALF)),
        (b"\x05\x08", Message::Control(Control::DTR_ON)),
        (b"\x06\x10", Message::LineState(LineState::BREAK)),
        (b"\x07\xff", Message::ModemState(ModemState(255))),
        (b"\x08", Message::Suspend),
        (b"\x09", Message::Resume),
        (b"\x0a\x1e", Message::LineStateMask(LineState::ERRORS)),
        (b"\x0b\xff", Message::ModemStateMask(ModemState(255))),
        (b"\x0c\x03", Message::Purge(Purge::BOTH)),
    ];
    for (bytes, message) in vectors {
        assert_eq!(parse(bytes), Ok((Sender::Client, message)));
        assert_eq!(written(Sender::Client, &message), bytes);
        let mut server = bytes.to_vec();
        server[0] += 100;
        assert_eq!(parse(&server), Ok((Sender::Server, message)));
        assert_eq!(written(Sender::Server, &message), server);
    }
}

#[test]
fn another_length_and_an_unknown_command_are_told_apart() {
    assert_eq!(parse(b""), Err(Malformed::Empty));
    for code in (13..100).chain(113..=255) {
        assert_eq!(parse(&[code, 1]), Err(Malformed::Unknown(code)));
    }
    let lengths: [(&[u8], usize); 7] = [
        (b"\x01", 4),
        (b"\x01\x00\x25\x80", 4),
        (b"\x01\x00\x00\x25\x80\x00", 4),
        (b"\x01\x00\x00\x25\x80\x00\x00\x00\x00", 4),
        (b"\x02", 1),
        (b"\x05\x01\x01", 1),
        (b"\x08\x01", 0),
    ];
    for (bytes, wanted) in lengths {
        let found = bytes.len() - 1;
        let Err(Malformed::Length {
            wanted: said,
            found: is,
            ..
        }) = parse(bytes)
        else {
            panic!("{bytes:?} was taken");
        };
        assert_eq!((said, is), (wanted, found), "{bytes:?}");
    }
}

#[test]
fn no_payload_makes_it_panic_and_what_is_read_is_written_alike() {
    let mut random = fastrand::Rng::with_seed(2217);
    for _ in 0..20_000 {
        let payload: Vec<u8> = (0..random.usize(0..8))
            .map(|_| random.u8(..) % 128)
            .collect();
        if let Ok((sender, message)) = parse(&payload) {
            assert_eq!(written(sender, &message), payload);
        }
    }
}

#[test]
fn a_servers_rate_of_eight_bytes_is_read() {
    assert_eq!(
        parse(b"\x65\x00\x01\xc2\x00\x00\x00\x00\x00"),
        Ok((Sender::Server, Message::BaudRate(BaudRate::Rate(115_200))))
    );
    assert!(parse(b"\x65\x00\x01\xc2\x00\x00\x00\x00\x01").is_err());
}

#[test]
fn every_code_of_cisco_is_a_rate_and_back() {
    for (code, rate) in [
        (3, 300),
        (8, 9_600),
        (10, 19_200),
        (14, 115_200),
        (16, 460_800),
    ] {
        assert_eq!(BaudRate::Cisco(code).rate(), Some(rate));
        assert_eq!(BaudRate::cisco(rate), BaudRate::Cisco(code));
    }
    for code in [0, 1, 2, 17, 255] {
        assert_eq!(BaudRate::Cisco(code).rate(), None);
    }
    assert_eq!(BaudRate::cisco(50), BaudRate::Cisco(0));
    assert_eq!(BaudRate::Cisco(0).answer(9_600), BaudRate::Cisco(8));
    assert_eq!(BaudRate::REQUEST.answer(50), BaudRate::Rate(50));
}

#[test]
fn every_control_belongs_to_one_of_five_values() {
    let of = |values: &[u8], request: Control| {
        for value in values {
            assert_eq!(Control(*value).request(), Some(request));
        }
    };
    of(&[0, 1, 2, 3, 17, 19], Control::FLOW_REQUEST);
    of(&[4, 5, 6], Control::BREAK_REQUEST);
    of(&[7, 8, 9], Control::DTR_REQUEST);
    of(&[10, 11, 12], Control::RTS_REQUEST);
    of(&[13, 14, 15, 16, 18], Control::INBOUND_REQUEST);
    assert!((20..=255).all(|value| Control(value).request().is_none()));
}

#[test]
fn deltas_say_what_changed_and_of_the_ring_only_its_end() {
    let none = ModemState(0);
    assert_eq!(ModemState(0xF0).since(none), ModemState(0xF0 | 0x0B));
    assert_eq!(none.since(ModemState(0xF0)), ModemState(0x0F));
    assert_eq!(ModemState::RI.since(none), ModemState::RI);
    assert_eq!(ModemState(0x3F).since(ModemState(0x30)), ModemState(0x30));
}

#[test]
fn an_iac_in_a_value_is_doubled() {
    let mut out = Vec::new();
    let state = Message::ModemState(ModemState(255));
    subnegotiation(Sender::Server, &state, |bytes| out.extend_from_slice(bytes));
    assert_eq!(out, b"\xff\xfa\x2c\x6b\xff\xff\xff\xf0");
}
