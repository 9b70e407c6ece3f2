extern crate std;
use std::{format, string::String, vec, vec::Vec};

use core::time::Duration;

use lineside_core::Mark;

use super::*;
use crate::{
    config::Resync,
    machine::Direction,
    wire::{Unit, rtu},
};

/// An ear with a link and a time.
struct Bench {
    ear: Ear,
    link: Link,
    now: Instant,
    line: Line,
}

/// Everything that is heard, as words: `1:03…` a frame, `!Check 5` damage.
impl Bench {
    fn new(framing: Framing, side: Side, line: Line) -> Self {
        Self {
            ear: Ear::new(framing, side, line),
            link: Link::default(),
            now: Instant::from_micros(1_000_000),
            line,
        }
    }

    fn rtu(reception: Reception) -> Self {
        Self::new(
            Framing::Rtu,
            Side::Server,
            Line::default().reception(reception),
        )
    }

    /// Polls until nothing is left to hear now.
    fn poll(&mut self, heard: &mut Vec<String>) -> Option<Instant> {
        for _ in 0..10_000 {
            match self.ear.poll(self.now, &mut self.link) {
                Heard::Frame(frame) => heard.push(format!("{}:{:02x?}", frame.unit, &*frame.pdu)),
                Heard::Damaged { reason, bytes } => heard.push(format!("!{reason:?} {bytes}")),
                Heard::Wait(at) => {
                    self.link.mark = None;
                    return at;
                }
                Heard::Lost(length) => {
                    heard.push(format!("lost {length}"));
                    return None;
                }
            }
        }
        panic!("no end of it: {heard:?}");
    }

    /// Characters one after the other, each when it has arrived.
    fn hear(&mut self, bytes: &[u8], heard: &mut Vec<String>) {
        for byte in bytes {
            self.now = self.now + self.line.char_time;
            self.lump(&[*byte], heard);
        }
    }

    /// Bytes that are delivered at once, now.
    fn lump(&mut self, bytes: &[u8], heard: &mut Vec<String>) {
        self.link.rx.extend_from_slice(bytes);
        self.link.received = Some(self.now);
        self.poll(heard);
    }

    fn mark(&mut self, mark: Mark, heard: &mut Vec<String>) {
        self.now = self.now + self.line.char_time;
        self.link.received = Some(self.now);
        self.link.mark = Some(mark);
        self.poll(heard);
    }

    /// Silence, with a poll at each time that the ear asks for.
    fn silence(&mut self, length: Duration, heard: &mut Vec<String>) {
        let end = self.now + length;
        while let Some(at) = self.poll(heard).filter(|at| *at <= end) {
            assert!(at > self.now, "it asks for a time that has come");
            self.now = at;
        }
        self.now = end;
        self.poll(heard);
    }

    fn chars(&self, tenths: u32) -> Duration {
        self.line.char_time * tenths / 10
    }
}

fn frame(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut room = [0; rtu::MAX_ADU];
    let length = rtu::encode(Unit::new(unit), pdu, &mut room).unwrap();
    room[..length].to_vec()
}

const READ: &[u8] = &[3, 0, 0, 0, 1];
const HEARD: &str = "1:[03, 00, 00, 00, 01]";

#[test]
fn silence_of_more_than_one_and_a_half_characters_spoils_a_frame() {
    let sent = frame(1, READ);
    for at in 1..sent.len() {
        for (tenths, good) in [(0, true), (14, true), (16, false), (34, false)] {
            let (mut bench, mut heard) = (Bench::rtu(Reception::Strict), vec![]);
            bench.hear(&sent[..at], &mut heard);
            let pause = bench.chars(tenths);
            bench.silence(pause, &mut heard);
            bench.hear(&sent[at..], &mut heard);
            bench.silence(Duration::from_millis(3), &mut heard);
            let want = if good { HEARD } else { "!Gap 8" };
            assert_eq!(heard, [want], "{tenths} tenths before byte {at}");
        }
    }
}

#[test]
fn silence_of_three_and_a_half_characters_ends_a_frame_to_the_nanosecond() {
    let sent = frame(1, READ);
    let (mut bench, mut heard) = (Bench::rtu(Reception::Strict), vec![]);
    bench.hear(&sent, &mut heard);
    let t3_5 = bench.line.t3_5();
    bench.silence(t3_5 - Duration::from_nanos(1), &mut heard);
    assert!(heard.is_empty());
    bench.silence(Duration::from_nanos(1), &mut heard);
    assert_eq!(heard, [HEARD]);
    let free = bench.ear.free(bench.now, &bench.link);
    assert_eq!(free, Free::Now);
}

