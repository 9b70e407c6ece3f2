//! Laws of the server's machine: framings, cuts, time, and hostile input.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod line;
mod stream;

use core::time::Duration;

use lineside_core::{Instant, Link, Machine, Step};
use lineside_modbus::{
    Bank, Framing, Line, Reception, ServerConfig, Units, WhenFull, answer, respond,
    server::{Command, Event, Server},
    wire::{MAX_PDU, Pdu, SubFunction, Unit, ascii, mbap, rtu},
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
fn a_sub_function_that_is_not_served_does_nothing_for_one_unit_and_for_all() {
    let read_only = [SubFunction::RETURN_QUERY_DATA].into_iter().collect();
    for framing in [Framing::Rtu, Framing::Ascii, Framing::Tcp] {
        let mut bench = Bench::new(framing, config().sub_functions(read_only));
        // Force Listen Only Mode, well-formed or not.
        for pdu in [&b"\x08\0\x04\0\0"[..], b"\x08\0\x04\x09", b"\x08\0\x04"] {
            let refused = frame(framing, UNIT, b"\x88\x01");
            assert_eq!(bench.ask(&frame(framing, UNIT, pdu)), refused, "{framing}");
            bench.ask(&frame(framing, Unit::BROADCAST, pdu));
        }
        assert!(!bench.machine.listens_only(UNIT));
        let echo = frame(framing, UNIT, b"\x08\0\0\xA5\x37");
        assert_eq!(bench.ask(&echo), echo, "{framing}");
    }
}
