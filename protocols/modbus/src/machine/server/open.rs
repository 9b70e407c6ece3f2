//! What a server keeps of a request until its reply, and whom a frame is for.

use lineside_core::Instant;

use super::Ticket;
use crate::{
    machine::frame::Frame,
    wire::{Exception, Unit},
};

/// A request that is with the application, or a broadcast.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) ticket: Ticket,
    pub(super) asked: Header,
    pub(super) is_broadcast: bool,
}

/// What a reply needs of its request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) unit: Unit,
    pub(super) transaction: u16,
    pub(super) function: u8,
    pub(super) ended: Instant,
}

impl Header {
    #[inline]
    pub(super) fn of(frame: &Frame) -> Self {
        Self {
            unit: frame.unit,
            transaction: frame.transaction,
            function: frame.pdu.first().copied().unwrap_or_default(),
            ended: frame.ended,
        }
    }
}

/// Whom a frame is for.
pub(super) enum To {
    Unit,
    Everyone,
    Nobody,
    /// A unit that is not here, and of whom that is said.
    Absent(Exception),
}
