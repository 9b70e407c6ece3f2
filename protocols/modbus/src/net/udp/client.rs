//! The client side of Modbus over UDP.

use core::time::Duration;

use lineside_io::{Clock, Datagrams};

use super::{frame, open};
use crate::{
    client::{Failure, Refusal},
    net::{CallError, Calls},
    wire::{Pdu, Request, Response, Unit, mbap},
};

/// Asks one server, one request at a time.
#[derive(Debug)]
pub struct UdpClient<D: Datagrams> {
    socket: D,
    server: D::Addr,
    clock: Clock,
    response: Duration,
    retries: u8,
    transaction: u16,
}

impl<D: Datagrams> UdpClient<D> {
    /// A client of the server at `server`.
    pub const fn new(socket: D, server: D::Addr, clock: Clock) -> Self {
        Self {
            socket,
            server,
            clock,
            response: Duration::from_secs(1),
            retries: 3,
            transaction: 0,
        }
    }

    /// The same with another response time-out. Default 1 s.
    #[must_use]
    pub fn response(mut self, response: Duration) -> Self {
        self.response = response;
        self
    }

    /// The same with another number of retries, of requests that may be repeated (M21). Default 3.
    #[must_use]
    pub fn retries(mut self, retries: u8) -> Self {
        self.retries = retries;
        self
    }

    /// One unit's [`Calls`].
    pub fn unit(&mut self, unit: impl Into<Unit>) -> UdpUnit<'_, D> {
        UdpUnit {
            unit: unit.into(),
            client: self,
        }
    }

    /// Asks `unit`, and gives its response, checked against the request.
    ///
    /// Dropped at any await, it leaves nothing that could be taken for the answer to a later call.
    ///
    /// # Errors
    /// Why there is no response.
    pub async fn call(&mut self, unit: Unit, request: &Pdu) -> Result<Pdu, Failure> {
        let asked = Request::parse(request)
            .map_err(|exception| Failure::Refused(Refusal::Malformed(exception)))?;
        self.transaction = self.transaction.wrapping_add(1);
        let header = mbap::Header {
            transaction: self.transaction,
            unit,
        };
        let mut room = [0; mbap::MAX_ADU];
        let length = frame(header, request, &mut room).map_err(|_| Failure::Closed)?;
        let datagram = room.get(..length).unwrap_or_default();
        let attempts = if asked.is_idempotent() {
            self.retries
        } else {
            0
        };
        for _ in 0..=attempts {
            // What the socket says of an earlier datagram, a lost one says too: in silence.
            let _ = self.socket.send(datagram, &self.server).await;
            let answer = self.answer(header, &asked);
            if let Ok(outcome) = self.clock.timeout(self.response, answer).await {
                return outcome;
            }
        }
        Err(Failure::Timeout)
    }

    /// Waits for the response with this header, from the server.
    async fn answer(&self, header: mbap::Header, asked: &Request<'_>) -> Result<Pdu, Failure> {
        let mut room = [0; mbap::MAX_ADU + 1];
        loop {
            let Ok((length, from)) = self.socket.receive(&mut room).await else {
                // The server is not there, or not yet: the time-out says so.
                self.clock.sleep(self.response / 10).await;
                continue;
            };
            match open(room.get(..length).unwrap_or_default()) {
                Some((of, pdu)) if of == header && from == self.server => {
                    return match Response::parse(&pdu, asked) {
                        Ok(Ok(_)) => Ok(pdu),
                        Ok(Err(exception)) => Err(Failure::Exception(exception)),
                        Err(mismatch) => Err(Failure::Mismatch(mismatch)),
                    };
                }
                // A late one, or a stranger's (T04).
                _ => {}
            }
        }
    }
}

/// One unit of a [`UdpClient`].
#[derive(Debug)]
pub struct UdpUnit<'a, D: Datagrams> {
    client: &'a mut UdpClient<D>,
    unit: Unit,
}

impl<D: Datagrams> Calls for UdpUnit<'_, D> {
    async fn call(&mut self, request: Pdu) -> Result<Pdu, CallError> {
        Ok(self.client.call(self.unit, &request).await?)
    }
}
