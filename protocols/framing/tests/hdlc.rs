//! HDLC-like framing: RFC 1662 §4 and appendix C.
#![expect(clippy::indexing_slicing, reason = "a test fails loudly")]
#![expect(clippy::expect_used, reason = "a test fails loudly")]

use core::slice;

use lineside_check::{Algorithm, crc16_x25, crc32_iso_hdlc};
use lineside_framing::wire::{
    Cause, EncodeError, Find, Framing, Reason,
    hdlc::{ADDRESS_CONTROL, Accm, AddressControl, Config, ESCAPE, FLAG, Fcs, Hdlc},
};

#[path = "drive/receive.rs"]
mod receive;
use receive::{
    Received, damage_costs_at_most, drain, random_records, receive, receive_in_all_cuts, sent,
    sent_in_parts,
};

const SPECIAL: [u8; 7] = [FLAG, ESCAPE, 0x5D, 0x5E, 0x00, 0x11, 0xFF];

fn with(change: impl FnOnce(&mut Config)) -> Hdlc {
    let mut config = Config::default();
    change(&mut config);
    Hdlc::new(config)
}

/// Records alone between flags: no address and control, nothing but flag and escape escaped.
fn plain(fcs: Fcs) -> Hdlc {
    with(|config| {
        config.fcs = fcs;
        config.address_control = AddressControl::Absent;
        config.tx_accm = Accm::NONE;
        config.rx_accm = 0;
    })
}

/// A frame by the book: the check, then each octet that `escaped` names as escape and octet xor 20.
fn by_the_book(octets: &[u8], fcs: Fcs, escaped: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut octets = octets.to_vec();
    match fcs {
        Fcs::None => {}
        Fcs::Bits16 => octets.extend(crc16_x25(&octets).to_le_bytes()),
        Fcs::Bits32 => octets.extend(crc32_iso_hdlc(&octets).to_le_bytes()),
    }
    let mut frame = vec![FLAG];
    for octet in octets {
        match octet {
            FLAG | ESCAPE => frame.extend([ESCAPE, octet ^ 0x20]),
            _ if escaped(octet) => frame.extend([ESCAPE, octet ^ 0x20]),
            _ => frame.push(octet),
        }
    }
    frame.push(FLAG);
    frame
}

fn control(octet: u8) -> bool {
    octet < 0x20
}

#[test]
fn the_default_frame_is_what_rfc_1662_starts_from() {
    let record = [0xC0, 0x21, 0x01, 0x7D, 0x7E, 0x41];
    let octets = [&ADDRESS_CONTROL, record.as_slice()].concat();
    let frame = sent(&Hdlc::default(), &record);
    assert_eq!(frame, by_the_book(&octets, Fcs::Bits16, control));
    assert_eq!(frame[..6], [0x7E, 0xFF, 0x7D, 0x23, 0xC0, 0x21]);
}

#[test]
fn a_known_frame_is_written_and_read() {
    // The checks are the catalogue's check values, low byte first.
    let record = *b"123456789";
    let frame = sent(&plain(Fcs::Bits16), &record);
    assert_eq!(frame, b"\x7E123456789\x6E\x90\x7E");
    let frame = sent(&plain(Fcs::Bits32), &record);
    assert_eq!(frame, b"\x7E123456789\x26\x39\xF4\xCB\x7E");
}

#[test]
fn the_residues_are_those_of_appendix_c() {
    assert_eq!(Algorithm::CRC_16_IBM_SDLC.residue(), Some(0xF0B8));
    assert_eq!(Algorithm::CRC_32_ISO_HDLC.residue(), Some(0xDEBB_20E3));
}

#[test]
fn one_flag_may_end_a_frame_and_begin_the_next() {
    let bare = with(|config| config.lead = false);
    let stream = [b"\x7E", sent(&bare, b"AB").as_slice(), &sent(&bare, b"CD")].concat();
    assert_eq!(stream.iter().filter(|byte| **byte == FLAG).count(), 3);
    let received = receive_in_all_cuts(&Hdlc::default(), &stream);
    assert_eq!(received.records, [b"AB", b"CD"]);
    assert_eq!(received.faults, []);
}

