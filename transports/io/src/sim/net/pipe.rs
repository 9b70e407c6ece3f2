//! One direction of a stream: a bounded queue with an end.

use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;

use bytes::{Buf, BytesMut};
use lineside_core::Instant;
use tokio::io::ReadBuf;

/// Bytes on their way from a writer to a reader.
#[derive(Debug)]
pub(super) struct Pipe {
    capacity: usize,
    len: usize,
    under_way: VecDeque<Segment>,
    /// When the reader learns that no more comes.
    end: Option<Instant>,
    /// Nobody will read again.
    is_abandoned: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Bytes that arrive together.
#[derive(Debug)]
struct Segment {
    at: Instant,
    bytes: BytesMut,
}

/// What a reader finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Bytes, which were taken; or there was no room for any.
    Some,
    /// The end.
    End,
    /// Something that arrives at this time.
    Later(Instant),
    /// Nothing yet.
    Nothing,
}

impl Pipe {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            len: 0,
            under_way: VecDeque::new(),
            end: None,
            is_abandoned: false,
            reader: None,
            writer: None,
        }
    }

    /// Takes what has arrived by `now`; leaves the waker when there is nothing.
    pub(super) fn read(&mut self, cx: &Context<'_>, now: Instant, into: &mut ReadBuf<'_>) -> Read {
        let room = into.remaining();
        while into.remaining() > 0
            && let Some(segment) = self.under_way.front_mut()
            && segment.at <= now
        {
            let take = segment.bytes.len().min(into.remaining());
            into.put_slice(&segment.bytes.split_to(take));
            self.len -= take;
            if segment.bytes.is_empty() {
                self.under_way.pop_front();
            }
        }
        if into.remaining() < room || room == 0 {
            self.writer.take().into_iter().for_each(Waker::wake);
            return Read::Some;
        }
        let next = self
            .under_way
            .front()
            .map(|segment| segment.at)
            .or(self.end);
        if next.is_some_and(|at| at <= now) {
            return Read::End;
        }
        self.reader = Some(cx.waker().clone());
        next.map_or(Read::Nothing, Read::Later)
    }

    /// Queues what fits, to arrive at `at`. `Ready(None)`: nobody will read it.
    pub(super) fn write(
        &mut self,
        cx: &Context<'_>,
        at: Instant,
        mut bytes: &[u8],
    ) -> Poll<Option<usize>> {
        if self.is_abandoned || self.end.is_some() {
            return Poll::Ready(None);
        }
        let room = self.capacity - self.len;
        if room == 0 && !bytes.is_empty() {
            self.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = room.min(bytes.len());
        let bytes = bytes.copy_to_bytes(count);
        self.len += count;
        match self.under_way.back_mut() {
            Some(last) if last.at == at => last.bytes.extend_from_slice(&bytes),
            _ if count == 0 => {}
            _ => self.under_way.push_back(Segment {
                at,
                bytes: BytesMut::from(bytes),
            }),
        }
        self.reader.take().into_iter().for_each(Waker::wake);
        Poll::Ready(Some(count))
    }

    /// The writer has said all, which the reader learns at `at`.
    pub(super) fn finish(&mut self, at: Instant) {
        self.end.get_or_insert(at);
        self.wake_all();
    }

    /// The reader is gone. Whether it leaves bytes behind.
    pub(super) fn abandon(&mut self) -> bool {
        let left = self.len > 0;
        self.is_abandoned = true;
        self.clear();
        left
    }

    /// Loses everything and wakes both ends.
    pub(super) fn clear(&mut self) {
        self.under_way.clear();
        self.len = 0;
        self.wake_all();
    }

    fn wake_all(&mut self) {
        self.reader.take().into_iter().for_each(Waker::wake);
        self.writer.take().into_iter().for_each(Waker::wake);
    }
}
