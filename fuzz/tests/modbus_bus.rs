//! A server and a client on a bus with other stations and noise: no false reply, no missed request
//! after a quiet gap, no more memory in the end than at the beginning.
//!
//! `LINESIDE_BUS_FRAMES` is how many frames each of them hears in each way of receiving: a few hundred when
//! it is not set, a million in a long run in release.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails loudly, and a long run says what it has done"
)]

use core::{
    fmt::{Debug, Display},
    time::Duration,
};
use std::fs;

use lineside_core::Machine;
use lineside_fuzz::{
    Dice,
    laws::{Bounds, Player},
    targets::modbus::{
        book,
        traffic::{self, Piece},
    },
};
use lineside_modbus::{
    ClientConfig, Framing, Line, Reception, Resync, ServerConfig, client, server,
    wire::{Pdu, Unit},
};

/// Units 1 to 3 are the server's.
const FOREIGN: u8 = 4;
const SHORT: usize = 500;

fn frames() -> usize {
    let frames = std::env::var("LINESIDE_BUS_FRAMES").ok();
    frames.map_or(SHORT, |frames| frames.parse().unwrap())
}

/// A machine, and the bus that it hears.
struct Bus<M: Machine> {
    player: Player<M>,
    dice: Dice,
    character: Duration,
    /// Frames of others, and their bytes.
    frames: usize,
    bytes: usize,
}

impl<M: Machine<Event: Debug, Error: Display>> Bus<M> {
    fn new(machine: M, line: Line, seed: u64) -> Self {
        let longest = if line.resync == Resync::Everywhere {
            512
        } else {
            256
        };
        let bounds = Bounds {
            unread: longest,
            unsent: 256,
            own: 0,
        };
        let mut player = Player::new(machine, bounds);
        // Nobody knows what was before.
        player.pass(Duration::from_secs(1));
        Self {
            player,
            dice: Dice::new(seed),
            character: line.char_time,
            frames: 0,
            bytes: 0,
        }
    }

    fn silence(&mut self, tenths: u32) {
        self.player.pass(self.character * tenths / 10);
    }

    /// Characters back to back, in pieces of three at most, as a line's driver brings them.
    fn hear(&mut self, bytes: &[u8]) {
        let (first, mut rest) = bytes.split_at(bytes.len().min(1));
        let mut piece = first;
        while !piece.is_empty() {
            self.player.pass(self.character * piece.len() as u32);
            self.player.feed(piece);
            let next = 1 + self.dice.below(rest.len().min(3));
            (piece, rest) = rest.split_at(next.min(rest.len()));
        }
        self.bytes += bytes.len();
    }

    /// Some frames of others, and nothing that by chance is a frame for the server: not together
    /// with `ours` behind them either.
    fn others(&mut self, ours: &[u8]) -> Vec<Piece> {
        loop {
            let count = 1 + self.dice.below(6);
            let pieces: Vec<Piece> = (0..count)
                .flat_map(|_| traffic::foreign(FOREIGN, &mut self.dice))
                .collect();
            let mut bytes = Vec::new();
            for piece in &pieces {
                if let Piece::Bytes(more) = piece {
                    bytes.extend(more);
                }
            }
            let alone = bytes.len();
            bytes.extend(ours);
            if !traffic::has_accident(&bytes, alone, FOREIGN) {
                return pieces;
            }
        }
    }

    fn play(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Bytes(bytes) => {
                    self.frames += 1;
                    self.hear(bytes);
                }
                Piece::Silence(tenths) => self.silence(*tenths),
            }
            assert_eq!(self.player.unsent(), 0, "an answer to {piece:?}");
        }
    }

    /// What the machine says now, until it has left.
    fn said(&mut self) -> Vec<u8> {
        let said = self.player.take(usize::MAX);
        self.player.pass(self.character * said.len() as u32);
        self.player.departed();
        said.to_vec()
    }
}

/// Pages of this process.
fn resident() -> Option<usize> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    statm.split(' ').nth(1)?.parse().ok()
}

/// Calls `round` until enough frames were heard, and looks after the memory.
fn long_run(name: &str, mut round: impl FnMut() -> (usize, usize)) {
    let (mut early, mut rounds) = (None, 0_usize);
    let (frames, bytes) = loop {
        let (frames, bytes) = round();
        rounds += 1;
        if frames > self::frames() / 10 {
            early = early.or(Some(resident()));
        }
        if frames >= self::frames() {
            break (frames, bytes);
        }
    };
    let grown = early
        .flatten()
        .zip(resident())
        .map(|(early, late)| late.saturating_sub(early));
    println!("{name}: {frames} frames, {bytes} bytes, {rounds} requests, {grown:?} pages more");
    // 4 MiB: other tests run beside this one.
    assert!(
        grown.is_none_or(|pages| pages < 1_024),
        "{grown:?} pages more"
    );
}

