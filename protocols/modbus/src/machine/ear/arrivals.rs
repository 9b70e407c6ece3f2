//! When bytes arrived, and how long the line was silent before them.

use core::time::Duration;

use lineside_core::{Instant, Link};

use crate::config::Line;

/// What of [`Link::rx`] has been looked at, and when its last byte came.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// Bytes at the front of `rx` that are known.
    pub(super) seen: usize,
    /// When the last of them ended, or the last mark came.
    pub(super) last: Option<Instant>,
}

/// New bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// The silence before the first of them; none known before the very first.
    pub(super) gap: Option<Duration>,
    /// When the first of them began.
    pub(super) began: Instant,
    /// When the last of them ended.
    pub(super) ended: Instant,
}

impl Arrivals {
    /// What is new in `rx`, if anything. [`take`](Self::take) makes it known.
    ///
    /// A driver may bring several characters at once: the first began as many characters before
    /// the last one ended.
    pub(super) fn new_in(&self, now: Instant, line: &Line, link: &Link) -> Option<Arrival> {
        let count = link
            .rx
            .len()
            .checked_sub(self.seen)
            .filter(|count| *count > 0)?;
        let ended = link.received.unwrap_or(now);
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let began = ended - line.char_time.saturating_mul(count);
        let gap = self.last.map(|last| began.since(last));
        Some(Arrival { gap, began, ended })
    }

    /// Makes all of `rx` known.
    pub(super) fn take(&mut self, arrival: Arrival, link: &Link) {
        self.seen = link.rx.len();
        self.last = Some(arrival.ended);
    }

    /// The front of `rx` was taken away.
    pub(super) fn removed(&mut self, bytes: usize) {
        self.seen = self.seen.saturating_sub(bytes);
    }
}