#[test]
fn flags_and_silence_between_frames_are_fill() {
    let framing = Hdlc::default();
    let fill = [FLAG; 9];
    let (first, second) = (sent(&framing, b"AB"), sent(&framing, b"C"));
    let stream = [&fill, first.as_slice(), &fill, &second, &fill].concat();
    let received = receive_in_all_cuts(&framing, &stream);
    assert_eq!(received.records, [b"AB".as_slice(), b"C"]);
    assert_eq!(received.faults, []);
}

#[test]
fn an_aborted_frame_is_dropped_silently() {
    let framing = Hdlc::default();
    let whole = sent(&framing, b"AB");
    for cut in 1..whole.len() - 1 {
        // An abort right after an escape would be that escape's own stand-in.
        let head = whole[..cut]
            .strip_suffix(&[ESCAPE])
            .unwrap_or(&whole[..cut]);
        let stream = [head, &[ESCAPE, FLAG], whole.as_slice()].concat();
        let received = receive_in_all_cuts(&framing, &stream);
        assert_eq!(received.records, [b"AB"]);
        assert_eq!(received.faults, [], "cut at {cut}");
    }
}

#[test]
fn frames_of_fewer_than_four_octets_are_dropped_silently() {
    for (fcs, min) in [(Fcs::None, 1), (Fcs::Bits16, 4), (Fcs::Bits32, 6)] {
        let framing = plain(fcs);
        let good = sent(&framing, b"ok");
        for len in 0..min {
            for octet in [&b"A"[..], b"\x7D\x5E"] {
                let stream = [b"\x7E", octet.repeat(len).as_slice(), &good].concat();
                let received = receive_in_all_cuts(&framing, &stream);
                assert_eq!(received.records, [b"ok"]);
                assert_eq!(received.faults, [], "{len} octets with {fcs:?}");
            }
        }
        if fcs != Fcs::None {
            let stream = [b"\x7E", vec![b'A'; min].as_slice(), &good].concat();
            let received = receive_in_all_cuts(&framing, &stream);
            assert_eq!(
                received.faults,
                [Reason::Check],
                "{min} octets with {fcs:?}"
            );
        }
    }
}

#[test]
fn inserted_control_characters_do_not_make_a_short_frame_long_enough() {
    let framing = Hdlc::default();
    let stream = [
        b"\x7EA\x11\x13\x11\x13\x11\x13B",
        sent(&framing, b"ok").as_slice(),
    ]
    .concat();
    let received = receive_in_all_cuts(&framing, &stream);
    assert_eq!(received.records, [b"ok"]);
    assert_eq!(received.faults, []);
}

#[test]
fn a_record_too_short_for_any_receiver_is_refused() {
    let mut out = [0; 64];
    let short = Err(EncodeError::TooShort { min: 2 });
    assert_eq!(plain(Fcs::Bits16).encode(&[b"A"], &mut out), short);
    assert_eq!(plain(Fcs::Bits32).encode(&[b"A"], &mut out), short);
    assert_eq!(
        plain(Fcs::None).encode(&[], &mut out),
        Err(EncodeError::TooShort { min: 1 })
    );
    let received = receive_in_all_cuts(&Hdlc::default(), &sent(&Hdlc::default(), b""));
    assert_eq!(received.records, [b""]);
}

#[test]
fn the_sender_escapes_what_its_map_names() {
    let maps = [
        Accm::ALL,
        Accm::NONE,
        Accm::new(0x000A_0000),
        Accm::extended([0x000A_0000, 0, 0, 0, 0x000A_0000, 0, 0, 0x8000_0000]),
    ];
    let record: Vec<u8> = (0..=255).collect();
    for map in maps {
        for fcs in [Fcs::None, Fcs::Bits16, Fcs::Bits32] {
            let framing = with(|config| (config.tx_accm, config.fcs) = (map, fcs));
            let octets = [&ADDRESS_CONTROL, record.as_slice()].concat();
            let frame = by_the_book(&octets, fcs, |octet| map.escapes(octet));
            assert_eq!(sent(&framing, &record), frame, "{map:?}");
        }
    }
}

