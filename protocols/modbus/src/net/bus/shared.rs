//! What the handles of a bus and its task share.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use lineside_io::{Clock, Driver, Stream};
use tokio::sync::{Notify, oneshot};

use super::{
    BusConfig, Lost, Priority,
    rest::{Rests, is_silence},
    schedule::{Ask, Key, Pushed, Schedule},
};
use crate::{
    client::{CallOptions, Client, Command, Event, Failure},
    wire::{Pdu, Unit},
};

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: BusConfig,
    pub(super) clock: Clock,
    /// Wakes the task.
    pub(super) wake: Notify,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    schedule: Schedule,
    rests: Rests,
    /// Calls that the machine has.
    open: HashMap<u64, Open>,
    /// Those of them whose callers have gone.
    abandoned: Vec<u64>,
    /// The wire is lost, and calls are not kept for it.
    is_down: bool,
    /// No handle is left.
    is_closed: bool,
}

#[derive(Debug)]
struct Open {
    unit: Unit,
    /// How often it is sent, when nobody answers.
    tries: u32,
    options: CallOptions,
    reply: oneshot::Sender<Result<Pdu, Failure>>,
}

impl Shared {
    pub(super) fn new(config: BusConfig, clock: Clock) -> Self {
        Self {
            clock,
            wake: Notify::new(),
            state: Mutex::new(State {
                schedule: Schedule::new(config.queued.max(1)),
                rests: Rests::new(config.rest),
                open: HashMap::new(),
                abandoned: Vec::new(),
                is_down: false,
                is_closed: false,
            }),
            config,
        }
    }

    /// Queues a call.
    pub(super) fn push(&self, caller: u64, priority: Priority, ask: Ask) -> Result<Key, Failure> {
        let now = self.clock.now();
        let mut state = self.lock();
        if state.is_down {
            return Err(Failure::Closed);
        }
        if state.rests.is_resting(ask.unit, now) {
            return Err(Failure::Resting);
        }
        let pushed = state.schedule.push(caller, priority, ask);
        drop(state);
        let Pushed { key, instead_of } = pushed.ok_or(Failure::Busy)?;
        if let Some(other) = instead_of {
            let _ = other.reply.send(Err(Failure::Busy));
        }
        self.wake.notify_one();
        Ok(key)
    }

    /// A call's future was dropped.
    pub(super) fn abandon(&self, key: Key) {
        let mut state = self.lock();
        if !state.schedule.remove(key) && state.open.remove(&key.id).is_some() {
            state.abandoned.push(key.id);
            drop(state);
            self.wake.notify_one();
        }
    }

    pub(super) fn queued(&self) -> usize {
        self.lock().schedule.len()
    }

    /// No handle is left.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.wake.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// The wire is there.
    pub(super) fn up(&self) {
        let mut state = self.lock();
        state.is_down = false;
        state.abandoned.clear();
    }

    /// The wire is lost, or could not be opened.
    pub(super) fn down(&self) {
        let mut state = self.lock();
        let open = core::mem::take(&mut state.open);
        let mut failed: Vec<_> = open.into_values().map(|open| open.reply).collect();
        if self.config.lost == Lost::Fail {
            state.is_down = true;
            while let Some((_, ask)) = state.schedule.pop() {
                failed.push(ask.reply);
            }
        }
        drop(state);
        for reply in failed {
            let _ = reply.send(Err(Failure::Closed));
        }
    }

    /// The end: nothing is answered any more.
    pub(super) fn end(&self) {
        self.down();
        let mut state = self.lock();
        state.is_down = true;
        while state.schedule.pop().is_some() {}
    }

    /// Gives the machine as many calls as it wants; whether it took any.
    pub(super) fn feed<S: Stream>(&self, driver: &mut Driver<Client, S>) -> bool {
        let mut has_fed = false;
        let mut state = self.lock();
        for id in core::mem::take(&mut state.abandoned) {
            let _ = driver.submit(Command::Cancel { id });
            has_fed = true;
        }
        while !state.schedule.is_empty() && driver.machine().wants_call() {
            let Some((Key { id, .. }, ask)) = state.schedule.pop() else {
                break;
            };
            if state.rests.is_resting(ask.unit, self.clock.now()) {
                let _ = ask.reply.send(Err(Failure::Resting));
                continue;
            }
            let (open, call) = state.open(id, ask, driver.machine());
            // The machine wants one; what ended it, the driver tells.
            let _ = driver.submit(call);
            state.open.insert(id, open);
            has_fed = true;
        }
        has_fed
    }

    /// Takes note of what the machine tells.
    pub(super) fn told(&self, event: Event, machine: &Client) {
        match event {
            Event::Done { id, outcome } => self.done(id, outcome, machine),
            Event::Stray { unit, .. } => self.lock().rests.answered(unit),
            Event::Unanswered { unit } => {
                let (cost, now) = (machine.config().response, self.clock.now());
                self.lock().rests.silent(unit, 1, cost, now);
            }
            Event::Damaged { .. } => {}
        }
    }

    /// A call is over.
    fn done(&self, id: u64, outcome: Result<Pdu, Failure>, machine: &Client) {
        let mut state = self.lock();
        let Some(open) = state.open.remove(&id) else {
            return;
        };
        let config = machine.config();
        match outcome {
            Err(failure) if is_silence(failure) => {
                let cost = open.options.response.unwrap_or(config.response);
                let now = self.clock.now();
                state.rests.silent(open.unit, open.tries, cost, now);
            }
            Ok(_) | Err(Failure::Exception(_) | Failure::Mismatch(_)) => {
                state.rests.answered(open.unit);
            }
            Err(_) => {}
        }
        drop(state);
        let _ = open.reply.send(outcome);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A call for the machine. A unit that did not answer lately gets no second try.
    fn open(&self, id: u64, ask: Ask, machine: &Client) -> (Open, Command) {
        let mut options = ask.options;
        if self.rests.is_suspect(ask.unit) {
            options = options.retries(0);
        }
        let retries = machine.retries(&ask.request, options);
        let open = Open {
            unit: ask.unit,
            tries: u32::from(retries) + 1,
            options,
            reply: ask.reply,
        };
        let call = Command::Call {
            id,
            unit: ask.unit,
            pdu: ask.request,
            options,
        };
        (open, call)
    }
}
