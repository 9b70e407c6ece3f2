//! One end of a simulated wire, as a [`Line`].

use core::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lineside_core::{Instant, Mark};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{BoxFuture, Capabilities, Clock, Line, Queue, Settings, Signals, Timer};

use super::{config::Gap, frame::MAX_BAUD, tap::Tap, world::World};

/// One end of a [`NullModem`](super::NullModem), or a station on a [`Bus`](super::Bus).
///
/// Dropping it hangs up. What it has written still leaves, unless flow control holds it back; then
/// the other end of a null modem reads the end of the stream. Writes of the other end fail with
/// `BrokenPipe` at once.
#[derive(Debug)]
pub struct SimLine {
    world: Arc<Mutex<World>>,
    clock: Clock,
    id: usize,
    timers: [Timer; 4],
    seen_changes: u64,
}

/// What a task can wait for; each has a timer and a waker.
#[derive(Clone, Copy, Debug)]
enum Wait {
    Read,
    Write,
    Drain,
    Signals,
}

impl SimLine {
    pub(super) fn new(world: Arc<Mutex<World>>, clock: Clock, id: usize) -> Self {
        let timers = [(); 4].map(|()| clock.timer());
        let seen_changes = {
            let world = world.lock().unwrap_or_else(PoisonError::into_inner);
            world.ports[id].changes
        };
        Self {
            world,
            clock,
            id,
            timers,
            seen_changes,
        }
    }

    /// Which station this is: 0 or 1 on a null modem, the order of joining on a bus.
    #[must_use]
    pub const fn station(&self) -> usize {
        self.id
    }

    /// Records the characters on all wires of this line, at most `limit` until they are taken.
    #[must_use]
    pub fn tap(&self, limit: usize) -> Tap {
        Tap::new(Arc::clone(&self.world), self.clock.clone(), limit, false)
    }

    /// Records characters and every change of level.
    #[must_use]
    pub fn tap_levels(&self, limit: usize) -> Tap {
        Tap::new(Arc::clone(&self.world), self.clock.clone(), limit, true)
    }

    /// Changes the pause after each character, from the next one that ends.
    pub fn set_gap(&mut self, gap: Gap) {
        let mut world = self.now();
        world.ports[self.id].tx.set_gap(gap);
        world.wake_all();
    }

    /// How long the last received break was, once it has ended.
    #[must_use]
    pub fn last_break(&self) -> Option<Duration> {
        let world = self.now();
        world.ports[self.id]
            .rx
            .sampler
            .last_break()
            .map(Duration::from_nanos)
    }

    /// Sends everything, then a break of this length.
    ///
    /// Dropped before the break has ended, it ends it.
    ///
    /// # Errors
    /// The line is gone.
    pub async fn send_break(&mut self, length: Duration) -> io::Result<()> {
        self.drain().await?;
        let clock = self.clock.clone();
        let guard = EndBreak(self);
        guard.0.set_break(true)?;
        clock.sleep(length).await;
        Ok(())
    }

    /// The world as it is now.
    fn now(&self) -> MutexGuard<'_, World> {
        let mut world = self.world();
        world.advance(self.clock.now().as_nanos());
        world
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks `ready` now, and again whenever its time may have come. `look` gives the answer, or when to
    /// look again at the latest if nobody does anything.
    fn poll_until<T>(
        &mut self,
        cx: &mut Context<'_>,
        wait: Wait,
        mut look: impl FnMut(&mut World, usize) -> Result<T, Option<u64>>,
    ) -> Poll<T> {
        let Self {
            world,
            clock,
            id,
            timers,
            ..
        } = self;
        let [read, write, drain, signals] = timers;
        let (timer, waker) = match wait {
            Wait::Read => (read, 0),
            Wait::Write => (write, 1),
            Wait::Drain => (drain, 2),
            Wait::Signals => (signals, 3),
        };
        loop {
            let mut guard = world.lock().unwrap_or_else(PoisonError::into_inner);
            guard.advance(clock.now().as_nanos());
            let again = match look(&mut guard, *id) {
                Ok(answer) => {
                    drop(guard);
                    timer.set(None);
                    return Poll::Ready(answer);
                }
                // Never in the past, so that this loop always ends.
                Err(again) => again.map(|at| at.max(guard.time() + 1)),
            };
            if let Some(slot) = guard.ports[*id].wakers.get_mut(waker) {
                match slot {
                    Some(old) => old.clone_from(cx.waker()),
                    None => *slot = Some(cx.waker().clone()),
                }
            }
            drop(guard);
            timer.set(again.map(Instant::from_nanos));
            ready!(timer.poll(cx));
        }
    }

    fn gone() -> io::Error {
        io::Error::new(
            io::ErrorKind::BrokenPipe,
            "the other end of the null modem is gone",
        )
    }

