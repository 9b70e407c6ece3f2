//! The one source of time above the machines.

use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
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
    Precise(timerfd::Monotonic),
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

    /// Timers good enough for Modbus's t3.5: a timerfd each on Linux, exact to some microseconds;
    /// tokio's elsewhere. For lines, not for sessions by the thousand: for the last 100 µs a timer
    /// that is about to ring keeps its thread. Never early, and blind to tokio's paused time.
    #[must_use]
    pub fn precise() -> Self {
        #[cfg(target_os = "linux")]
        return Self(Kind::Precise(timerfd::Monotonic::start_now()));
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
        match &self.0 {
            Kind::Tokio(start) => Instant::START + start.elapsed(),
            #[cfg(target_os = "linux")]
            Kind::Precise(time) => time.now(),
            #[cfg(feature = "sim")]
            Kind::Virtual(time) => time.now(),
        }
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
    Tokio {
        start: tokio::time::Instant,
        sleep: Pin<Box<tokio::time::Sleep>>,
        /// When `sleep` rings, and whom it wakes.
        armed: Option<(Instant, Waker)>,
    },
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
        // A virtual alarm that nobody waits for must not hold time back; the others see the new
        // time when they are polled.
        #[cfg(feature = "sim")]
        if let Some(Wait::Virtual(alarm)) = &mut self.wait {
            alarm.unset();
        }
    }

    /// Whether it is set.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        self.at.is_some()
    }

    /// Ready, again and again, from the set time on; pending while unset.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.at.is_none() {
            return Poll::Pending;
        }
        let now = self.clock.now();
        self.poll_at(cx, now)
    }

    /// The same for a caller that has just looked at the clock.
    pub(crate) fn poll_at(&mut self, cx: &mut Context<'_>, mut now: Instant) -> Poll<()> {
        let Some(at) = self.at else {
            return Poll::Pending;
        };
        while now < at {
            let wait = match &mut self.wait {
                Some(wait) => wait,
                none => none.insert(Wait::on(&self.clock)),
            };
            if wait.poll(cx, at, now).is_pending() {
                return Poll::Pending;
            }
            now = self.clock.now();
        }
        Poll::Ready(())
    }
}

impl Wait {
    fn on(clock: &Clock) -> Self {
        match &clock.0 {
            Kind::Tokio(start) => Self::tokio(*start),
            #[cfg(target_os = "linux")]
            Kind::Precise(time) => match timerfd::TimerFd::new(*time) {
                Ok(fd) => Self::Precise(fd),
                Err(error) => {
                    tracing::warn!(%error, "no timerfd: a timer falls back to tokio's");
                    let now = tokio::time::Instant::now();
                    let passed = clock.now().since(Instant::START);
                    Self::tokio(now.checked_sub(passed).unwrap_or(now))
                }
            },
            #[cfg(feature = "sim")]
            Kind::Virtual(time) => Self::Virtual(time.alarm()),
        }
    }

    fn tokio(start: tokio::time::Instant) -> Self {
        Self::Tokio {
            start,
            sleep: Box::pin(tokio::time::sleep_until(start)),
            armed: None,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, at: Instant, now: Instant) -> Poll<()> {
        match self {
            Self::Tokio {
                start,
                sleep,
                armed,
            } => {
                // A time limit that moves on with every exchange is set once in its length: an alarm
                // that rings too early is set again then, and one that is set costs nothing.
                if let Some((rings, waker)) = armed
                    && now < *rings
                    && *rings <= at
                    && waker.will_wake(cx.waker())
                {
                    return Poll::Pending;
                }
                let deadline = *start + at.since(Instant::START).min(FAR);
                if sleep.deadline() != deadline {
                    sleep.as_mut().reset(deadline);
                }
                let rung = sleep.as_mut().poll(cx);
                *armed = rung.is_pending().then(|| (at, cx.waker().clone()));
                rung
            }
            #[cfg(target_os = "linux")]
            Self::Precise(fd) => fd.poll(cx, at),
            #[cfg(feature = "sim")]
            Self::Virtual(alarm) => alarm.poll(cx, at),
        }
    }
}

/// As far as tokio's time goes on every platform: a hundred years.
const FAR: Duration = Duration::from_secs(100 * 365 * 86_400);

#[cfg(test)]
mod tests;
