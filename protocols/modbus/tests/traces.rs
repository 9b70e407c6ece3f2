//! Recorded dialogues with a server, `tests/traces/*.trace`, played to the machine.
//!
//! One step a line; `#` begins a comment. Bytes are hexadecimal, `"text"` with `\r` and `\n`, or
//! `ascii` and hexadecimal for an ASCII frame of them; `crc` stands for the CRC of the bytes before it.
//!
//! ```text
//! server FRAMING [units=1,17] [stream] [coalesce] [full=wait] [transactions=N] [serial=refuse]
//!        [diagnostics=pass] [zero=everyone] [indirect] [absent=0a] [register=2a5c] [without=14,15]
//!        [turnaround=US] [bank]
//!                           a line of 19,200 baud, or TCP; with `bank`, the bank below answers
//! rx BYTES                  arrive, on a line one character after the other
//! lump BYTES                arrive at once
//! mark parity|overrun       of one character
//! wait US                   time passes
//! eof
//! tx [BYTES]                must stand in tx, all of it; is taken, and has left at once
//! request UNIT BYTES        must be the next event; also `broadcast`
//! restart UNIT              must be the next event
//! damaged N WORDS           must be the next event
//! reply BYTES               answers the request that came last; `reply @1 BYTES` the first of all
//! abandon
//! register UNIT VALUE       sets a diagnostic register; `processing UNIT 1` the status word
//! nothing                   there is no event, and nothing in tx
//! close                     the machine has closed
//! lost                      the machine has failed, and goes on failing
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use core::time::Duration;
use std::{collections::VecDeque, fs, path::Path};

use lineside_core::{Clause, Error, Instant, Link, Machine, Mark, Step};
use lineside_modbus::{
    Bank, Diagnostics, Framing, Functions, Line, Reception, SerialFunctions, ServerConfig, Units,
    WhenFull, respond,
    server::{Command, Event, Server, Ticket},
    wire::{Exception, Pdu, Unit},
};

struct Player {
    machine: Server,
    link: Link,
    now: Instant,
    character: Duration,
    wake: Option<Instant>,
    events: VecDeque<Event>,
    tickets: Vec<(Ticket, Unit)>,
    bank: Option<Bank>,
    closed: bool,
    failed: Option<Error>,
}

/// The device of the specification's examples.
fn bank() -> Bank {
    let on = |at: u16| [0xCD_u8, 0x6B, 0x05][usize::from(at / 8)] >> (at % 8) & 1 == 1;
    let input = |at: u16| [0xAC_u8, 0xDB, 0x35][usize::from(at / 8)] >> (at % 8) & 1 == 1;
    Bank::new()
        .with_coils(0x13, (0..19).map(on))
        .with_coils(0xAC, [false])
        .with_discrete_inputs(0xC4, (0..22).map(input))
        .with_holding_registers(0, [0; 18])
        .with_holding_registers(107, [0x022B, 0, 100])
        .with_holding_registers(3, [0x00FE, 0x0ACD, 0x0001, 0x0003, 0x000D, 0x00FF])
        .with_input_registers(8, [0x000A])
        .with_exception_status(0x6D)
        .with_server_id(b"LS", b"v1")
        .with_file(4, [0, 0x0DFE, 0x0020, 0, 0, 0, 0, 0, 0, 0])
        .with_file(3, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0x33CD, 0x0040])
        .with_queue(0x04DE, [0x01B8, 0x1284])
        .with_object(0, "Company identification")
        .with_object(1, "Product code XX")
        .with_object(2, "V2.11")
}

fn config(framing: Framing, options: &[&str]) -> ServerConfig {
    let mut config = ServerConfig::default();
    if framing == Framing::Tcp {
        config.line.char_time = Duration::ZERO;
    }
    for option in options {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let hex = || u16::from_str_radix(value, 16).unwrap();
        config = match name {
            "units" => {
                let units = value
                    .split(',')
                    .map(|unit| Unit::new(unit.parse().unwrap()));
                config.units(Units::from_iter(units))
            }
            "stream" => {
                let line = Line::default().reception(Reception::Stream);
                config.line(line.speed(19_200, Duration::ZERO))
            }
            "coalesce" => config.coalesce(true),
            "full" => config.when_full(WhenFull::Wait),
            "transactions" => config.transactions(value.parse().unwrap()),
            "serial" => config.serial_functions(SerialFunctions::Refuse),
            "diagnostics" => config.diagnostics(Diagnostics::Pass),
            "zero" => config.broadcasts_over_tcp(true),
            "indirect" => config.direct(false),
            "absent" => config.absent(Some(Exception(hex().try_into().unwrap()))),
            "register" => config.diagnostic_register(hex()),
            "turnaround" => config.turnaround(Duration::from_micros(value.parse().unwrap())),
            "without" => {
                let codes = value
                    .split(',')
                    .map(|code| u8::from_str_radix(code, 16).unwrap());
                config.functions(codes.fold(Functions::ALL, Functions::without))
            }
            "bank" => config,
            _ => panic!("no such option: {option}"),
        };
    }
    config
}

