//! Calls that wait to be sent.

use alloc::collections::VecDeque;

use super::{call::Call, owed::Owed};
use crate::wire::Unit;

/// In order; but a call to a unit whose late response is awaited does not hold up the others.
#[derive(Debug, Default)]
pub(super) struct Queue(VecDeque<Call>);

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, call: Call) {
        self.0.push_back(call);
    }

    /// To be sent again: before all others.
    pub(super) fn push_again(&mut self, call: Call) {
        self.0.push_front(call);
    }

    pub(super) fn pop(&mut self) -> Option<Call> {
        self.0.pop_front()
    }

    pub(super) fn take(&mut self, index: usize) -> Option<Call> {
        self.0.remove(index)
    }

    pub(super) fn cancel(&mut self, id: u64) -> bool {
        let found = self.0.iter().position(|call| call.id == id);
        found.and_then(|index| self.0.remove(index)).is_some()
    }

    /// The first call that may be sent. The calls to one unit keep their order, and a broadcast, which
    /// is for all of them, overtakes nothing.
    pub(super) fn ready(&self, owed: &Owed, is_serial: bool) -> Option<usize> {
        if owed.is_empty() {
            return (!self.is_empty()).then_some(0);
        }
        let mut held = Units::default();
        for (index, call) in self.0.iter().enumerate() {
            let is_broadcast = is_serial && call.unit.is_broadcast();
            let is_held = held.has(call.unit) || (is_broadcast && held.has_any());
            if !is_held && !owed.bars(call) {
                return Some(index);
            }
            if is_broadcast {
                return None;
            }
            held.add(call.unit);
        }
        None
    }
}

/// A set of units.
#[derive(Debug, Default)]
struct Units([u128; 2]);

impl Units {
    fn add(&mut self, unit: Unit) {
        let Self([low, high]) = self;
        let bit = 1 << (unit.get() & 0x7F);
        *(if unit.get() < 0x80 { low } else { high }) |= bit;
    }

    const fn has(&self, unit: Unit) -> bool {
        let Self([low, high]) = *self;
        let half = if unit.get() < 0x80 { low } else { high };
        half >> (unit.get() & 0x7F) & 1 == 1
    }

    const fn has_any(&self) -> bool {
        let Self([low, high]) = *self;
        low | high != 0
    }
}
