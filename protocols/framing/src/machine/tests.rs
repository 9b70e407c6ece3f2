//! Time, marks and the end of the stream.

use lineside_core::Mark;

use super::*;
use crate::{AnyFraming, wire::EncodeError};

/// 100 µs a character: t3.5 is 350 µs, or 1,750 with its floor.
const CHARACTER: Duration = Duration::from_micros(100);

fn machine(framing: &str) -> Records<AnyFraming> {
    let config = Config::default().char_time(CHARACTER).queued(2);
    Records::new(framing.parse().unwrap(), config)
}

fn at(micros: u64) -> Instant {
    Instant::from_micros(micros)
}

fn hear(link: &mut Link, micros: u64, bytes: &[u8]) {
    link.rx.extend_from_slice(bytes);
    link.received = Some(at(micros));
}

/// All events up to the next wait or close, and that.
fn poll(machine: &mut Records<AnyFraming>, micros: u64, link: &mut Link) -> (Vec<Event>, Step<()>) {
    let mut events = Vec::new();
    loop {
        match machine.poll(at(micros), link).unwrap() {
            Step::Event(event) => events.push(event),
            Step::Wait(until) => return (events, Step::Wait(until)),
            Step::Close => return (events, Step::Close),
        }
    }
}

fn record(bytes: &'static [u8]) -> Event {
    Event::Record(Bytes::from_static(bytes))
}

fn damaged(reason: Reason, bytes: usize) -> Event {
    Event::Damaged { reason, bytes }
}

fn wait(micros: u64) -> Step<()> {
    Step::Wait(Some(at(micros)))
}

#[test]
fn silence_ends_a_frame_to_the_nanosecond() {
    let (mut machine, mut link) = (machine("gap:35"), Link::default());
    hear(&mut link, 1_000, b"abc");
    assert_eq!(poll(&mut machine, 1_200, &mut link), (vec![], wait(2_750)));
    assert_eq!(poll(&mut machine, 2_749, &mut link), (vec![], wait(2_750)));
    assert_eq!(
        poll(&mut machine, 2_750, &mut link),
        (vec![record(b"abc")], Step::Wait(None))
    );
    assert_eq!(
        poll(&mut machine, 9_999, &mut link),
        (vec![], Step::Wait(None))
    );
}

#[test]
fn silence_is_counted_from_the_byte_and_not_from_the_poll() {
    let (mut machine, mut link) = (machine("gap:35"), Link::default());
    hear(&mut link, 1_000, b"abc");
    assert_eq!(poll(&mut machine, 5_000, &mut link).0, [record(b"abc")]);
}

#[test]
fn silence_that_was_slept_through_still_parts_two_frames() {
    let (mut machine, mut link) = (machine("gap:35"), Link::default());
    hear(&mut link, 1_000, b"ab");
    assert_eq!(poll(&mut machine, 1_000, &mut link).0, []);
    // Two characters that end at 3,000 began at 2,800: 1,800 after the last.
    hear(&mut link, 3_000, b"cd");
    assert_eq!(
        poll(&mut machine, 3_000, &mut link),
        (vec![record(b"ab")], wait(4_750))
    );
    assert_eq!(poll(&mut machine, 4_750, &mut link).0, [record(b"cd")]);
}

#[test]
fn a_byte_between_the_pause_and_the_silence_spoils_its_frame() {
    let (mut machine, mut link) = (machine("gap:35:pause=15"), Link::default());
    hear(&mut link, 1_000, b"a");
    assert_eq!(poll(&mut machine, 1_000, &mut link).0, []);
    // It began at 1,760 + 1: the pause may be 750.
    hear(&mut link, 1_851, b"b");
    assert_eq!(poll(&mut machine, 1_851, &mut link).0, []);
    assert_eq!(
        poll(&mut machine, 3_601, &mut link).0,
        [damaged(Reason::Gap, 2)]
    );
    hear(&mut link, 9_000, b"a");
    assert_eq!(poll(&mut machine, 9_000, &mut link).0, []);
    hear(&mut link, 9_850, b"b");
    assert_eq!(poll(&mut machine, 9_850, &mut link).0, []);
    assert_eq!(poll(&mut machine, 11_600, &mut link).0, [record(b"ab")]);
}

