//! On serial lines: silence, noise, echoes, other units.

use super::*;

#[test]
fn no_bytes_end_a_server_on_a_line() {
    let tolerant = Line::default().reception(Reception::Tolerant);
    for (framing, line) in [
        (Framing::Rtu, Line::default()),
        (Framing::Rtu, tolerant),
        (Framing::Ascii, Line::default()),
    ] {
        let mut rng = fastrand::Rng::with_seed(11);
        let mut bench = Bench::new(framing, config().line(line));
        for round in 0..400 {
            let noise: Vec<u8> = (0..rng.usize(1..300))
                .map(|_| noise(framing, &mut rng))
                .collect();
            bench.now = bench.now + line.char_time * u32::try_from(noise.len()).unwrap();
            bench.arrive(&noise);
            assert!(bench.link.rx.len() <= 1100, "{} wait", bench.link.rx.len());
            bench.pass(Duration::from_secs(2));
            let request = frame(framing, UNIT, b"\x04\0\x05\0\x01");
            let want = frame(framing, UNIT, b"\x04\x02\0\x19");
            assert_eq!(bench.ask(&request), want, "{framing} round {round}");
        }
    }
}

/// Bytes that are frames more often than mere chance has it.
fn noise(framing: Framing, rng: &mut fastrand::Rng) -> u8 {
    let likely: &[u8] = match framing {
        Framing::Ascii => b":0123456789ABCDEF\r\n",
        _ => &[17, 0, 1, 3, 4, 8, 16, 0x2B],
    };
    if rng.bool() {
        rng.u8(..)
    } else {
        *rng.choice(likely).unwrap()
    }
}

#[test]
fn a_request_behind_garbage_and_a_silence_is_answered_once() {
    // F17, F19: garbage of any length, and the beginning of every frame.
    let long = frame(Framing::Rtu, UNIT, b"\x10\0\x01\0\x02\x04\0\x01\0\x02");
    let mut rng = fastrand::Rng::with_seed(17);
    let random = (1..300).map(|length| (0..length).map(|_| rng.u8(..)).collect());
    let cuts = (1..long.len()).map(|at| long[..at].to_vec());
    let garbage: Vec<Vec<u8>> = random.chain(cuts).collect();
    let request = frame(Framing::Rtu, UNIT, b"\x04\0\x05\0\x01");
    let want = frame(Framing::Rtu, UNIT, b"\x04\x02\0\x19");
    for reception in [Reception::Strict, Reception::Tolerant] {
        let line = Line::default().reception(reception);
        let mut bench = Bench::new(Framing::Rtu, config().line(line));
        for bytes in &garbage {
            bench.sent.clear();
            for byte in bytes {
                bench.now = bench.now + line.char_time;
                bench.arrive(&[*byte]);
            }
            bench.pass(line.t3_5());
            assert_eq!(
                bench.ask(&request),
                want,
                "{reception:?} behind {bytes:02x?}"
            );
            bench.pass(line.lump);
            assert_eq!(bench.sent, want, "once");
        }
    }
}

#[test]
fn noise_behind_a_request_does_a_tolerant_server_no_harm() {
    // F21: in strict mode it is part of the frame, and spoils it.
    let request = frame(Framing::Rtu, UNIT, b"\x04\0\x05\0\x01");
    let want = frame(Framing::Rtu, UNIT, b"\x04\x02\0\x19");
    for (reception, answers) in [(Reception::Strict, false), (Reception::Tolerant, true)] {
        let line = Line::default().reception(reception);
        let mut bench = Bench::new(Framing::Rtu, config().line(line));
        for noise in [&[0xFF][..], &[1, 0], &[0xFF, 0x00, 0xFF], &[17, 4, 0]] {
            let got = bench.ask(&[&request[..], noise].concat());
            assert_eq!(!got.is_empty(), answers, "{reception:?} {noise:02x?}");
            assert!(got.is_empty() || got == want);
            bench.pass(Duration::from_millis(100));
            assert_eq!(bench.ask(&request), want, "and the next");
        }
    }
}

