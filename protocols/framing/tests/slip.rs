//! SLIP: RFC 1055.
#![expect(clippy::indexing_slicing, reason = "a test fails loudly")]
#![expect(clippy::expect_used, reason = "a test fails loudly")]

use lineside_framing::wire::{
    Cause, EncodeError, Find, Framing, Reason,
    slip::{Config, END, ESC, ESC_END, ESC_ESC, Slip},
};

#[path = "drive/receive.rs"]
mod receive;
use receive::{
    Received, damage_costs_at_most, drain, random_records, receive, receive_in_all_cuts, sent,
    sent_in_parts,
};

const SPECIAL: [u8; 4] = [END, ESC, ESC_END, ESC_ESC];

fn slip() -> Slip {
    Slip::default()
}

fn small() -> Slip {
    let config = Config {
        max_record: 4,
        ..Config::default()
    };
    Slip::new(config)
}

fn strict() -> Slip {
    let config = Config {
        strict: true,
        ..Config::default()
    };
    Slip::new(config)
}

fn bare() -> Slip {
    let config = Config {
        lead: false,
        ..Config::default()
    };
    Slip::new(config)
}

#[test]
fn end_and_escape_are_stuffed() {
    let frame = sent(&slip(), &[0x01, 0xC0, 0x02, 0xDB, 0x03, 0xDC, 0xDD]);
    let wire = [
        0xC0, 0x01, 0xDB, 0xDC, 0x02, 0xDB, 0xDD, 0x03, 0xDC, 0xDD, 0xC0,
    ];
    assert_eq!(frame, wire);
}

#[test]
fn the_leading_end_is_optional_both_ways() {
    assert_eq!(sent(&bare(), b"AB"), b"AB\xC0");
    assert_eq!(sent(&slip(), b"AB"), b"\xC0AB\xC0");
    for framing in [bare(), slip()] {
        let received = receive_in_all_cuts(&framing, b"AB\xC0CD\xC0\xC0EF\xC0");
        assert_eq!(received.records, [b"AB", b"CD", b"EF"]);
        assert_eq!(received.faults, []);
    }
}

#[test]
fn empty_frames_are_dropped_without_an_error() {
    let received = receive_in_all_cuts(&slip(), b"\xC0\xC0\xC0\xC0A\xC0\xC0\xC0\xC0B\xC0\xC0\xC0");
    assert_eq!(received.records, [b"A", b"B"]);
    assert_eq!(received.faults, []);
}

#[test]
fn an_empty_record_is_refused() {
    let mut out = [0; 8];
    assert_eq!(slip().encode(&[], &mut out), Err(EncodeError::Empty));
    assert_eq!(
        slip().encode(&[b"", b""], &mut out),
        Err(EncodeError::Empty)
    );
}

#[test]
fn a_lenient_receiver_keeps_the_byte_after_a_bad_escape() {
    let received = receive_in_all_cuts(&slip(), b"\xC0A\xDBBC\xC0D\xC0");
    assert_eq!(received.records, [b"ABC".as_slice(), b"D"]);
    assert_eq!(received.faults, []);
}

#[test]
fn a_strict_receiver_drops_the_frame_with_a_bad_escape() {
    let received = receive_in_all_cuts(&strict(), b"\xC0A\xDBBC\xC0D\xC0");
    assert_eq!(received.records, [b"D"]);
    assert_eq!(received.faults, [Reason::Escape { at: 2 }]);
}

#[test]
fn an_escape_right_before_end_is_damage_to_both_receivers() {
    for framing in [slip(), strict()] {
        let received = receive_in_all_cuts(&framing, b"\xC0AB\xDB\xC0C\xC0");
        assert_eq!(received.records, [b"C"]);
        assert_eq!(received.faults, [Reason::Escape { at: 3 }]);
    }
}

#[test]
fn the_end_of_the_stream_inside_a_frame_is_reported() {
    for tail in [b"AB".as_slice(), b"\xC0AB", b"\xC0A\xDB", b"\xDB"] {
        let stream = [b"\xC0X\xC0", tail].concat();
        let received = receive_in_all_cuts(&slip(), &stream);
        assert_eq!(received.records, [b"X"]);
        assert_eq!(received.faults, [Reason::Truncated], "{tail:02X?}");
    }
    assert_eq!(receive_in_all_cuts(&slip(), b"\xC0X\xC0\xC0").faults, []);
}

#[test]
fn an_overlong_frame_is_one_error_and_nothing_of_it_is_delivered() {
    let stream = [b"\xC0A\xC0\xC0".as_slice(), &[b'x'; 40], b"\xC0B\xC0"].concat();
    let received = receive_in_all_cuts(&small(), &stream);
    assert_eq!(received.records, [b"A", b"B"]);
    assert_eq!(received.faults, [Reason::TooLong { max: 8 }]);
}

#[test]
fn a_record_one_byte_too_long_is_an_error_whatever_was_escaped() {
    for record in [b"12345".as_slice(), b"1234\xC0", &[END; 5]] {
        let frame = sent(&slip(), record);
        let received = receive_in_all_cuts(&small(), &[&frame, b"B\xC0".as_slice()].concat());
        assert_eq!(received.records, [b"B"]);
        assert_eq!(
            received.faults,
            [Reason::TooLong { max: 8 }],
            "{record:02X?}"
        );
    }
}

#[test]
fn a_record_of_the_longest_length_passes_whatever_was_escaped() {
    for record in [b"1234".as_slice(), b"1\xC0\xDB4", &[ESC; 4]] {
        let received = receive_in_all_cuts(&small(), &sent(&small(), record));
        assert_eq!(received.records, [record]);
    }
    let refused = small().encode(&[b"123", b"45"], &mut [0; 64]);
    assert_eq!(refused, Err(EncodeError::TooLong { max: 4 }));
}

