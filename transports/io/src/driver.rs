//! Runs a machine over a stream or a line.

use core::{
    fmt,
    future::poll_fn,
    task::{Context, Poll, ready},
};
use std::io;

use bytes::BytesMut;
use lineside_core::{Instant, Link, Machine, Step};

use crate::{Clock, Line, Stream, Timer, Urgent, address::Wire};

mod close;
mod ends;
mod limits;
mod pump;

pub use limits::Limits;

use ends::Ends;
use pump::again;

/// Turns of [`Driver::poll_next`] without an event before other tasks get theirs.
const TURNS: usize = 64;

/// Why a driver ended.
#[derive(Debug, thiserror::Error)]
pub enum Error<E> {
    /// The protocol could not go on; its variant says who is to blame.
    #[error(transparent)]
    Machine(E),
    /// The wire failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What [`Driver::next`] gives.
pub type Next<M> = Result<Option<<M as Machine>::Event>, Error<<M as Machine>::Error>>;

/// A machine, its wire, and the time.
///
/// # Order
/// What the machine wants sent is offered to the wire before an event is handed out. What can be
/// read is read before the machine is asked, so that a silence is one on the wire and not one of
/// this task. The machine is asked only when something is new: bytes, a mark, the end, its time, a
/// command, or that its bytes have left.
///
/// # Cancellation
/// Every future that this type gives can be dropped at any await and made anew: what was read,
/// what was decoded and what is still to be written stays here.
pub struct Driver<M, S> {
    machine: M,
    stream: S,
    link: Link,
    clock: Clock,
    limits: Limits,
    ends: Ends<S>,
    state: State,
    /// The machine's time, then the end of the linger.
    wake: Timer,
    /// Until when the peer must take a byte, then until when closing must be done.
    stall: Timer,
    /// There is something that the machine has not seen.
    is_new: bool,
    /// The machine's time has come, and it has not been told.
    is_due: bool,
    /// Bytes were written that the wire may still hold.
    is_draining: bool,
    /// The time that was read in this poll, where one look serves.
    polled: Option<Instant>,
    /// The time that was read last.
    looked: Instant,
    /// What the wire failed with, first.
    failed: Option<io::Error>,
    cannot_read: bool,
    cannot_write: bool,
}

/// How far a dialogue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It goes on.
    Open,
    /// The machine has ended it: the last words are on their way.
    Ending(Verdict),
    /// The machine failed, and its last words are out: the peer is being heard out.
    Lingering,
    /// Nothing is left.
    Closed(Verdict),
}

/// How the machine ended a dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Done,
    Failed,
}

impl<M: Machine, S: Stream> Driver<M, S> {
    /// Runs `machine` over a stream of bytes.
    pub fn new(machine: M, stream: S, clock: Clock) -> Self {
        Self::with_ends(machine, stream, clock, Ends::of_stream())
    }

    /// Runs `machine` over a stream that has urgent data: what comes of it is told in
    /// [`Link::urgent`], what goes as [`Link::tx_urgent`].
    pub fn on_urgent(machine: M, stream: S, clock: Clock) -> Self
    where
        S: Urgent,
    {
        Self::with_ends(machine, stream, clock, Ends::of_urgent())
    }

    /// Runs `machine` over a line: its marks reach the machine in their place, and
    /// [`Link::sent`] is the end of the last stop bit.
    pub fn on_line(machine: M, line: S, clock: Clock) -> Self
    where
        S: Line,
    {
        Self::with_ends(machine, line, clock, Ends::of_line())
    }

