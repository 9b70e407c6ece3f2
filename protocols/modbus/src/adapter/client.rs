//! Our clients as tokio-modbus's.

use core::future::Future;
use std::io;

use async_trait::async_trait;
use lineside_io::{Datagrams, Stream};
use tokio_modbus::{
    Error, ExceptionCode, Request as TheirRequest, Response as TheirResponse,
    client::{Client as TheirClient, Context},
    slave::{Slave, SlaveContext},
};

use super::{request, response};
use crate::{
    client::{CallOptions, Failure},
    net::{Bus, CallError, Client, Priority, udp::UdpClient},
    wire::{Pdu, Request, Response, Unit},
};

/// Whoever can ask any unit: a client, a bus, a client over UDP.
pub trait Caller: Send {
    /// Asks `unit`, and gives the response, checked against the request; [`Pdu::EMPTY`] where there
    /// is none.
    ///
    /// # Errors
    /// Why there is no response.
    fn ask(
        &mut self,
        unit: Unit,
        request: Pdu,
    ) -> impl Future<Output = Result<Pdu, CallError>> + Send;
}

impl<S: Stream> Caller for Client<S> {
    async fn ask(&mut self, unit: Unit, request: Pdu) -> Result<Pdu, CallError> {
        self.call(unit, request, CallOptions::default()).await
    }
}

impl Caller for Bus {
    async fn ask(&mut self, unit: Unit, request: Pdu) -> Result<Pdu, CallError> {
        let call = self.call(unit, request, CallOptions::default(), Priority::default());
        Ok(call.await?)
    }
}

impl<D: Datagrams> Caller for UdpClient<D> {
    async fn ask(&mut self, unit: Unit, request: Pdu) -> Result<Pdu, CallError> {
        Ok(self.call(unit, &request).await?)
    }
}

/// A tokio-modbus context whose calls `caller` makes, to `slave` until another is set: over any
/// transport, with every reply checked, and safe to cancel.
///
/// What tokio-modbus has no error for is an [`io::Error`] with the failure inside: `TimedOut` for a
/// unit that did not answer, `InvalidData` for a wrong answer, `InvalidInput` for a request that was
/// not sent. A write to everyone on a serial line succeeds when it has left.
#[must_use]
pub fn context(caller: impl Caller + 'static, slave: Slave) -> Context {
    let client: Box<dyn TheirClient> = Box::new(Ours {
        caller: Some(caller),
        unit: Unit::new(slave.0),
    });
    Context::from(client)
}

/// A caller as their client.
struct Ours<C> {
    /// Gone once disconnected.
    caller: Option<C>,
    unit: Unit,
}

#[async_trait]
impl<C: Caller> TheirClient for Ours<C> {
    async fn call(&mut self, asked: TheirRequest<'_>) -> tokio_modbus::Result<TheirResponse> {
        let Some(caller) = &mut self.caller else {
            return Err(io::Error::from(io::ErrorKind::NotConnected).into());
        };
        let pdu = request::ours(&asked).map_err(|misfit| failed(misfit.into()))?;
        match caller.ask(self.unit, pdu).await {
            // A broadcast: what it was to do is as good as done.
            Ok(answer) if answer.is_empty() => {
                parsed(&pdu, Request::echo(&pdu).unwrap_or(&pdu)).map(Ok)
            }
            Ok(answer) => parsed(&pdu, &answer).map(Ok),
            Err(error) => match error.exception() {
                Some(exception) => Ok(Err(ExceptionCode::new(exception.0))),
                None => Err(failed(error)),
            },
        }
    }

    /// Lets the wire go, or the handle of a bus.
    async fn disconnect(&mut self) -> io::Result<()> {
        self.caller = None;
        Ok(())
    }
}

impl<C> SlaveContext for Ours<C> {
    fn set_slave(&mut self, slave: Slave) {
        self.unit = Unit::new(slave.0);
    }
}

fn parsed(pdu: &[u8], answer: &[u8]) -> Result<TheirResponse, Error> {
    let asked = Request::parse(pdu).map_err(|_| strange(answer))?;
    match Response::parse(answer, &asked) {
        Ok(Ok(response)) => response::theirs(&response, answer).ok_or_else(|| strange(answer)),
        _ => Err(strange(answer)),
    }
}

fn strange(answer: &[u8]) -> Error {
    let what = format!("a response that tokio-modbus has no words for: {answer:02x?}");
    io::Error::new(io::ErrorKind::InvalidData, what).into()
}

fn failed(error: CallError) -> Error {
    let kind = match &error {
        CallError::Failed(failure) => match failure {
            Failure::Timeout | Failure::NoSilence => io::ErrorKind::TimedOut,
            Failure::Mismatch(_) | Failure::Damaged(_) => io::ErrorKind::InvalidData,
            Failure::Refused(_) => io::ErrorKind::InvalidInput,
            Failure::Busy | Failure::Resting => io::ErrorKind::WouldBlock,
            Failure::Closed => io::ErrorKind::NotConnected,
            _ => io::ErrorKind::Other,
        },
        CallError::Wire(lineside_io::Error::Io(error)) => error.kind(),
        CallError::Wire(_) => io::ErrorKind::Other,
    };
    io::Error::new(kind, error).into()
}