#[test]
fn the_worst_case_is_what_a_record_of_ends_takes() {
    for len in [1, 7, 64, 65, 1500] {
        for byte in [END, ESC] {
            let record = vec![byte; len];
            assert_eq!(sent(&slip(), &record).len(), slip().max_encoded_len(len));
            assert_eq!(sent(&bare(), &record).len(), 2 * len + 1);
        }
    }
}

#[test]
fn room_for_the_frame_is_enough_and_a_byte_less_is_refused() {
    for record in random_records(1, 200, &SPECIAL) {
        let frame = sent(&slip(), &record);
        let mut out = vec![0; frame.len()];
        assert_eq!(slip().encode(&[&record], &mut out), Ok(frame.len()));
        assert_eq!(out, frame);
        let needed = slip().max_encoded_len(record.len());
        let short = &mut out[..frame.len() - 1];
        assert_eq!(
            slip().encode(&[&record], short),
            Err(EncodeError::Room { needed })
        );
    }
}

#[test]
fn parts_encode_like_their_concatenation() {
    for record in random_records(2, 200, &SPECIAL) {
        let frame = sent(&slip(), &record);
        for at in 0..=record.len() {
            let (head, tail) = record.split_at(at);
            assert_eq!(sent_in_parts(&slip(), &[head, &[], tail]), frame);
        }
    }
}

#[test]
fn random_records_come_back_through_all_cuts() {
    let records: Vec<_> = random_records(3, 24, &SPECIAL).collect();
    for framing in [slip(), bare(), strict()] {
        let stream: Vec<u8> = records.iter().flat_map(|r| sent(&framing, r)).collect();
        let received = receive_in_all_cuts(&framing, &stream);
        assert_eq!(received.records, records);
        assert_eq!(received.faults, []);
    }
}

/// RFC 1055's own receiver, a byte at a time.
fn by_the_book(content: &[u8]) -> Option<Vec<u8>> {
    let mut record = Vec::new();
    let mut bytes = content.iter();
    while let Some(&byte) = bytes.next() {
        record.push(match byte {
            ESC => match *bytes.next()? {
                ESC_END => END,
                ESC_ESC => ESC,
                other => other,
            },
            byte => byte,
        });
    }
    Some(record)
}

#[test]
fn decoding_in_place_equals_the_specification() {
    let contents = (4..9).flat_map(|seed| random_records(seed, 300, &[ESC, ESC_END, ESC_ESC]));
    let dense = [1, 2, 63, 64, 65, 128, 1499, 1500].map(|len| vec![ESC; len]);
    for mut content in contents.chain(dense) {
        content.retain(|byte| *byte != END);
        if content.is_empty() {
            continue;
        }
        let mut frame = [content.as_slice(), &[END]].concat();
        let record = slip()
            .decode(&mut frame)
            .map(|record| frame[record].to_vec());
        assert_eq!(record.ok(), by_the_book(&content), "{content:02X?}");
    }
}

#[test]
fn an_end_inside_what_is_decoded_is_refused() {
    for at in 1..130 {
        let mut frame = vec![b'x'; 132];
        (frame[0], frame[131], frame[at]) = (END, END, END);
        assert_eq!(slip().decode(&mut frame), Err(Reason::Byte { at }));
    }
}

#[test]
fn one_damaged_byte_costs_at_most_one_record() {
    let records: [&[u8]; 4] = [b"alpha", b"b\xC0\xDBe", b"\xDB", b"delta"];
    damage_costs_at_most(&slip(), &records, 1);
    damage_costs_at_most(&bare(), &records, 2);
}

#[test]
fn a_damaged_character_costs_the_frame_it_stands_in() {
    let mut framing = slip();
    let mut received = Received::default();
    let mut rx = b"\xC0A\xC0\xC0B".to_vec();
    drain(&mut framing, &mut rx, Cause::Mark, &mut received);
    rx.extend_from_slice(b"B\xC0\xC0C\xC0");
    drain(&mut framing, &mut rx, Cause::Bytes, &mut received);
    assert_eq!(received.records, [b"A", b"C"]);
    assert_eq!(received.faults, [Reason::Line]);
}

#[test]
fn a_damaged_first_character_is_reported_once() {
    let mut framing = slip();
    assert_eq!(
        framing.find(b"", Cause::Mark),
        Find::Skip(0, Some(Reason::Line))
    );
    assert_eq!(framing.find(b"", Cause::Mark), Find::More);
    assert_eq!(
        framing.find(b"AB\xC0C\xC0", Cause::Bytes),
        Find::Skip(3, None)
    );
    assert_eq!(framing.find(b"C\xC0", Cause::Bytes), Find::Frame(2));
}

#[test]
fn the_slip_codec_crate_reads_what_we_write_and_we_what_it_writes() {
    for record in (10..14).flat_map(|seed| random_records(seed, 200, &SPECIAL)) {
        let frame = sent(&slip(), &record);
        let mut peer = Vec::new();
        slip_codec::SlipEncoder::new(true)
            .encode(&record, &mut peer)
            .expect("a Vec takes all");
        assert_eq!(frame, peer);
        let mut decoder = slip_codec::SlipDecoder::new();
        let (mut wire, mut back) = (frame.as_slice(), Vec::new());
        while back.is_empty() {
            decoder.decode(&mut wire, &mut back).expect("a whole frame");
        }
        assert_eq!(back, record);
        assert_eq!(receive(slip(), [peer.as_slice()]).records, [record]);
    }
}
