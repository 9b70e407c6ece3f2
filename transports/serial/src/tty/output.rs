//! What stands between a write and the last stop bit: the kernel's queue, the transmitter, the
//! transceiver.

use core::{
    task::{Context, Poll, ready},
    time::Duration,
};
use std::io;

use lineside_core::Instant;
use lineside_io::{Clock, Timer};
use rustix::io::Errno;

use super::Tty;
use crate::{
    Error, Rs485, ioctl,
    rs485::{Direction, Turn},
};

/// The sending side of a tty.
#[derive(Debug)]
pub(super) struct Output {
    /// `None` unless we turn a transceiver round ourselves.
    pub(super) direction: Option<Direction>,
    /// Something was written since all had last left.
    pub(super) written: bool,
    pub(super) timer: Timer,
    /// When the hidden FIFO of an adapter should be empty.
    tail: Option<Instant>,
    /// What stood in the queue when it last shrank, and when that was.
    progress: Option<(usize, Instant)>,
}

impl Output {
    pub(super) fn new(clock: &Clock) -> Self {
        Self {
            direction: None,
            written: false,
            timer: clock.timer(),
            tail: None,
            progress: None,
        }
    }

    pub(super) fn sends(&self) -> bool {
        self.direction.as_ref().is_some_and(Direction::sends)
    }

    /// Bytes went to the kernel.
    pub(super) fn wrote(&mut self) {
        self.written = true;
        self.tail = None;
        self.progress = None;
    }

    fn all_left(&mut self) {
        self.written = false;
        self.tail = None;
        self.progress = None;
    }

    /// For how long nothing has left.
    fn stalled(&mut self, queued: usize, now: Instant) -> Duration {
        match self.progress {
            Some((before, since)) if queued >= before => now.since(since),
            _ => {
                self.progress = Some((queued, now));
                Duration::ZERO
            }
        }
    }
}

impl Tty {
    /// Ready when bytes may be written: the transceiver looks the right way.
    pub(super) fn poll_may_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let now = self.clock.now();
            let Some(direction) = &mut self.output.direction else {
                return Poll::Ready(Ok(()));
            };
            match direction.toward_sending(now) {
                Turn::Done => return Poll::Ready(Ok(())),
                Turn::Drive(to) => {
                    if let Err(error) = self.drive(to) {
                        if let Some(direction) = &mut self.output.direction {
                            direction.failed();
                        }
                        return Poll::Ready(Err(error));
                    }
                }
                Turn::Wait(at) => {
                    self.output.timer.set(Some(at));
                    ready!(self.output.timer.poll(cx));
                }
            }
        }
    }

    /// Ready when the last stop bit has left and the transceiver listens again.
    pub(super) fn poll_all_left(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let now = self.clock.now();
            let Some(at) = self.settle(now)? else {
                self.output.timer.set(None);
                return Poll::Ready(Ok(()));
            };
            self.check_stall(now)?;
            self.output.timer.set(Some(at));
            ready!(self.output.timer.poll(cx));
        }
    }

    /// Turns the transceiver back while a reader waits, who need not wait for it.
    pub(super) fn turn_while_reading(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.output.sends() {
            let Some(at) = self.settle(self.clock.now())? else {
                break;
            };
            self.read_timer.set(Some(at));
            if self.read_timer.poll(cx).is_pending() {
                break;
            }
        }
        Ok(())
    }

    /// Turns the transceiver to sending or receiving.
    pub(super) fn drive(&self, send: bool) -> io::Result<()> {
        match &self.options.rs485 {
            Rs485::Off | Rs485::Kernel(_) => Ok(()),
            Rs485::Rts(mode) => self.raise(libc::TIOCM_RTS, send == mode.send_level),
            Rs485::Callback(mode) => (mode.drive)(send),
        }
    }

    /// Goes as far towards rest as it can now; when to look again, or `None` at rest.
    fn settle(&mut self, now: Instant) -> io::Result<Option<Instant>> {
        let busy = self.busy(now)?;
        loop {
            let Some(direction) = &mut self.output.direction else {
                return Ok(busy);
            };
            match direction.toward_receiving(now, busy) {
                Turn::Done => return Ok(busy),
                Turn::Wait(at) => return Ok(Some(at)),
                Turn::Drive(to) => self.drive(to)?,
            }
        }
    }

    /// When to look again whether all has left, or `None` when it has.
    fn busy(&mut self, now: Instant) -> io::Result<Option<Instant>> {
        if !self.output.written {
            return Ok(None);
        }
        let again = |time: Duration| {
            // The longest wins where the two are set the wrong way round.
            let time = time.max(self.options.drain_shortest);
            Some(now + time.min(self.options.drain_longest))
        };
        let queued = self.queued()?;
        if queued > 0 {
            let characters = u64::try_from(queued).unwrap_or(u64::MAX);
            return Ok(again(self.settings.time_of(characters)));
        }
        if self.capabilities.exact_drain {
            let empty = ioctl::transmitter_empty(self.raw()).map_err(|e| self.fail(e))?;
            if !empty {
                return Ok(again(self.settings.time_of(1) / 2));
            }
        } else if !self.pty {
            let hidden = self.settings.time_of(self.options.hidden_fifo.into());
            let tail = *self.output.tail.get_or_insert(now + hidden);
            if now < tail {
                return Ok(Some(tail));
            }
        }
        self.output.all_left();
        Ok(None)
    }

    /// What stands in the kernel's queue. A PTY has none: what is written is the other program's.
    fn queued(&self) -> io::Result<usize> {
        if self.pty {
            return Ok(0);
        }
        match ioctl::output_queue(self.raw()) {
            Err(Errno::NOTTY | Errno::INVAL) => Ok(0),
            queued => queued.map_err(|errno| self.fail(errno)),
        }
    }

    fn check_stall(&mut self, now: Instant) -> io::Result<()> {
        let (Some(limit), true) = (self.options.drain_stall, self.output.written) else {
            return Ok(());
        };
        let queued = self.queued()?;
        if self.output.stalled(queued, now) < limit {
            return Ok(());
        }
        Err(Error::Stalled {
            path: self.path.clone(),
            queued,
        }
        .into())
    }
}
