//! A wire, read a byte at a time with the time at which each came.

use core::{future::poll_fn, pin::Pin, task::Poll, time::Duration};
use std::{collections::VecDeque, io};

use lineside_core::{Instant, Mark};
use lineside_io::{Clock, Line, Queue};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};

use super::Silences;
use crate::{
    reference::Mutation,
    wire::{End, character},
};

/// A wire.
pub(super) struct Port {
    pub(super) end: End,
    pub(super) clock: Clock,
    pub(super) broken: Mutation,
    read: VecDeque<u8>,
    at: Instant,
    /// Whether the line brings back what we send, and what it has not brought back yet.
    pub(super) echoes: bool,
    echo: VecDeque<u8>,
    heard_itself: bool,
}

/// What a wire gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A byte.
    Byte(u8),
    /// A character that the line damaged; `true` when it was lost altogether.
    Mark(bool),
    /// Nothing came in time.
    Silence,
    /// The wire has ended.
    End,
}

impl Port {
    pub(super) fn new(end: End, clock: Clock, broken: Mutation) -> Self {
        Self {
            end,
            at: clock.now(),
            clock,
            broken,
            read: VecDeque::new(),
            echoes: false,
            echo: VecDeque::new(),
            heard_itself: false,
        }
    }

    pub(super) const fn is_line(&self) -> bool {
        matches!(self.end, End::Line(_))
    }

    /// When the last sign came.
    pub(super) const fn at(&self) -> Instant {
        self.at
    }

    /// Whether bytes of the last read are left.
    pub(super) fn at_a_cut(&self) -> bool {
        self.read.is_empty()
    }

    /// The next sign, waited for until then. Our own echo is none.
    pub(super) async fn next(&mut self, until: Option<Instant>) -> Sign {
        loop {
            let sign = self.any(until).await;
            let Sign::Byte(byte) = sign else {
                return sign;
            };
            match self.echo.pop_front() {
                Some(ours) if ours == byte => {}
                _ => {
                    self.echo.clear();
                    return sign;
                }
            }
        }
    }

    async fn any(&mut self, until: Option<Instant>) -> Sign {
        if let Some(byte) = self.read.pop_front() {
            return Sign::Byte(byte);
        }
        let clock = self.clock.clone();
        let limit = until.map(|until| until.since(clock.now()));
        let sign = match limit {
            None => self.sign().await,
            Some(limit) => match clock.timeout(limit, self.sign()).await {
                Ok(sign) => sign,
                Err(_) => return Sign::Silence,
            },
        };
        self.at = clock.now();
        sign
    }

    async fn sign(&mut self) -> Sign {
        let mut chunk = [0; 512];
        let (end, read) = (&mut self.end, &mut self.read);
        let is_overrun = |mark: Mark| Sign::Mark(mark == Mark::Overrun);
        poll_fn(|cx| {
            if let Some(mark) = end.take_mark() {
                return Poll::Ready(is_overrun(mark));
            }
            let mut into = ReadBuf::new(&mut chunk);
            let result = Pin::new(&mut *end).poll_read(cx, &mut into);
            match result {
                Poll::Ready(Ok(())) => {
                    read.extend(into.filled());
                    let byte = read.pop_front().map(Sign::Byte);
                    let mark = || end.take_mark().map(is_overrun);
                    Poll::Ready(byte.or_else(mark).unwrap_or(Sign::End))
                }
                Poll::Ready(Err(_)) => Poll::Ready(Sign::End),
                Poll::Pending => end
                    .take_mark()
                    .map(is_overrun)
                    .map_or(Poll::Pending, Poll::Ready),
            }
        })
        .await
    }

    /// Sends a frame in one go, and waits until it is out.
    pub(super) async fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        // Once is enough: an echo that is answered has an echo itself.
        if self.echoes && (self.heard_itself || !self.broken.is("line.hears-itself")) {
            self.echo.extend(frame);
        }
        self.heard_itself = true;
        if self.is_line() && self.broken.is("rtu.lets-go-early") {
            self.end.write_all(frame).await?;
            let whole = u32::try_from(frame.len()).unwrap_or(u32::MAX);
            let cut = character(&self.end) * (2 * whole).saturating_sub(3) / 2;
            return self.lose(cut, Queue::Output).await;
        }
        if self.is_line() && self.broken.is("rtu.lets-go-late") {
            self.end.write_all(frame).await?;
            self.out().await?;
            let late = Silences::of(&self.end, &self.broken).outer * 2;
            return self.lose(late, Queue::Input).await;
        }
        if self.broken.is("any.sends-in-two") {
            let (one, two) = frame.split_at(frame.len() / 2);
            self.end.write_all(one).await?;
            self.out().await?;
            let pause = character(&self.end) * 2;
            self.clock.sleep(pause).await;
            self.end.write_all(two).await?;
            return self.out().await;
        }
        self.end.write_all(frame).await?;
        self.out().await
    }

    /// After this time, what stands in a queue is lost: the direction of a pair was turned at the wrong
    /// time.
    async fn lose(&mut self, after: Duration, queue: Queue) -> io::Result<()> {
        self.clock.sleep(after).await;
        match &mut self.end {
            End::Line(line) => line.discard(queue),
            End::Stream(_) | End::Urgent(_) => Ok(()),
        }
    }

    async fn out(&mut self) -> io::Result<()> {
        self.end.flush().await?;
        match &mut self.end {
            End::Line(line) => line.drain().await,
            End::Stream(_) | End::Urgent(_) => Ok(()),
        }
    }
}
