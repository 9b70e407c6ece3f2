//! Tells when somebody may have opened the other side of a PTY.
//!
//! The kernel does not wake the owner of a PTY for that. Linux tells it by inotify, to the user's
//! 128th instance or so; elsewhere, and beyond that, we have to look from time to time.

use core::{
    task::{Context, Poll, ready},
    time::Duration,
};
use std::{io, os::fd::OwnedFd, path::Path};

use lineside_io::{Clock, Timer};
use tokio::io::{Interest, unix::AsyncFd};

/// Ready when it is worth looking whether somebody has come.
#[derive(Debug)]
pub(super) struct Arrivals {
    opens: Option<AsyncFd<OwnedFd>>,
    interval: Duration,
    clock: Clock,
    timer: Timer,
}

impl Arrivals {
    /// Of the terminal at `path`; `interval` is how often to look where the system does not tell.
    pub(super) fn at(path: &Path, interval: Duration) -> Self {
        let opens = watch_opens(path);
        if let Err(error) = &opens {
            tracing::debug!(%error, "looking for openers of a PTY by the clock");
        }
        let clock = Clock::precise();
        Self {
            opens: opens.ok(),
            interval,
            timer: clock.timer(),
            clock,
        }
    }

    /// Ready, perhaps in vain.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(opens) = &self.opens {
            let Ok(mut guard) = ready!(opens.poll_read_ready(cx)) else {
                break;
            };
            // What they say does not matter, only that there are any.
            let mut events = [0; 512];
            match guard.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut events)?)) {
                Ok(Ok(_)) => return Poll::Ready(()),
                Ok(Err(_)) => break,
                Err(_would_block) => {}
            }
        }
        self.opens = None;
        if !self.timer.is_set() {
            self.timer.set(Some(self.clock.now() + self.interval));
        }
        ready!(self.timer.poll(cx));
        self.timer.set(None);
        Poll::Ready(())
    }
}

#[cfg(target_os = "linux")]
fn watch_opens(path: &Path) -> io::Result<AsyncFd<OwnedFd>> {
    use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};

    let events = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    add_watch(&events, path, WatchFlags::OPEN)?;
    lineside_io::fd::watch(events, Interest::READABLE)
}

#[cfg(not(target_os = "linux"))]
fn watch_opens(_: &Path) -> io::Result<AsyncFd<OwnedFd>> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use core::future::poll_fn;

    use lineside_io::Settings;

    use super::*;
    use crate::{Options, Pty, Tty, pty::PtyOptions};

    #[tokio::test]
    async fn a_path_that_cannot_be_watched_is_looked_at_by_the_clock() {
        let mut arrivals = Arrivals::at(Path::new("/nowhere"), Duration::from_millis(1));
        assert!(arrivals.opens.is_none());
        for _ in 0..3 {
            poll_fn(|cx| arrivals.poll(cx)).await;
        }
    }

    #[tokio::test]
    async fn an_open_is_told_once() {
        let pty = Pty::open(&PtyOptions::default()).unwrap();
        let mut arrivals = Arrivals::at(pty.path(), Duration::from_secs(3_600));
        if arrivals.opens.is_none() {
            println!("skipped: no inotify here");
            return;
        }
        let mut cx = Context::from_waker(core::task::Waker::noop());
        assert!(arrivals.poll(&mut cx).is_pending());
        drop(Tty::open(pty.path(), Settings::default(), &Options::default()).unwrap());
        poll_fn(|cx| arrivals.poll(cx)).await;
        assert!(arrivals.poll(&mut cx).is_pending());
    }
}
