//! Faults by a seed: what a wire does to bytes at its worst, again and again the same.

use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};
use std::{io, sync::Arc};

use lineside_core::{Instant, Mark};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Direction;
use crate::{Clock, Line, Stream, Timer};

mod both;
mod lane;
mod line;
mod plan;

use both::Both;
use lane::{Item, Lane};
pub use plan::{Disturbance, Fault, FaultEvent, FaultPlan, FaultRecord, Odds, Stall};

/// Bytes read from the stream below at once.
const CHUNK: usize = 2 * 1024;
/// Reads of which nothing is left before the task yields.
const FRUITLESS: usize = 16;

/// A stream to which things happen, by a [`FaultPlan`].
///
/// Bytes that wait for their time are sent while the owner reads, writes, flushes, drains or shuts
/// down; as with any buffered writer, flush or shut down before dropping it. It holds at most
/// [`FaultPlan::buffer`] bytes of each direction and refuses more, which is the back-pressure
/// (duplicates and insertions may make one read's or write's worth of them up to three times as
/// many). Dropped futures lose nothing.
///
/// ```
/// use lineside_io::{sim, tap::{Disturbance, FaultPlan, Faults, Odds}};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// sim::run(|clock| async move {
///     let (near, mut far) = tokio::io::duplex(64);
///     let plan = FaultPlan {
///         seed: 7,
///         output: Disturbance { drop: Odds::at([1]), ..Disturbance::default() },
///         ..FaultPlan::default()
///     };
///     let mut near = Faults::new(near, &clock, plan);
///     let record = near.record();
///     near.write_all(b"123").await.unwrap();
///     near.shutdown().await.unwrap();
///     let mut got = Vec::new();
///     far.read_to_end(&mut got).await.unwrap();
///     assert_eq!(got, b"13");
///     assert_eq!(record.to_string(), "seed 7: 1 faults\n0.000000 sent byte 1: 0x32 dropped\n");
/// });
/// ```
pub struct Faults<S> {
    stream: S,
    clock: Clock,
    plan: FaultPlan,
    record: FaultRecord,
    take_mark: fn(&mut S) -> Option<Mark>,
    input: Lane,
    output: Lane,
    input_timer: Timer,
    output_timer: Timer,
    both: Arc<Both>,
    waker: Waker,
    /// A reset has happened.
    dead: bool,
    /// What befell bytes that the writer had handed over; the next write or flush gives it.
    failed: Option<io::Error>,
}

impl<S: Stream> Faults<S> {
    /// Disturbs a stream. Of a line, use [`on_line`](Self::on_line), or delays lose its marks.
    pub fn new(stream: S, clock: &Clock, plan: FaultPlan) -> Self {
        Self::with(stream, clock, plan, |_| None)
    }

    /// Disturbs a line; its marks stay where they are between the bytes.
    pub fn on_line(line: S, clock: &Clock, plan: FaultPlan) -> Self
    where
        S: Line,
    {
        Self::with(line, clock, plan, S::take_mark)
    }

    fn with(
        stream: S,
        clock: &Clock,
        plan: FaultPlan,
        take_mark: fn(&mut S) -> Option<Mark>,
    ) -> Self {
        let record = FaultRecord::new(&plan);
        let both = Arc::new(Both::default());
        Self {
            stream,
            take_mark,
            input: Lane::new(Direction::In, &plan, &record),
            output: Lane::new(Direction::Out, &plan, &record),
            input_timer: clock.timer(),
            output_timer: clock.timer(),
            clock: clock.clone(),
            waker: Waker::from(Arc::clone(&both)),
            both,
            plan,
            record,
            dead: false,
            failed: None,
        }
    }

    /// What was done; it outlives the stream.
    #[must_use]
    pub fn record(&self) -> FaultRecord {
        self.record.clone()
    }

    /// The plan.
    pub const fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    /// The stream, undisturbed.
    pub const fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Ends the disturbance. Bytes that wait for their time are lost.
    pub fn into_inner(self) -> S {
        self.stream
    }