#[test]
fn no_map_escapes_5e_and_every_map_escapes_flag_and_escape() {
    for map in [
        Accm::NONE,
        Accm::ALL,
        Accm::extended([0; 8]),
        Accm::extended([u32::MAX; 8]),
    ] {
        assert!(
            map.escapes(FLAG) && map.escapes(ESCAPE) && !map.escapes(0x5E),
            "{map:?}"
        );
    }
    let framing = with(|config| config.tx_accm = Accm::extended([u32::MAX; 8]));
    let record: Vec<u8> = (0..=255).collect();
    let received = receive_in_all_cuts(&framing, &sent(&framing, &record));
    assert_eq!(received.records, [record]);
}

#[test]
fn the_receiver_drops_inserted_control_characters_before_the_check() {
    let framing = Hdlc::default();
    let record = b"\x01data\x11\x7D";
    let frame = sent(&framing, record);
    for at in 0..=frame.len() {
        // Right after an escape the line's character would be taken for the stand-in.
        if at > 0 && frame[at - 1] == ESCAPE {
            continue;
        }
        for inserted in 0..0x20 {
            let stream = [&frame[..at], &[inserted], &frame[at..]].concat();
            // After the last flag it begins a frame that never ends.
            let received = receive(framing.clone(), [stream.as_slice()]);
            assert_eq!(received.records, [record], "{inserted:02X} at {at}");
        }
    }
}

#[test]
fn the_receiver_keeps_control_characters_that_its_map_does_not_name() {
    let framing = with(|config| {
        config.tx_accm = Accm::new(1 << 0x11 | 1 << 0x13);
        config.rx_accm = 1 << 0x11 | 1 << 0x13;
    });
    let record: Vec<u8> = (0..0x20).collect();
    let mut frame = sent(&framing, &record);
    assert_eq!(
        receive_in_all_cuts(&framing, &frame).records,
        slice::from_ref(&record)
    );
    for flow in [0x11, 0x13, 0x11] {
        frame.insert(8, flow);
    }
    assert_eq!(receive_in_all_cuts(&framing, &frame).records, [record]);
}

#[test]
fn address_and_control_may_be_left_out_by_the_sender() {
    let compressed = with(|config| config.address_control = AddressControl::Compressed);
    let frame = sent(&compressed, b"AB");
    assert_eq!(frame, by_the_book(b"AB", Fcs::Bits16, control));
    for framing in [Hdlc::default(), compressed] {
        for other in [Hdlc::default(), framing.clone()] {
            let received = receive_in_all_cuts(&framing, &sent(&other, b"AB"));
            assert_eq!(received.records, [b"AB"]);
        }
    }
}

#[test]
fn a_record_that_begins_like_address_and_control_survives_every_setting() {
    use AddressControl::{Absent, Compressed, Sent};
    for address_control in [Sent, Compressed, Absent] {
        let framing = with(|config| config.address_control = address_control);
        for parts in [[&b"\xFF\x03A"[..], b""], [b"\xFF", b"\x03A"]] {
            let frame = sent_in_parts(&framing, &parts);
            assert_eq!(
                receive_in_all_cuts(&framing, &frame).records,
                [b"\xFF\x03A"]
            );
        }
    }
}

#[test]
fn an_overlong_frame_is_one_error_and_nothing_of_it_is_delivered() {
    let small = with(|config| config.max_record = 4);
    let long = sent(&Hdlc::default(), &[0; 40]);
    let stream = [sent(&small, b"A"), long, sent(&small, b"B")].concat();
    let received = receive_in_all_cuts(&small, &stream);
    assert_eq!(received.records, [b"A", b"B"]);
    assert_eq!(received.faults, [Reason::TooLong { max: 16 }]);
    let longer = sent(&Hdlc::default(), b"12345");
    let received = receive_in_all_cuts(&small, &[longer, sent(&small, b"1234")].concat());
    assert_eq!(received.records, [b"1234"]);
    assert_eq!(received.faults, [Reason::TooLong { max: 16 }]);
    let refused = small.encode(&[b"12345"], &mut [0; 64]);
    assert_eq!(refused, Err(EncodeError::TooLong { max: 4 }));
}

