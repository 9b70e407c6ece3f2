//! Virtual time: exact to a nanosecond, and advancing only when nothing else can run.

use core::{
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, Waker},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lineside_core::Instant;
use tokio::sync::Notify;

use crate::Clock;

/// A time that somebody advances by hand, or [`run`] whenever every task waits.
#[derive(Clone, Debug, Default)]
pub struct VirtualTime(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    now: Instant,
    next_id: u64,
    alarms: BTreeMap<(Instant, u64), Waker>,
}

impl VirtualTime {
    /// A time of its own, at [`Instant::START`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.lock().now
    }

    /// Goes to the earliest alarm and rings all that are due then. `false` when none is set.
    pub fn advance(&self) -> bool {
        let mut state = self.lock();
        let Some((&(at, _), _)) = state.alarms.first_key_value() else {
            return false;
        };
        state.now = state.now.max(at);
        let later = state.alarms.split_off(&(at, u64::MAX));
        let due = core::mem::replace(&mut state.alarms, later);
        drop(state);
        due.into_values().for_each(Waker::wake);
        true
    }

    /// An alarm that is not set.
    #[must_use]
    pub fn alarm(&self) -> Alarm {
        let mut state = self.lock();
        let id = state.next_id;
        state.next_id += 1;
        Alarm {
            time: self.clone(),
            id,
            set: None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One waiter on virtual time; dropped or unset, it no longer holds time back.
#[derive(Debug)]
pub struct Alarm {
    time: VirtualTime,
    id: u64,
    set: Option<Instant>,
}

impl Alarm {
    /// Ready from `at` on.
    pub fn poll(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<()> {
        let mut state = self.time.lock();
        if let Some(old) = self.set.take_if(|old| *old != at) {
            state.alarms.remove(&(old, self.id));
        }
        if state.now >= at {
            state.alarms.remove(&(at, self.id));
            self.set = None;
            return Poll::Ready(());
        }
        let waker = state.alarms.entry((at, self.id));
        waker
            .and_modify(|waker| waker.clone_from(cx.waker()))
            .or_insert_with(|| cx.waker().clone());
        self.set = Some(at);
        Poll::Pending
    }

    /// Stops waiting.
    pub fn unset(&mut self) {
        if let Some(at) = self.set.take() {
            self.time.lock().alarms.remove(&(at, self.id));
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.unset();
    }
}

/// Runs `world` with a virtual clock on a runtime of its own, which has no other clock and no
/// sockets: whatever waits, waits on this clock or on another task. Time advances to the next timer
/// whenever every task waits, so an hour costs no more than its events.
///
/// # Panics
/// When every task waits and no timer is set: the world is at a standstill. And when `world` does.
pub fn run<W, F>(world: W) -> F::Output
where
    W: FnOnce(Clock) -> F,
    F: Future<Output: Send> + Send + 'static,
{
    let time = VirtualTime::new();
    let over = Arc::new(AtomicBool::new(false));
    let nudge = Arc::new(Notify::new());
    let park = {
        let (time, over, nudge) = (time.clone(), Arc::clone(&over), Arc::clone(&nudge));
        move || {
            assert!(
                time.advance() || over.load(Ordering::Acquire),
                "standstill at {}: every task waits, and no timer is set",
                time.now()
            );
            nudge.notify_one();
        }
    };
    #[expect(
        clippy::expect_used,
        reason = "a runtime without drivers needs nothing that can fail"
    )]
    let runtime = tokio::runtime::Builder::new_current_thread()
        .on_thread_park(park)
        .build()
        .expect("a runtime without drivers");
    // An alarm whose task is gone wakes nobody, and the thread would park with time standing still.
    runtime.spawn(async move {
        loop {
            nudge.notified().await;
        }
    });
    let future = world(Clock::of(time));
    // A task, not the root: the root may be ready while the thread parks, and time must not pass then.
    let task = runtime.spawn(async move {
        let _over = SetOnDrop(over);
        future.await
    });
    match runtime.block_on(task) {
        Ok(output) => output,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

/// Also set when the world panics, so that the panic is what the caller sees.
struct SetOnDrop(Arc<AtomicBool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    #[test]
    fn a_day_passes_at_once_and_to_the_nanosecond() {
        run(|clock| async move {
            clock.sleep(Duration::from_secs(86_400)).await;
            clock.sleep(Duration::from_nanos(7)).await;
            assert_eq!(clock.now().as_nanos(), 86_400_000_000_007);
        });
    }

    #[test]
    fn timers_ring_in_order_whoever_set_them() {
        let order = run(|clock| async move {
            let (heard, mut order) = tokio::sync::mpsc::unbounded_channel();
            for micros in [30, 10, 20] {
                let (clock, heard) = (clock.clone(), heard.clone());
                tokio::spawn(async move {
                    clock.sleep(Duration::from_micros(micros)).await;
                    heard.send((micros, clock.now().as_micros())).unwrap();
                });
            }
            drop(heard);
            let mut all = Vec::new();
            while let Some(one) = order.recv().await {
                all.push(one);
            }
            all
        });
        assert_eq!(order, [(10, 10), (20, 20), (30, 30)]);
    }

    #[test]
    fn a_timeout_is_exact_and_drops_what_it_limits() {
        run(|clock| async move {
            let limited = clock.timeout(Duration::from_micros(5), core::future::pending::<()>());
            assert!(limited.await.is_err());
            assert_eq!(clock.now().as_micros(), 5);
        });
    }

    #[test]
    fn an_alarm_that_wakes_nobody_does_not_stop_time() {
        run(|clock| async move {
            let mut forgotten = clock.timer();
            forgotten.set(Some(Instant::from_micros(1)));
            let is_due = |timer: &mut crate::Timer| {
                let mut cx = Context::from_waker(Waker::noop());
                timer.poll(&mut cx).is_ready()
            };
            assert!(!is_due(&mut forgotten));
            clock.sleep(Duration::from_micros(2)).await;
            assert!(is_due(&mut forgotten));
        });
    }

    #[test]
    #[should_panic(expected = "standstill")]
    fn a_standstill_is_reported_and_does_not_hang() {
        run(|_| core::future::pending::<()>());
    }
}
