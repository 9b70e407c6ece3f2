//! What a line can do and a plain stream cannot.

use core::{
    pin::Pin,
    task::{Context, Poll},
};
use std::io;

use lineside_core::Mark;

use crate::{Line, Stream, Urgent, address::Wire};

/// The abilities of a wire that [`Stream`] does not name.
pub(super) struct Ends<S> {
    pub(super) take_mark: fn(&mut S) -> Option<Mark>,
    pub(super) drain: fn(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<()>>,
    /// Whether the peer learns of our end, and tells us of its own.
    pub(super) has_end: fn(&S) -> bool,
    /// Whether the time of each byte counts. Where it does not, one look at the clock serves a
    /// whole poll: on a busy stream the clock is what costs most.
    pub(super) is_timed: fn(&S) -> bool,
    /// Whether urgent data lies ahead.
    pub(super) is_urgent: fn(&S) -> bool,
    /// Sends the last byte of urgent data, where there is such a thing.
    pub(super) write_urgent: Option<WriteUrgent<S>>,
}

type WriteUrgent<S> = fn(Pin<&mut S>, &mut Context<'_>, u8) -> Poll<io::Result<()>>;

impl<S: Stream> Ends<S> {
    pub(super) fn of_stream() -> Self {
        Self {
            take_mark: |_| None,
            drain: |stream, cx| stream.poll_flush(cx),
            has_end: |_| true,
            is_timed: |_| false,
            is_urgent: |_| false,
            write_urgent: None,
        }
    }
}

impl<S: Urgent> Ends<S> {
    pub(super) fn of_urgent() -> Self {
        Self {
            is_urgent: S::is_urgent,
            write_urgent: Some(S::poll_write_urgent),
            ..Self::of_stream()
        }
    }
}

impl<S: Line> Ends<S> {
    pub(super) fn of_line() -> Self {
        Self {
            take_mark: S::take_mark,
            drain: S::poll_drain,
            has_end: |_| false,
            is_timed: |_| true,
            is_urgent: |_| false,
            write_urgent: None,
        }
    }
}

impl Ends<Wire> {
    pub(super) fn of_wire() -> Self {
        Self {
            take_mark: Wire::take_mark,
            drain: Wire::poll_drain,
            has_end: |wire| !matches!(wire, Wire::Line(_)),
            is_timed: |wire| matches!(wire, Wire::Line(_)),
            // To look costs a system call for each read: only who asks for it pays (`of_urgent`).
            is_urgent: |_| false,
            write_urgent: None,
        }
    }
}
