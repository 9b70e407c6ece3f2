//! A client and a server on a TCP connection: many requests at once, answered in any order, in any
//! pieces, at any time or never.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use lineside_core::Machine;
use lineside_modbus::{
    ClientConfig, Framing, ServerConfig, WhenFull,
    client::{self, CallOptions, Client, Repeat},
    server::{self, Server},
    wire::{Exception, Pdu, Unit},
};

use super::duel::{expected, telling};
use crate::{
    Dice,
    laws::{Bounds, LONG, Player},
};

const TURNS: usize = 3_000;

pub(super) fn run(data: &[u8], dice: &mut Dice) {
    let mut duel = Duel::choose(dice);
    let calls = 4 + data.len() % 32 + dice.below(30);
    for _ in 0..TURNS {
        duel.turn(calls, dice);
    }
    duel.is_over(dice);
}

struct Duel {
    client: Player<Client>,
    server: Player<Server>,
    /// On the way.
    there: Vec<u8>,
    back: Vec<u8>,
    open: Vec<server::Asked>,
    calls: BTreeMap<u64, (u8, Pdu)>,
    cancelled: BTreeSet<u64>,
    done: BTreeSet<u64>,
}

impl Duel {
    fn choose(dice: &mut Dice) -> Self {
        let config = ClientConfig::default()
            .transactions(dice.pick([1, 3, 16]))
            .retries(u8::try_from(dice.below(2)).unwrap_or(0))
            .response(Duration::from_millis(dice.pick([3, 1_000])))
            .coalesce(dice.once_in(2));
        let served = ServerConfig::default()
            .transactions(dice.pick([1, 3, 16]))
            .when_full(dice.pick([WhenFull::Busy, WhenFull::Wait]))
            .coalesce(dice.once_in(2));
        let bounds = Bounds {
            // What a server with enough to do leaves unread is its peer's.
            unread: 40_000,
            unsent: 260 * 17,
            own: 0,
        };
        Self {
            client: Player::new(Client::new(Framing::Tcp, config), bounds),
            server: Player::new(Server::new(Framing::Tcp, served), bounds),
            there: Vec::new(),
            back: Vec::new(),
            open: Vec::new(),
            calls: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            done: BTreeSet::new(),
        }
    }

    fn turn(&mut self, calls: usize, dice: &mut Dice) {
        if self.calls.len() < calls && dice.once_in(3) {
            self.call(dice);
        }
        if dice.once_in(60) && !self.calls.is_empty() {
            let id = dice.below(self.calls.len()) as u64;
            self.cancelled.insert(id);
            assert!(self.client.send(client::Command::Cancel { id }).is_ok());
        }
        if dice.once_in(2) && !self.open.is_empty() {
            let asked = self.open.swap_remove(dice.below(self.open.len()));
            self.reply(&asked, dice.once_in(30));
        }
        carry(&mut self.client, &mut self.there, &mut self.server, dice);
        carry(&mut self.server, &mut self.back, &mut self.client, dice);
        let time = Duration::from_micros(dice.pick([0, 1, 30, 900]));
        self.client.pass(time);
        self.server.pass(time);
        self.react();
    }

    fn call(&mut self, dice: &mut Dice) {
        let (id, unit) = (self.calls.len() as u64, dice.pick([1, 1, 255, 0]));
        let pdu = telling(dice);
        let command = client::Command::Call {
            id,
            unit: Unit::new(unit),
            pdu,
            options: CallOptions::default().repeat(dice.pick([Repeat::Idempotent, Repeat::Always])),
        };
        if self.client.send(command).is_ok() {
            self.calls.insert(id, (unit, pdu));
        }
    }

    fn reply(&mut self, asked: &server::Asked, abandons: bool) {
        let ticket = asked.ticket;
        let pdu = expected(asked.unit.get(), &asked.pdu);
        let command = if abandons {
            server::Command::Abandon { ticket }
        } else {
            server::Command::Reply { ticket, pdu }
        };
        assert!(
            self.server.send(command).is_ok(),
            "a reply to what was asked"
        );
    }

    fn react(&mut self) {
        for event in self.server.take_events() {
            match event {
                server::Event::Request(asked) => self.open.push(asked),
                other => panic!("{other:?} on a good stream"),
            }
        }
        for event in self.client.take_events() {
            let client::Event::Done { id, outcome } = event else {
                // Its time had passed.
                continue;
            };
            assert!(self.done.insert(id), "call {id} is done twice");
            let Some((unit, asked)) = self.calls.get(&id) else {
                panic!("call {id} was never made");
            };
            match outcome {
                Ok(pdu) => assert_eq!(pdu, expected(*unit, asked), "to {asked:?}"),
                Err(
                    client::Failure::Timeout
                    | client::Failure::Exception(Exception::SERVER_DEVICE_BUSY),
                ) => {}
                Err(other) => panic!("{asked:?}: {other}"),
            }
        }
    }

    /// All calls are done, and nothing is left on either side.
    fn is_over(&mut self, dice: &mut Dice) {
        for _ in 0..TURNS {
            for asked in core::mem::take(&mut self.open) {
                self.reply(&asked, false);
            }
            carry(&mut self.client, &mut self.there, &mut self.server, dice);
            carry(&mut self.server, &mut self.back, &mut self.client, dice);
            self.react();
            let time = Duration::from_micros(900);
            self.client.pass(time);
            self.server.pass(time);
        }
        self.client.pass(LONG);
        self.react();
        let rest = (
            self.client.machine().queued(),
            self.client.machine().outstanding(),
        );
        assert_eq!(rest, (0, 0), "calls are open for ever");
        assert_eq!(self.server.machine().outstanding(), 0);
        assert!(
            self.calls
                .keys()
                .all(|id| self.done.contains(id) || self.cancelled.contains(id)),
            "a call was never done"
        );
        let unread = (self.client.unread(), self.server.unread());
        assert_eq!(unread, (0, 0), "unread in the end");
    }
}

/// A piece of what one says reaches the other.
fn carry<A, B>(from: &mut Player<A>, way: &mut Vec<u8>, to: &mut Player<B>, dice: &mut Dice)
where
    A: Machine<Error: core::fmt::Display, Event: core::fmt::Debug>,
    B: Machine<Error: core::fmt::Display, Event: core::fmt::Debug>,
{
    way.extend(from.take(usize::MAX));
    from.departed();
    let most = dice.pick([0, 1, 7, 90, 4_000]);
    let piece: Vec<u8> = way.drain(..most.min(way.len())).collect();
    if !piece.is_empty() {
        to.feed(&piece);
    }
}
