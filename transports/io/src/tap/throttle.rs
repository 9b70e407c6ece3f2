//! Bytes per second.

use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use std::io;

use lineside_core::{Instant, Mark};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::through::{line_below, socket_below};
use crate::{BoxFuture, Clock, Line, Queue, Settings, Socket, Stream, Timer};

const NANOS: u128 = 1_000_000_000;

/// A limit: bytes per second over any time, and a burst that may pass at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    bytes_per_second: u64,
    burst: u64,
}

impl Rate {
    /// `bytes` per second, at least 1. The burst is a tenth of a second's worth.
    #[must_use]
    pub const fn per_second(bytes: u64) -> Self {
        let bytes_per_second = at_least_one(bytes);
        Self {
            bytes_per_second,
            burst: at_least_one(bytes_per_second / 10),
        }
    }

    /// The same with this many bytes at once, at least 1.
    #[must_use]
    pub const fn burst(mut self, bytes: u64) -> Self {
        self.burst = at_least_one(bytes);
        self
    }
}

const fn at_least_one(n: u64) -> u64 {
    if n == 0 { 1 } else { n }
}

/// The limits of a [`Throttle`]; `None` limits nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThrottleLimits {
    /// What we receive.
    pub input: Option<Rate>,
    /// What we send.
    pub output: Option<Rate>,
}

impl ThrottleLimits {
    /// The same limit for each direction.
    #[must_use]
    pub const fn both(rate: Rate) -> Self {
        Self {
            input: Some(rate),
            output: Some(rate),
        }
    }
}

/// A stream that is no faster than its limits. It holds no bytes: what may not pass yet stays with
/// the peer or the writer. A wait that is over passes on at least a millisecond's worth of bytes,
/// or the burst where that is less.
///
/// ```
/// use core::time::Duration;
/// use lineside_io::{sim, tap::{Rate, Throttle, ThrottleLimits}};
/// use tokio::io::AsyncWriteExt;
///
/// sim::run(|clock| async move {
///     let (near, _far) = tokio::io::duplex(4_096);
///     let limits = ThrottleLimits::both(Rate::per_second(1_000).burst(1));
///     let mut near = Throttle::new(near, &clock, limits);
///     near.write_all(&[0; 2_001]).await.unwrap();
///     assert_eq!(clock.now().as_micros(), 2_000_000);
/// });
/// ```
pub struct Throttle<S> {
    stream: S,
    input: Option<Bucket>,
    output: Option<Bucket>,
}

impl<S: Stream> Throttle<S> {
    /// Limits `stream`, in the time of `clock`.
    pub fn new(stream: S, clock: &Clock, limits: ThrottleLimits) -> Self {
        Self {
            stream,
            input: limits.input.map(|rate| Bucket::new(rate, clock)),
            output: limits.output.map(|rate| Bucket::new(rate, clock)),
        }
    }

    /// The stream, without limits.
    pub const fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Takes the limits off.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

/// The bytes that have passed and are not yet paid for by time, exact to a nanosecond.
struct Bucket {
    rate: Rate,
    clock: Clock,
    timer: Timer,
    /// In billionths of a byte, at `at`.
    debt: u128,
    at: Instant,
}

impl Bucket {
    fn new(rate: Rate, clock: &Clock) -> Self {
        Self {
            rate,
            timer: clock.timer(),
            debt: 0,
            at: clock.now(),
            clock: clock.clone(),
        }
    }

    /// Ready with the number of bytes that may pass now, at least one.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        loop {
            let now = self.clock.now();
            let paid = now.since(self.at).as_nanos() * u128::from(self.rate.bytes_per_second);
            self.debt = self.debt.saturating_sub(paid);
            self.at = now;
            let full = u128::from(self.rate.burst) * NANOS;
            let free = full.saturating_sub(self.debt) / NANOS;
            if !self.timer.is_set() && free > 0 || free >= self.quantum() {
                self.timer.set(None);
                return Poll::Ready(usize::try_from(free).unwrap_or(usize::MAX));
            }
            self.timer.set(Some(now + self.until(self.quantum())));
            ready!(self.timer.poll(cx));
        }
    }

    /// The number of bytes that a wait waits for.
    fn quantum(&self) -> u128 {
        u128::from((self.rate.bytes_per_second / 1_000).clamp(1, self.rate.burst))
    }

    /// How long until this many bytes may pass; at most the burst.
    fn until(&self, bytes: u128) -> Duration {
        let allowed = (u128::from(self.rate.burst) - bytes) * NANOS;
        let nanos = self
            .debt
            .saturating_sub(allowed)
            .div_ceil(u128::from(self.rate.bytes_per_second));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    fn take(&mut self, bytes: usize) {
        self.debt += bytes as u128 * NANOS;
    }
}

impl<S: Stream> AsyncRead for Throttle<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(bucket) = &mut this.input else {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        };
        let may = ready!(bucket.poll(cx)).min(buf.remaining());
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(may));
        let read = Pin::new(&mut this.stream).poll_read(cx, &mut part);
        let count = part.filled().len();
        buf.advance(count);
        bucket.take(count);
        read
    }
}

impl<S: Stream> AsyncWrite for Throttle<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let Some(bucket) = &mut this.output else {
            return Pin::new(&mut this.stream).poll_write(cx, buf);
        };
        let may = ready!(bucket.poll(cx)).min(buf.len());
        let part = buf.get(..may).unwrap_or_default();
        let count = ready!(Pin::new(&mut this.stream).poll_write(cx, part))?;
        bucket.take(count);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

impl<L: Line> Line for Throttle<L> {
    line_below!();

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        self.stream.configure(to)
    }

    fn take_mark(&mut self) -> Option<Mark> {
        self.stream.take_mark()
    }

    fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_drain(cx)
    }

    fn discard(&mut self, queue: Queue) -> io::Result<()> {
        self.stream.discard(queue)
    }

    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()> {
        self.stream.set_signals(dtr, rts)
    }

    fn set_break(&mut self, on: bool) -> io::Result<()> {
        self.stream.set_break(on)
    }
}

impl<S: Socket> Socket for Throttle<S> {
    socket_below!();
}

impl<S: fmt::Debug> fmt::Debug for Throttle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("stream", &self.stream)
            .field("input", &self.input.as_ref().map(|bucket| bucket.rate))
            .field("output", &self.output.as_ref().map(|bucket| bucket.rate))
            .finish()
    }
}