    fn no_modem_lines() -> io::Error {
        io::Error::new(
            io::ErrorKind::Unsupported,
            "an RS-485 bus has no modem lines",
        )
    }
}

/// Ends a break whatever becomes of the future that began it.
struct EndBreak<'a>(&'a mut SimLine);

impl Drop for EndBreak<'_> {
    fn drop(&mut self) {
        // It fails when the line is gone, and the break with it.
        let _ = self.0.set_break(false);
    }
}

impl AsyncRead for SimLine {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if into.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let mut at_mark = false;
        let polled = self.get_mut().poll_until(cx, Wait::Read, |world, id| {
            let hung_up = world.is_hung_up(id);
            if hung_up {
                world.ports[id].rx.release_all();
            }
            let new_mark = world.ports[id].rx.has_new_mark();
            if world.read(id, into) {
                return Ok(());
            }
            let has_bytes = world.ports[id].rx.has_bytes();
            if new_mark && (has_bytes || hung_up) {
                at_mark = true;
                return Err(None);
            }
            match hung_up {
                true => Ok(()),
                false => Err(world.readable_at(id)),
            }
        });
        if at_mark && polled.is_pending() {
            cx.waker().wake_by_ref(); // the mark can be taken; who reads on, reads past it
        }
        polled.map(Ok)
    }
}

impl AsyncWrite for SimLine {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_until(cx, Wait::Write, |world, id| {
            if world.has_no_peer(id) {
                return Ok(Err(Self::gone()));
            }
            let tx = &world.ports[id].tx;
            if tx.is_full() && !bytes.is_empty() {
                return Err(world.writable_at(id));
            }
            let idle = tx.is_drained();
            let now = world.time();
            let count = world.ports[id].tx.write(bytes, now);
            if idle {
                world.advance(now);
                world.wake_all();
            }
            Ok(Ok(count))
        })
    }

    /// Nothing to do: what was written is on its way. See [`Line::poll_drain`].
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// A line has no half-close: this waits until everything has left.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_drain(cx)
    }
}

impl Line for SimLine {
    fn settings(&self) -> Settings {
        self.world().ports[self.id].settings
    }

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        Box::pin(async move {
            if to.baud == 0 || to.baud > MAX_BAUD {
                let text = format!("baud: {} is not from 1 to {MAX_BAUD}", to.baud);
                return Err(io::Error::new(io::ErrorKind::Unsupported, text));
            }
            self.drain().await?;
            let mut world = self.now();
            world.configure(self.id, to);
            world.wake_all();
            Ok(to)
        })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            speed: true,
            signals: !self.world().is_bus(),
            break_received: true,
            break_sent: true,
            marks: true,
            exact_drain: true,
        }
    }

    fn take_mark(&mut self) -> Option<Mark> {
        self.now().ports[self.id].rx.take_mark()
    }

    fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_until(cx, Wait::Drain, |world, id| {
            if world.has_no_peer(id) {
                return Ok(Err(Self::gone()));
            }
            match world.ports[id].tx.is_drained() {
                true => Ok(Ok(())),
                false => Err(world.drained_at(id)),
            }
        })
    }

    fn discard(&mut self, queue: Queue) -> io::Result<()> {
        let mut world = self.now();
        world.discard(self.id, queue);
        world.wake_all();
        Ok(())
    }

    fn signals(&mut self) -> io::Result<Signals> {
        let world = self.now();
        match world.is_bus() {
            true => Err(Self::no_modem_lines()),
            false => Ok(world.ports[self.id].signals),
        }
    }

    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()> {
        let mut world = self.now();
        if world.is_bus() {
            return Err(Self::no_modem_lines());
        }
        world.set_signals(self.id, dtr, rts);
        world.wake_all();
        Ok(())
    }

    fn poll_signals(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Signals>> {
        let this = self.get_mut();
        let seen = this.seen_changes;
        let polled = this.poll_until(cx, Wait::Signals, |world, id| {
            if world.is_bus() {
                return Ok(Err(Self::no_modem_lines()));
            }
            let port = &world.ports[id];
            match port.changes == seen {
                true => Err(world.signals_at()),
                false => Ok(Ok((port.changes, port.signals))),
            }
        });
        polled.map_ok(|(changes, signals)| {
            this.seen_changes = changes;
            signals
        })
    }

    fn set_break(&mut self, on: bool) -> io::Result<()> {
        let mut world = self.now();
        if world.has_no_peer(self.id) {
            return Err(Self::gone());
        }
        let now = world.time();
        world.ports[self.id].tx.set_break(on, now);
        world.advance(now);
        world.wake_all();
        Ok(())
    }
}

impl Drop for SimLine {
    fn drop(&mut self) {
        let mut world = self.now();
        world.close(self.id);
        world.wake_all();
    }
}
