//! Laws of the server's machine: framings, cuts, time, and hostile input.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use core::time::Duration;

use lineside_core::{Instant, Link, Machine, Step};
use lineside_modbus::{
    Bank, Framing, Line, Reception, ServerConfig, Units, WhenFull, answer, respond,
    server::{Command, Event, Server},
    wire::{MAX_PDU, Pdu, Unit, ascii, mbap, rtu},
};

/// A server with a bank behind it, and its wire.
struct Bench {
    machine: Server,
    bank: Bank,
    link: Link,
    now: Instant,
    /// Everything that was sent.
    sent: Vec<u8>,
    events: Vec<Event>,
    /// Bytes in `tx` after a poll, at most.
    writes: usize,
    drains: bool,
}

const UNIT: Unit = Unit::new(17);

fn bank() -> Bank {
    Bank::new()
        .with_coils(0, (0..64).map(|at| at % 3 == 0))
        .with_discrete_inputs(0, (0..64).map(|at| at % 5 == 0))
        .with_holding_registers(0, (0..130).map(|at| at * 3))
        .with_input_registers(0, (0..130).map(|at| at * 5))
        .with_file(4, 0..20)
        .with_queue(9, [1, 2, 3])
        .with_server_id(b"LS", b"")
        .with_exception_status(0x6D)
        .with_object(0, "Lineside")
}

fn config() -> ServerConfig {
    ServerConfig::default().units(Units::from(UNIT))
}

impl Bench {
    fn new(framing: Framing, config: ServerConfig) -> Self {
        let mut bench = Self {
            machine: Server::new(framing, config),
            bank: bank(),
            link: Link::default(),
            now: Instant::from_micros(1),
            sent: Vec::new(),
            events: Vec::new(),
            writes: 0,
            drains: true,
        };
        bench.poll();
        bench.pass(Duration::from_secs(1));
        bench
    }

    /// Polls to the end, and answers from the bank.
    fn poll(&mut self) -> Option<Instant> {
        for _ in 0..100_000 {
            let step = self.machine.poll(self.now, &mut self.link).unwrap();
            let has_sent = self.drain();
            match step {
                Step::Wait(_) if has_sent => {}
                Step::Event(event) => {
                    self.events.push(event);
                    if let Event::Request(asked) | Event::Broadcast(asked) = event {
                        let pdu = respond(&mut self.bank, &asked.pdu);
                        let ticket = asked.ticket;
                        let reply = Command::Reply { ticket, pdu };
                        self.machine.send(self.now, reply, &mut self.link).unwrap();
                    }
                }
                Step::Wait(at) => {
                    let again = self.machine.poll(self.now, &mut self.link).unwrap();
                    assert_eq!(again, Step::Wait(at), "the same again");
                    self.link.mark = None;
                    return at;
                }
                Step::Close => return None,
            }
        }
        panic!("no end of it");
    }

    /// Whether there was something to send.
    fn drain(&mut self) -> bool {
        if !self.drains || self.link.tx.is_empty() {
            return false;
        }
        self.writes = self.writes.max(self.link.tx.len());
        self.sent.extend(self.link.tx.split());
        self.link.sent = Some(self.now);
        true
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.poll().filter(|at| *at <= end) {
            assert!(at > self.now, "it asks for a time that has come");
            self.now = at;
        }
        self.now = end;
        self.poll();
    }

    fn arrive(&mut self, bytes: &[u8]) {
        self.link.rx.extend_from_slice(bytes);
        self.link.received = Some(self.now);
        self.poll();
    }

    /// A frame at the speed of the line, and the silence after it; gives what is sent meanwhile.
    fn ask(&mut self, frame: &[u8]) -> Vec<u8> {
        let character = self.machine.config().line.char_time;
        self.sent.clear();
        for byte in frame {
            self.now = self.now + character;
            self.arrive(&[*byte]);
        }
        self.pass(Duration::from_millis(10));
        self.sent.clone()
    }
}

fn frame(framing: Framing, unit: Unit, pdu: &[u8]) -> Vec<u8> {
    let mut room = [0; 520];
    let header = mbap::Header {
        transaction: 0x0102,
        unit,
    };
    let length = match framing {
        Framing::Rtu => rtu::encode(unit, pdu, &mut room),
        Framing::Ascii => ascii::encode(unit, pdu, ascii::LF, &mut room),
        Framing::Tcp => mbap::encode(header, pdu, &mut room),
    };
    room[..length.unwrap()].to_vec()
}

