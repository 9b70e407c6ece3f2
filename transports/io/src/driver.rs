//! Runs a machine over a stream or a line.

use core::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use std::io;

use bytes::{Buf, BytesMut};
use lineside_core::{Instant, Link, Machine, Mark, Step};
use tokio::io::ReadBuf;

use crate::{Clock, Line, Stream, Timer, address};

/// What a driver allows its peer to use up.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Stop reading when this many bytes wait for the machine. Default 64 KiB.
    pub unread: usize,
    /// Room to make for each read. Default 4 KiB.
    pub read_chunk: usize,
    /// Give up when the peer takes nothing for this long. Default 30 s; `None` waits for ever.
    pub write_stall: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unread: 64 * 1024,
            read_chunk: 4 * 1024,
            write_stall: Some(Duration::from_secs(30)),
        }
    }
}

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
/// # Cancellation
/// Every future that this type gives can be dropped at any await and made anew: what was read,
/// what was decoded and what is still to be written stays here.
pub struct Driver<M, S> {
    machine: M,
    stream: S,
    link: Link,
    clock: Clock,
    wake: Timer,
    stall: Timer,
    limits: Limits,
    ends: Ends<S>,
    state: State,
    /// Bytes were written, and the machine has not been polled since they left.
    unsettled: bool,
}

/// What a line can do and a plain stream cannot.
struct Ends<S> {
    take_mark: fn(&mut S) -> Option<Mark>,
    drain: fn(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<()>>,
}

/// How far a dialogue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It goes on.
    Open,
    /// The machine has ended it, or failed: only `tx` is left to send.
    Closing,
    /// Nothing is left.
    Closed,
}

impl<M: Machine, S: Stream> Driver<M, S> {
    /// Runs `machine` over a stream of bytes.
    pub fn new(machine: M, stream: S, clock: Clock) -> Self {
        let ends = Ends {
            take_mark: |_: &mut S| None,
            drain: |stream: Pin<&mut S>, cx| stream.poll_flush(cx),
        };
        Self::with_ends(machine, stream, clock, ends)
    }

    /// Runs `machine` over a line: its marks reach the machine in their place, and
    /// [`Link::sent`] is the end of the last stop bit.
    pub fn on_line(machine: M, line: S, clock: Clock) -> Self
    where
        S: Line,
    {
        let ends = Ends {
            take_mark: S::take_mark,
            drain: S::poll_drain,
        };
        Self::with_ends(machine, line, clock, ends)
    }

    fn with_ends(machine: M, stream: S, clock: Clock, ends: Ends<S>) -> Self {
        Self {
            machine,
            stream,
            link: Link::default(),
            wake: clock.timer(),
            stall: clock.timer(),
            clock,
            limits: Limits::default(),
            ends,
            state: State::Open,
            unsettled: false,
        }
    }

    /// The same with other limits.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with bytes that an earlier protocol on this stream read too many.
    #[must_use]
    pub fn unread(mut self, bytes: &[u8]) -> Self {
        self.link.rx.extend_from_slice(bytes);
        self.link.received = Some(self.clock.now());
        self
    }

    /// The next event, or `None` when the machine has closed the dialogue and its last bytes are
    /// sent. Sends whatever stands to be sent meanwhile.
    ///
    /// # Errors
    /// The machine's, after its last words have been sent; the wire's. Sticky.
    pub async fn next(&mut self) -> Next<M> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Hands the machine a command without waiting for anything. The bytes leave with the next
    /// [`next`](Self::next), [`flush`](Self::flush) or [`send`](Self::send).
    ///
    /// # Errors
    /// The machine's.
    pub fn submit(&mut self, command: M::Command) -> Result<(), M::Error> {
        let now = self.clock.now();
        self.machine.send(now, command, &mut self.link)
    }

    /// Hands the machine a command and waits until what it made of it is written.
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

    /// Waits until what stands in `tx` is written and, on a line, has left it.
    ///
    /// # Errors
    /// The wire's.
    pub async fn flush(&mut self) -> Result<(), Error<M::Error>> {
        poll_fn(|cx| self.poll_write_out(cx))
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
        loop {
            if self.state != State::Open {
                return self.poll_close(cx);
            }
            let until = match self.machine.poll(self.clock.now(), &mut self.link) {
                Ok(Step::Event(event)) => return Poll::Ready(Ok(Some(event))),
                Ok(Step::Wait(until)) => until,
                Ok(Step::Close) | Err(_) => {
                    self.state = State::Closing;
                    continue;
                }
            };
            self.link.mark = None;
            let wrote = self.poll_write_out(cx);
            if self.poll_read_in(cx)? {
                continue;
            }
            // A write error waits until everything that can be read has been: the peer's last words
            // often say why it closed.
            match wrote {
                Poll::Ready(Err(error)) => return Poll::Ready(Err(Error::Io(error))),
                Poll::Ready(Ok(())) if core::mem::take(&mut self.unsettled) => continue,
                _ => {}
            }
            self.wake.set(until);
            ready!(self.wake.poll(cx));
        }
    }

