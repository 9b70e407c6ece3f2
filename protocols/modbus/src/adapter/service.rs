//! A tokio-modbus service as one of ours.

use std::sync::Arc;

use tokio_modbus::{
    ExceptionCode, Response as TheirResponse, SlaveRequest, server::Service as TheirService,
};

use super::{request, response};
use crate::{
    net::Service,
    wire::{Exception, Pdu, Request, Response, Unit},
};

/// A tokio-modbus service that our server runs, over any transport.
///
/// Requests that reach it are well-formed, which tokio-modbus's own servers do not promise: its
/// malformed ones end a connection there, and are answered here. Functions without a variant come as
/// [`Request::Custom`](tokio_modbus::Request::Custom). A response that does not fit its request is
/// answered with exception 04, and `None` not at all.
///
/// Clones call the same service; on TCP it may be called again while a call goes on.
#[derive(Debug)]
pub struct Adapted<S>(Arc<S>);

impl<S> Adapted<S> {
    /// This service for our server.
    pub fn new(service: S) -> Self {
        Self(Arc::new(service))
    }
}

impl<S> Clone for Adapted<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> Service for Adapted<S>
where
    S: TheirService + Send + Sync,
    S::Request: From<SlaveRequest<'static>> + Send,
    S::Response: Send,
    S::Exception: Send,
    S::Future: Send,
{
    async fn call(&mut self, unit: Unit, request: &Pdu) -> Result<Pdu, Exception> {
        let asked = Request::parse(request)?;
        let slave = unit.get();
        let request = request::theirs(&asked);
        let answering = self.0.call(SlaveRequest { slave, request }.into());
        let answered = answering.await;
        let response = answered.map_err(|exception| of_code(exception.into()))?;
        match response.into() {
            Some(response) => fitting(&response, &asked).ok_or(Exception::SERVER_DEVICE_FAILURE),
            None => Ok(Pdu::EMPTY),
        }
    }

    fn another(&self) -> Option<Self> {
        Some(self.clone())
    }
}

fn of_code(code: ExceptionCode) -> Exception {
    Exception(code.into())
}

/// The response as a PDU, when it answers `asked`.
fn fitting(response: &TheirResponse, asked: &Request<'_>) -> Option<Pdu> {
    let pdu = Pdu::new(&response::ours(response)?)?;
    Response::parse(&pdu, asked).ok()?.ok()?;
    Some(pdu)
}

#[cfg(test)]
mod tests;
