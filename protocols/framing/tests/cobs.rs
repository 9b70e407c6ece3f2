//! COBS and COBS/R.
#![expect(clippy::indexing_slicing, reason = "a test fails loudly")]
#![expect(clippy::expect_used, reason = "a test fails loudly")]

use core::slice;

use lineside_framing::wire::{
    Cause, EncodeError, Find, Framing, Reason,
    cobs::{Cobs, Config},
};

#[path = "drive/receive.rs"]
mod receive;
use receive::{
    Received, damage_costs_at_most, drain, random_records, receive, receive_in_all_cuts, sent,
    sent_in_parts,
};

fn plain() -> Cobs {
    Cobs::default()
}

fn with(max_record: usize, lead: bool, reduced: bool) -> Cobs {
    Cobs::new(Config {
        max_record,
        lead,
        reduced,
    })
}

fn reduced() -> Cobs {
    with(4096, false, true)
}

fn run(from: u8, to: u8) -> Vec<u8> {
    (from..=to).collect()
}

/// The records and frames of the encyclopaedia's article on COBS.
fn vectors() -> [(Vec<u8>, Vec<u8>); 11] {
    let long = |head: &[u8], run: Vec<u8>, tail: &[u8]| [head, &run, tail].concat();
    [
        (vec![0], vec![1, 1, 0]),
        (vec![0, 0], vec![1, 1, 1, 0]),
        (vec![0, 0x11, 0], vec![1, 2, 0x11, 1, 0]),
        (vec![0x11, 0x22, 0, 0x33], vec![3, 0x11, 0x22, 2, 0x33, 0]),
        (
            vec![0x11, 0x22, 0x33, 0x44],
            vec![5, 0x11, 0x22, 0x33, 0x44, 0],
        ),
        (vec![0x11, 0, 0, 0], vec![2, 0x11, 1, 1, 1, 0]),
        (run(1, 254), long(&[0xFF], run(1, 254), &[0])),
        (run(0, 254), long(&[1, 0xFF], run(1, 254), &[0])),
        (run(1, 255), long(&[0xFF], run(1, 254), &[2, 0xFF, 0])),
        (
            long(&[], run(2, 255), &[0]),
            long(&[0xFF], run(2, 255), &[1, 1, 0]),
        ),
        (
            long(&[], run(3, 255), &[0, 1]),
            long(&[0xFE], run(3, 255), &[2, 1, 0]),
        ),
    ]
}

#[test]
fn the_eleven_vectors_hold_both_ways() {
    for (record, frame) in vectors() {
        assert_eq!(sent(&plain(), &record), frame);
        for framing in [plain(), reduced()] {
            let received = receive_in_all_cuts(&framing, &frame);
            assert_eq!(received.records, slice::from_ref(&record));
            assert_eq!(received.faults, []);
        }
    }
}

#[test]
fn runs_around_a_block_take_one_code_for_each_254_bytes() {
    for (len, codes) in [
        (1, 1),
        (253, 1),
        (254, 1),
        (255, 2),
        (508, 2),
        (509, 3),
        (1500, 6),
    ] {
        let record = vec![b'x'; len];
        let frame = sent(&plain(), &record);
        assert_eq!(frame.len(), len + codes + 1, "{len}");
        assert_eq!(receive(plain(), [frame.as_slice()]).records, [record]);
    }
}

#[test]
fn a_full_last_block_may_be_followed_by_an_empty_one() {
    let record = run(1, 254);
    let frame = [&[0xFF], record.as_slice(), &[1, 0]].concat();
    assert_eq!(
        receive_in_all_cuts(&plain(), &frame).records,
        slice::from_ref(&record)
    );
    assert_eq!(
        receive_in_all_cuts(&with(254, false, false), &frame).records,
        [record]
    );
}

#[test]
fn the_overhead_is_at_most_one_and_one_in_254() {
    for record in random_records(1, 1100, &[0, 0xFF]) {
        let len = record.len();
        for framing in [plain(), reduced()] {
            let frame = sent(&framing, &record);
            assert!(frame.len() <= len + 1 + len.div_ceil(254));
            assert!(frame[..frame.len() - 1].iter().all(|byte| *byte != 0));
        }
    }
}

#[test]
fn a_code_that_points_past_the_end_is_refused_and_the_next_frame_is_intact() {
    let received = receive_in_all_cuts(&plain(), b"\x02A\0\x05AB\0\x02\x02\0\x02B\0");
    assert_eq!(received.records, [b"A", b"\x02", b"B"][..].to_vec());
    assert_eq!(received.faults, [Reason::Byte { at: 0 }]);
}