#[test]
fn other_units_are_let_talk() {
    // F24: requests and responses of another unit, of every function and of the longest ones.
    let mut other = bank();
    let foreign = Unit::new(5);
    let mut talk = requests();
    talk.push(b"\x03\0\0\0\x7D".to_vec());
    for reception in [Reception::Strict, Reception::Tolerant] {
        let line = Line::default().reception(reception);
        let mut bench = Bench::new(Framing::Rtu, config().line(line));
        let own = frame(Framing::Rtu, UNIT, b"\x04\0\x05\0\x01");
        let want = frame(Framing::Rtu, UNIT, b"\x04\x02\0\x19");
        for pdu in &talk {
            let mut room = [0; MAX_PDU];
            let length = answer(&mut other, pdu, &mut room);
            assert_eq!(bench.ask(&frame(Framing::Rtu, foreign, pdu)), [0; 0]);
            assert_eq!(
                bench.ask(&frame(Framing::Rtu, foreign, &room[..length])),
                [0; 0]
            );
            assert_eq!(bench.ask(&own), want, "{reception:?} after {pdu:02x?}");
        }
        assert_eq!(bench.bank.writes(), 0);
    }
}

#[test]
fn a_tolerant_server_keeps_the_silence_before_its_answer() {
    let line = Line::default().reception(Reception::Tolerant);
    let mut bench = Bench::new(Framing::Rtu, config().line(line));
    // An adapter brings the frame in two lumps, long after one another.
    let request = frame(Framing::Rtu, UNIT, b"\x07");
    bench.arrive(&request[..2]);
    bench.pass(Duration::from_millis(16));
    bench.arrive(&request[2..]);
    assert_eq!(bench.events.len(), 1, "it is accepted at once");
    bench.pass(line.t3_5() - Duration::from_nanos(1));
    assert_eq!(bench.sent, [0; 0]);
    bench.pass(Duration::from_nanos(1));
    assert_eq!(bench.sent, frame(Framing::Rtu, UNIT, b"\x07\x6D"));
}

#[test]
fn a_server_does_not_hear_itself() {
    // F23: the wire brings back what we send. Written as the request was, it would be one again.
    for reception in [Reception::Strict, Reception::Tolerant] {
        let mut line = Line::default().reception(reception);
        line.echo = true;
        let mut bench = Bench::new(Framing::Rtu, config().line(line));
        let request = frame(Framing::Rtu, UNIT, b"\x06\0\x01\0\x02");
        for _ in 0..3 {
            assert_eq!(bench.ask(&request), request);
            assert_eq!(bench.ask(&request), [0; 0], "the echo is none");
        }
        assert_eq!(bench.bank.writes(), 3);
    }
}

#[test]
fn noise_before_an_answer_is_no_part_of_its_echo() {
    // F21 and F23: a tolerant receiver may still keep the noise as the beginning of a frame.
    let mut line = Line::default().reception(Reception::Tolerant);
    line.echo = true;
    let mut bench = Bench::new(Framing::Rtu, config().line(line));
    let request = frame(Framing::Rtu, UNIT, b"\x06\0\x01\0\x02");
    assert_eq!(bench.ask(&[&request[..], &[0xFF, 0x80]].concat()), request);
    assert_eq!(bench.ask(&request), [0; 0], "the echo is none");
    bench.pass(Duration::from_millis(100));
    assert_eq!(bench.bank.writes(), 1);
    assert_eq!(bench.ask(&request), request, "the next is one");
}

#[test]
fn a_line_has_any_number_of_units() {
    let units = (0..=255).map(Unit::new);
    let mut bench = Bench::new(Framing::Rtu, config().units(units.collect()));
    for unit in (0..=255).map(Unit::new) {
        let answered = !bench
            .ask(&frame(Framing::Rtu, unit, b"\x08\0\x0E\0\0"))
            .is_empty();
        assert_eq!(answered, (1..=247).contains(&unit.get()), "{unit}");
    }
    // Each counts its own: its question before, a broadcast, and this one.
    bench.ask(&frame(Framing::Rtu, Unit::BROADCAST, b"\x06\0\x01\0\x02"));
    for unit in [1, 100, 247].map(Unit::new) {
        let got = bench.ask(&frame(Framing::Rtu, unit, b"\x08\0\x0E\0\0"));
        assert_eq!(got, frame(Framing::Rtu, unit, b"\x08\0\x0E\0\x04"));
    }
}
