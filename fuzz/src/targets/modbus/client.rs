//! A client on a wire whose units answer rightly, wrongly, late, twice or not, among noise.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use lineside_core::Instant;
use lineside_modbus::{
    Bank, ClientConfig, Framing, Reception,
    client::{CallOptions, Client, Command, Event, Repeat},
    respond,
    wire::{MAX_PDU, Pdu, Request, Response, Unit},
};

use super::{
    bank, book,
    wire::{self, Wire},
};
use crate::{
    Dice,
    laws::{self, Act, Bounds, Company, Heard, Talk},
    targets::framing::damage,
};

/// Runs an input on a wire of this framing.
pub(in crate::targets) fn run(input: &[u8], framing: Framing) {
    let (data, mut dice) = Dice::of(input);
    let wire = Wire::choose(framing, &mut dice);
    let config = configure(&wire, &mut dice);
    let (acts, calls) = script(&wire, data, &mut dice);
    let seed = dice.clone();
    let bounds = Bounds {
        unread: wire.unread(),
        unsent: wire.longest() * config.transactions.max(2),
        own: 0,
    };
    let start = || {
        let client = Client::new(framing, config);
        let units = Others::new(wire, data, seed.clone(), calls.clone());
        Talk::new(
            client,
            units,
            bounds,
            wire.pace(),
            wire.quiet(),
            acts.clone(),
        )
        .in_turns(wire.line.reception == Reception::Stream)
    };
    laws::cuts_do_not_matter_in_a_talk(start, |byte| wire.may_end(byte), &mut dice);
    let mut talk = start();
    let mut pieces = dice.clone();
    talk.play(&mut |rest| 1 + pieces.below(rest.len().min(wire.pace().longest)));
    assert_eq!(
        (
            talk.player().machine().queued(),
            talk.player().machine().outstanding()
        ),
        (0, 0),
        "calls are open for ever"
    );
    let (_, _, others) = talk.end();
    others.every_call_is_done();
}

fn configure(wire: &Wire, dice: &mut Dice) -> ClientConfig {
    let mut config = ClientConfig::default().line(wire.line);
    config = config.response(Duration::from_millis(dice.pick([100, 1_000])));
    config = config.retries(u8::try_from(dice.below(3)).unwrap_or(0));
    config = config.transactions(dice.pick([1, 2, 16]));
    config = config.queued(dice.pick([2, 64]));
    config.coalesce(dice.once_in(2))
}

type Calls = BTreeMap<u64, (u8, Pdu)>;

/// Calls, cancels and noise, at times that have nothing to do with the answers.
fn script(wire: &Wire, mut data: &[u8], dice: &mut Dice) -> (Vec<Act<Command>>, Calls) {
    let (mut acts, mut calls) = (Vec::new(), Calls::new());
    for id in 0..3 + dice.below(9) as u64 {
        let unit = dice.pick([1, 1, 1, 2, 0, 255]);
        let raw = data
            .split_first()
            .map(|(length, rest)| rest.split_at(usize::from(*length % 32).min(rest.len())));
        let pdu = match raw {
            Some((pdu, rest)) if dice.once_in(6) => {
                data = rest;
                pdu.to_vec()
            }
            _ => book::request(dice),
        };
        let pdu = Pdu::new(&pdu).unwrap_or_default();
        let repeat = dice.pick([Repeat::Idempotent, Repeat::Always]);
        acts.push(Act::Ask(Command::Call {
            id,
            unit: Unit::new(unit),
            pdu,
            options: CallOptions::default().repeat(repeat),
        }));
        calls.insert(id, (unit, pdu));
        if dice.once_in(2) {
            acts.push(pause(dice));
        }
        if dice.once_in(8) {
            let id = dice.below(12) as u64;
            acts.push(Act::Ask(Command::Cancel { id }));
        }
        if dice.once_in(8) {
            acts.push(Act::Bytes(noise(wire, data, dice)));
        }
    }
    (acts, calls)
}

fn pause(dice: &mut Dice) -> Act<Command> {
    let micros = dice.pick([100, 1_100, 3_300, 51_000, 130_000, 1_700_000, 30_000_000]);
    Act::Heard(Heard::Idle(Duration::from_micros(micros)))
}

