//! Why a call failed, and why a request was not sent.
//!
//! A machine itself fails only where a wire cannot be followed any more: with
//! [`lineside_core::Error`].

use crate::{
    machine::Damage,
    wire::{Exception, Misfit, Mismatch, Unit},
};

/// Why a call failed. The variant says who is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The server understood, and refused: any code it may send, [`Exception::ACKNOWLEDGE`] and
    /// [`Exception::SERVER_DEVICE_BUSY`] among them.
    #[error("the server answered {0}")]
    Exception(Exception),
    /// The server did not answer in time, or its answer was lost.
    #[error("the server did not answer in time")]
    Timeout,
    /// The server answered something else than was asked.
    #[error("the server sent {0}")]
    Mismatch(Mismatch),
    /// The line, or what else is on it: only damaged bytes came.
    #[error("the line brought no response but damage: {0}")]
    Damaged(Damage),
    /// Somebody else sent at the same time as we did.
    #[error("the request collided with another sender")]
    Collision,
    /// The line: others did not leave it silent for long enough to send (`ClientConfig::silence`).
    #[error("the line was never silent")]
    NoSilence,
    /// We: nothing was sent.
    #[error("not sent: {0}")]
    Refused(Refusal),
    /// We, or too many callers: a queue is full. Nothing was sent.
    #[error("not sent: too many calls wait already")]
    Busy,
    /// The unit: it did not answer lately, and is left alone for a while. Nothing was sent.
    #[error("not sent: the unit did not answer lately, and is left alone for a while")]
    Resting,
    /// The wire ended before the response came.
    #[error("the wire ended before a response came")]
    Closed,
}

/// Why a request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Any server would answer this exception to its form alone (M14).
    #[error("a malformed request: any server would answer {0}")]
    Malformed(Exception),
    /// It breaks a limit of its function, or does not fit a PDU (M14).
    #[error("{0}")]
    Misfit(Misfit),
    /// It asks for an answer, and a broadcast has none (M07).
    #[error("a broadcast of a function that needs an answer")]
    Broadcast,
    /// No unit of a serial line may have this address (M08).
    #[error("unit {0} is reserved on a serial line")]
    Reserved(Unit),
}
