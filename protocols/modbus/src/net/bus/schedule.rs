//! Which call is next.

use std::collections::{BTreeMap, HashMap};

use tokio::sync::oneshot;

use super::Priority;
use crate::{
    client::{CallOptions, Failure},
    wire::{Pdu, Unit},
};

/// A call that waits.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) unit: Unit,
    pub(super) request: Pdu,
    pub(super) options: CallOptions,
    pub(super) reply: oneshot::Sender<Result<Pdu, Failure>>,
}

/// A call's place, and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    turn: u64,
    pub(super) id: u64,
}

/// A queue by turns (start-time fair queueing). Each call gets the turn after the last one of its
/// caller and of its unit, but none that is over; the lowest turn is next. So whoever has many
/// calls waiting has them spread over as many turns, between those of the others. A lower priority
/// is taken as if its turn were later.
#[derive(Debug)]
pub(super) struct Schedule {
    /// By turn and lag; with each call its turn alone.
    calls: BTreeMap<Key, (u64, Ask)>,
    max: usize,
    last_id: u64,
    /// The turn that it is.
    turn: u64,
    /// By priority, the turn after the last one of each unit and of each caller.
    units: HashMap<(Priority, u8), u64>,
    callers: HashMap<(Priority, u64), u64>,
}

/// Turns that a priority is ahead of the next lower one.
const HEAD_START: u64 = 64;

impl Schedule {
    pub(super) fn new(max: usize) -> Self {
        Self {
            calls: BTreeMap::new(),
            max,
            last_id: 0,
            turn: 0,
            units: HashMap::new(),
            callers: HashMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// `None`: the queue is full.
    pub(super) fn push(&mut self, caller: u64, priority: Priority, ask: Ask) -> Option<Key> {
        if self.calls.len() >= self.max {
            return None;
        }
        let lag = match priority {
            Priority::High => 0,
            Priority::Normal => HEAD_START,
            Priority::Low => 2 * HEAD_START,
        };
        self.forget_old();
        let unit = self.units.entry((priority, ask.unit.get())).or_default();
        let caller = self.callers.entry((priority, caller)).or_default();
        let turn = (*unit).max(*caller).max(self.turn);
        *unit = turn + 1;
        *caller = turn + 1;
        self.last_id += 1;
        let key = Key {
            turn: turn + lag,
            id: self.last_id,
        };
        self.calls.insert(key, (turn, ask));
        Some(key)
    }

    pub(super) fn pop(&mut self) -> Option<(Key, Ask)> {
        let (key, (turn, ask)) = self.calls.pop_first()?;
        self.turn = self.turn.max(turn);
        Some((key, ask))
    }

    pub(super) fn remove(&mut self, key: Key) -> bool {
        self.calls.remove(&key).is_some()
    }

    /// Callers come and go; what their turns were no longer counts.
    fn forget_old(&mut self) {
        if self.callers.len() > 2 * (self.max + 1) {
            let turn = self.turn;
            self.callers.retain(|_, next| *next > turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(unit: u8) -> Ask {
        Ask {
            unit: Unit::new(unit),
            request: Pdu::EMPTY,
            options: CallOptions::default(),
            reply: oneshot::channel().0,
        }
    }

    fn order(schedule: &mut Schedule) -> Vec<u8> {
        core::iter::from_fn(|| schedule.pop())
            .map(|(_, ask)| ask.unit.get())
            .collect()
    }

    #[test]
    fn a_caller_with_many_calls_shares_with_the_others() {
        let mut schedule = Schedule::new(100);
        for unit in 10..20 {
            schedule.push(0, Priority::Normal, ask(unit)).unwrap();
        }
        schedule.push(1, Priority::Normal, ask(1)).unwrap();
        schedule.push(1, Priority::Normal, ask(2)).unwrap();
        assert_eq!(order(&mut schedule)[..4], [10, 1, 11, 2]);
    }

    #[test]
    fn a_unit_that_everybody_asks_shares_with_the_others() {
        let mut schedule = Schedule::new(100);
        for caller in 0..10 {
            schedule.push(caller, Priority::Normal, ask(7)).unwrap();
        }
        schedule.push(10, Priority::Normal, ask(8)).unwrap();
        assert_eq!(order(&mut schedule)[..3], [7, 8, 7]);
    }

    #[test]
    fn one_caller_s_calls_keep_their_order() {
        let mut schedule = Schedule::new(100);
        for unit in 0..50 {
            schedule.push(0, Priority::Normal, ask(unit)).unwrap();
            if unit % 3 == 0 {
                schedule.pop();
            }
        }
        assert!(order(&mut schedule).is_sorted());
    }

    #[test]
    fn a_priority_overtakes_but_starves_nobody() {
        let mut schedule = Schedule::new(1_000);
        schedule.push(0, Priority::Low, ask(1)).unwrap();
        schedule.push(1, Priority::Normal, ask(2)).unwrap();
        for _ in 0..10 {
            schedule.push(2, Priority::High, ask(3)).unwrap();
        }
        let mut served = Vec::new();
        for _ in 0..300 {
            let (_, next) = schedule.pop().unwrap();
            served.push(next.unit.get());
            schedule.push(2, Priority::High, ask(3)).unwrap();
        }
        assert_eq!(served[..10], [3; 10]);
        let place = |unit| served.iter().position(|served| *served == unit).unwrap();
        assert!(
            place(2) <= 64 && place(1) <= 129,
            "{} {}",
            place(2),
            place(1)
        );
    }

    #[test]
    fn the_queue_is_bounded_and_forgets_callers() {
        let mut schedule = Schedule::new(2);
        for caller in 0..1_000 {
            let key = schedule.push(caller, Priority::Normal, ask(1)).unwrap();
            schedule.push(caller, Priority::Normal, ask(2)).unwrap();
            assert_eq!(schedule.push(caller, Priority::High, ask(3)), None);
            assert!(schedule.remove(key) && !schedule.remove(key));
            schedule.pop().unwrap();
        }
        assert!(schedule.callers.len() <= 16 && schedule.is_empty());
    }
}