/// On TCP a byte too many is the end of the stream, so that there it is rare.
fn noise(wire: &Wire, data: &[u8], dice: &mut Dice) -> Vec<u8> {
    if wire.framing == Framing::Tcp && !dice.once_in(20) {
        return book::tcp(dice.pick([1, 2, 99]), 1, &dice.bytes(3));
    }
    let from = dice.below(data.len() + 1);
    let until = from + dice.below(data.len() + 1 - from).min(300);
    data.get(from..until).unwrap_or_default().to_vec()
}

/// The units, and the callers.
#[derive(Debug)]
struct Others<'d> {
    wire: Wire,
    data: &'d [u8],
    bank: Bank,
    dice: Dice,
    calls: Calls,
    done: BTreeSet<u64>,
    refused: usize,
    requests: usize,
}

impl<'d> Others<'d> {
    fn new(wire: Wire, data: &'d [u8], dice: Dice, calls: Calls) -> Self {
        Self {
            wire,
            data,
            bank: bank::small(),
            dice,
            calls,
            done: BTreeSet::new(),
            refused: 0,
            requests: 0,
        }
    }

    /// A call that was not cancelled, and not refused for want of room, is done.
    fn every_call_is_done(&self) {
        assert!(self.done.len() <= self.calls.len() - self.refused);
        assert!(
            self.requests <= 3 * self.calls.len(),
            "{} requests for {} calls",
            self.requests,
            self.calls.len()
        );
    }
}

impl Company<Client> for Others<'_> {
    fn told(&mut self, event: &Event) -> Vec<(Duration, Command)> {
        if let Event::Done { id, outcome } = event {
            assert!(self.done.insert(*id), "call {id} is done twice");
            let Some((_, asked)) = self.calls.get(id) else {
                panic!("call {id} was never made");
            };
            if let Ok(pdu) = outcome
                && !pdu.is_empty()
            {
                let request = Request::parse(asked);
                let fits = request.map(|request| Response::parse(pdu, &request).is_ok());
                assert_eq!(fits, Ok(true), "{pdu:?} answers {asked:?}");
            }
        }
        Vec::new()
    }

    fn refused(&mut self) {
        self.refused += 1;
    }

    fn said(&mut self, _: Instant, bytes: &[u8]) -> Vec<Act<Command>> {
        let mut acts = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let length = match (self.wire.framing, rest.get(5)) {
                (Framing::Tcp, Some(length)) => 6 + usize::from(*length),
                _ => rest.len(),
            };
            let (frame, behind) = rest.split_at(length.clamp(1, rest.len()));
            rest = behind;
            self.requests += 1;
            self.answer(frame, &mut acts);
        }
        acts
    }
}

impl Others<'_> {
    fn answer(&mut self, frame: &[u8], acts: &mut Vec<Act<Command>>) {
        let Some((transaction, unit, pdu)) = wire::open(self.wire.framing, frame) else {
            panic!("said {frame:02x?}, which is no frame");
        };
        assert!(
            pdu.len() <= MAX_PDU && Request::parse(&pdu).is_ok(),
            "asked {pdu:02x?}"
        );
        let pdu = Pdu::new(&pdu).unwrap_or_default();
        let right = respond(&mut self.bank, &pdu);
        let dice = &mut self.dice;
        let turnaround = Duration::from_micros(dice.pick([1_500, 2_300, 9_000, 80_000]));
        acts.push(Act::Heard(Heard::Idle(turnaround)));
        let good = self.wire.frame(transaction, unit, &right);
        match dice.below(12) {
            0..=4 => acts.push(Act::Bytes(good)),
            5 => {
                let other = unit.wrapping_add(dice.pick([1, 2]));
                acts.push(Act::Bytes(self.wire.frame(transaction, other, &right)));
            }
            6 => {
                let mut other = right.to_vec();
                damage(&mut other, dice);
                other.truncate(MAX_PDU);
                acts.push(Act::Bytes(self.wire.frame(transaction, unit, &other)));
            }
            7 if self.wire.framing != Framing::Tcp => {
                let mut bad = good.clone();
                damage(&mut bad, dice);
                acts.extend([Act::Bytes(bad), self.wire.pause(dice), Act::Bytes(good)]);
            }
            8 => acts.extend([
                Act::Bytes(good.clone()),
                self.wire.pause(dice),
                Act::Bytes(good),
            ]),
            9 => {
                let noise = noise(&self.wire, self.data, dice);
                acts.extend([Act::Bytes(noise), self.wire.pause(dice), Act::Bytes(good)]);
            }
            10 => acts.extend([pause(dice), Act::Bytes(good)]),
            _ => {}
        }
    }
}