    fn with_ends(machine: M, stream: S, clock: Clock, ends: Ends<S>) -> Self {
        // Room for many short frames: what is written is tidied away once for all of them.
        let mut link = Link::default();
        link.tx.reserve(512);
        Self {
            machine,
            stream,
            link,
            wake: clock.timer(),
            stall: clock.timer(),
            clock,
            limits: Limits::default(),
            ends,
            state: State::Open,
            is_new: true,
            is_due: false,
            is_draining: false,
            polled: None,
            looked: Instant::START,
            failed: None,
            cannot_read: false,
            cannot_write: false,
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        if limits.lean && self.link.tx.is_empty() {
            self.link.tx = BytesMut::new();
        }
        self
    }

    /// The same with bytes that an earlier protocol on this stream read too many.
    #[must_use]
    pub fn unread(mut self, bytes: &[u8]) -> Self {
        self.link.rx.extend_from_slice(bytes);
        self.looked = self.clock.now();
        self.link.received = Some(self.looked);
        self
    }

    /// The next event, or `None` when the machine has closed the dialogue and its last bytes are
    /// sent. Sends whatever stands to be sent meanwhile.
    ///
    /// # Errors
    /// The machine's, after its last words have been sent; the wire's, after the machine has seen
    /// all that could still be read. Sticky.
    pub async fn next(&mut self) -> Next<M> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Hands the machine a command without waiting for anything. The bytes leave with the next
    /// [`next`](Self::next), [`flush`](Self::flush) or [`send`](Self::send).
    ///
    /// # Errors
    /// The machine's.
    pub fn submit(&mut self, command: M::Command) -> Result<(), M::Error> {
        self.tell(|machine, now, link| machine.send(now, command, link))
    }

    /// Hands the machine something by a method of its own, as [`submit`](Self::submit) hands it a
    /// command.
    #[doc(hidden)]
    pub fn tell<T>(&mut self, tell: impl FnOnce(&mut M, Instant, &mut Link) -> T) -> T {
        self.polled = None;
        let now = self.now();
        self.is_new = true;
        let told = tell(&mut self.machine, now, &mut self.link);
        if let State::Closed(_) = self.state {
            self.link.tx.clear();
        }
        told
    }

    /// Hands the machine a command, and waits until what it put on the wire at once is written.
    ///
    /// Dropped before its first poll, it did nothing; after, the command is taken and only the
    /// waiting is given up.
    ///
    /// # Errors
    /// The machine's, or the wire's.
    pub async fn send(&mut self, command: M::Command) -> Result<(), Error<M::Error>> {
        self.submit(command).map_err(Error::Machine)?;
        self.flush().await
    }

    /// Waits until what stands in `tx` is written and, on a line, has left it. Reads nothing: two
    /// ends that flush more than the wires between them hold wait for each other until
    /// [`Limits::write_stall`]; such use [`submit`](Self::submit) and [`next`](Self::next).
    ///
    /// # Errors
    /// The wire's.
    pub async fn flush(&mut self) -> Result<(), Error<M::Error>> {
        poll_fn(|cx| {
            self.polled = None;
            self.poll_write_out(cx)
        })
        .await
        .map_err(Error::Io)
    }

    /// The machine.
    pub const fn machine(&self) -> &M {
        &self.machine
    }

    /// The wire, for what only it can do: addresses, modem lines, settings.
    pub const fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The time that the machine sees.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whether the peer sends no more. What it sent may still be with the machine, and it may still
    /// listen.
    pub const fn has_ended(&self) -> bool {
        self.link.eof
    }

    /// The time of the last byte either way. `None` before there is one, and while the machine does not
    /// [need the time](Machine::needs_time): then nobody has looked at the clock.
    pub fn last_activity(&self) -> Option<Instant> {
        let last = self.link.received.max(self.link.sent);
        last.filter(|_| self.machine.needs_time())
    }

    /// Takes the driver apart: for the next protocol on this stream, together with the bytes that
    /// were read and not consumed. Flush first: what is still in `tx` is lost.
    pub fn into_parts(self) -> (M, S, BytesMut) {
        (self.machine, self.stream, self.link.rx)
    }

    /// [`next`](Self::next) by hand.
    ///
    /// # Errors
    /// As `next`.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Next<M>> {
        self.poll_next_by(cx, M::poll)
    }

    /// The same with another way to poll the machine, by which its events have another form: `ask` does
    /// all that [`Machine::poll`] does.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    #[doc(hidden)]
    pub fn poll_next_by<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut ask: impl FnMut(&mut M, Instant, &mut Link) -> Result<Step<T>, M::Error>,
    ) -> Poll<Result<Option<T>, Error<M::Error>>> {
        self.polled = None;
        // Once a read has left its waker, another in the same poll would find nothing.
        let mut is_dry = false;
        for _ in 0..TURNS {
            if self.state != State::Open {
                return self.poll_close(cx).map_ok(|()| None);
            }
            let _ = self.poll_write_out(cx);
            if !is_dry {
                is_dry = self.poll_read_in(cx).is_pending();
            }
            if self.is_new && (self.is_due || !self.is_full()) {
                if let Some(event) = self.ask(&mut ask) {
                    let _ = self.poll_write_out(cx);
                    return Poll::Ready(Ok(Some(event)));
                }
                continue;
            }
            if let Some(error) = &mut self.failed {
                let copy = again(error);
                return Poll::Ready(Err(Error::Io(core::mem::replace(error, copy))));
            }
            if !self.wake.is_set() {
                return Poll::Pending;
            }
            let now = self.present();
            ready!(self.wake.poll_at(cx, now));
            self.wake.set(None);
            self.polled = None;
            self.is_new = true;
            self.is_due = true;
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Asks the machine once.
    #[inline]
    fn ask<T>(
        &mut self,
        ask: impl FnOnce(&mut M, Instant, &mut Link) -> Result<Step<T>, M::Error>,
    ) -> Option<T> {
        let now = if core::mem::take(&mut self.is_due) {
            self.present()
        } else {
            self.now()
        };
        match ask(&mut self.machine, now, &mut self.link) {
            Ok(Step::Event(event)) => return Some(event),
            Ok(Step::Wait(until)) => {
                self.is_new = false;
                self.link.mark = None;
                self.wake.set(until);
            }
            Ok(Step::Close) => self.end(Verdict::Done),
            Err(_) => self.end(Verdict::Failed),
        }
        None
    }
}

impl<M: Machine> Driver<M, Wire> {
    /// Runs `machine` over what an address opened: over a line as [`on_line`](Self::on_line), over
    /// a stream as [`new`](Self::new).
    pub fn on_wire(machine: M, wire: Wire, clock: Clock) -> Self {
        Self::with_ends(machine, wire, clock, Ends::of_wire())
    }
}

impl<M: fmt::Debug, S> fmt::Debug for Driver<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("machine", &self.machine)
            .field("link", &self.link)
            .field("state", &self.state)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
