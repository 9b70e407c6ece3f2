//! The two directions of a driver's wire: what goes out, and what comes in.

use core::{
    future::Future,
    mem::MaybeUninit,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};
use std::io;

use bytes::{Buf, BufMut, BytesMut};
use lineside_core::{Instant, Machine};
use tokio::io::{AsyncReadExt, ReadBuf};

use super::{Driver, State};
use crate::Stream;

impl<M: Machine, S: Stream> Driver<M, S> {
    /// More than the peer may leave lying.
    pub(super) fn is_full(&self) -> bool {
        self.link.tx.len() > self.limits.unsent
    }

    /// Reads once. Pending: nothing there, and the waker is left.
    pub(super) fn poll_read_in(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // A mark stands at the end of `rx` until the machine has seen it there.
        if self.link.eof || self.cannot_read || self.link.mark.is_some() || self.is_full() {
            return Poll::Ready(());
        }
        if self.take_mark() {
            return Poll::Ready(());
        }
        let room = self.limits.unread.saturating_sub(self.link.rx.len());
        if room == 0 {
            return Poll::Ready(());
        }
        match self.poll_read_some(cx, room.min(self.limits.read_chunk)) {
            Poll::Ready(Ok(0)) => self.link.eof = true,
            Poll::Ready(Ok(_)) => {
                self.link.received = Some(self.now());
                self.link.urgent = (self.ends.is_urgent)(&self.stream);
            }
            Poll::Ready(Err(error)) => {
                self.cannot_read = true;
                self.failed.get_or_insert(error);
                return Poll::Ready(());
            }
            // A mark with no data behind it wakes the reader, but does not make it ready.
            Poll::Pending if self.take_mark() => return Poll::Ready(()),
            Poll::Pending => {
                if self.limits.lean && self.link.rx.is_empty() {
                    self.link.rx = BytesMut::new();
                }
                return Poll::Pending;
            }
        }
        self.is_new = true;
        Poll::Ready(())
    }

    /// What the machine is told of the time: the present, or where that does not matter, the last
    /// that is known.
    #[inline]
    pub(super) fn now(&mut self) -> Instant {
        if self.machine.needs_time() {
            self.present()
        } else {
            self.looked
        }
    }

    /// The time: on a stream that of the beginning of this poll.
    #[inline]
    pub(super) fn present(&mut self) -> Instant {
        match self.polled {
            Some(now) => now,
            None => {
                self.looked = self.clock.now();
                self.polled = (!(self.ends.is_timed)(&self.stream)).then_some(self.looked);
                self.looked
            }
        }
    }

    fn take_mark(&mut self) -> bool {
        let Some(mark) = (self.ends.take_mark)(&mut self.stream) else {
            return false;
        };
        self.link.mark = Some(mark);
        self.link.received = Some(self.now());
        self.is_new = true;
        true
    }

    /// Reads at most `room` bytes, which is not 0, to the end of `rx`; 0 is the end of the stream.
    pub(super) fn poll_read_some(
        &mut self,
        cx: &mut Context<'_>,
        room: usize,
    ) -> Poll<io::Result<usize>> {
        if self.limits.lean && self.link.rx.capacity() == 0 {
            return self.poll_read_afresh(cx, room);
        }
        // With half of that free there is nothing to move: a reader of short frames would else have the
        // buffer tidied for each.
        if self.link.rx.capacity() - self.link.rx.len() < room.div_ceil(2) {
            self.link.rx.reserve(room);
        }
        let mut into = (&mut self.link.rx).limit(room);
        // Cancel-safe, and holds nothing between two polls.
        pin!(self.stream.read_buf(&mut into)).poll(cx)
    }

    /// The same without a buffer before there is something to put into it.
    fn poll_read_afresh(&mut self, cx: &mut Context<'_>, room: usize) -> Poll<io::Result<usize>> {
        let mut on_stack = [MaybeUninit::uninit(); 4_096];
        let room = room.min(on_stack.len());
        let mut into = ReadBuf::uninit(on_stack.get_mut(..room).unwrap_or_default());
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut into))?;
        self.link.rx.extend_from_slice(into.filled());
        Poll::Ready(Ok(into.filled().len()))
    }

    /// Writes until `tx` is empty and the wire has it all. An error is kept, and given again.
    #[inline]
    pub(super) fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.link.tx.is_empty() && !self.is_draining && !self.cannot_write {
            return Poll::Ready(Ok(()));
        }
        self.poll_write_rest(cx)
    }

    fn poll_write_rest(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = match &self.failed {
            Some(error) if self.cannot_write => Err(again(error)),
            _ => ready!(self.poll_write_all(cx)),
        };
        if let Err(error) = &result {
            self.cannot_write = true;
            self.link.tx.clear();
            self.failed.get_or_insert_with(|| again(error));
        }
        Poll::Ready(result)
    }

    fn poll_write_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.link.tx.is_empty() {
            self.is_draining = true;
            self.link.sent = None;
            match self.poll_write_some(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(n)) => {
                    self.link.tx.advance(n);
                    let left = self.link.tx_urgent.and_then(|end| end.checked_sub(n));
                    self.link.tx_urgent = left.filter(|end| *end > 0);
                    if self.state == State::Open {
                        self.stall.set(None);
                    }
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return self.poll_stalled(cx),
            }
        }
        if self.limits.lean && self.link.tx.capacity() > 0 {
            self.link.tx = BytesMut::new();
        }
        if self.is_draining {
            ready!((self.ends.drain)(Pin::new(&mut self.stream), cx))?;
            self.is_draining = false;
            self.link.sent = Some(self.now());
            self.is_new = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Writes as much of `tx` as goes at once: up to the last byte of urgent data, or that alone.
    fn poll_write_some(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        let tx = &*self.link.tx;
        match (self.link.tx_urgent, self.ends.write_urgent, tx) {
            (Some(1), Some(write_urgent), &[byte, ..]) => {
                write_urgent(stream, cx, byte).map_ok(|()| 1)
            }
            (Some(end), Some(_), _) => stream.poll_write(cx, tx.get(..end - 1).unwrap_or(tx)),
            _ => stream.poll_write(cx, tx),
        }
    }

    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.state != State::Open {
            // The limit on closing counts.
            return Poll::Pending;
        }
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
}

/// An error to give once more: the same kind, code and words.
pub(super) fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
