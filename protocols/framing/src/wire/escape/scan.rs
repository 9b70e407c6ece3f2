//! Where a frame ends that one byte ends, and which of the same byte may begin.

use crate::wire::{Cause, Find, Reason};

/// The look for the next delimiter, and what to do until it comes.
#[derive(Clone, Debug, Default)]
pub(in crate::wire) struct Scan {
    /// Bytes of `rx` that hold no delimiter, the leading one excepted.
    seen: usize,
    /// The frame on its way is lost and reported: drop all of it.
    dropping: bool,
}

impl Scan {
    pub(in crate::wire) const fn new() -> Self {
        Self {
            seen: 0,
            dropping: false,
        }
    }

    /// Looks for the end of the first frame in `rx`, at most one delimiter before it included.
    /// A frame holds 1 to `max` bytes between its delimiters.
    ///
    /// The bytes that each answer covers do not depend on how `rx` was cut, so that what is counted
    /// from them does not either.
    pub(in crate::wire) fn find(
        &mut self,
        rx: &[u8],
        cause: Cause,
        delimiter: u8,
        max: usize,
    ) -> Find {
        let find = if self.dropping {
            self.drop(rx, delimiter)
        } else {
            self.seek(rx, delimiter, max)
        };
        match find {
            Find::More => self.stop(rx, cause, delimiter),
            found => {
                self.seen = 0;
                found
            }
        }
    }

    fn drop(&mut self, rx: &[u8], delimiter: u8) -> Find {
        match memchr::memchr(delimiter, rx) {
            Some(at) => {
                self.dropping = false;
                Find::Skip(at + 1, None)
            }
            None if rx.is_empty() => Find::More,
            None => Find::Skip(rx.len(), None),
        }
    }

    fn seek(&mut self, rx: &[u8], delimiter: u8, max: usize) -> Find {
        let lead = usize::from(rx.first() == Some(&delimiter));
        let from = self.seen.max(lead);
        let until = rx.len().min(lead.saturating_add(max).saturating_add(1));
        let unseen = rx.get(from..until).unwrap_or_default();
        match memchr::memchr(delimiter, unseen) {
            // Two delimiters with nothing between: the first is idle fill.
            Some(0) if from == lead && lead == 1 => Find::Skip(1, None),
            Some(at) => Find::Frame(from + at + 1),
            None if until - lead > max => {
                self.dropping = true;
                Find::Skip(until, Some(Reason::TooLong { max }))
            }
            None => {
                self.seen = until;
                Find::More
            }
        }
    }

    /// There is no frame, and there may be a reason why none will come.
    fn stop(&mut self, rx: &[u8], cause: Cause, delimiter: u8) -> Find {
        let reason = match cause {
            Cause::Bytes | Cause::Late | Cause::Silence => return Find::More,
            Cause::Mark if self.dropping => return Find::More,
            Cause::Mark => Reason::Line,
            Cause::Eof => Reason::Truncated,
        };
        self.seen = 0;
        self.dropping = cause == Cause::Mark;
        match rx {
            [only] if *only == delimiter && cause == Cause::Eof => Find::Skip(1, None),
            [] if cause == Cause::Eof => Find::More,
            // The damaged character was a frame's, or the delimiter itself: until the next
            // delimiter nothing is certain.
            _ => Find::Skip(rx.len(), Some(reason)),
        }
    }
}