impl Player {
    fn new(words: &str) -> Self {
        let words: Vec<&str> = words.split_whitespace().collect();
        let (framing, options) = words.split_first().unwrap();
        let framing = match *framing {
            "rtu" => Framing::Rtu,
            "ascii" => Framing::Ascii,
            "tcp" => Framing::Tcp,
            _ => panic!("no such framing: {framing}"),
        };
        let config = config(framing, options);
        let mut player = Self {
            character: config.line.char_time,
            machine: Server::new(framing, config),
            link: Link::default(),
            now: Instant::START,
            wake: None,
            events: VecDeque::new(),
            tickets: Vec::new(),
            bank: options.contains(&"bank").then(bank),
            closed: false,
            failed: None,
        };
        player.poll();
        // The line was silent before.
        player.wait(Duration::from_secs(1));
        player
    }

    fn poll(&mut self) {
        while !self.closed {
            match self.machine.poll(self.now, &mut self.link) {
                Ok(Step::Event(event)) => self.take(event),
                Ok(Step::Wait(at)) => {
                    self.link.mark = None;
                    return self.wake = at;
                }
                Ok(Step::Close) => self.closed = true,
                Err(error) => return self.failed = Some(error),
            }
        }
    }

    fn take(&mut self, event: Event) {
        let (Event::Request(asked) | Event::Broadcast(asked)) = event else {
            return self.events.push_back(event);
        };
        self.tickets.push((asked.ticket, asked.unit));
        match &mut self.bank {
            Some(bank) => {
                let pdu = respond(bank, &asked.pdu);
                let ticket = asked.ticket;
                self.send(Command::Reply { ticket, pdu });
            }
            None => self.events.push_back(event),
        }
    }

    fn send(&mut self, command: Command) {
        self.machine
            .send(self.now, command, &mut self.link)
            .unwrap();
    }

