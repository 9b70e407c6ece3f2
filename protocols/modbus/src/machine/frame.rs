//! What a receiver finds: frames, and what is none.

use core::fmt;

use lineside_core::Instant;

use crate::wire::{Pdu, Unit};

/// How PDUs are framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Framing {
    /// Binary, with a CRC: Serial line 2.5.1. On a line frames are told apart by silence; over a
    /// stream (RTU over TCP) by their lengths.
    #[default]
    Rtu,
    /// Hex digits between colon and CR LF, with an LRC: Serial line 2.5.2.
    Ascii,
    /// With a length, a transaction and no check: Messaging on TCP/IP 3.1.3.
    Tcp,
}

impl Framing {
    /// Whether several units share the wire, with one request at a time and broadcasts.
    #[must_use]
    pub const fn is_serial(self) -> bool {
        matches!(self, Self::Rtu | Self::Ascii)
    }
}

/// `rtu`, `ascii` or `tcp`.
impl fmt::Display for Framing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rtu => "rtu",
            Self::Ascii => "ascii",
            Self::Tcp => "tcp",
        })
    }
}

/// Who sent a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// A client.
    Request,
    /// A server.
    Response,
}

/// A good frame, for whomever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// Whom it is for, or whom it is from.
    pub unit: Unit,
    /// Pairs responses with requests on TCP; 0 on serial lines.
    pub transaction: u16,
    /// What it says.
    pub pdu: Pdu,
    /// Who sent it, where the grammar and the order of frames tell: a Modbus frame does not say.
    pub direction: Option<Direction>,
    /// When its first byte began to arrive, as exactly as the wire tells.
    pub began: Instant,
    /// When its last byte had arrived.
    pub ended: Instant,
}

impl Frame {
    /// A frame whose direction is not known yet.
    pub(super) const fn new(unit: Unit, pdu: Pdu, began: Instant, ended: Instant) -> Self {
        Self {
            unit,
            transaction: 0,
            pdu,
            direction: None,
            began,
            ended,
        }
    }
}

/// Why bytes were no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The CRC or LRC is wrong, or where a frame should begin none could be found.
    #[error("a bad check")]
    Check,
    /// Fewer bytes than a frame has.
    #[error("too short for a frame")]
    Short,
    /// More bytes than a frame may have.
    #[error("too long for a frame")]
    Long,
    /// A silence of more than 1.5 characters inside a frame (Serial line 2.5.1.1, F04), or of more
    /// than the time between ASCII characters (2.5.2.1, A06).
    #[error("a silence inside a frame")]
    Gap,
    /// The line reported a wrong parity or stop bit, or a break, inside a frame (2.6.1, F13).
    #[error("a damaged character")]
    Line,
    /// Characters came faster than they were taken.
    #[error("lost characters")]
    Overrun,
    /// A character that is no hex digit, or half a byte (A05, A08).
    #[error("a character that is no hex digit")]
    Digit,
    /// Characters outside a frame: no colon before them.
    #[error("characters outside a frame")]
    Outside,
    /// A protocol identifier that is not Modbus's (T01).
    #[error("a protocol identifier other than 0")]
    Protocol,
    /// What we sent came back changed: somebody sent at the same time.
    #[error("an echo that differs: a collision")]
    Collision,
    /// The stream ended, or another frame began, inside a frame.
    #[error("a frame that was cut off")]
    Cut,
}