#[test]
fn the_longest_record_passes_whatever_was_escaped() {
    let small = with(|config| {
        config.max_record = 4;
        config.fcs = Fcs::Bits32;
    });
    for record in [b"1234".as_slice(), &[FLAG; 4], &[0; 4]] {
        assert_eq!(
            receive_in_all_cuts(&small, &sent(&small, record)).records,
            [record]
        );
    }
}

#[test]
fn the_worst_case_bounds_every_frame() {
    for len in [2, 64, 1500] {
        for fcs in [Fcs::None, Fcs::Bits16, Fcs::Bits32] {
            let framing = plain(fcs);
            let frame = sent(&framing, &vec![FLAG; len]);
            assert!(frame.len() <= framing.max_encoded_len(len));
            assert!(frame.len() >= 2 * len + 2 + fcs.len());
        }
    }
}

#[test]
fn room_for_the_frame_is_enough_and_a_byte_less_is_refused() {
    let framing = Hdlc::default();
    for record in random_records(1, 200, &SPECIAL) {
        let frame = sent(&framing, &record);
        let mut out = vec![0; frame.len()];
        assert_eq!(framing.encode(&[&record], &mut out), Ok(frame.len()));
        assert_eq!(out, frame);
        let needed = framing.max_encoded_len(record.len());
        let short = &mut out[..frame.len() - 1];
        assert_eq!(
            framing.encode(&[&record], short),
            Err(EncodeError::Room { needed })
        );
    }
}

#[test]
fn parts_encode_like_their_concatenation() {
    let framing = with(|config| config.fcs = Fcs::Bits32);
    for record in random_records(2, 200, &SPECIAL).step_by(3) {
        let frame = sent(&framing, &record);
        for at in 0..=record.len() {
            let (head, tail) = record.split_at(at);
            assert_eq!(sent_in_parts(&framing, &[head, &[], tail]), frame);
        }
    }
}

#[test]
fn random_records_come_back_through_all_cuts() {
    let settings = [
        Hdlc::default(),
        plain(Fcs::None),
        plain(Fcs::Bits32),
        with(|config| (config.lead, config.rx_accm) = (false, 0)),
    ];
    for framing in settings {
        let records: Vec<_> = random_records(3, 24, &SPECIAL).skip(1).collect();
        let stream: Vec<u8> = records.iter().flat_map(|r| sent(&framing, r)).collect();
        let received = receive_in_all_cuts(&framing, &stream);
        assert_eq!(received.records, records);
        assert_eq!(received.faults, []);
    }
}

#[test]
fn frames_of_every_length_are_written_by_the_book_and_read_back() {
    for (seed, fcs) in [(4, Fcs::None), (5, Fcs::Bits16), (6, Fcs::Bits32)] {
        for record in random_records(seed, 700, &SPECIAL).skip(1) {
            let clear = plain(fcs);
            let frame = by_the_book(&record, fcs, |_| false);
            assert_eq!(sent(&clear, &record), frame);
            assert_eq!(
                receive(clear, [frame.as_slice()]).records,
                slice::from_ref(&record)
            );
            let cautious = with(|config| {
                config.address_control = AddressControl::Absent;
                config.fcs = fcs;
            });
            let frame = by_the_book(&record, fcs, control);
            assert_eq!(sent(&cautious, &record), frame);
            assert_eq!(receive(cautious, [frame.as_slice()]).records, [record]);
        }
    }
}

/// What a receiver makes of `content` an octet at a time; `None` when it ends in an escape.
fn destuffed(content: &[u8], rx_accm: u32) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut bytes = content.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            ESCAPE => octets.push(bytes.next()? ^ 0x20),
            0..0x20 if rx_accm >> byte & 1 == 1 => {}
            byte => octets.push(byte),
        }
    }
    Some(octets)
}

#[test]
fn decoding_in_place_equals_the_specification() {
    for (seed, rx_accm) in [(7, u32::MAX), (8, 0), (9, 0x000A_0000)] {
        let framing = with(|config| {
            config.fcs = Fcs::None;
            config.address_control = AddressControl::Absent;
            config.rx_accm = rx_accm;
        });
        let records = random_records(seed, 700, &[ESCAPE, 0x11, 0x13, 0x00]);
        let dense = [2, 63, 64, 65, 127, 128, 1500].map(|len| vec![ESCAPE; len]);
        for mut content in records.chain(dense) {
            content.retain(|byte| *byte != FLAG);
            let mut frame = [content.as_slice(), &[FLAG]].concat();
            let ours = framing
                .decode(&mut frame)
                .map(|record| frame[record].to_vec());
            let book = destuffed(&content, rx_accm).filter(|octets| !octets.is_empty());
            assert_eq!(ours.ok(), book, "{content:02X?}");
        }
    }
}

