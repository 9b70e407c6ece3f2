//! One waker for all who wait on a connection.

use core::task::{Context, Waker};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Wake,
};

/// Who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Read,
    Write,
    Drain,
    Signals,
    /// A change of settings.
    Change,
    /// Nobody waits: something is done at once.
    Work,
}

/// Whoever polls the connection polls it for all, with this as its waker.
#[derive(Debug, Default)]
pub(super) struct Fan(Mutex<[Option<Waker>; 5]>);

impl Fan {
    /// `side` waits.
    pub(super) fn wait(&self, side: Side, cx: &Context<'_>) {
        if let Some(waiting) = self.lock().get_mut(side as usize) {
            match waiting {
                Some(waker) => waker.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
        }
    }

    /// Wakes all but `side`, which looks for itself.
    pub(super) fn wake_but(&self, side: Side) {
        let mut waiting = self.lock();
        let others = waiting.iter_mut().enumerate();
        let wakers: Vec<Waker> = others
            .filter(|(at, _)| *at != side as usize)
            .filter_map(|(_, waker)| waker.take())
            .collect();
        drop(waiting);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, [Option<Waker>; 5]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Fan {
    fn wake(self: Arc<Self>) {
        self.wake_but(Side::Work);
    }
}
