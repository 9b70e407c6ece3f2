//! One wire that is served.

use core::{
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll, ready},
};
use std::collections::VecDeque;

use lineside_core::Instant;
use lineside_io::{Driver, Stream, serve::Place};

use crate::{
    net::{
        Service,
        answering::{Answering, answer},
        control::Listener,
    },
    server::{self, Asked, Command, Event, Ticket},
    wire::Pdu,
};

/// Why a connection ended: the wire failed, or a Modbus TCP stream could not be followed any more
/// (T01).
pub type Error = lineside_io::Error<lineside_core::Error>;

/// Answers the requests on one wire.
///
/// A service that answers at once is called where the request is found: no task, no allocation. One
/// that takes its time does not keep the connection from receiving, and where it gives
/// [another](Service::another) instance it is called again meanwhile, up to
/// [`ServerConfig::transactions`](crate::ServerConfig::transactions) times on TCP.
#[derive(Debug)]
pub struct Connection<S> {
    driver: Driver<server::Server, S>,
    control: Listener,
    /// Requests that came while the service was at another.
    waiting: VecDeque<Event>,
    answers_half_closed: bool,
}

/// What there is to do.
enum Turn {
    Event(Event),
    Answered(Ticket, Pdu),
    /// The peer sends no more, or nothing for too long.
    Over,
    /// The server is stopped, or the place is needed.
    Stop,
}

/// How a request was taken.
enum Taken {
    /// Answered without waiting, or begun beside others.
    AtOnce,
    /// Answered after a while.
    Slowly,
    /// The wire ended meanwhile.
    Gone,
}

impl<S: Stream> Connection<S> {
    pub(super) const fn new(
        driver: Driver<server::Server, S>,
        control: Listener,
        answers_half_closed: bool,
    ) -> Self {
        Self {
            driver,
            control,
            waiting: VecDeque::new(),
            answers_half_closed,
        }
    }

    /// Answers requests with `service` until the peer sends no more.
    ///
    /// Dropped while the service is at requests, it abandons those, and no other.
    ///
    /// # Errors
    /// The wire failed, or cannot be followed.
    pub async fn run(&mut self, service: &mut impl Service) -> Result<(), Error> {
        self.drive(service, None).await
    }

    /// The same, as long as `place` lasts.
    pub(super) async fn drive(
        &mut self,
        service: &mut impl Service,
        mut place: Option<&mut Place>,
    ) -> Result<(), Error> {
        let mut calls = Answering::new();
        let served = Command::Functions(service.served());
        self.driver.submit(served).map_err(Error::Machine)?;
        loop {
            match self.turn(&mut calls, place.as_deref_mut()).await? {
                Turn::Event(Event::Request(asked) | Event::Broadcast(asked)) => {
                    match self.take(service, &mut calls, asked).await? {
                        Taken::AtOnce => self.used(place.as_deref(), self.driver.last_activity()),
                        Taken::Slowly => self.used(place.as_deref(), None),
                        Taken::Gone => return Ok(()),
                    }
                }
                Turn::Event(Event::Restart { unit }) => service.restarted(unit),
                Turn::Event(Event::Damaged { .. }) => {}
                Turn::Answered(ticket, pdu) => {
                    self.reply(ticket, pdu)?;
                    self.used(place.as_deref(), None);
                }
                Turn::Over => return Ok(()),
                Turn::Stop => return self.finish(service, calls).await,
            }
        }
    }

    async fn turn(
        &mut self,
        calls: &mut Answering<'_, Ticket>,
        mut place: Option<&mut Place>,
    ) -> Result<Turn, Error> {
        poll_fn(|cx| {
            self.be_told();
            if let Some(place) = &mut place
                && place.poll_stop(cx).is_ready()
            {
                return Poll::Ready(Ok(Turn::Stop));
            }
            if let Some(event) = self.waiting.pop_front() {
                return Poll::Ready(Ok(Turn::Event(event)));
            }
            if let Poll::Ready((ticket, pdu)) = calls.poll_next(cx) {
                return Poll::Ready(Ok(Turn::Answered(ticket, pdu)));
            }
            // Broadcasts are no transactions: without a limit of their own they would pile up.
            let most = 2 * self.driver.machine().config().transactions.max(1);
            if calls.len() < most
                && let Poll::Ready(next) = self.driver.poll_next(cx)
            {
                return Poll::Ready(next.map(|event| event.map_or(Turn::Over, Turn::Event)));
            }
            let has_departed = self.driver.has_ended() && !self.answers_half_closed;
            match &mut place {
                _ if has_departed && !calls.is_empty() => Poll::Ready(Ok(Turn::Over)),
                Some(place) if calls.is_empty() => place.poll_idle(cx).map(|()| Ok(Turn::Over)),
                _ => Poll::Pending,
            }
        })
        .await
    }