#[test]
fn a_silence_that_nobody_polled_in_ends_a_frame_all_the_same() {
    let sent = frame(1, READ);
    let (mut bench, mut heard) = (Bench::rtu(Reception::Strict), vec![]);
    bench.hear(&sent, &mut heard);
    bench.now = bench.now + Duration::from_millis(5);
    bench.hear(&sent, &mut heard);
    bench.silence(Duration::from_millis(3), &mut heard);
    assert_eq!(heard, [HEARD, HEARD]);
}

#[test]
fn noise_and_cut_frames_cost_no_later_frame() {
    let sent = frame(1, READ);
    for reception in [Reception::Strict, Reception::Tolerant] {
        for length in 1..300_usize {
            let (mut bench, mut heard) = (Bench::rtu(reception), vec![]);
            let noise: Vec<u8> = (0..length).map(|at| (at * 151 + 7) as u8).collect();
            bench.hear(&noise, &mut heard);
            let pause = bench.line.t3_5();
            bench.silence(pause, &mut heard);
            bench.hear(&sent, &mut heard);
            bench.silence(Duration::from_millis(60), &mut heard);
            let good: Vec<_> = heard.iter().filter(|one| !one.starts_with('!')).collect();
            assert_eq!(good, [HEARD], "{reception:?}, {length} of noise: {heard:?}");
        }
        for cut in 1..sent.len() {
            let (mut bench, mut heard) = (Bench::rtu(reception), vec![]);
            bench.hear(&sent[..cut], &mut heard);
            let pause = bench.line.t3_5();
            bench.silence(pause, &mut heard);
            bench.hear(&sent, &mut heard);
            bench.silence(Duration::from_millis(60), &mut heard);
            assert_eq!(heard.last().unwrap(), HEARD, "{reception:?} cut at {cut}");
        }
    }
}

#[test]
fn a_mark_spoils_the_frame_that_it_stands_in() {
    let sent = frame(1, READ);
    for reception in [Reception::Strict, Reception::Tolerant] {
        for at in 0..=sent.len() - 1 {
            let (mut bench, mut heard) = (Bench::rtu(reception), vec![]);
            bench.hear(&sent[..at], &mut heard);
            bench.mark(Mark::Parity(sent[at]), &mut heard);
            bench.hear(&sent[at + 1..], &mut heard);
            bench.silence(Duration::from_millis(60), &mut heard);
            assert_eq!(heard, ["!Line 8"], "{reception:?} at {at}");
            bench.hear(&sent, &mut heard);
            bench.silence(Duration::from_millis(60), &mut heard);
            assert_eq!(heard[1..], [HEARD]);
        }
    }
}

#[test]
fn a_tolerant_ear_takes_lumps_and_made_up_silences() {
    let sent = frame(1, READ);
    for at in 1..sent.len() {
        let (mut bench, mut heard) = (Bench::rtu(Reception::Tolerant), vec![]);
        bench.lump(&sent[..at], &mut heard);
        bench.silence(Duration::from_millis(16), &mut heard);
        bench.lump(&sent[at..], &mut heard);
        assert_eq!(heard, [HEARD], "an adapter's pause before byte {at}");
    }
    let (mut bench, mut heard) = (Bench::rtu(Reception::Tolerant), vec![]);
    bench.lump(&[sent.clone(), sent.clone()].concat(), &mut heard);
    assert_eq!(heard, [HEARD, HEARD], "a hidden silence");
}

#[test]
fn other_units_traffic_is_followed_both_ways() {
    let long: Vec<u8> = [&[3, 250][..], &[0x5A; 250]].concat();
    let traffic = [
        frame(7, &[3, 0xFA, 0, 0, 125]),
        frame(7, &long),
        frame(7, &[0x83, 2]),
        frame(7, &[6, 0, 1, 0, 2]),
        frame(7, &[6, 0, 1, 0, 2]),
        frame(9, &[0x41, 1, 2, 3, 4, 5, 6, 7, 8]),
        frame(1, READ),
    ];
    for reception in [Reception::Strict, Reception::Tolerant] {
        let line = Line::default().reception(reception);
        let mut bench = Bench::new(Framing::Rtu, Side::Monitor, line);
        let mut heard = vec![];
        for one in &traffic {
            bench.hear(one, &mut heard);
            let pause = bench.line.t3_5();
            bench.silence(pause, &mut heard);
        }
        assert_eq!(heard.len(), traffic.len(), "{reception:?}: {heard:?}");
        assert!(!heard.iter().any(|one| one.starts_with('!')), "{heard:?}");
    }
}

