//! A bus: one task owns a wire, and any number of callers ask its units.
//!
//! Calls wait in one bounded queue, which is fair among callers and among units: who asks more
//! waits longer, and who has the most calls waiting gives up a place when the queue is full
//! ([`BusConfig::queued`]). A [`Priority`] is a head start in it, so that nothing starves. A unit that does not
//! answer costs the line its response time-outs; it is left alone for as long as it cost, twice as
//! long each time, so that a dead one takes at most about a hundredth of the line
//! ([`BusConfig::rest`]). Calls to it fail at once meanwhile, with
//! [`Failure::Resting`](crate::client::Failure::Resting).

use core::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use std::{io, sync::Arc};

use lineside_io::{Clock, Stream};
use tokio::sync::oneshot;

use crate::{
    client::{CallOptions, Failure},
    net::{CallError, Calls, Client},
    wire::{Pdu, Unit},
};

mod ask;
mod rest;
mod schedule;
mod shared;
mod task;

use shared::Shared;

/// What a bus allows its callers, and how it treats a wire or a unit that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BusConfig {
    /// Calls that may wait. One beyond them fails with [`Failure::Busy`]: the last of the caller
    /// that has the most waiting, if a caller with fewer asks (by two at least, so that equals do
    /// not push each other out); else the new one. So no caller keeps the others out, however much
    /// it asks. Default 256.
    pub queued: usize,
    /// How long at most a unit that does not answer is left alone, in multiples of what it cost.
    /// Default 100; 0 never leaves one alone.
    pub rest: u32,
    /// What becomes of waiting calls when the wire is lost. Default: they fail.
    pub lost: Lost,
    /// How long to wait before dialling again when dialling failed, doubled each time. Default
    /// 100 ms.
    pub redial: Duration,
    /// How long at most. Default 10 s.
    pub redial_most: Duration,
}

impl Default for BusConfig {
    fn default() -> Self {
        Self {
            queued: 256,
            rest: 100,
            lost: Lost::Fail,
            redial: Duration::from_millis(100),
            redial_most: Duration::from_secs(10),
        }
    }
}

impl BusConfig {
    /// The same with room for more or fewer calls.
    #[must_use]
    pub const fn queued(mut self, queued: usize) -> Self {
        self.queued = queued;
        self
    }

    /// The same with longer or shorter rests.
    #[must_use]
    pub const fn rest(mut self, rest: u32) -> Self {
        self.rest = rest;
        self
    }

    /// The same with another treatment of calls when the wire is lost.
    #[must_use]
    pub const fn lost(mut self, lost: Lost) -> Self {
        self.lost = lost;
        self
    }
}

/// What becomes of calls that wait when the wire is lost (M23). Those that were sent fail: whether
/// they were executed, nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lost {
    /// They fail, and so do new ones until the wire is back.
    #[default]
    Fail,
    /// They wait for it.
    Keep,
}

/// How long a head start a call has, in calls of others that it may overtake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// None.
    Low,
    /// 64.
    #[default]
    Normal,
    /// 128.
    High,
}

/// A handle of a bus. Each clone is a caller of its own, with the same share as the others. When the
/// last one is dropped, the bus ends, and the wire is closed.
#[derive(Debug)]
pub struct Bus {
    handles: Arc<Handles>,
    caller: u64,
}

/// All handles together.
#[derive(Debug)]
struct Handles {
    shared: Arc<Shared>,
    callers: AtomicU64,
}

impl Drop for Handles {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl Clone for Bus {
    fn clone(&self) -> Self {
        Self {
            handles: Arc::clone(&self.handles),
            caller: self.handles.callers.fetch_add(1, Ordering::Relaxed),
        }
    }
}

impl Bus {
    /// A bus, and the future that runs it: whoever polls that owns the wire. It ends when the last
    /// handle is dropped.
    ///
    /// `dial` opens the wire, and opens it again when it was lost.
    pub fn new<S, D, F>(
        config: BusConfig,
        clock: Clock,
        dial: D,
    ) -> (Self, impl Future<Output = ()> + Send + 'static)
    where
        S: Stream,
        D: FnMut() -> F + Send + 'static,
        F: Future<Output = io::Result<Client<S>>> + Send + 'static,
    {
        let shared = Arc::new(Shared::new(config, clock));
        let handles = Arc::new(Handles {
            shared: Arc::clone(&shared),
            callers: AtomicU64::new(1),
        });
        let bus = Self { handles, caller: 0 };
        (bus, task::run(shared, dial))
    }

    /// The same, run by a task of the current tokio runtime.
    pub fn spawn<S, D, F>(config: BusConfig, clock: Clock, dial: D) -> Self
    where
        S: Stream,
        D: FnMut() -> F + Send + 'static,
        F: Future<Output = io::Result<Client<S>>> + Send + 'static,
    {
        let (bus, task) = Self::new(config, clock, dial);
        tokio::spawn(task);
        bus
    }

    /// One unit's [`Calls`].
    #[must_use]
    pub fn unit(&self, unit: impl Into<Unit>) -> BusUnit {
        BusUnit {
            bus: Self {
                handles: Arc::clone(&self.handles),
                caller: self.caller,
            },
            unit: unit.into(),
            options: CallOptions::default(),
            priority: Priority::default(),
        }
    }

    /// Asks `unit`, and gives the response, checked against the request in every field;
    /// [`Pdu::EMPTY`] where there is none.
    ///
    /// Dropping the future takes the call out of the queue; one that was sent is abandoned, and its
    /// response answers nothing.
    ///
    /// # Errors
    /// Why it failed. [`Failure::Closed`] when the wire is lost.
    pub async fn call(
        &self,
        unit: Unit,
        request: Pdu,
        options: CallOptions,
        priority: Priority,
    ) -> Result<Pdu, Failure> {
        let shared = &self.handles.shared;
        let (reply, outcome) = oneshot::channel();
        let ask = schedule::Ask {
            unit,
            request,
            options,
            reply,
        };
        let key = shared.push(self.caller, priority, ask)?;
        let mut guard = Guard {
            shared,
            key: Some(key),
        };
        let outcome = outcome.await;
        guard.key = None;
        outcome.unwrap_or(Err(Failure::Closed))
    }

    /// Calls that wait to be sent.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.handles.shared.queued()
    }
}

/// A call whose future may be dropped.
struct Guard<'a> {
    shared: &'a Shared,
    key: Option<schedule::Key>,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.shared.abandon(key);
        }
    }
}

/// One unit of a [`Bus`].
#[derive(Debug)]
pub struct BusUnit {
    bus: Bus,
    unit: Unit,
    options: CallOptions,
    priority: Priority,
}

impl BusUnit {
    /// The same with other options for its calls.
    #[must_use]
    pub const fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// The same with another priority of its calls.
    #[must_use]
    pub const fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }
}

impl Calls for BusUnit {
    async fn call(&mut self, request: Pdu) -> Result<Pdu, CallError> {
        let call = self
            .bus
            .call(self.unit, request, self.options, self.priority);
        Ok(call.await?)
    }
}