    /// Passes on what the program tells its units, before the next request is heard.
    #[inline]
    fn be_told(&mut self) {
        self.control.listen(|command| {
            // What refuses is a stream that is lost, which the next poll says.
            let _ = self.driver.submit(command);
        });
    }

    /// The connection was used until `at`; without a time, until now.
    fn used(&self, place: Option<&Place>, at: Option<Instant>) {
        if let Some(place) = place {
            place.used(at.unwrap_or_else(|| self.driver.clock().now()));
        }
    }

    /// Has a request answered, or begins to.
    async fn take<'s, T: Service + 's>(
        &mut self,
        service: &mut T,
        calls: &mut Answering<'s, Ticket>,
        asked: Asked,
    ) -> Result<Taken, Error> {
        if let Some(another) = service.another() {
            calls.begin(another, asked.ticket, asked.unit, asked.pdu);
            return Ok(Taken::AtOnce);
        }
        let mut answer = pin!(answer(service, asked.unit, &asked.pdu));
        let mut taken = Taken::AtOnce;
        let answered = poll_fn(|cx| {
            if let Poll::Ready(pdu) = answer.as_mut().poll(cx) {
                return Poll::Ready(Ok(Some(pdu)));
            }
            taken = Taken::Slowly;
            self.poll_wait(cx).map_ok(|()| None)
        });
        let Some(pdu) = answered.await? else {
            return Ok(Taken::Gone);
        };
        self.reply(asked.ticket, pdu)?;
        Ok(taken)
    }

    /// While the service is at a request, keeps what else arrives for later; ready when nothing
    /// can arrive any more.
    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.be_told();
        while self.waiting.len() < self.driver.machine().config().transactions.max(1) {
            match ready!(self.driver.poll_next(cx))? {
                Some(event) => self.keep(event),
                None => return Poll::Ready(Ok(())),
            }
        }
        Poll::Pending
    }

    fn keep(&mut self, event: Event) {
        match event {
            Event::Damaged { .. } => return,
            // On a serial line whoever sends a request has given up the one before.
            Event::Request(_) if self.driver.machine().framing().is_serial() => {
                self.waiting.retain(|old| !matches!(old, Event::Request(_)));
            }
            _ => {}
        }
        self.waiting.push_back(event);
    }

    fn reply(&mut self, ticket: Ticket, pdu: Pdu) -> Result<(), Error> {
        let reply = Command::Reply { ticket, pdu };
        self.driver.submit(reply).map_err(Error::Machine)
    }

    /// Sends what the service has begun to answer, and takes no more requests.
    async fn finish(
        &mut self,
        service: &mut impl Service,
        mut calls: Answering<'_, Ticket>,
    ) -> Result<(), Error> {
        let mut late = core::mem::take(&mut self.waiting);
        loop {
            match late.pop_front() {
                Some(Event::Request(asked)) => {
                    let ticket = asked.ticket;
                    let abandoned = self.driver.submit(Command::Abandon { ticket });
                    abandoned.map_err(Error::Machine)?;
                    continue;
                }
                // Answered already, so that it counts.
                Some(Event::Restart { unit }) => {
                    service.restarted(unit);
                    continue;
                }
                Some(Event::Broadcast(_) | Event::Damaged { .. }) => continue,
                None => {}
            }
            if calls.is_empty() && self.driver.machine().is_quiet() {
                return self.driver.flush().await;
            }
            match self.turn(&mut calls, None).await? {
                Turn::Event(event) => late.push_back(event),
                Turn::Answered(ticket, pdu) => self.reply(ticket, pdu)?,
                Turn::Over | Turn::Stop => return Ok(()),
            }
        }
    }

    /// The machine: its configuration, and who listens only.
    pub const fn machine(&self) -> &server::Server {
        self.driver.machine()
    }

    /// The driver, for what only it can do.
    pub const fn driver_mut(&mut self) -> &mut Driver<server::Server, S> {
        &mut self.driver
    }

    /// The wire, for what only it can do: addresses, modem lines, settings.
    pub const fn stream_mut(&mut self) -> &mut S {
        self.driver.stream_mut()
    }

    /// The wire alone, and nothing of what was received and not answered.
    pub fn into_stream(self) -> S {
        self.driver.into_parts().1
    }
}