    /// Time passes; the machine is woken when it asked to be.
    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.wake.take().filter(|at| *at <= end) {
            assert!(at > self.now, "it asks for a time that has come");
            self.now = at;
            self.poll();
        }
        self.now = end;
        self.poll();
    }

    fn arrive(&mut self, bytes: &[u8]) {
        self.link.rx.extend_from_slice(bytes);
        self.link.received = Some(self.now);
        self.poll();
    }

    fn step(&mut self, verb: &str, rest: &str) {
        match verb {
            "rx" if self.character.is_zero() => self.arrive(&bytes(rest)),
            "rx" => {
                for byte in bytes(rest) {
                    self.now = self.now + self.character;
                    self.arrive(&[byte]);
                }
            }
            "lump" => self.arrive(&bytes(rest)),
            "mark" => {
                self.now = self.now + self.character;
                self.link.mark = Some(match rest {
                    "parity" => Mark::Parity(0),
                    "overrun" => Mark::Overrun,
                    _ => panic!("no such mark: {rest}"),
                });
                self.arrive(&[]);
            }
            "wait" => self.wait(Duration::from_micros(rest.parse().unwrap())),
            "eof" => {
                self.link.eof = true;
                self.poll();
            }
            "reply" => self.reply(rest),
            "abandon" => {
                let ticket = self.tickets.last().unwrap().0;
                self.send(Command::Abandon { ticket });
                self.poll();
            }
            "register" | "processing" => {
                let (unit, value) = rest.split_once(' ').unwrap();
                let unit = Unit::new(unit.parse().unwrap());
                let value = u16::from_str_radix(value, 16).unwrap();
                let busy = value == 1;
                self.send(if verb == "register" {
                    Command::DiagnosticRegister { unit, value }
                } else {
                    Command::Processing { unit, busy }
                });
            }
            _ => self.expect(verb, rest),
        }
    }

    fn reply(&mut self, rest: &str) {
        let (at, rest) = match rest.strip_prefix('@') {
            Some(rest) => {
                let (number, rest) = rest.split_once(' ').unwrap();
                (number.parse::<usize>().unwrap() - 1, rest)
            }
            None => (self.tickets.len() - 1, rest),
        };
        let ticket = self.tickets[at].0;
        let pdu = Pdu::new(&bytes(rest)).unwrap();
        self.send(Command::Reply { ticket, pdu });
        self.poll();
    }

    fn expect(&mut self, verb: &str, rest: &str) {
        match verb {
            "tx" => {
                assert_eq!(self.link.tx.split().to_vec(), bytes(rest), "in tx");
                self.link.sent = Some(self.now);
                self.poll();
            }
            "request" | "broadcast" => {
                let (unit, pdu) = rest.split_once(' ').unwrap();
                let event = self.events.pop_front();
                let (asked, is) = match event {
                    Some(Event::Request(asked)) => (asked, "request"),
                    Some(Event::Broadcast(asked)) => (asked, "broadcast"),
                    other => panic!("{other:?} instead of a {verb}"),
                };
                assert_eq!(is, verb);
                assert_eq!(asked.unit.to_string(), unit);
                assert_eq!(*asked.pdu, bytes(pdu));
            }
            "restart" => {
                let unit = Unit::new(rest.parse().unwrap());
                assert_eq!(self.events.pop_front(), Some(Event::Restart { unit }));
            }
            "damaged" => match self.events.pop_front() {
                Some(Event::Damaged { reason, bytes }) => {
                    assert_eq!(format!("{bytes} {reason}"), rest);
                }
                other => panic!("{other:?} instead of damage"),
            },
            "nothing" => {
                assert_eq!(self.events, []);
                assert_eq!(self.link.tx.to_vec(), [0; 0], "in tx");
                assert!(!self.closed && self.failed.is_none());
            }
            "close" => assert!(self.closed),
            "lost" => {
                assert_eq!(self.failed, Some(Error::Violation(Clause("T01"))));
                let again = self.machine.poll(self.now, &mut self.link);
                assert_eq!(again.unwrap_err(), self.failed.unwrap());
            }
            _ => panic!("no such step: {verb}"),
        }
    }
}

/// Bytes as a trace writes them.
fn bytes(text: &str) -> Vec<u8> {
    if let Some(text) = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        return text.replace("\\r", "\r").replace("\\n", "\n").into();
    }
    if let Some(text) = text.strip_prefix("ascii ") {
        let mut bytes = bytes(text);
        let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        bytes.push(sum.wrapping_neg());
        let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        return format!(":{digits}\r\n").into();
    }
    let mut bytes = Vec::new();
    for word in text.split_whitespace() {
        if word == "crc" {
            bytes.extend(crc(&bytes).to_le_bytes());
        } else {
            bytes.push(u8::from_str_radix(word, 16).expect("two hexadecimal digits"));
        }
    }
    bytes
}

/// Serial line 6.2.2, bit by bit.
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xA001 } else { 0 }
        })
    })
}

fn play(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let mut player: Option<Player> = None;
    let mut expected = 0;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split(" #").next().unwrap().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        eprintln!("{}:{number}: {line}", path.display());
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        expected += usize::from(["request", "broadcast", "tx"].contains(&verb));
        match (&mut player, verb) {
            (player, "server") => {
                if let Some(player) = player {
                    player.expect_end();
                }
                *player = Some(Player::new(rest));
            }
            (Some(player), _) => player.step(verb, rest),
            (None, _) => panic!("before any server"),
        }
    }
    player.expect("a server").expect_end();
    assert!(expected > 0, "{} expects nothing", path.display());
}

impl Player {
    fn expect_end(&self) {
        assert_eq!(self.events, [], "events are left");
        assert_eq!(self.link.tx.to_vec(), [0; 0], "bytes are left");
    }
}

#[test]
fn every_recorded_dialogue_goes_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces");
    let mut traces: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    traces.retain(|path| path.extension().is_some_and(|end| end == "trace"));
    traces.sort();
    assert!(traces.len() >= 6, "{} traces", traces.len());
    traces.iter().for_each(|path| play(path));
}
