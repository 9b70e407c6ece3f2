//! The server side of Modbus over UDP.

use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};
use std::io;

use lineside_io::{Clock, Datagrams};

use super::{frame, open};
use crate::{
    Functions,
    net::{
        Service,
        answering::{Answering, answer},
    },
    wire::{Exception, Pdu, Request, mbap},
};

/// Answers datagrams with a [`Service`].
#[derive(Clone, Debug)]
pub struct UdpServer {
    transactions: usize,
    pause: Duration,
    clock: Clock,
}

impl Default for UdpServer {
    fn default() -> Self {
        Self {
            transactions: 64,
            pause: Duration::from_millis(100),
            clock: Clock::tokio(),
        }
    }
}

/// Where an answer goes, and how it is marked.
type Return<A> = (A, mbap::Header);

#[expect(clippy::large_enum_variant, reason = "handed on at once, by value")]
enum Happened<A> {
    Came(usize, A),
    Answered(Return<A>, Pdu),
    Failed,
    Stopped,
}

impl UdpServer {
    /// A server with the default limits, on tokio's time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another number of requests at once, where the service takes several
    /// ([`Service::another`]). A further one is answered with exception 06. Default 64.
    #[must_use]
    pub const fn transactions(mut self, transactions: usize) -> Self {
        self.transactions = transactions;
        self
    }

    /// The same with another pause after the socket failed. Default 100 ms.
    #[must_use]
    pub const fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// The same on another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Answers what comes to `socket` until `stop` is ready, then what it has begun, and ends.
    /// Dropping the future drops what is going on.
    ///
    /// What is no Modbus is dropped without a word, and so is an exception response, so that two
    /// servers cannot be made to answer each other's. A function that the service does not have, and
    /// a malformed request, are refused before the service is asked (figures of Application
    /// protocol 6).
    pub async fn serve<D: Datagrams, S: Service>(
        &self,
        socket: &D,
        mut service: S,
        stop: impl Future<Output = ()>,
    ) {
        let mut stop = pin!(stop);
        // One byte more than a frame has: what fills it is too long.
        let mut room = [0; mbap::MAX_ADU + 1];
        let mut calls = Answering::new();
        let served = service.served();
        loop {
            let happened = {
                let receive = pin!(socket.receive(&mut room));
                happening(receive, &mut calls, stop.as_mut()).await
            };
            match happened {
                Happened::Came(length, from) => {
                    let datagram = room.get(..length).unwrap_or_default();
                    let Some((header, request)) = open(datagram) else {
                        continue;
                    };
                    let to = (from, header);
                    match check(served, &request) {
                        Checked::Fine => {
                            self.take(socket, &mut service, &mut calls, to, request)
                                .await;
                        }
                        Checked::Refused(exception) => {
                            let refused = Pdu::exception(request.function(), exception);
                            reply(socket, to, &refused).await;
                        }
                        Checked::NoRequest => {}
                    }
                }
                Happened::Answered(to, pdu) => reply(socket, to, &pdu).await,
                Happened::Failed => self.clock.sleep(self.pause).await,
                Happened::Stopped => break,
            }
        }
        while !calls.is_empty() {
            let (to, pdu) = poll_fn(|cx| calls.poll_next(cx)).await;
            reply(socket, to, &pdu).await;
        }
    }

    async fn take<'s, D: Datagrams, S: Service + 's>(
        &self,
        socket: &D,
        service: &mut S,
        calls: &mut Answering<'s, Return<D::Addr>>,
        to: Return<D::Addr>,
        request: Pdu,
    ) {
        let unit = to.1.unit;
        let answer = match service.another() {
            Some(_) if calls.len() >= self.transactions.max(1) => {
                Pdu::exception(request.function(), Exception::SERVER_DEVICE_BUSY)
            }
            Some(another) => return calls.begin(another, to, unit, request),
            None => answer(service, unit, &request).await,
        };
        reply(socket, to, &answer).await;
    }
}

/// What a PDU is, before a service is asked.
enum Checked {
    Fine,
    Refused(Exception),
    NoRequest,
}

fn check(served: Functions, pdu: &Pdu) -> Checked {
    if pdu.as_exception().is_some() {
        return Checked::NoRequest;
    }
    if !served.contains(pdu.first().copied().unwrap_or_default()) {
        return Checked::Refused(Exception::ILLEGAL_FUNCTION);
    }
    match Request::parse(pdu) {
        Ok(_) => Checked::Fine,
        Err(exception) => Checked::Refused(exception),
    }
}

async fn happening<A: Send + 'static>(
    mut receive: Pin<&mut impl Future<Output = io::Result<(usize, A)>>>,
    calls: &mut Answering<'_, Return<A>>,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Happened<A> {
    poll_fn(|cx: &mut Context<'_>| {
        if stop.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Happened::Stopped);
        }
        if let Poll::Ready((to, pdu)) = calls.poll_next(cx) {
            return Poll::Ready(Happened::Answered(to, pdu));
        }
        receive.as_mut().poll(cx).map(|came| match came {
            Ok((length, from)) => Happened::Came(length, from),
            Err(_) => Happened::Failed,
        })
    })
    .await
}

/// Sends an answer, if there is one. That it could not be sent is as if it had been lost.
async fn reply<D: Datagrams>(socket: &D, (to, header): Return<D::Addr>, pdu: &Pdu) {
    let mut room = [0; mbap::MAX_ADU];
    if let Ok(length) = frame(header, pdu, &mut room)
        && !pdu.is_empty()
    {
        let _ = socket
            .send(room.get(..length).unwrap_or_default(), &to)
            .await;
    }
}
