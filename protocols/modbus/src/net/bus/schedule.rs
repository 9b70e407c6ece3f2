//! Which call is next.

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

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
///
/// The places are shared, too: when none is left, the caller that holds the most gives one up for
/// a caller that holds fewer (by two at least).
#[derive(Debug)]
pub(super) struct Schedule {
    /// By turn and lag.
    calls: BTreeMap<Key, Place>,
    /// How many of them are whose; nobody has none.
    held: HashMap<u64, usize>,
    max: usize,
    last_id: u64,
    /// The turn that it is.
    turn: u64,
    /// By priority, the turn after the last one of each unit and of each caller.
    units: HashMap<(Priority, u8), u64>,
    callers: HashMap<(Priority, u64), u64>,
}

/// A call in the queue.
#[derive(Debug)]
struct Place {
    /// Its turn, without the lag.
    turn: u64,
    caller: u64,
    priority: Priority,
    ask: Ask,
}

/// A call that has a place.
#[derive(Debug)]
pub(super) struct Pushed {
    pub(super) key: Key,
    /// Whose place it is: another caller's call, which is in the queue no more.
    pub(super) instead_of: Option<Ask>,
}

/// Turns that a priority is ahead of the next lower one.
const HEAD_START: u64 = 64;

impl Schedule {
    pub(super) fn new(max: usize) -> Self {
        Self {
            calls: BTreeMap::new(),
            held: HashMap::new(),
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

    /// `None`: the queue is full, and nobody has a place to give up.
    pub(super) fn push(&mut self, caller: u64, priority: Priority, ask: Ask) -> Option<Pushed> {
        let instead_of = if self.calls.len() < self.max {
            None
        } else {
            Some(self.make_room(caller)?)
        };
        let key = self.insert(caller, priority, ask);
        Some(Pushed { key, instead_of })
    }

    fn insert(&mut self, caller: u64, priority: Priority, ask: Ask) -> Key {
        let lag = match priority {
            Priority::High => 0,
            Priority::Normal => HEAD_START,
            Priority::Low => 2 * HEAD_START,
        };
        self.forget_old();
        let of_unit = self.units.entry((priority, ask.unit.get())).or_default();
        let of_caller = self.callers.entry((priority, caller)).or_default();
        let turn = (*of_unit).max(*of_caller).max(self.turn);
        *of_unit = turn + 1;
        *of_caller = turn + 1;
        self.last_id += 1;
        let key = Key {
            turn: turn + lag,
            id: self.last_id,
        };
        let place = Place {
            turn,
            caller,
            priority,
            ask,
        };
        self.calls.insert(key, place);
        *self.held.entry(caller).or_default() += 1;
        key
    }

    /// Takes the last call of whoever holds the most places, if that leaves them no fewer than
    /// `caller` then has: two that hold as many do not push each other out.
    fn make_room(&mut self, caller: u64) -> Option<Ask> {
        let mine = self.held.get(&caller).copied().unwrap_or_default();
        let all = self.held.iter().map(|(caller, held)| (*held, *caller));
        let (most, greediest) = all.max()?;
        if mine + 1 >= most {
            return None;
        }
        let mut latest = self.calls.iter().rev();
        let (&key, _) = latest.find(|(_, place)| place.caller == greediest)?;
        self.take_back(key)
    }

    pub(super) fn pop(&mut self) -> Option<(Key, Ask)> {
        let (key, place) = self.calls.pop_first()?;
        self.turn = self.turn.max(place.turn);
        self.leave(place.caller);
        Some((key, place.ask))
    }

    pub(super) fn remove(&mut self, key: Key) -> bool {
        self.take_back(key).is_some()
    }

    /// A call that is not sent. Where nobody has queued behind it, its turn was not used.
    fn take_back(&mut self, key: Key) -> Option<Ask> {
        let place = self.calls.remove(&key)?;
        self.leave(place.caller);
        let of_unit = self.units.get_mut(&(place.priority, place.ask.unit.get()));
        let of_caller = self.callers.get_mut(&(place.priority, place.caller));
        for next in [of_unit, of_caller].into_iter().flatten() {
            if *next == place.turn + 1 {
                *next = place.turn;
            }
        }
        Some(place.ask)
    }

    fn leave(&mut self, caller: u64) {
        if let Entry::Occupied(mut held) = self.held.entry(caller) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
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

    /// The key of a call that has a place and cost nobody another.
    fn push(schedule: &mut Schedule, caller: u64, priority: Priority, unit: u8) -> Key {
        let pushed = schedule.push(caller, priority, ask(unit)).unwrap();
        assert!(pushed.instead_of.is_none(), "{pushed:?}");
        pushed.key
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
            push(&mut schedule, 0, Priority::Normal, unit);
        }
        push(&mut schedule, 1, Priority::Normal, 1);
        push(&mut schedule, 1, Priority::Normal, 2);
        assert_eq!(order(&mut schedule)[..4], [10, 1, 11, 2]);
    }

    #[test]
    fn a_unit_that_everybody_asks_shares_with_the_others() {
        let mut schedule = Schedule::new(100);
        for caller in 0..10 {
            push(&mut schedule, caller, Priority::Normal, 7);
        }
        push(&mut schedule, 10, Priority::Normal, 8);
        assert_eq!(order(&mut schedule)[..3], [7, 8, 7]);
    }

    #[test]
    fn one_caller_s_calls_keep_their_order() {
        let mut schedule = Schedule::new(100);
        for unit in 0..50 {
            push(&mut schedule, 0, Priority::Normal, unit);
            if unit % 3 == 0 {
                schedule.pop();
            }
        }
        assert!(order(&mut schedule).is_sorted());
    }

    #[test]
    fn a_priority_overtakes_but_starves_nobody() {
        let mut schedule = Schedule::new(1_000);
        push(&mut schedule, 0, Priority::Low, 1);
        push(&mut schedule, 1, Priority::Normal, 2);
        for _ in 0..10 {
            push(&mut schedule, 2, Priority::High, 3);
        }
        let mut served = Vec::new();
        for _ in 0..300 {
            let (_, next) = schedule.pop().unwrap();
            served.push(next.unit.get());
            push(&mut schedule, 2, Priority::High, 3);
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
            let key = push(&mut schedule, caller, Priority::Normal, 1);
            push(&mut schedule, caller, Priority::Normal, 2);
            let third = schedule.push(caller, Priority::High, ask(3));
            assert!(third.is_none(), "{third:?}");
            assert!(schedule.remove(key) && !schedule.remove(key));
            schedule.pop().unwrap();
        }
        assert!(schedule.callers.len() <= 16 && schedule.is_empty());
        assert!(schedule.held.is_empty());
    }

    /// Whose call was refused for one of `caller`'s.
    fn refused(schedule: &mut Schedule, caller: u64) -> Option<u8> {
        let pushed = schedule.push(caller, Priority::Normal, ask(200))?;
        Some(pushed.instead_of.expect("there was no room").unit.get())
    }

    #[test]
    fn whoever_holds_the_most_places_gives_up_the_last() {
        let mut schedule = Schedule::new(8);
        for unit in 10..15 {
            push(&mut schedule, 1, Priority::Normal, unit);
        }
        for unit in 20..23 {
            push(&mut schedule, 2, Priority::Normal, unit);
        }
        assert_eq!(refused(&mut schedule, 1), None);
        // 5 and 3: a place goes over. 4 and 4: none does.
        assert_eq!(refused(&mut schedule, 2), Some(14));
        assert_eq!(refused(&mut schedule, 2), None);
        assert_eq!(refused(&mut schedule, 1), None);
        // A third gets as many as the others keep, and no more.
        let third = [(); 3].map(|()| refused(&mut schedule, 3));
        assert_eq!(third, [Some(200), Some(13), None]);
        assert_eq!(schedule.len(), 8);
    }

    #[test]
    fn where_everybody_holds_one_place_there_is_none_for_another() {
        let mut schedule = Schedule::new(3);
        for caller in 0..3 {
            push(&mut schedule, caller, Priority::Normal, 1);
        }
        assert_eq!(refused(&mut schedule, 9), None);
        // Nor does a priority take another's only place.
        let high = schedule.push(9, Priority::High, ask(1));
        assert!(high.is_none(), "{high:?}");
    }

    #[test]
    fn a_call_that_is_taken_back_costs_its_caller_and_its_unit_no_turn() {
        let mut schedule = Schedule::new(100);
        push(&mut schedule, 0, Priority::Normal, 1);
        for _ in 0..50 {
            let key = push(&mut schedule, 0, Priority::Normal, 7);
            assert!(schedule.remove(key));
        }
        push(&mut schedule, 1, Priority::Normal, 2);
        push(&mut schedule, 1, Priority::Normal, 3);
        push(&mut schedule, 1, Priority::Normal, 4);
        push(&mut schedule, 0, Priority::Normal, 7);
        assert_eq!(order(&mut schedule), [1, 2, 3, 7, 4]);
    }
}