/// The first bytes of these requests are by chance a whole response with a good CRC.
#[test]
fn a_request_that_begins_like_a_response_is_a_request() {
    let begins = |frame: &[u8]| rtu::decode(&frame[..5]).is_ok();
    for reception in [Reception::Tolerant, Reception::Stream] {
        let (mut bench, mut heard) = (Bench::rtu(reception), vec![]);
        let mut seen = 0;
        for unit in 1..=247 {
            for code in 1..=4 {
                for address in 0..256_u16 {
                    let [high, low] = address.to_be_bytes();
                    let frame = frame(unit, &[code, high, low, 0, 1]);
                    if !begins(&frame) {
                        continue;
                    }
                    seen += 1;
                    bench.hear(&frame, &mut heard);
                    assert_eq!(
                        heard,
                        [format!("{unit}:{:02x?}", &frame[1..6])],
                        "{reception:?}"
                    );
                    heard.clear();
                    bench.silence(Duration::from_millis(60), &mut heard);
                    bench.ear.is_ours();
                }
            }
        }
        assert!(seen > 0);
    }
}

#[cfg(feature = "net")]
#[test]
fn a_stream_may_bring_a_frame_in_pieces_seconds_apart() {
    let sent = frame(1, READ);
    let line = Line::default().of_stream();
    for at in 1..sent.len() {
        let mut bench = Bench::new(Framing::Rtu, Side::Server, line);
        let mut heard = vec![];
        bench.lump(&sent[..at], &mut heard);
        bench.silence(Duration::from_secs(4), &mut heard);
        bench.lump(&sent[at..], &mut heard);
        assert_eq!(heard, [HEARD], "cut at {at}");
    }
}

