//! Requests that were sent and are not answered.

use alloc::vec::Vec;

use lineside_core::Instant;

use super::call::Call;
use crate::{error::Failure, machine::frame::Damage, wire::Unit};

/// One request on its way, and the wait for its response.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) call: Call,
    /// Its transaction identifier; 0 on serial lines.
    pub(super) transaction: u16,
    /// When it was handed to the wire.
    pub(super) began: Instant,
    /// When its response must have come; known when its last byte has left.
    pub(super) deadline: Option<Instant>,
    /// What came instead, at last.
    pub(super) damage: Option<Damage>,
    /// Its caller has gone.
    pub(super) is_forgotten: bool,
}

impl Flight {
    /// The last byte has left.
    pub(super) fn left(&mut self, sent: Instant) {
        let wait = match self.damage {
            // Nobody can have understood it.
            Some(Damage::Collision) => core::time::Duration::ZERO,
            _ => self.call.response,
        };
        self.deadline.get_or_insert(sent + wait);
    }

    /// Something came that is no frame.
    pub(super) fn damaged(&mut self, reason: Damage) {
        if self.damage == Some(Damage::Collision) {
            return;
        }
        self.damage = Some(reason);
        if reason == Damage::Collision
            && let Some(deadline) = &mut self.deadline
        {
            *deadline = *deadline - self.call.response;
        }
    }

    /// When its last byte had left, as far as is known.
    pub(super) fn sent(&self) -> Instant {
        match (self.deadline, self.damage) {
            (None, _) => self.began,
            (Some(deadline), Some(Damage::Collision)) => deadline,
            (Some(deadline), _) => deadline - self.call.response,
        }
    }

    /// Why no response came.
    pub(super) const fn failure(&self) -> Failure {
        match self.damage {
            None => Failure::Timeout,
            Some(Damage::Collision) => Failure::Collision,
            Some(reason) => Failure::Damaged(reason),
        }
    }
}

/// All of them: one on a serial line.
#[derive(Debug, Default)]
pub(super) struct Flights(Vec<Flight>);

impl Flights {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// `call` is on its way.
    #[inline]
    pub(super) fn begin(&mut self, call: &Call, transaction: u16, began: Instant) {
        self.0.push(Flight {
            call: *call,
            transaction,
            began,
            deadline: None,
            damage: None,
            is_forgotten: false,
        });
    }

    pub(super) fn take(&mut self, index: usize) -> Option<Flight> {
        (index < self.0.len()).then(|| self.0.remove(index))
    }

    /// Forgets one, whose place another may take.
    pub(super) fn discard(&mut self, index: usize) {
        if index < self.0.len() {
            self.0.swap_remove(index);
        }
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&Flight> {
        self.0.get(index)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Flight> {
        self.0.iter_mut()
    }

    pub(super) fn position(&self, is: impl Fn(&Flight) -> bool) -> Option<usize> {
        self.0.iter().position(is)
    }

    /// Whether one of them has not left yet.
    pub(super) fn has_unsent(&self) -> bool {
        self.0.iter().any(|flight| flight.deadline.is_none())
    }

    /// The earliest deadline.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.0.iter().filter_map(|flight| flight.deadline).min()
    }

    /// A transaction identifier that none of them has, and the last one had not.
    pub(super) fn next_transaction(&self, last: u16) -> u16 {
        let mut next = last.wrapping_add(1);
        while self.0.iter().any(|flight| flight.transaction == next) {
            next = next.wrapping_add(1);
        }
        next
    }

    pub(super) fn of(&self, transaction: u16, unit: Unit) -> Option<usize> {
        self.position(|flight| flight.transaction == transaction && flight.call.unit == unit)
    }
}
