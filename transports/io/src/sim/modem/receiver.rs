//! What was received and not yet read.

use std::collections::VecDeque;

use lineside_core::Mark;
use tokio::io::ReadBuf;

use super::{
    config::{Delivery, EndConfig},
    frame::Frame,
    sampler::{Received, Sampler},
};

/// The sampler and the queue behind it: bytes, and marks at their places between them.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) sampler: Sampler,
    bytes: VecDeque<u8>,
    /// Each with the count of all bytes that came before it.
    marks: VecDeque<(u64, Mark)>,
    /// The count of all bytes that were read.
    read: u64,
    capacity: usize,
    lump: usize,
    latency: u64,
    /// Bytes and marks at the ends of the queues that wait for their lump to be full.
    hidden_bytes: usize,
    hidden_marks: usize,
    hidden_since: u64,
    /// The marks at the reading position were there for the taking.
    offered: bool,
}

impl Receiver {
    pub(super) fn new(config: &EndConfig, now: u64) -> Self {
        let (lump, latency) = match config.delivery {
            Delivery::EachCharacter => (1, 0),
            Delivery::Lumps {
                characters,
                latency,
            } => (characters.max(1), latency.as_nanos()),
        };
        Self {
            sampler: Sampler::new(Frame::of(&config.settings), now, false),
            bytes: VecDeque::new(),
            marks: VecDeque::new(),
            read: 0,
            // One place is for the overrun mark.
            capacity: config.receive_queue.max(2),
            lump,
            latency: u64::try_from(latency).unwrap_or(u64::MAX),
            hidden_bytes: 0,
            hidden_marks: 0,
            hidden_since: 0,
            offered: false,
        }
    }

    /// Takes what came in at `at`.
    pub(super) fn push(&mut self, what: Received, at: u64) {
        self.release(at);
        let end = self.read + u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        if self.hidden() == 0 {
            self.hidden_since = at;
        }
        match what {
            _ if self.len() + 1 >= self.capacity => self.overrun(end),
            Received::Byte(byte) => {
                self.bytes.push_back(byte);
                self.hidden_bytes += 1;
            }
            Received::Mark(mark) => {
                self.marks.push_back((end, mark));
                self.hidden_marks += 1;
            }
        }
        if self.hidden() >= self.lump {
            self.release_all();
        }
    }

    /// Shows the lump whose time has come.
    pub(super) fn release(&mut self, now: u64) {
        if self.hidden() > 0 && now >= self.hidden_since.saturating_add(self.latency) {
            self.release_all();
        }
    }

    /// Shows everything: nothing more will come.
    pub(super) const fn release_all(&mut self) {
        self.hidden_bytes = 0;
        self.hidden_marks = 0;
    }

    /// When something new can be read, where `nth_end` tells when the nth character from now ends.
    pub(super) fn release_at(&self, nth_end: impl Fn(usize) -> Option<u64>) -> Option<u64> {
        if self.lump == 1 {
            return nth_end(1);
        }
        let full = nth_end(self.lump.saturating_sub(self.hidden()));
        let first = match self.hidden() {
            0 => nth_end(1),
            _ => Some(self.hidden_since),
        };
        let late = first.map(|first| first.saturating_add(self.latency));
        full.into_iter().chain(late).min()
    }

    /// Reads up to the next mark. `false` when there is nothing to read.
    pub(super) fn read(&mut self, into: &mut ReadBuf<'_>) -> bool {
        if self.shown_bytes() == 0 {
            self.offered |= self.mark_here();
            return false;
        }
        if self.mark_here() {
            if !self.offered {
                self.offered = true;
                return false;
            }
            while self.take_mark().is_some() {}
        }
        let before_mark = match self.marks.front() {
            Some((at, _)) => usize::try_from(at - self.read).unwrap_or(usize::MAX),
            None => usize::MAX,
        };
        let count = self.shown_bytes().min(into.remaining()).min(before_mark);
        let (front, back) = self.bytes.as_slices();
        let first = front.get(..count).unwrap_or(front);
        into.put_slice(first);
        into.put_slice(back.get(..count - first.len()).unwrap_or_default());
        self.bytes.drain(..count);
        self.read += u64::try_from(count).unwrap_or(u64::MAX);
        self.offered = self.mark_here();
        true
    }

    /// Something stands here that [`read`](Self::read) did not give: bytes behind a mark.
    pub(super) fn has_bytes(&self) -> bool {
        self.shown_bytes() > 0
    }

    /// A mark stands at the reading position that could not be taken before the last read.
    pub(super) fn has_new_mark(&self) -> bool {
        self.mark_here() && !self.offered
    }

    pub(super) fn take_mark(&mut self) -> Option<Mark> {
        if !self.mark_here() {
            return None;
        }
        let mark = self.marks.pop_front().map(|(_, mark)| mark);
        self.offered &= self.mark_here();
        mark
    }

    pub(super) fn discard(&mut self) {
        self.read += u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        self.bytes.clear();
        self.marks.clear();
        self.release_all();
        self.offered = false;
    }

    /// Bytes and marks that wait, shown or not.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.marks.len()
    }

    /// Flow control stops the other end here...
    pub(super) fn is_high(&self) -> bool {
        self.len() >= (self.capacity * 3 / 4).max(1)
    }

    /// ...and lets it go here.
    pub(super) fn is_low(&self) -> bool {
        self.len() <= self.capacity / 4
    }

    /// The last place in the queue is for the mark that says what is missing.
    fn overrun(&mut self, end: u64) {
        if self.len() < self.capacity && self.marks.back() != Some(&(end, Mark::Overrun)) {
            self.marks.push_back((end, Mark::Overrun));
            self.hidden_marks += 1;
        }
    }

    const fn hidden(&self) -> usize {
        self.hidden_bytes + self.hidden_marks
    }

    fn shown_bytes(&self) -> usize {
        self.bytes.len() - self.hidden_bytes
    }

    fn mark_here(&self) -> bool {
        self.marks.len() > self.hidden_marks
            && self.marks.front().is_some_and(|(at, _)| *at == self.read)
    }
}
