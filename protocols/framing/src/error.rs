//! What a machine of records refuses.

use crate::wire::EncodeError;

/// Why a record was not sent. Always the caller's doing: what a peer sends is an event and never an
/// error. The machine is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The framing cannot carry the record.
    #[error("the record cannot be sent: {0}")]
    Encode(#[from] EncodeError),
    /// Too many records wait for the silence between frames.
    #[error("{max} records wait already (Config::queued)")]
    Queue {
        /// [`Config::queued`](crate::Config::queued).
        max: usize,
    },
}
