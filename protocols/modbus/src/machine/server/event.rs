//! What a server brings, and what it is told.

use crate::{
    handler::Functions,
    machine::frame::Damage,
    wire::{Pdu, Unit},
};

/// Pairs a reply with its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

/// A request that the application is asked to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// For its reply.
    pub ticket: Ticket,
    /// Whom it is for.
    pub unit: Unit,
    /// The request: [`Request::parse`](crate::wire::Request::parse) accepts it.
    pub pdu: Pdu,
}

/// What a server brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request for one unit. On a serial line it makes every earlier ticket void.
    Request(Asked),
    /// A request that everyone executes and nobody answers. A reply is counted, and not sent. Its unit is
    /// [`Unit::BROADCAST`]; while some units of this port are in listen-only mode, it comes once for
    /// each that is not, with that one's address.
    Broadcast(Asked),
    /// A client has restarted the port of `unit`, or of all ([`Unit::BROADCAST`]): Diagnostics,
    /// sub-function 1. The counters are cleared, listen-only mode is left, and the response has gone out.
    Restart {
        /// Which.
        unit: Unit,
    },
    /// This many bytes were no frame. They are counted; there is nothing to do.
    Damaged {
        /// Why.
        reason: Damage,
        /// How many.
        bytes: usize,
    },
}

/// An [`Event`] whose PDU is elsewhere.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told {
    Asked {
        ticket: Ticket,
        unit: Unit,
        is_broadcast: bool,
    },
    Damaged {
        reason: Damage,
        bytes: usize,
    },
}

impl Told {
    #[inline]
    pub(super) const fn event(self, pdu: Pdu) -> Event {
        match self {
            Self::Asked {
                ticket,
                unit,
                is_broadcast,
            } => {
                let asked = Asked { ticket, unit, pdu };
                if is_broadcast {
                    Event::Broadcast(asked)
                } else {
                    Event::Request(asked)
                }
            }
            Self::Damaged { reason, bytes } => Event::Damaged { reason, bytes },
        }
    }
}

/// What a server is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "a command is taken at once, by value"
)]
pub enum Command {
    /// The response to a request, normal or exception. One to a request that is not open any more is
    /// dropped; [`Pdu::EMPTY`] is the same as [`Abandon`](Self::Abandon).
    Reply {
        /// The request's.
        ticket: Ticket,
        /// The response.
        pdu: Pdu,
    },
    /// A request will not be answered.
    Abandon {
        /// The request's.
        ticket: Ticket,
    },
    /// Which functions the application has: of those that are configured
    /// ([`ServerConfig::functions`](crate::ServerConfig::functions)), only these are served.
    Functions(Functions),
    /// Sets the diagnostic register of a unit (Application protocol 6.8.1). Through `net` a
    /// `Control` does.
    DiagnosticRegister {
        /// Which.
        unit: Unit,
        /// What it holds, until a client clears it.
        value: u16,
    },
    /// Whether a unit is still processing a program command: the status word of the communication
    /// event counter and log (Application protocol 6.9).
    Processing {
        /// Which.
        unit: Unit,
        /// Whether it is.
        busy: bool,
    },
}