#[test]
fn a_zero_inside_a_block_ends_the_frame_and_the_next_is_intact() {
    let received = receive_in_all_cuts(&plain(), b"\x05AB\0D\0\x02B\0");
    assert_eq!(received.records, [b"B"]);
    assert_eq!(
        received.faults,
        [Reason::Byte { at: 0 }, Reason::Byte { at: 0 }]
    );
}

#[test]
fn what_is_no_frame_is_refused_by_decode() {
    for (bytes, at) in [
        (*b"\x02A\0BC\0", 2),
        (*b"\x01\0ABC\0", 1),
        (*b"\0\0ABC\0", 1),
    ] {
        assert_eq!(plain().decode(&mut bytes.clone()), Err(Reason::Byte { at }));
    }
    assert_eq!(plain().decode(&mut []), Err(Reason::Truncated));
    assert_eq!(plain().decode(&mut [0]), Err(Reason::Truncated));
    assert_eq!(plain().decode(&mut [0, 0]), Err(Reason::Truncated));
    assert_eq!(plain().decode(&mut [1]), Err(Reason::Truncated));
}

#[test]
fn an_empty_record_is_a_code_alone_and_bare_delimiters_are_idle_fill() {
    assert_eq!(sent(&plain(), b""), [1, 0]);
    let received = receive_in_all_cuts(&plain(), b"\0\0\x01\0\0\0\x02A\0\x01\0");
    assert_eq!(received.records, [b"".as_slice(), b"A", b""]);
    assert_eq!(received.faults, []);
}

#[test]
fn a_leading_delimiter_is_sent_on_demand_and_always_taken() {
    let leading = with(16, true, false);
    assert_eq!(sent(&leading, b"A"), b"\0\x02A\0");
    let received = receive_in_all_cuts(&plain(), b"\0\x02A\0\x02B\0\0\x02C\0");
    assert_eq!(received.records, [b"A", b"B", b"C"]);
}

#[test]
fn cobs_r_puts_the_last_byte_in_the_place_of_the_code_where_it_can() {
    let cases: [(&[u8], &[u8]); 6] = [
        (&[1], &[2, 1, 0]),
        (&[2], &[2, 0]),
        (&[0xA2], &[0xA2, 0]),
        (&[0xA2, 0, 3], &[2, 0xA2, 3, 0]),
        (&[5, 4, 3, 2], &[5, 5, 4, 3, 2, 0]),
        (b"12345", &[0x35, 0x31, 0x32, 0x33, 0x34, 0]),
    ];
    for (record, frame) in cases {
        assert_eq!(sent(&reduced(), record), frame);
        assert_eq!(receive_in_all_cuts(&reduced(), frame).records, [record]);
    }
}

#[test]
fn cobs_r_reads_long_records_whose_last_byte_is_the_code() {
    for record in random_records(2, 800, &[0, 0xFF]) {
        for last in [0, 1, 2, 0x7F, 0xFE, 0xFF] {
            let record = [record.as_slice(), &[last]].concat();
            let frame = sent(&reduced(), &record);
            assert_eq!(receive(reduced(), [frame.as_slice()]).records, [record]);
        }
    }
}

#[test]
fn an_overlong_frame_is_one_error_and_nothing_of_it_is_delivered() {
    let small = with(4, false, false);
    let stream = [b"\x02A\0".as_slice(), &[9; 30], b"\0\x02B\0"].concat();
    let received = receive_in_all_cuts(&small, &stream);
    assert_eq!(received.records, [b"A", b"B"]);
    assert_eq!(received.faults, [Reason::TooLong { max: 5 }]);
    let refused = small.encode(&[b"12345"], &mut [0; 64]);
    assert_eq!(refused, Err(EncodeError::TooLong { max: 4 }));
}

#[test]
fn the_longest_record_passes_and_one_byte_more_does_not() {
    for max in [1, 4, 253, 254, 255, 508, 600] {
        for byte in [0, 1, 0xFF] {
            for r in [false, true] {
                let framing = with(max, false, r);
                let frame = sent(&framing, &vec![byte; max]);
                assert_eq!(
                    receive(framing.clone(), [frame.as_slice()]).records.len(),
                    1
                );
                let longer = sent(&with(4096, false, r), &vec![byte; max + 1]);
                let received = receive(framing, [longer.as_slice()]);
                assert_eq!(received.records.len(), 0, "{max} {byte} {r}");
                assert_eq!(received.faults.len(), 1);
            }
        }
    }
}

#[test]
fn the_end_of_the_stream_inside_a_frame_is_reported() {
    let received = receive_in_all_cuts(&plain(), b"\x02A\0\x04AB");
    assert_eq!(received.records, [b"A"]);
    assert_eq!(received.faults, [Reason::Truncated]);
}

