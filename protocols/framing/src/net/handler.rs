//! What the application does with records.

use core::future::Future;

use bytes::Bytes;

use crate::wire::Reason;

/// Answers the records of one connection. The defaults refuse: no record is answered.
pub trait Handler: Send {
    /// A record came; what is given back is sent. No further record is taken from this connection
    /// meanwhile: that is the back-pressure.
    fn record(&mut self, record: Bytes) -> impl Future<Output = Option<Bytes>> + Send {
        let _ = record;
        async { None }
    }

    /// Bytes came that are no record; `bytes` of them were dropped.
    fn damaged(&mut self, reason: Reason, bytes: usize) {
        let _ = (reason, bytes);
    }
}

/// Sends every record back: the smallest handler, and a loop-back test of a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Echo;

impl Handler for Echo {
    async fn record(&mut self, record: Bytes) -> Option<Bytes> {
        Some(record)
    }
}
