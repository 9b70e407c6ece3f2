//! What answers requests, whole.

use core::future::Future;

mod device;

pub use device::{Device, Shared, Stations};

use crate::{
    Functions,
    wire::{Exception, Pdu, Unit},
};

/// Answers requests: a device (every [`Handler`](crate::Handler) is one), a gateway, a guard before
/// either.
pub trait Service: Send {
    /// Answers `request`, which was sent to `unit`, one of those that the server is for
    /// ([`ServerConfig::units`](crate::ServerConfig::units)). What is given back to a broadcast is
    /// not sent. [`Pdu::EMPTY`] is no answer: none is sent.
    ///
    /// A server passes on only what [`Request::parse`](crate::wire::Request::parse) accepts. Whoever
    /// calls a service by hand may pass anything.
    ///
    /// The server goes on receiving meanwhile. It drops the future when the client has gone: a
    /// future that is dropped at any await must leave the service sound.
    ///
    /// # Errors
    /// The exception that is answered.
    fn call(
        &mut self,
        unit: Unit,
        request: &Pdu,
    ) -> impl Future<Output = Result<Pdu, Exception>> + Send;

    /// The functions that it has at all: a server refuses any other with exception 01 before it looks
    /// at the rest of a request. Default: all.
    fn served(&self) -> Functions {
        Functions::ALL
    }

    /// Another instance, to answer a second request while this one is at the first. Default: none,
    /// one request at a time.
    fn another(&self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// A client has restarted the communication of `unit` (Diagnostics 08/01, Application protocol
    /// 6.8.1). Default: nothing more is done.
    fn restarted(&mut self, unit: Unit) {
        let _ = unit;
    }
}

#[cfg(test)]
mod tests;
