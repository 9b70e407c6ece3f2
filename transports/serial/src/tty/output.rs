//! What stands between a write and the last stop bit: the kernel's queue, the transmitter, the
//! transceiver.

use core::{
    task::{Context, Poll, ready},
    time::Duration,
};
use std::io;

use lineside_core::Instant;
use lineside_io::{Clock, Settings, Timer};
use rustix::io::Errno;

use super::Tty;
use crate::{
    Error, Options, Rs485, ioctl,
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

    /// When to look again whether all has left, or `None` when it has.
    fn look_again(
        &mut self,
        now: Instant,
        level: Level,
        settings: Settings,
        options: &Options,
    ) -> Option<Instant> {
        let again = |time: Duration| {
            // The longest wins where the two are set the wrong way round.
            Some(now + time.max(options.drain_shortest).min(options.drain_longest))
        };
        match level {
            Level { queued, .. } if queued > 0 => {
                return again(settings.time_of(u64::try_from(queued).unwrap_or(u64::MAX)));
            }
            Level {
                empty: Some(false), ..
            } => return again(settings.time_of(1) / 2),
            Level {
                empty: Some(true), ..
            } => {}
            Level { empty: None, .. } => {
                let hidden = settings.time_of(options.hidden_fifo.into());
                let tail = *self.tail.get_or_insert(now + hidden);
                if now < tail {
                    return Some(tail);
                }
            }
        }
        self.written = false;
        self.tail = None;
        self.progress = None;
        None
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

/// What the kernel says of bytes on their way.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// In its queue.
    queued: usize,
    /// Whether the transmitter is empty; `None` where the driver cannot tell.
    empty: Option<bool>,
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
        let level = self.level()?;
        Ok(self
            .output
            .look_again(now, level, self.settings, &self.options))
    }

    /// A PTY has no queue and no transmitter: what is written is the other program's.
    fn level(&self) -> io::Result<Level> {
        if self.pty {
            return Ok(Level {
                queued: 0,
                empty: Some(true),
            });
        }
        let queued = match ioctl::output_queue(self.raw()) {
            Err(Errno::NOTTY | Errno::INVAL) => 0,
            queued => queued.map_err(|errno| self.fail(errno))?,
        };
        let empty = match self.capabilities.exact_drain {
            true => Some(ioctl::transmitter_empty(self.raw()).map_err(|e| self.fail(e))?),
            false => None,
        };
        Ok(Level { queued, empty })
    }

    fn check_stall(&mut self, now: Instant) -> io::Result<()> {
        let (Some(limit), true) = (self.options.drain_stall, self.output.written) else {
            return Ok(());
        };
        let Level { queued, .. } = self.level()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A character takes a millisecond.
    const SLOW: Settings = Settings {
        baud: 10_000,
        data_bits: lineside_io::DataBits::Eight,
        parity: lineside_io::Parity::None,
        stop_bits: lineside_io::StopBits::One,
        flow: lineside_io::FlowControl::None,
    };

    fn written() -> Output {
        let mut output = Output::new(&Clock::tokio());
        output.wrote();
        output
    }

    fn look(output: &mut Output, at: u64, queued: usize, empty: Option<bool>) -> Option<u64> {
        let options = Options::default();
        let now = Instant::from_micros(at);
        let again = output.look_again(now, Level { queued, empty }, SLOW, &options);
        again.map(Instant::as_micros)
    }

    #[tokio::test]
    async fn a_drain_looks_again_when_the_rest_should_have_left() {
        let mut output = written();
        assert_eq!(look(&mut output, 0, 5, Some(false)), Some(5_000));
        assert_eq!(
            look(&mut output, 0, 4_096, Some(false)),
            Some(10_000),
            "at most"
        );
        assert_eq!(look(&mut output, 5_000, 0, Some(false)), Some(5_500));
        assert_eq!(look(&mut output, 5_500, 0, Some(true)), None);
        assert!(!output.written);
    }

    #[tokio::test]
    async fn where_the_transmitter_is_hidden_its_characters_are_waited_for() {
        let mut output = written();
        assert_eq!(look(&mut output, 0, 1, None), Some(1_000));
        assert_eq!(
            look(&mut output, 1_000, 0, None),
            Some(3_000),
            "two characters"
        );
        assert_eq!(look(&mut output, 2_000, 0, None), Some(3_000));
        output.wrote();
        assert_eq!(look(&mut output, 2_500, 0, None), Some(4_500), "once more");
        assert_eq!(look(&mut output, 4_500, 0, None), None);
    }

    #[tokio::test]
    async fn only_a_queue_that_does_not_shrink_is_a_stall() {
        let mut output = written();
        let mut stalled = |queued, at| output.stalled(queued, Instant::from_micros(at)).as_micros();
        assert_eq!(stalled(10, 0), 0);
        assert_eq!(stalled(10, 500), 500);
        assert_eq!(stalled(9, 600), 0);
        assert_eq!(stalled(9, 700), 100);
    }
}