#[test]
fn room_for_the_frame_is_enough_and_a_byte_less_is_refused() {
    for record in random_records(3, 600, &[0]) {
        for framing in [plain(), reduced()] {
            let frame = sent(&framing, &record);
            let mut out = vec![0; frame.len()];
            let enough = framing.encode(&[&record], &mut out);
            // COBS/R drops its last byte only after it has been written.
            if framing.config().reduced && enough.is_err() {
                continue;
            }
            assert_eq!(enough, Ok(frame.len()));
            assert_eq!(out, frame);
            let short = &mut out[..frame.len() - 1];
            let needed = framing.max_encoded_len(record.len());
            assert_eq!(
                framing.encode(&[&record], short),
                Err(EncodeError::Room { needed })
            );
        }
    }
}

#[test]
fn parts_encode_like_their_concatenation() {
    for record in random_records(4, 300, &[0]).step_by(7) {
        let frame = sent(&plain(), &record);
        for at in 0..=record.len() {
            let (head, tail) = record.split_at(at);
            assert_eq!(sent_in_parts(&plain(), &[head, &[], tail]), frame);
        }
    }
}

#[test]
fn one_damaged_byte_costs_at_most_one_record() {
    let records: [&[u8]; 4] = [b"alpha", b"\0b\0", b"", b"delta"];
    damage_costs_at_most(&with(64, true, false), &records, 1);
    damage_costs_at_most(&plain(), &records, 2);
    damage_costs_at_most(&with(64, true, true), &records, 1);
}

#[test]
fn a_damaged_character_costs_the_frame_it_stands_in() {
    let mut framing = plain();
    let mut received = Received::default();
    let mut rx = b"\x02A\0\x03B".to_vec();
    drain(&mut framing, &mut rx, Cause::Mark, &mut received);
    rx.extend_from_slice(b"B\0\x02C\0");
    drain(&mut framing, &mut rx, Cause::Bytes, &mut received);
    assert_eq!(received.records, [b"A", b"C"]);
    assert_eq!(received.faults, [Reason::Line]);
    assert_eq!(
        framing.find(b"", Cause::Mark),
        Find::Skip(0, Some(Reason::Line))
    );
}

#[test]
fn the_peers_crates_write_and_read_the_same() {
    for record in (10..13).flat_map(|seed| random_records(seed, 700, &[0, 0xFF])) {
        let frame = sent(&plain(), &record);
        let mut peer = vec![0; corncobs::max_encoded_len(record.len())];
        let len = corncobs::encode_buf(&record, &mut peer);
        assert_eq!(frame, peer[..len]);
        let content = &frame[..frame.len() - 1];
        assert_eq!(cobs::decode_vec(content).expect("a whole frame"), record);
        let other = [cobs::encode_vec(&record), vec![0]].concat();
        assert_eq!(receive(plain(), [other.as_slice()]).records, [record]);
    }
}

#[test]
fn runs_of_zeros_and_of_data_come_back() {
    let lens = [
        0, 1, 2, 7, 8, 9, 10, 17, 63, 64, 65, 130, 190, 253, 254, 255,
    ];
    for (data, zeros, tail) in lens
        .iter()
        .flat_map(|data| lens.map(|zeros| (*data, zeros)))
        .flat_map(|(data, zeros)| lens.map(|tail| (data, zeros, tail)))
    {
        let record = [vec![1; data], vec![0; zeros], vec![2; tail], vec![0; data]].concat();
        let frame = sent(&plain(), &record);
        let mut peer = vec![0; corncobs::max_encoded_len(record.len())];
        let len = corncobs::encode_buf(&record, &mut peer);
        assert_eq!(frame, peer[..len], "{data} {zeros} {tail}");
        let received = receive(plain(), [frame.as_slice()]);
        assert_eq!(received.records, [record], "{data} {zeros} {tail}");
    }
}

#[test]
fn damaged_frames_decode_as_the_corncobs_crate_decodes_them() {
    for mut frame in (20..23).flat_map(|seed| random_records(seed, 700, &[1, 2, 3, 0xFF])) {
        frame.retain(|byte| *byte != 0);
        frame.push(0);
        if frame.len() == 1 {
            continue;
        }
        let mut peer = vec![0; frame.len()];
        let verdict = corncobs::decode_buf(&frame, &mut peer).map(|len| peer[..len].to_vec());
        let ours = plain()
            .decode(&mut frame)
            .map(|record| frame[record].to_vec());
        assert_eq!(ours.ok(), verdict.ok());
    }
}