    /// The end: the last words, then the sticky error or `None`.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Next<M>> {
        if self.state == State::Closing {
            let wrote = ready!(self.poll_write_out(cx));
            if wrote.is_ok() {
                // A peer that is already gone makes this fail; the dialogue is over all the same.
                let _ = ready!(Pin::new(&mut self.stream).poll_shutdown(cx));
            }
            self.link.tx.clear();
            self.state = State::Closed;
        }
        match self.machine.poll(self.clock.now(), &mut self.link) {
            Err(error) => Poll::Ready(Err(Error::Machine(error))),
            Ok(_) => Poll::Ready(Ok(None)),
        }
    }

    /// Reads once. `true` when there is something new for the machine.
    fn poll_read_in(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        if self.link.eof {
            return Ok(false);
        }
        if let Some(mark) = (self.ends.take_mark)(&mut self.stream) {
            self.link.mark = Some(mark);
            self.link.received = Some(self.clock.now());
            return Ok(true);
        }
        let room = self.limits.unread.saturating_sub(self.link.rx.len());
        if room == 0 {
            return Ok(false);
        }
        let room = room.min(self.limits.read_chunk);
        match self.poll_read_some(cx, room) {
            Poll::Ready(Ok(0)) => self.link.eof = true,
            Poll::Ready(Ok(_)) => self.link.received = Some(self.clock.now()),
            Poll::Ready(Err(error)) => return Err(error),
            Poll::Pending => {
                // A mark with no data behind it wakes the reader, but does not make it ready.
                self.link.mark = (self.ends.take_mark)(&mut self.stream);
                if self.link.mark.is_none() {
                    return Ok(false);
                }
                self.link.received = Some(self.clock.now());
            }
        }
        Ok(true)
    }

    /// Reads at most `room` bytes to the end of `rx`; 0 is the end of the stream.
    fn poll_read_some(&mut self, cx: &mut Context<'_>, room: usize) -> Poll<io::Result<usize>> {
        let rx = &mut self.link.rx;
        let old = rx.len();
        rx.resize(old + room, 0);
        let mut into = ReadBuf::new(rx.get_mut(old..).unwrap_or_default());
        let read = Pin::new(&mut self.stream).poll_read(cx, &mut into);
        let count = into.filled().len();
        rx.truncate(old + count);
        read.map_ok(|()| count)
    }

    /// Writes until `tx` is empty and the wire has it all.
    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.link.tx.is_empty() {
            self.unsettled = true;
            self.link.sent = None;
            let stream = Pin::new(&mut self.stream);
            match stream.poll_write(cx, &self.link.tx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(n)) => {
                    self.link.tx.advance(n);
                    self.stall.set(None);
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return self.poll_stalled(cx),
            }
        }
        if self.link.sent.is_none() && self.unsettled {
            ready!((self.ends.drain)(Pin::new(&mut self.stream), cx))?;
            self.link.sent = Some(self.clock.now());
        }
        Poll::Ready(Ok(()))
    }

    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(limit) = self.limits.write_stall else {
            return Poll::Pending;
        };
        if !self.stall.is_set() {
            self.stall.set(Some(self.clock.now() + limit));
        }
        self.stall.poll(cx).map(|()| {
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the peer takes no bytes (Limits::write_stall)",
            ))
        })
    }

    /// The time of the last byte either way, for idle limits.
    pub fn last_activity(&self) -> Option<Instant> {
        self.link.received.max(self.link.sent)
    }
}

impl<M: Machine> Driver<M, address::Wire> {
    /// Runs `machine` over what an address opened: over a line as [`on_line`](Self::on_line), over
    /// a stream as [`new`](Self::new).
    pub fn on_wire(machine: M, wire: address::Wire, clock: Clock) -> Self {
        let ends = Ends {
            take_mark: address::Wire::take_mark,
            drain: address::Wire::poll_drain,
        };
        Self::with_ends(machine, wire, clock, ends)
    }
}

impl<M: fmt::Debug, S> fmt::Debug for Driver<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("machine", &self.machine)
            .field("link", &self.link)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
