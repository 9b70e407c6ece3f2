//! A kernel timer as a file that becomes readable: exact to some microseconds, where tokio's wheel
//! is late by more than a millisecond.

use core::{
    task::{Context, Poll},
    time::Duration,
};
use std::{io, os::fd::OwnedFd};

use lineside_core::Instant;
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};
use tokio::io::{Interest, unix::AsyncFd};

/// How long before its time a timer wakes its task, which then watches the clock. About what the
/// kernel takes from a timer's expiry to a task's running: less leaves that delay in the result,
/// more burns the processor for nothing. A bound on what one timer keeps its thread from others.
pub(super) const HEAD_START: Duration = Duration::from_micros(100);

/// The kernel's monotonic time, from a start of our own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Monotonic {
    start: Duration,
}

impl Monotonic {
    pub(super) fn start_now() -> Self {
        Self {
            start: since_boot(),
        }
    }

    pub(super) fn now(self) -> Instant {
        Instant::START + since_boot().saturating_sub(self.start)
    }
}

fn since_boot() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    Duration::from_secs(seconds)
        + Duration::from_nanos(u64::try_from(now.tv_nsec).unwrap_or_default())
}

/// One timerfd, armed at most once at a time.
#[derive(Debug)]
pub(super) struct TimerFd {
    fd: AsyncFd<OwnedFd>,
    time: Monotonic,
    armed: Option<Instant>,
}

impl TimerFd {
    pub(super) fn new(time: Monotonic) -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        Ok(Self {
            fd: crate::fd::watch(fd, Interest::READABLE)?,
            time,
            armed: None,
        })
    }

    /// Ready at `at`, never before.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<()> {
        let early = at - HEAD_START;
        while self.time.now() < early {
            if self.armed != Some(at) {
                if let Err(error) = self.arm(early) {
                    // Never seen; a wake-up that is early only makes the caller look again.
                    tracing::warn!(%error, "timerfd_settime failed");
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                self.armed = Some(at);
            }
            let Poll::Ready(Ok(mut guard)) = self.fd.poll_read_ready(cx) else {
                return Poll::Pending;
            };
            // An expiry of an older time, or of this one: the clock decides.
            let mut count = [0; 8];
            let read = guard.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut count)?));
            if matches!(read, Ok(Ok(_))) {
                self.armed = None;
            }
        }
        while self.time.now() < at {
            core::hint::spin_loop();
        }
        Poll::Ready(())
    }

    /// Arms the timer for a time of the clock and not from now on, so that nothing that happens
    /// before the kernel sees it makes it late.
    fn arm(&self, at: Instant) -> io::Result<()> {
        let since_boot = self.time.start + at.since(Instant::START);
        let once = Itimerspec {
            it_interval: Timespec::default(),
            it_value: Timespec::try_from(since_boot).unwrap_or(Timespec {
                tv_sec: i64::MAX,
                tv_nsec: 0,
            }),
        };
        timerfd_settime(&self.fd, TimerfdTimerFlags::ABSTIME, &once)?;
        Ok(())
    }
}