    /// Whether this poll is refused; else whom to wake from now on.
    fn begin(&mut self, direction: Direction, cx: &Context<'_>) -> Poll<io::Result<Waker>> {
        if self.dead {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if self.lane(direction).refuses() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.both.wait(direction, cx.waker());
        Poll::Ready(Ok(self.waker.clone()))
    }

    /// Counts what a poll came to, and wakes one that waits without reason.
    fn end<T>(&mut self, direction: Direction, cx: &Context<'_>, done: Poll<T>) -> Poll<T> {
        let lane = self.lane(direction);
        if done.is_ready() {
            lane.progressed();
        } else if lane.wakes() {
            cx.waker().wake_by_ref();
        }
        done
    }

    const fn lane(&mut self, direction: Direction) -> &mut Lane {
        match direction {
            Direction::In => &mut self.input,
            Direction::Out => &mut self.output,
        }
    }

    /// Takes in what the stream has. `true` when it will wake us for more.
    fn fill(&mut self, cx: &mut Context<'_>) -> bool {
        let mut chunk = [0; CHUNK];
        for _ in 0..FRUITLESS {
            let now = self.clock.now();
            let room = self.input.room(now).min(CHUNK);
            if room == 0 || !(self.input.is_empty() || self.input.reads_ahead()) {
                return false;
            }
            if let Some(mark) = (self.take_mark)(&mut self.stream) {
                self.input.push(now, Item::Mark(mark));
                continue;
            }
            let mut into = ReadBuf::new(chunk.get_mut(..room).unwrap_or_default());
            match Pin::new(&mut self.stream).poll_read(cx, &mut into) {
                Poll::Ready(Ok(())) if into.filled().is_empty() => {
                    self.input.push(now, Item::Ended);
                }
                Poll::Ready(Ok(())) => self.input.feed(now, into.filled()),
                Poll::Ready(Err(error)) => {
                    self.input.push(now, Item::Failed(error));
                    return false;
                }
                Poll::Pending => {
                    // A mark with no data behind it wakes the reader, but does not make it ready.
                    if let Some(mark) = (self.take_mark)(&mut self.stream) {
                        self.input.push(now, Item::Mark(mark));
                    }
                    return true;
                }
            }
        }
        if self.input.is_empty() {
            cx.waker().wake_by_ref();
        }
        false
    }

    fn poll_input(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Whoever reads where a mark stands passes over it.
        while self.input.take_mark(self.clock.now()).is_some() {}
        loop {
            let more = self.fill(cx);
            let now = self.clock.now();
            match self.input.front(now) {
                Some(Item::Data(bytes)) => {
                    let count = bytes.len().min(buf.remaining());
                    buf.put_slice(bytes.get(..count).unwrap_or_default());
                    self.input.took(count);
                    return Poll::Ready(Ok(()));
                }
                Some(Item::Mark(_)) => {
                    // It came just now: the reader may take it, or read on.
                    if !more {
                        cx.waker().wake_by_ref();
                    }
                    return Poll::Pending;
                }
                Some(Item::Ended) => return Poll::Ready(Ok(())),
                Some(_) => return Poll::Ready(Err(self.input_error(now))),
                None => {}
            }
            self.input_timer.set(self.input.next_due());
            ready!(self.input_timer.poll(cx));
        }
    }

    fn input_error(&mut self, now: Instant) -> io::Error {
        match self.input.pop(now) {
            Some(Item::Failed(error)) => error,
            _ => {
                self.dead = true;
                io::ErrorKind::ConnectionReset.into()
            }
        }
    }

    /// Hands the stream what is due. Ready when nothing is left.
    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        while !self.output.is_empty() {
            let now = self.clock.now();
            let stream = Pin::new(&mut self.stream);
            match self.output.front(now) {
                Some(Item::Data(bytes)) => {
                    let count = match ready!(stream.poll_write(cx, bytes)) {
                        Ok(0) => return self.give_up(io::ErrorKind::WriteZero.into()),
                        Ok(count) => count,
                        Err(error) => return self.give_up(error),
                    };
                    self.output.took(count);
                }
                Some(Item::Ended) => {
                    let done = ready!(stream.poll_shutdown(cx));
                    self.output.pop(now);
                    done?;
                }
                Some(_) => {
                    self.output.pop(now);
                    self.dead = true;
                    return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
                None => {
                    self.output_timer.set(self.output.next_due());
                    ready!(self.output_timer.poll(cx));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// What waited for a stream that takes no more is lost.
    fn give_up(&mut self, error: io::Error) -> Poll<io::Result<()>> {
        self.output.discard();
        Poll::Ready(Err(error))
    }

    /// Moves output along, and leaves a failure for the writer to find.
    fn push_output(&mut self, cx: &mut Context<'_>) {
        if self.failed.is_none()
            && let Poll::Ready(Err(error)) = self.poll_output(cx)
        {
            self.failed = Some(error);
        }
    }

    /// The same on behalf of a reader: the writer may be waiting for the room that this makes.
    fn push_for_reader(&mut self, cx: &mut Context<'_>) {
        let before = self.output.queued();
        self.push_output(cx);
        if self.output.queued() < before || self.failed.is_some() {
            self.both.wake_one(Direction::Out);
        }
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Err(error)) = self.poll_output(cx) {
            return Poll::Ready(Err(error));
        }
        let now = self.clock.now();
        let room = self.output.room(now).min(buf.len());
        if room == 0 && !buf.is_empty() {
            return self.poll_refused(cx);
        }
        if !self.output.is_empty() && !self.output.reads_ahead() {
            return Poll::Pending;
        }
        self.output.feed(now, buf.get(..room).unwrap_or_default());
        self.push_output(cx);
        Poll::Ready(Ok(room))
    }

    /// There is no room: not now, or never again.
    fn poll_refused(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if !self.output.is_ended() {
            return Poll::Pending;
        }
        ready!(self.poll_output(cx))?;
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// Empties the output, then does what else has to be done below.
    fn poll_through(
        &mut self,
        cx: &mut Context<'_>,
        below: fn(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        let waker = ready!(self.begin(Direction::Out, cx))?;
        let own = &mut Context::from_waker(&waker);
        let mut done = self.poll_output(own);
        if matches!(done, Poll::Ready(Ok(()))) {
            done = below(Pin::new(&mut self.stream), own);
        }
        self.end(Direction::Out, cx, done)
    }
}

impl<S: Stream> AsyncRead for Faults<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let waker = ready!(this.begin(Direction::In, cx))?;
        let own = &mut Context::from_waker(&waker);
        this.push_for_reader(own);
        let done = this.poll_input(own, buf);
        this.end(Direction::In, cx, done)
    }
}

impl<S: Stream> AsyncWrite for Faults<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let waker = ready!(this.begin(Direction::Out, cx))?;
        let done = this.poll_accept(&mut Context::from_waker(&waker), buf);
        this.end(Direction::Out, cx, done)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_through(cx, S::poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_through(cx, S::poll_shutdown)
    }
}

impl<S> fmt::Debug for Faults<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults")
            .field("plan", &self.plan)
            .field("dead", &self.dead)
            .finish_non_exhaustive()
    }
}
