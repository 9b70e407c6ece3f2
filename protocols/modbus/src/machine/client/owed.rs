//! Responses that units may still send to requests that nobody waits for any more.

use alloc::vec::Vec;
use core::time::Duration;

use lineside_core::Instant;

use super::call::Call;
use crate::wire::{Pdu, Unit};

/// For each request that got no response, until when it may still come.
///
/// A unit works at one request after another: when it answers one, its work at the next begins.
#[derive(Debug)]
pub(super) struct Owed {
    all: Vec<Debt>,
    /// At most so many.
    max: usize,
    /// How long after the response time-out; as long again when `None`.
    late: Option<Duration>,
}

#[derive(Debug)]
struct Debt {
    id: u64,
    unit: Unit,
    request: Pdu,
    until: Instant,
    /// How long the unit's work at it may take.
    work: Duration,
}

impl Debt {
    /// Whether the response that is owed could wrongly be taken for the answer to `call`: only a
    /// request of the same function is in danger. To the same call, tried again, it is an answer; and to
    /// another call of the very same request where that does the same twice as once.
    fn could_answer(&self, call: &Call) -> bool {
        let is_same = self.request == call.pdu;
        let answers = is_same && (self.id == call.id || call.is_idempotent);
        self.is_of(call.unit, call.pdu.function()) && !answers
    }

    fn is_of(&self, unit: Unit, function: u8) -> bool {
        self.unit == unit && self.request.function() == function
    }

    /// The unit has answered something else just now.
    fn begins(&mut self, now: Instant) {
        self.until = self.until.max(now + self.work);
    }
}

impl Owed {
    pub(super) const fn new(max: usize, late: Option<Duration>) -> Self {
        Self {
            all: Vec::new(),
            max,
            late,
        }
    }

    /// The response to `call`, which has left at `sent`, is owed from now on.
    pub(super) fn add(&mut self, call: &Call, sent: Instant) {
        if self.all.len() >= self.max && !self.all.is_empty() {
            self.all.remove(0);
        }
        if self.max > 0 {
            let work = call.response + self.late.unwrap_or(call.response);
            self.all.push(Debt {
                id: call.id,
                unit: call.unit,
                request: call.pdu,
                until: sent + work,
                work,
            });
        }
    }

    /// A response to `call` came. When an earlier request like it was without one, this may have been
    /// that one's, and the call's own is what is owed now.
    pub(super) fn answered(&mut self, now: Instant, call: &Call) {
        let same = |debt: &&mut Debt| debt.unit == call.unit && debt.request == call.pdu;
        self.all
            .iter_mut()
            .filter(same)
            .for_each(|debt| debt.begins(now));
    }

    /// A response of `function` came from `unit` that answers nothing else: it was the oldest of
    /// those that are owed. `false` when none is.
    pub(super) fn pay(&mut self, now: Instant, unit: Unit, function: u8) -> bool {
        let paid = self.all.iter().position(|debt| debt.is_of(unit, function));
        let Some(paid) = paid else {
            return false;
        };
        self.all.remove(paid);
        let others = self.all.iter_mut().filter(|debt| debt.unit == unit);
        others.for_each(|debt| debt.begins(now));
        true
    }

    /// Forgets what can no longer come.
    pub(super) fn expire(&mut self, now: Instant) {
        self.all.retain(|debt| debt.until > now);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether `call` must wait.
    pub(super) fn bars(&self, call: &Call) -> bool {
        !call.is_silent && self.all.iter().any(|debt| debt.could_answer(call))
    }

    /// When the next of them can no longer come.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.all.iter().map(|debt| debt.until).min()
    }
}