#[test]
fn no_flipped_bit_makes_a_false_record() {
    for fcs in [Fcs::Bits16, Fcs::Bits32] {
        for framing in [plain(fcs), with(|config| config.fcs = fcs)] {
            for record in random_records(30, 40, &SPECIAL).skip(1) {
                let frame = sent(&framing, &record);
                for bit in 0..8 * frame.len() {
                    let mut bytes = frame.clone();
                    bytes[bit / 8] ^= 1 << (bit % 8);
                    let received = receive(framing.clone(), [bytes.as_slice()]).records;
                    // A flag that was hit may be made up for, and the record is then the true one.
                    assert!(
                        received.iter().all(|other| *other == record),
                        "bit {bit}: {bytes:02X?}"
                    );
                }
            }
        }
    }
}

#[test]
fn one_damaged_byte_costs_at_most_one_record() {
    let records: [&[u8]; 4] = [b"alpha", b"b\x7E\x7Db", b"\x7D\x11", b"delta"];
    damage_costs_at_most(&Hdlc::default(), &records, 1);
    damage_costs_at_most(&plain(Fcs::Bits32), &records, 1);
    damage_costs_at_most(&with(|config| config.lead = false), &records, 2);
}

#[test]
fn the_end_of_the_stream_inside_a_frame_is_reported() {
    let framing = Hdlc::default();
    let frame = sent(&framing, b"AB");
    let stream = [frame.as_slice(), &frame[..5]].concat();
    let received = receive_in_all_cuts(&framing, &stream);
    assert_eq!(received.records, [b"AB"]);
    assert_eq!(received.faults, [Reason::Truncated]);
}

#[test]
fn a_damaged_character_costs_the_frame_it_stands_in() {
    let mut framing = Hdlc::default();
    let frame = sent(&framing, b"AB");
    let mut received = Received::default();
    let mut rx = [frame.as_slice(), &frame[..4]].concat();
    drain(&mut framing, &mut rx, Cause::Mark, &mut received);
    rx.extend_from_slice(&frame[5..]);
    rx.extend_from_slice(&frame);
    drain(&mut framing, &mut rx, Cause::Bytes, &mut received);
    assert_eq!(received.records, [b"AB", b"AB"]);
    assert_eq!(received.faults, [Reason::Line]);
    assert_eq!(
        framing.find(b"", Cause::Mark),
        Find::Skip(0, Some(Reason::Line))
    );
    assert_eq!(framing.find(b"", Cause::Mark), Find::More);
}

#[test]
fn what_is_no_frame_is_refused_by_decode() {
    let framing = Hdlc::default();
    let reasons = [
        (&b""[..], Reason::Truncated),
        (b"\x7E", Reason::Truncated),
        (b"\x7EABCDEF", Reason::Truncated),
        (b"ABCDEF\x7D\x7E", Reason::Aborted),
        (b"ABC\x7E", Reason::TooShort { min: 4 }),
        (b"ABCDEF\x7E", Reason::Check),
    ];
    for (bytes, reason) in reasons {
        assert_eq!(
            framing.decode(&mut bytes.to_vec()),
            Err(reason),
            "{bytes:02X?}"
        );
    }
}

#[test]
fn the_hdlc_crate_reads_what_we_write_and_we_what_it_writes() {
    let framing = plain(Fcs::None);
    for record in (40..43).flat_map(|seed| random_records(seed, 200, &SPECIAL)) {
        let special = hdlc::SpecialChars::default();
        let frame = sent(&framing, &record);
        let peer = hdlc::encode(&record, special).expect("valid settings");
        assert_eq!(frame, peer);
        assert_eq!(
            hdlc::decode(&frame, special).expect("a whole frame"),
            record
        );
        assert_eq!(
            receive(framing.clone(), [peer.as_slice()]).records,
            [record]
        );
    }
}
