//! Why a call failed.

use lineside_io::Error as WireError;

use crate::{
    client::{Failure, Refusal},
    wire::{Exception, Misfit, Mismatch},
};

/// Why a call failed: as [`Failure`] has it, or with what the wire ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The call failed; the wire goes on, unless it is [`Failure::Closed`].
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The wire ended. Every later call fails with the same.
    #[error("the wire failed: {0}")]
    Wire(#[from] WireError<lineside_core::Error>),
}

impl CallError {
    /// The exception that the server answered, when it did.
    #[must_use]
    pub const fn exception(&self) -> Option<Exception> {
        match self {
            Self::Failed(Failure::Exception(exception)) => Some(*exception),
            _ => None,
        }
    }
}

impl From<Misfit> for CallError {
    fn from(misfit: Misfit) -> Self {
        Self::Failed(Failure::Refused(Refusal::Misfit(misfit)))
    }
}

impl From<Mismatch> for CallError {
    fn from(mismatch: Mismatch) -> Self {
        Self::Failed(Failure::Mismatch(mismatch))
    }
}
