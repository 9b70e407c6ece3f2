//! What the line did between bytes: silences, damaged characters, the end.

use core::time::Duration;

use lineside_core::{Instant, Link, Mark};

use crate::wire::Cause;

/// Follows the line's silences, and puts a fence where something other than a byte came.
#[derive(Debug)]
pub(super) struct Ears {
    char_time: Duration,
    silence: Option<Duration>,
    pause: Option<Duration>,
    /// When the last byte came, while the silence after it has not been told.
    heard: Option<Instant>,
    /// How much of `rx` the last poll left.
    left: usize,
    fence: Option<Fence>,
    /// The next look is [`Cause::Late`].
    late: bool,
    /// The end of the stream has been told.
    over: bool,
}

/// Something that came between two bytes.
#[derive(Clone, Copy, Debug)]
struct Fence {
    /// Bytes of `rx` before it.
    before: usize,
    cause: Cause,
    /// The framing need not be asked once nothing is left before it.
    asked: bool,
}

impl Ears {
    pub(super) const fn new(
        char_time: Duration,
        silence: Option<Duration>,
        pause: Option<Duration>,
    ) -> Self {
        Self {
            char_time,
            silence,
            pause,
            heard: None,
            left: 0,
            fence: None,
            late: false,
            over: false,
        }
    }

    /// Takes note of what has come since the last poll.
    #[inline]
    pub(super) fn listen(&mut self, now: Instant, link: &mut Link) {
        let Some(silence) = self.silence else {
            return;
        };
        let new = link.rx.len().saturating_sub(self.left);
        if new == 0 {
            return;
        }
        let received = link.received.unwrap_or(now);
        // A read may bring many characters: the first began this much earlier at the latest.
        let characters = u32::try_from(new).unwrap_or(u32::MAX);
        let began = received - self.char_time.saturating_mul(characters);
        if let Some(heard) = self.heard.replace(received) {
            let idle = began.since(heard);
            if idle >= silence {
                self.raise(self.left, Cause::Silence);
            } else if self.pause.is_some_and(|pause| idle > pause) {
                self.late = true;
            }
        }
    }

    /// Nothing but bytes came.
    #[inline]
    pub(super) const fn only_bytes(&self) -> bool {
        self.fence.is_none() && !self.late
    }

    /// How much of `rx` is to be looked at, and what came after it if anything but bytes.
    #[inline]
    pub(super) fn view(&self, len: usize) -> (usize, Option<Cause>) {
        match self.fence {
            Some(fence) => (fence.before.min(len), Some(fence.cause)),
            None => (len, None),
        }
    }

    /// What made the framing look.
    #[inline]
    pub(super) const fn cause(&mut self) -> Cause {
        if self.fence.is_none() && core::mem::replace(&mut self.late, false) {
            Cause::Late
        } else {
            Cause::Bytes
        }
    }

    /// Whether the framing is to be asked what it makes of the fence.
    pub(super) const fn ask(&mut self) -> bool {
        match &mut self.fence {
            Some(fence) => {
                let ask = !fence.asked || fence.before > 0;
                // A damaged character is told once, a silence or the end until all has gone, and
                // then once more.
                fence.asked = matches!(fence.cause, Cause::Mark) || fence.before == 0;
                ask
            }
            None => false,
        }
    }

    /// `n` bytes were consumed.
    #[inline]
    pub(super) const fn took(&mut self, n: usize) {
        if let Some(fence) = &mut self.fence {
            // A framing that takes nothing is not asked again.
            fence.before = if n == 0 {
                0
            } else {
                fence.before.saturating_sub(n)
            };
        }
    }

    /// The framing wants more: goes on to what comes next on the line. `false` when nothing does.
    pub(super) fn more(&mut self, now: Instant, link: &mut Link) -> bool {
        if let Some(fence) = self.fence.take() {
            self.over |= fence.cause == Cause::Eof;
            return true;
        }
        let until = match link.mark {
            Some(_) => link.received.unwrap_or(now) - self.char_time,
            None => now,
        };
        if self.deadline().is_some_and(|deadline| deadline <= until) {
            self.heard = None;
            self.raise(link.rx.len(), Cause::Silence);
        } else if let Some(mark) = link.mark.take() {
            self.heard = link.received.or(Some(now));
            // A break between frames is no part of any.
            if mark != Mark::Break || !link.rx.is_empty() {
                self.raise(link.rx.len(), Cause::Mark);
            }
        } else if link.eof && !self.over {
            self.heard = None;
            self.raise(link.rx.len(), Cause::Eof);
        } else {
            return false;
        }
        true
    }

    /// The poll is over.
    #[inline]
    pub(super) fn settle(&mut self, link: &Link) {
        self.left = link.rx.len();
    }

    /// When the silence after the last byte will have passed.
    #[inline]
    pub(super) fn deadline(&self) -> Option<Instant> {
        Some(self.heard? + self.silence?)
    }

    /// The stream has ended, and everything before its end is told.
    #[inline]
    pub(super) const fn over(&self) -> bool {
        self.over
    }

    const fn raise(&mut self, before: usize, cause: Cause) {
        self.fence = Some(Fence {
            before,
            cause,
            asked: false,
        });
    }
}