fn lines() -> [(&'static str, Line); 4] {
    let line = Line::default();
    let mut everywhere = line.reception(Reception::Tolerant);
    everywhere.resync = Resync::Everywhere;
    [
        ("strict", line),
        ("strict, fixed silences", line.speed(19_201, line.char_time)),
        ("tolerant", line.reception(Reception::Tolerant)),
        ("tolerant, everywhere", everywhere),
    ]
}

#[test]
fn a_server_among_others_answers_what_it_is_asked_and_nothing_else() {
    for (name, line) in lines() {
        let units = [1, 2, 3].map(Unit::new).into_iter().collect();
        let config = ServerConfig::default().line(line).units(units);
        let machine = server::Server::new(Framing::Rtu, config);
        let mut bus = Bus::new(machine, line, 5);
        long_run(&format!("server, {name}"), || {
            let unit = 1 + bus.dice.byte() % 3;
            let asked = [3, bus.dice.byte(), bus.dice.byte() & 0x7F, 0, 1];
            let request = book::rtu(unit, &asked);
            let others = bus.others(&request);
            bus.play(&others);
            answers(&mut bus, unit, &asked, &request, &others);
            (bus.frames, bus.bytes)
        });
    }
}

/// A register holds what the unit and the address make.
fn register(unit: u8, asked: &[u8; 5]) -> [u8; 4] {
    [3, 2, unit ^ asked[1], asked[2]]
}

fn answers(
    bus: &mut Bus<server::Server>,
    unit: u8,
    asked: &[u8; 5],
    request: &[u8],
    others: &[Piece],
) {
    for event in bus.player.take_events() {
        assert!(
            matches!(event, server::Event::Damaged { .. }),
            "{event:?} of {others:?}"
        );
    }
    bus.hear(request);
    bus.silence(36);
    let events = bus.player.take_events();
    let Some(server::Event::Request(heard)) = events.last() else {
        panic!("missed {request:02x?} after {others:?}: {events:?}");
    };
    assert_eq!((heard.unit.get(), &*heard.pdu), (unit, &asked[..]));
    let pdu = register(unit, asked);
    let reply = server::Command::Reply {
        ticket: heard.ticket,
        pdu: Pdu::new(&pdu).unwrap(),
    };
    bus.player.send(reply).unwrap();
    bus.silence(1);
    assert_eq!(bus.said(), book::rtu(unit, &pdu));
    bus.silence(36);
}

#[test]
fn a_client_among_others_gets_its_own_responses_and_no_others() {
    for (name, line) in lines() {
        let config = ClientConfig::default().line(line).retries(0);
        let machine = client::Client::new(Framing::Rtu, config);
        let mut bus = Bus::new(machine, line, 6);
        let mut id = 0;
        long_run(&format!("client, {name}"), || {
            let unit = 1 + bus.dice.byte() % 3;
            let asked = [3, bus.dice.byte(), bus.dice.byte() & 0x7F, 0, 1];
            let answer = book::rtu(unit, &register(unit, &asked));
            let others = bus.others(&answer);
            bus.play(&others);
            id += 1;
            is_answered(&mut bus, (id, unit, &asked), &answer, &others);
            (bus.frames, bus.bytes)
        });
    }
}

fn is_answered(
    bus: &mut Bus<client::Client>,
    (id, unit, asked): (u64, u8, &[u8; 5]),
    answer: &[u8],
    others: &[Piece],
) {
    let call = client::Command::Call {
        id,
        unit: Unit::new(unit),
        pdu: Pdu::new(asked).unwrap(),
        options: client::CallOptions::default(),
    };
    bus.player.send(call).unwrap();
    // A tolerant receiver may still hope for the rest of a frame.
    for _ in 0..200 {
        if bus.player.unsent() > 0 {
            break;
        }
        bus.silence(10);
    }
    assert_eq!(bus.said(), book::rtu(unit, asked), "after {others:?}");
    bus.silence(36);
    bus.hear(answer);
    bus.silence(36);
    let done = bus.player.take_events();
    let Some(client::Event::Done { id: of, outcome }) = done.last() else {
        panic!("missed {answer:02x?} after {others:?}: {done:?}");
    };
    assert_eq!(
        (*of, outcome.as_deref()),
        (id, Ok(&register(unit, asked)[..]))
    );
    assert!(
        !done
            .iter()
            .rev()
            .skip(1)
            .any(|event| matches!(event, client::Event::Done { .. })),
        "{done:?}"
    );
}