/// Requests of every kind, good and bad.
fn requests() -> Vec<Vec<u8>> {
    let good: &[&[u8]] = &[
        b"\x01\0\x03\0\x13",
        b"\x02\0\0\0\x40",
        b"\x03\0\0\0\x7D",
        b"\x04\0\x05\0\x01",
        b"\x05\0\x07\xFF\0",
        b"\x06\0\x07\x12\x34",
        b"\x07",
        b"\x0F\0\x01\0\x0A\x02\xAA\x03",
        b"\x10\0\x01\0\x02\x04\0\x01\0\x02",
        b"\x11",
        b"\x14\x07\x06\0\x04\0\x01\0\x02",
        b"\x15\x09\x06\0\x04\0\x01\0\x01\x12\x34",
        b"\x16\0\x04\0\xF2\0\x25",
        b"\x17\0\0\0\x03\0\x01\0\x01\x02\xAB\xCD",
        b"\x18\0\x09",
        b"\x2B\x0E\x01\0",
        b"\x2B\x0E\x04\x01",
    ];
    let mut all: Vec<Vec<u8>> = good.iter().map(|pdu| pdu.to_vec()).collect();
    for pdu in good {
        // Cut, longer, and with each byte changed.
        all.push(pdu[..pdu.len() - 1].to_vec());
        all.push([pdu, &[0][..]].concat());
        for at in 0..pdu.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut other = pdu.to_vec();
                other[at] ^= flip;
                all.push(other);
            }
        }
    }
    // Diagnostics and the events are the machine's own.
    all.retain(|pdu| !pdu.is_empty() && !matches!(pdu[0], 0x08 | 0x0B | 0x0C));
    all
}

#[test]
fn every_framing_gives_the_answers_of_the_bank() {
    for framing in [Framing::Rtu, Framing::Ascii, Framing::Tcp] {
        let mut bench = Bench::new(framing, config());
        let mut alone = bank();
        for pdu in requests() {
            let mut room = [0; MAX_PDU];
            let length = answer(&mut alone, &pdu, &mut room);
            // On a line, an exception's code is not asked about at all (P03).
            let is_heard = framing == Framing::Tcp || pdu[0] < 0x80;
            let want = if is_heard {
                frame(framing, UNIT, &room[..length])
            } else {
                Vec::new()
            };
            let got = bench.ask(&frame(framing, UNIT, &pdu));
            assert_eq!(got, want, "{framing} {pdu:02x?}");
        }
        assert_eq!(format!("{:?}", bench.bank), format!("{alone:?}"));
        assert!(
            !bench
                .events
                .iter()
                .any(|event| matches!(event, Event::Damaged { .. }))
        );
    }
}

#[test]
fn a_broadcast_does_what_a_write_does_and_says_nothing() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        let mut bench = Bench::new(framing, config());
        let mut alone = bank();
        for pdu in requests() {
            let is_write = matches!(pdu[0], 0x05 | 0x06 | 0x0F | 0x10 | 0x15 | 0x16 | 0x17);
            if is_write {
                answer(&mut alone, &pdu, &mut [0; MAX_PDU]);
            }
            let got = bench.ask(&frame(framing, Unit::BROADCAST, &pdu));
            assert_eq!(got, [0; 0], "{framing} {pdu:02x?}");
        }
        assert_eq!(
            format!("{:?}", bench.bank.coils()),
            format!("{:?}", alone.coils())
        );
        let registers = [&bench.bank, &alone].map(|bank| format!("{:?}", bank.holding_registers()));
        assert_eq!(registers[0], registers[1]);
        assert_eq!(bench.bank.file(4), alone.file(4));
        // It is all there still.
        assert!(!bench.ask(&frame(framing, UNIT, b"\x07")).is_empty());
    }
}

#[test]
fn on_a_stream_cuts_do_not_matter() {
    let stream = Line::default().reception(Reception::Stream);
    let stream = stream.speed(19_200, Duration::ZERO);
    let mut rng = fastrand::Rng::with_seed(7);
    for (framing, config) in [
        (Framing::Tcp, config()),
        (Framing::Tcp, config().coalesce(true)),
        (
            Framing::Tcp,
            config().when_full(WhenFull::Wait).transactions(1),
        ),
        (Framing::Rtu, config().line(stream)),
    ] {
        // What only its silence ends is no matter of a stream.
        let is_known = |pdu: &Vec<u8>| framing == Framing::Tcp || is_whole(pdu);
        let frames: Vec<u8> = requests()
            .iter()
            .filter(|pdu| is_known(pdu))
            .flat_map(|pdu| frame(framing, UNIT, pdu))
            .collect();
        let mut whole = Bench::new(framing, config.clone());
        whole.arrive(&frames);
        assert!(whole.sent.len() > 500, "{framing}");
        for _ in 0..20 {
            let mut cut = Bench::new(framing, config.clone());
            let mut rest = &frames[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rng.usize(1..=rest.len().min(40)));
                cut.arrive(now);
                rest = later;
            }
            assert_eq!(cut.sent, whole.sent, "{framing}");
            assert_eq!(cut.events, whole.events, "{framing}");
        }
        let is_one = whole.writes <= mbap::MAX_ADU;
        assert_eq!(is_one, !config.coalesce, "{} at once", whole.writes);
    }
}

