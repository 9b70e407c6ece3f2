//! The one source of time above the machines.

use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use lineside_core::Instant;

#[cfg(feature = "sim")]
use crate::sim::VirtualTime;

#[cfg(target_os = "linux")]
mod timerfd;

/// Tells the time and makes timers. Everything above the machines that waits, waits on one of
/// these, so that a test which hands out a virtual one owns all of time.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Tokio(tokio::time::Instant),
    #[cfg(target_os = "linux")]
    Precise(tokio::time::Instant),
    #[cfg(feature = "sim")]
    Virtual(VirtualTime),
}

impl Default for Clock {
    fn default() -> Self {
        Self::tokio()
    }
}

impl Clock {
    /// tokio's timers: cheap by the thousand, late by up to about 1.4 ms. They follow tokio's
    /// paused time.
    #[must_use]
    pub fn tokio() -> Self {
        Self(Kind::Tokio(tokio::time::Instant::now()))
    }

    /// Timers good enough for Modbus's t3.5: a timerfd each on Linux, late by some tens of
    /// microseconds; tokio's elsewhere. For lines, not for sessions by the thousand.
    #[must_use]
    pub fn precise() -> Self {
        #[cfg(target_os = "linux")]
        return Self(Kind::Precise(tokio::time::Instant::now()));
        #[cfg(not(target_os = "linux"))]
        Self::tokio()
    }

    /// Virtual time, which advances only when nothing else can run.
    #[cfg(feature = "sim")]
    #[must_use]
    pub const fn of(time: VirtualTime) -> Self {
        Self(Kind::Virtual(time))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Instant {
        let start = match &self.0 {
            Kind::Tokio(start) => start,
            #[cfg(target_os = "linux")]
            Kind::Precise(start) => start,
            #[cfg(feature = "sim")]
            Kind::Virtual(time) => return time.now(),
        };
        Instant::START + start.elapsed()
    }

    /// A timer that is not set. Timers of the real clocks need a tokio runtime with time and, on
    /// Linux, I/O enabled.
    #[must_use]
    pub fn timer(&self) -> Timer {
        Timer {
            clock: self.clone(),
            at: None,
            wait: None,
        }
    }

    /// Waits until `at`.
    pub async fn sleep_until(&self, at: Instant) {
        let mut timer = self.timer();
        timer.set(Some(at));
        poll_fn(|cx| timer.poll(cx)).await;
    }

    /// Waits for `duration`.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now() + duration).await;
    }

    /// What `future` gives, unless `limit` passes first.
    ///
    /// # Errors
    /// `limit` passed; the future is dropped.
    pub async fn timeout<F: Future>(
        &self,
        limit: Duration,
        future: F,
    ) -> Result<F::Output, Elapsed> {
        let mut timer = self.timer();
        timer.set(Some(self.now() + limit));
        let mut future = pin!(future);
        poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            timer.poll(cx).map(|()| Err(Elapsed))
        })
        .await
    }
}

/// A time limit passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time limit passed")]
pub struct Elapsed;

/// A timer that can be set again and again.
#[derive(Debug)]
pub struct Timer {
    clock: Clock,
    at: Option<Instant>,
    wait: Option<Wait>,
}

/// What a set timer waits on; made by the first poll that has to wait.
#[derive(Debug)]
enum Wait {
    Tokio(Pin<Box<tokio::time::Sleep>>),
    #[cfg(target_os = "linux")]
    Precise(timerfd::TimerFd),
    #[cfg(feature = "sim")]
    Virtual(crate::sim::Alarm),
}

impl Timer {
    /// Sets the timer, or unsets it.
    pub fn set(&mut self, at: Option<Instant>) {
        if self.at == at {
            return;
        }
        self.at = at;
        let Some(at) = at else {
            #[cfg(feature = "sim")]
            if let Some(Wait::Virtual(alarm)) = &mut self.wait {
                alarm.unset();
            }
            return;
        };
        match (&self.clock.0, &mut self.wait) {
            (Kind::Tokio(start), Some(Wait::Tokio(sleep))) => {
                sleep.as_mut().reset(*start + at.since(Instant::START));
            }
            #[cfg(target_os = "linux")]
            (_, Some(Wait::Precise(fd))) => fd.disarm(),
            #[cfg(feature = "sim")]
            (_, Some(Wait::Virtual(alarm))) => alarm.unset(),
            _ => {}
        }
    }

    /// Whether it is set.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        self.at.is_some()
    }

    /// Ready, again and again, from the set time on; pending while unset.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else {
            return Poll::Pending;
        };
        loop {
            let now = self.clock.now();
            if now >= at {
                return Poll::Ready(());
            }
            let wait = match &mut self.wait {
                Some(wait) => wait,
                none => none.insert(Wait::on(&self.clock, at)),
            };
            if wait.poll(cx, now, at).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl Wait {
    fn on(clock: &Clock, at: Instant) -> Self {
        match &clock.0 {
            Kind::Tokio(start) => Self::sleep(*start, at),
            #[cfg(target_os = "linux")]
            Kind::Precise(start) => match timerfd::TimerFd::new() {
                Ok(fd) => Self::Precise(fd),
                Err(error) => {
                    tracing::warn!(%error, "no timerfd: timers fall back to tokio's");
                    Self::sleep(*start, at)
                }
            },
            #[cfg(feature = "sim")]
            Kind::Virtual(time) => Self::Virtual(time.alarm()),
        }
    }

    fn sleep(start: tokio::time::Instant, at: Instant) -> Self {
        let at = start + at.since(Instant::START);
        Self::Tokio(Box::pin(tokio::time::sleep_until(at)))
    }

    fn poll(&mut self, cx: &mut Context<'_>, now: Instant, at: Instant) -> Poll<()> {
        match self {
            Self::Tokio(sleep) => sleep.as_mut().poll(cx),
            #[cfg(target_os = "linux")]
            Self::Precise(fd) => fd.poll(cx, at.since(now)),
            #[cfg(feature = "sim")]
            Self::Virtual(alarm) => alarm.poll(cx, at),
        }
    }
}
