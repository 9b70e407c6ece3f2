//! A kernel timer as a file that becomes readable: tens of microseconds late, where tokio's wheel
//! is late by more than a millisecond.

use core::{
    task::{Context, Poll},
    time::Duration,
};
use std::{io, os::fd::OwnedFd};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::{Interest, unix::AsyncFd};

/// One timerfd, armed at most once at a time.
#[derive(Debug)]
pub(super) struct TimerFd {
    fd: AsyncFd<OwnedFd>,
    armed: bool,
}

impl TimerFd {
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        Ok(Self {
            fd: crate::fd::watch(fd, Interest::READABLE)?,
            armed: false,
        })
    }

    /// Forgets the time that it was armed for. The kernel's timer may still fire; the next poll
    /// arms it anew, which clears that.
    pub(super) fn disarm(&mut self) {
        self.armed = false;
    }

    /// Ready once `left` has passed since the poll that armed it.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, left: Duration) -> Poll<()> {
        if !self.armed {
            if let Err(error) = self.arm(left) {
                // Never seen; a wake-up that is early only makes the caller look again.
                tracing::warn!(%error, "timerfd_settime failed");
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.armed = true;
        }
        loop {
            let Poll::Ready(Ok(mut guard)) = self.fd.poll_read_ready(cx) else {
                return Poll::Pending;
            };
            let mut count = [0; 8];
            let read = guard.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut count)?));
            if matches!(read, Ok(Ok(_))) {
                self.armed = false;
                return Poll::Ready(());
            }
        }
    }

    fn arm(&self, left: Duration) -> io::Result<()> {
        // Zero would disarm.
        let left = left.max(Duration::from_nanos(1));
        let once = Itimerspec {
            it_interval: Timespec::default(),
            it_value: Timespec::try_from(left).unwrap_or(Timespec {
                tv_sec: i64::MAX,
                tv_nsec: 0,
            }),
        };
        timerfd_settime(&self.fd, TimerfdTimerFlags::empty(), &once)?;
        Ok(())
    }
}