#[test]
fn who_sent_a_frame_shows_in_the_order_of_frames() {
    let mut ear = Ear::new(Framing::Rtu, Side::Monitor, Line::default());
    let mut link = Link::default();
    let mut now = Instant::START;
    let mut direction = |pdu: &[u8]| {
        now = now + Duration::from_secs(1);
        link.rx.extend_from_slice(&frame(7, pdu));
        link.received = Some(now);
        now = now + Duration::from_secs(1);
        match ear.poll(now, &mut link) {
            Heard::Frame(frame) => frame.direction.unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let write = [6, 0, 1, 0, 2];
    assert_eq!(direction(&write), Direction::Request);
    assert_eq!(direction(&write), Direction::Response);
    assert_eq!(direction(&write), Direction::Request);
    // No answer: the client asks again, and something else.
    assert_eq!(direction(READ), Direction::Request);
    assert_eq!(direction(READ), Direction::Request);
    assert_eq!(direction(&[3, 2, 0, 1]), Direction::Response);
    assert_eq!(direction(&[0x83, 1]), Direction::Response);
}

#[test]
fn malformed_lengths_with_a_good_check_are_frames_by_silence() {
    for reception in [Reception::Strict, Reception::Tolerant] {
        for pdu in [
            &[3][..],
            &[3, 0],
            &[3, 0, 0, 0, 1, 0],
            &[16, 0, 0, 0, 1, 9, 1],
            &[0x41, 1],
        ] {
            let (mut bench, mut heard) = (Bench::rtu(reception), vec![]);
            bench.hear(&frame(1, pdu), &mut heard);
            bench.silence(Duration::from_millis(3), &mut heard);
            assert_eq!(heard, [format!("1:{pdu:02x?}")], "{reception:?}");
        }
    }
}

#[test]
fn garbage_directly_before_a_frame_costs_it_unless_every_byte_is_tried() {
    let sent = [&[0xFF, 1, 2][..], &frame(1, READ)].concat();
    for (resync, good) in [(Resync::Silence, 0), (Resync::Everywhere, 1)] {
        let line = Line {
            resync,
            ..Line::default().reception(Reception::Tolerant)
        };
        let mut bench = Bench::new(Framing::Rtu, Side::Server, line);
        let mut heard = vec![];
        bench.hear(&sent, &mut heard);
        bench.silence(Duration::from_millis(60), &mut heard);
        let found = heard.iter().filter(|one| *one == HEARD).count();
        assert_eq!(found, good, "{resync:?}: {heard:?}");
    }
}

#[test]
fn memory_stays_bounded_whatever_comes() {
    for (framing, resync) in [
        (Framing::Rtu, Resync::Silence),
        (Framing::Rtu, Resync::Everywhere),
        (Framing::Ascii, Resync::Silence),
    ] {
        let line = Line {
            resync,
            ..Line::default().reception(Reception::Tolerant)
        };
        let mut bench = Bench::new(framing, Side::Monitor, line);
        let mut heard = vec![];
        for round in 0..3_000_u32 {
            let byte = if framing == Framing::Ascii {
                b'A'
            } else {
                (round % 251) as u8
            };
            bench.lump(&[b':', byte, 3, 250], &mut heard);
            assert!(
                bench.link.rx.len() <= 520,
                "{framing} {}",
                bench.link.rx.len()
            );
            if round % 7 == 0 {
                bench.silence(Duration::from_millis(3), &mut heard);
            }
        }
    }
}

#[test]
fn our_own_echo_is_removed_and_a_changed_one_is_a_collision() {
    let line = Line {
        echo: true,
        ..Line::default()
    };
    let (ours, theirs) = (frame(1, READ), frame(1, &[3, 2, 0, 7]));
    let mut bench = Bench::new(Framing::Rtu, Side::Client, line);
    let mut heard = vec![];
    bench.ear.sent(&ours);
    bench.hear(&ours, &mut heard);
    bench.silence(Duration::from_millis(3), &mut heard);
    bench.hear(&theirs, &mut heard);
    bench.silence(Duration::from_millis(3), &mut heard);
    assert_eq!(heard, ["1:[03, 02, 00, 07]"]);
    heard.clear();
    bench.ear.sent(&ours);
    let mut changed = ours.clone();
    changed[3] ^= 0x10;
    bench.hear(&changed, &mut heard);
    bench.silence(Duration::from_millis(3), &mut heard);
    assert_eq!(heard[0], "!Collision 5");
}

#[test]
fn a_colon_begins_an_ascii_frame_at_any_time() {
    let good = b":010300000001FB\r\n";
    let mut bench = Bench::new(Framing::Ascii, Side::Server, Line::default());
    let mut heard = vec![];
    bench.hear(b"noise\r\n:0103", &mut heard);
    bench.hear(good, &mut heard);
    bench.hear(b":0103000000G1FB\r\n", &mut heard);
    bench.hear(b":010300000001FC\r\n", &mut heard);
    bench.hear(b":01030000001FB\r\n", &mut heard);
    bench.hear(good, &mut heard);
    let words: Vec<_> = heard
        .iter()
        .filter(|one| !one.starts_with("!Outside"))
        .collect();
    assert_eq!(
        words,
        [
            "!Cut 5",
            HEARD,
            "!Digit 17",
            "!Check 17",
            "!Digit 16",
            HEARD
        ]
    );
}

#[test]
fn in_what_pieces_characters_come_does_not_matter_in_ascii() {
    let good = b":010300000001FB\r\n";
    let long = [&b":"[..], &[b'0'; 700], b"\r\n"].concat();
    let stream = [b"noise".as_slice(), good, b"\0\0", &long, good, b"and more"].concat();
    let tell = |longest: usize| {
        let mut bench = Bench::new(Framing::Ascii, Side::Server, Line::default());
        let mut heard = vec![];
        for piece in stream.chunks(longest) {
            bench.lump(piece, &mut heard);
        }
        bench.silence(Duration::from_secs(2), &mut heard);
        heard
    };
    let whole = [
        "!Outside 5",
        HEARD,
        "!Outside 2",
        "!Long 513",
        "!Outside 190",
        HEARD,
        "!Outside 8",
    ];
    for longest in [1, 2, 7, 600, 2_000] {
        assert_eq!(tell(longest), whole, "in pieces of {longest}");
    }
}

#[test]
fn a_long_silence_inside_an_ascii_frame_spoils_it() {
    let good = b":010300000001FB\r\n";
    for (pause, fine) in [(1_000, true), (1_001, false)] {
        let mut bench = Bench::new(Framing::Ascii, Side::Server, Line::default());
        let mut heard = vec![];
        bench.hear(&good[..6], &mut heard);
        bench.silence(Duration::from_millis(pause), &mut heard);
        bench.hear(&good[6..], &mut heard);
        assert_eq!(
            heard.last().is_some_and(|one| one == HEARD),
            fine,
            "{heard:?}"
        );
        bench.hear(good, &mut heard);
        assert_eq!(heard.last().unwrap(), HEARD);
    }
}

#[test]
fn a_tcp_frame_ends_by_its_length_and_a_bad_length_ends_the_stream() {
    let mut bench = Bench::new(Framing::Tcp, Side::Server, Line::default());
    let mut heard = vec![];
    let good = b"\0\x07\0\0\0\x06\x01\x03\0\0\0\x01";
    for byte in good {
        bench.lump(&[*byte], &mut heard);
    }
    bench.lump(b"\0\x07\0\x01\0\x06\x01\x03\0\0\0\x01", &mut heard);
    bench.lump(&[&good[..], good].concat(), &mut heard);
    bench.lump(b"\0\x07\0\0\x01\0", &mut heard);
    assert_eq!(heard, [HEARD, "!Protocol 12", HEARD, HEARD, "lost 256"]);
}