#[test]
fn a_frame_of_the_longest_length_without_a_silence_is_one_error() {
    let (mut machine, mut link) = (machine("gap:35:max=4"), Link::default());
    let mut events = Vec::new();
    for count in 1..=20 {
        hear(&mut link, count * 100, b"x");
        events.extend(poll(&mut machine, count * 100, &mut link).0);
        assert!(link.rx.len() <= 4);
    }
    assert_eq!(events, [damaged(Reason::TooLong { max: 4 }, 5)]);
    assert_eq!(
        poll(&mut machine, 3_750, &mut link),
        (vec![], Step::Wait(None))
    );
    hear(&mut link, 4_000, b"good");
    assert_eq!(poll(&mut machine, 6_000, &mut link).0, [record(b"good")]);
    assert_eq!(machine.counters().skipped, 15);
}

#[test]
fn a_damaged_character_spoils_the_frame_it_stands_in() {
    let (mut machine, mut link) = (machine("gap:35"), Link::default());
    hear(&mut link, 1_000, b"ab");
    link.mark = Some(Mark::Parity(b'c'));
    assert_eq!(
        poll(&mut machine, 1_000, &mut link),
        (vec![damaged(Reason::Line, 2)], wait(2_750))
    );
    hear(&mut link, 1_100, b"d");
    assert_eq!(poll(&mut machine, 1_100, &mut link), (vec![], wait(2_850)));
    assert_eq!(
        poll(&mut machine, 2_850, &mut link),
        (vec![], Step::Wait(None))
    );
    assert_eq!(machine.counters().damage.line, 1);
}

#[test]
fn a_mark_after_the_silence_leaves_the_frame_before_it_alone() {
    let (mut machine, mut link) = (machine("gap:35"), Link::default());
    hear(&mut link, 1_000, b"ab");
    assert_eq!(poll(&mut machine, 1_000, &mut link).0, []);
    link.mark = Some(Mark::Framing(0));
    link.received = Some(at(5_000));
    let events = [record(b"ab"), damaged(Reason::Line, 0)];
    assert_eq!(poll(&mut machine, 5_000, &mut link).0, events);
}

#[test]
fn a_break_between_lines_is_nothing_and_inside_a_line_damage() {
    let (mut machine, mut link) = (machine("line"), Link::default());
    link.mark = Some(Mark::Break);
    assert_eq!(poll(&mut machine, 0, &mut link).0, []);
    hear(&mut link, 0, b"one\ntw");
    link.mark = Some(Mark::Break);
    let events = [record(b"one"), damaged(Reason::Line, 2)];
    assert_eq!(poll(&mut machine, 0, &mut link).0, events);
    hear(&mut link, 0, b"o\nthree\n");
    assert_eq!(poll(&mut machine, 0, &mut link).0, [record(b"three")]);
}

#[test]
fn the_end_of_the_stream_gives_what_is_left_and_closes_for_good() {
    for (framing, last) in [
        ("line", record(b"en")),
        ("line:eof=error", damaged(Reason::Truncated, 2)),
        ("gap:35", record(b"one\nen")),
        ("fixed:4", damaged(Reason::Truncated, 2)),
    ] {
        let (mut machine, mut link) = (machine(framing), Link::default());
        hear(&mut link, 0, b"one\nen");
        link.eof = true;
        let (events, step) = poll(&mut machine, 0, &mut link);
        assert_eq!(
            (events.last(), step),
            (Some(&last), Step::Close),
            "{framing}"
        );
        assert_eq!(poll(&mut machine, 1, &mut link), (vec![], Step::Close));
    }
}