/// Whether the grammar tells where a request ends.
fn is_whole(pdu: &[u8]) -> bool {
    lineside_modbus::wire::request_length(pdu) == lineside_modbus::wire::Length::Is(pdu.len())
}

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
fn what_is_not_read_back_is_bounded() {
    // A client that asks and does not take the answers: the machine stops listening.
    for config in [config(), config().coalesce(true)] {
        let mut bench = Bench::new(Framing::Tcp, config);
        bench.drains = false;
        let mut asked = 0;
        for _ in 0..2_000 {
            let frames = frame(Framing::Tcp, UNIT, b"\x03\0\0\0\x7D").repeat(4);
            if bench.link.rx.len() < 4096 {
                bench.arrive(&frames);
                asked += 4;
            }
            // The driver bounds `tx`; here nobody takes it.
            assert!(bench.link.tx.len() <= 17 * mbap::MAX_ADU + frames.len());
        }
        assert!(asked < 1_000, "{asked} were taken");
        bench.drains = true;
        bench.pass(Duration::from_millis(1));
        assert_eq!(bench.sent.len(), asked * 259);
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

#[test]
fn a_reply_to_another_function_is_misuse() {
    let mut bench = Bench::new(Framing::Tcp, config());
    bench
        .link
        .rx
        .extend(frame(Framing::Tcp, UNIT, b"\x03\0\0\0\x01"));
    let Ok(Step::Event(Event::Request(asked))) = bench.machine.poll(bench.now, &mut bench.link)
    else {
        panic!("a request");
    };
    let mut reply = |pdu: &[u8]| {
        let (ticket, pdu) = (asked.ticket, Pdu::new(pdu).unwrap());
        let reply = Command::Reply { ticket, pdu };
        bench.machine.send(bench.now, reply, &mut bench.link)
    };
    assert!(reply(b"\x04\x02\0\0").is_err());
    assert!(reply(b"\x84\x02").is_err());
    // The machine is as it was: the right one is taken.
    assert!(reply(b"\x83\x04").is_ok());
    assert_eq!(bench.link.tx, frame(Framing::Tcp, UNIT, b"\x83\x04"));
}

#[test]
fn a_restart_is_told_when_its_answer_has_left() {
    for (framing, answered) in [
        (Framing::Rtu, true),
        (Framing::Tcp, true),
        (Framing::Rtu, false),
    ] {
        let mut bench = Bench::new(framing, config());
        if !answered {
            bench.ask(&frame(framing, UNIT, b"\x08\0\x04\0\0"));
            assert!(bench.machine.listens_only(UNIT));
        }
        bench.drains = false;
        bench.ask(&frame(framing, UNIT, b"\x08\0\x01\0\0"));
        assert_eq!(bench.link.tx.is_empty(), !answered);
        let restart = [Event::Restart { unit: UNIT }];
        assert_eq!(bench.events, restart[..usize::from(!answered)], "{framing}");
        bench.drains = true;
        bench.pass(Duration::from_millis(1));
        assert_eq!(bench.events, restart, "{framing}");
        assert!(!bench.machine.listens_only(UNIT));
    }
}

#[test]
fn a_unit_that_was_told_to_listen_only_says_nothing_more() {
    // P45: also of what was asked before.
    let mut bench = Bench::new(Framing::Tcp, config());
    let ask = |bench: &mut Bench, pdu: &[u8]| {
        bench.link.rx.extend(frame(Framing::Tcp, UNIT, pdu));
        bench.machine.poll(bench.now, &mut bench.link).unwrap()
    };
    let Step::Event(Event::Request(asked)) = ask(&mut bench, b"\x03\0\0\0\x01") else {
        panic!("a request");
    };
    assert_eq!(ask(&mut bench, b"\x08\0\x04\0\0"), Step::Wait(None));
    let pdu = Pdu::new(b"\x03\x02\0\0").unwrap();
    let reply = Command::Reply {
        ticket: asked.ticket,
        pdu,
    };
    bench
        .machine
        .send(bench.now, reply, &mut bench.link)
        .unwrap();
    assert_eq!(bench.machine.outstanding(), 0);
    assert_eq!(bench.link.tx, [0; 0][..]);
}
