//! A waker that wakes the reader and the writer.

use core::task::Waker;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Wake,
};

use crate::tap::Direction;

/// Bytes that we hold for the peer are moved by whichever half of the stream is polled, so whatever
/// becomes ready below has to wake both halves: the one that waits for it may not be the one that
/// asked last.
#[derive(Debug, Default)]
pub(super) struct Both {
    waiting: Mutex<[Option<Waker>; 2]>,
}

impl Both {
    /// Remembers whom to wake for this direction.
    pub(super) fn wait(&self, direction: Direction, waker: &Waker) {
        let [reader, writer] = &mut *self.lock();
        let slot = match direction {
            Direction::In => reader,
            Direction::Out => writer,
        };
        match slot {
            Some(old) => old.clone_from(waker),
            None => *slot = Some(waker.clone()),
        }
    }

    /// Wakes who waits for this direction.
    pub(super) fn wake_one(&self, direction: Direction) {
        let [reader, writer] = &mut *self.lock();
        let slot = match direction {
            Direction::In => reader,
            Direction::Out => writer,
        };
        if let Some(waker) = slot.take() {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, [Option<Waker>; 2]> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Both {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let waiting = core::mem::take(&mut *self.lock());
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}
