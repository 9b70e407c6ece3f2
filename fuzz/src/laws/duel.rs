//! Two machines on one wire.

use core::{
    fmt::{Debug, Display},
    time::Duration,
};
use std::{collections::VecDeque, vec};

use lineside_core::Machine;

use super::{Bounds, LONG, Player, Story};
use crate::Dice;

/// How bytes travel between the two.
#[derive(Clone, Copy, Debug)]
pub struct Wire {
    /// How long a byte takes.
    pub char_time: Duration,
    /// The longest piece that arrives at once, in a byte's time.
    pub longest: usize,
    /// Pieces may be late, and late by any time. `false` where silence has a meaning.
    pub stalls: bool,
}

/// What one of the two made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<E> {
    /// What it heard from the other.
    pub story: Story<E>,
    /// Its own commands that it refused, by their number.
    pub refused: Vec<usize>,
}

/// Lets two machines talk: each sends its commands in its own order at times that `dice` chooses,
/// and the bytes cross in random pieces. Both keep the laws of [`Player`] throughout, and in the
/// end nothing is left to send.
pub fn duel<A, B>(
    first: (A, Vec<A::Command>),
    second: (B, Vec<B::Command>),
    bounds: Bounds,
    wire: Wire,
    dice: &mut Dice,
) -> (Outcome<A::Event>, Outcome<B::Event>)
where
    A: Machine<Error: Display, Event: Debug>,
    B: Machine<Error: Display, Event: Debug>,
{
    let mut first = Side::new(first, bounds);
    let mut second = Side::new(second, bounds);
    // Each turn sends a command, moves a byte or waits one out; a wait is lost in one of two turns.
    let work = first.work() + second.work();
    for _ in 0..1_000 + 100 * work {
        first.command(dice);
        second.command(dice);
        let there = first.depart(wire, dice);
        let back = second.depart(wire, dice);
        let quiet = there.is_empty() && back.is_empty() && first.is_done() && second.is_done();
        let time = if quiet { LONG } else { wire.char_time };
        first.player.pass(time);
        second.player.pass(time);
        first.arrive(&back);
        second.arrive(&there);
        if quiet && first.is_done() && second.is_done() {
            return (first.outcome(), second.outcome());
        }
    }
    panic!("the two do not come to rest");
}

struct Side<M: Machine> {
    player: Player<M>,
    commands: VecDeque<M::Command>,
    given: usize,
    refused: Vec<usize>,
    unsent: usize,
}

impl<M: Machine<Error: Display, Event: Debug>> Side<M> {
    fn new((machine, commands): (M, Vec<M::Command>), bounds: Bounds) -> Self {
        Self {
            player: Player::new(machine, bounds),
            commands: commands.into(),
            given: 0,
            refused: vec![],
            unsent: bounds.unsent,
        }
    }

    /// Bytes and commands that are to be moved at most.
    fn work(&self) -> usize {
        self.commands.len() * (1 + self.unsent)
    }

    fn command(&mut self, dice: &mut Dice) {
        if !dice.once_in(3) {
            return;
        }
        let Some(command) = self.commands.pop_front() else {
            return;
        };
        if self.player.send(command).is_err() {
            self.refused.push(self.given);
        }
        self.given += 1;
    }

    fn depart(&mut self, wire: Wire, dice: &mut Dice) -> Vec<u8> {
        let stalls = wire.stalls && dice.once_in(4);
        let most = if stalls {
            0
        } else {
            1 + dice.below(wire.longest)
        };
        self.player.take(most).to_vec()
    }

    fn arrive(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.player.feed(bytes);
        }
        self.player.departed();
    }

    fn is_done(&self) -> bool {
        self.commands.is_empty() && self.player.unsent() == 0
    }

    fn outcome(self) -> Outcome<M::Event> {
        Outcome {
            story: self.player.into_story(),
            refused: self.refused,
        }
    }
}