#[test]
fn a_record_waits_for_the_silence_after_the_last() {
    let (mut machine, mut link) = (machine("gap:35"), Link::default());
    let send = |machine: &mut Records<_>, link: &mut Link, what: &'static str| {
        machine.send(at(0), Command::Record(what.into()), link)
    };
    send(&mut machine, &mut link, "one").unwrap();
    assert_eq!(&link.tx[..], b"one");
    send(&mut machine, &mut link, "two").unwrap();
    send(&mut machine, &mut link, "three").unwrap();
    let full = send(&mut machine, &mut link, "four").unwrap_err();
    assert_eq!(full, Error::Queue { max: 2 });
    // On its way: the driver calls when it is gone.
    assert_eq!(
        poll(&mut machine, 10, &mut link),
        (vec![], Step::Wait(None))
    );
    link.tx.clear();
    assert_eq!(
        poll(&mut machine, 20, &mut link),
        (vec![], Step::Wait(None))
    );
    link.sent = Some(at(300));
    assert_eq!(poll(&mut machine, 300, &mut link), (vec![], wait(2_050)));
    assert!(link.tx.is_empty());
    assert_eq!(
        poll(&mut machine, 2_050, &mut link),
        (vec![], Step::Wait(None))
    );
    assert_eq!(&link.tx[..], b"two");
    assert_eq!((machine.queued(), machine.counters().sent), (1, 3));
}

#[test]
fn a_record_that_cannot_be_sent_leaves_the_line_as_it_was() {
    let (mut machine, mut link) = (machine("line"), Link::default());
    machine.send(at(0), "good".into(), &mut link).unwrap();
    let refused = machine.send(at(0), "ba\nd".into(), &mut link).unwrap_err();
    assert_eq!(refused, Error::Encode(EncodeError::Delimiter { at: 2 }));
    machine
        .send(at(0), Command::Raw("\n\n".into()), &mut link)
        .unwrap();
    assert_eq!(&link.tx[..], b"good\n\n\n");
    assert_eq!(machine.counters().sent, 1);
}

#[test]
fn damage_is_counted_by_its_reason() {
    let (mut machine, mut link) = (machine("stx:bcc=xor:max=8"), Link::default());
    hear(
        &mut link,
        0,
        b"noise\x02a\x03\x00\x02b\x02123456789abc\x02c\x03\x60\x02",
    );
    link.eof = true;
    let _ = poll(&mut machine, 0, &mut link);
    let counters = machine.counters();
    assert_eq!((counters.records, counters.damage.total()), (1, 5));
    let damage = counters.damage;
    let each = [
        damage.noise,
        damage.check,
        damage.byte,
        damage.too_long,
        damage.truncated,
    ];
    assert_eq!(each, [1; 5]);
    assert_eq!(damage.of(Reason::Byte { at: 99 }), 1);
    assert_eq!(counters.lost + counters.skipped, 5 + 4 + 2 + 13 + 1);
}

#[test]
fn what_is_appended_is_what_is_encoded_and_a_refusal_appends_nothing() {
    let records: [&[&[u8]]; 9] = [
        &[],
        &[b"ab"],
        &[b"a", b"", b"bcdefg"],
        &[b"a\r", b"\nb"],
        &[b"ab\r"],
        &[b"abcdefgh", b"i\n"],
        &[b"\x03", b"\x7E\xC0\0"],
        &[&[b'x'; 70]],
        &[&[b'x'; 40], &[b'y'; 41]],
    ];
    let mut outcomes = [0; 2];
    for word in [
        "line:max=80",
        "line:crlf",
        "line:any",
        "delimiter:0d,09,03:max=8",
        "delimiter:787878",
        "fixed:8",
        "length:1",
        "length:varint:incl:max=80",
        "length:2le:offset=2:magic=aa55",
        "length:4be:offset=3:max=8",
        "length:2be+crc-16/modbus",
        "line+lrc:hex",
        "gap:35:min=4",
        "stx",
        "dle:bcc=xor",
        "slip",
        "cobs",
        "hdlc",
    ] {
        let framing: AnyFraming = word.parse().unwrap();
        for parts in records {
            let mut room = [0; 512];
            let encoded = framing.encode(parts, &mut room);
            let mut out = BytesMut::from("before");
            let appended = framing.append(parts, &mut out);
            assert_eq!(appended, encoded.map(drop), "{word} {parts:?}");
            let frame = &room[..encoded.unwrap_or(0)];
            assert_eq!(out, [b"before", frame].concat(), "{word} {parts:?}");
            outcomes[usize::from(encoded.is_ok())] += 1;
        }
    }
    assert!(outcomes.iter().all(|count| *count > 20), "{outcomes:?}");
}
