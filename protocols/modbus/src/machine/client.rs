//! The client side of a wire: calls go in, requests go out, and each response is checked against
//! its request in every field before its call is done.
//!
//! On a serial line one request is out at a time (Serial line 2.4.1, M01), after t3.5 of silence (M18);
//! on TCP up to [`ClientConfig::transactions`], matched by their transaction identifiers in any order
//! (T05). What a late response can never do is answer a later request (M04):
//!
//! - On TCP each request has a transaction identifier of its own, and a response to one that is not
//!   open is a [`Event::Stray`] (T04). An identifier comes again after 65,535 others.
//! - On a serial line a response says only whose it is and to which function. So every request that
//!   was sent and not answered, because its time passed or its caller went away, leaves a *debt*: its
//!   response may come for as long as [`ClientConfig::late`] after the time-out. Meanwhile no other
//!   request of that function goes to that unit, while all else goes on: a response of another
//!   unit or function cannot be taken for the awaited one, and pays the debt when it comes. The
//!   same request may be repeated at once, since its earlier response answers it as well; then one
//!   response is still owed, and the debt goes on. A unit that answers later than that is beyond
//!   what the protocol can tell.
//! - What began to arrive before the end of our own request is not its response
//!   ([`ClientConfig::earliest`]), and nothing is sent while something is being received.
//!
//! A cancelled call that was sent holds the line until its response came or its time passed; then it
//! is a debt like any other.

use alloc::collections::VecDeque;
use core::time::Duration;

use lineside_core::{Error, Instant, Link, Machine, Step, Syntax};

use crate::{
    config::{ClientConfig, Reception},
    machine::{
        ear::{Ear, Heard, Side},
        frame::{Frame, Framing},
    },
    wire::{Pdu, Request, Unit, ascii},
};

mod call;
mod flight;
mod hear;
mod owed;
mod queue;
mod transmit;

pub use call::{CallOptions, Command, Event, Repeat};

pub use crate::error::{Failure, Refusal};

pub(crate) use call::Told;

use call::{Call, Terms};
use flight::{Flight, Flights};
use owed::Owed;
use queue::Queue;

/// Asks the units of one wire.
///
/// A call that is refused before anything is sent takes a place in the queue until its
/// [`Event::Done`]. [`Step::Close`] follows the last event after [`Link::eof`]; open calls fail with
/// [`Failure::Closed`] before it, and before an error.
#[derive(Debug)]
pub struct Client {
    config: ClientConfig,
    framing: Framing,
    ear: Ear,
    queue: Queue,
    flights: Flights,
    owed: Owed,
    refused: VecDeque<(u64, Failure)>,
    /// The last transaction identifier.
    transaction: u16,
    /// Until when the line is left alone after a broadcast.
    turnaround: Option<Instant>,
    /// Since when a call waits for others to leave the line silent.
    crowded: Option<Instant>,
    /// When the first bytes of what is being received were seen.
    seen: Option<Instant>,
    end: Option<End>,
}

/// How a wire ended.
#[derive(Clone, Copy, Debug)]
enum End {
    Closed,
    Failed(Error),
}

impl Client {
    /// A client of `framing`.
    #[must_use]
    pub fn new(framing: Framing, config: ClientConfig) -> Self {
        Self {
            ear: Ear::new(framing, Side::Client, config.line),
            owed: Owed::new(config.owed, config.late),
            config,
            framing,
            queue: Queue::default(),
            flights: Flights::default(),
            refused: VecDeque::new(),
            transaction: 0,
            turnaround: None,
            crowded: None,
            seen: None,
            end: None,
        }
    }

    /// Its configuration.
    #[must_use]
    pub const fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// How its requests are framed.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// Calls that wait to be sent.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Requests that were sent and not answered, those whose callers have gone included.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.flights.len()
    }

    /// How often `request` is sent again at most.
    #[must_use]
    pub fn retries(&self, request: &Pdu, options: CallOptions) -> u8 {
        let request = Request::parse(request);
        request.map_or(0, |request| call::retries(&request, options, &self.config))
    }

    /// Whether a further call would be sent before those that wait, since there are none or they wait
    /// for late responses. Who has more calls than one, and an order of his own, asks this before
    /// each.
    #[must_use]
    pub fn wants_call(&self) -> bool {
        let is_open = self.end.is_none() && self.queue.len() < self.config.queued.max(1);
        let has_room = match self.framing {
            Framing::Tcp => self.flights.len() + self.queue.len() < self.config.at_once(false),
            Framing::Rtu | Framing::Ascii => {
                self.has_room() && self.queue.ready(&self.owed, true).is_none()
            }
        };
        is_open && has_room
    }

    /// Whether another request may go out at once.
    fn has_room(&self) -> bool {
        self.flights.len() < self.config.at_once(self.framing.is_serial())
    }

    /// [`Command::Call`] with a request that stays where it is.
    #[inline]
    pub(crate) fn call(
        &mut self,
        now: Instant,
        (id, unit, pdu): (u64, Unit, &Pdu),
        options: CallOptions,
        link: &mut Link,
    ) -> Result<(), Error> {
        if let Some(end) = self.end {
            return Err(end.error());
        }
        if self.queue.len() + self.refused.len() >= self.config.queued.max(1) {
            return Err(Error::Misuse(QUEUE_FULL));
        }
        let is_serial = self.framing.is_serial();
        match Terms::of(unit, pdu, options, &self.config, is_serial) {
            Err(refusal) => self.refused.push_back((id, Failure::Refused(refusal))),
            // On a serial line what lies unread must be heard first: only `poll` sends there.
            Ok(terms) if !is_serial && self.queue.is_empty() && self.may_write(link) => {
                self.transmit(now, &terms.call(id, unit, *pdu), link);
            }
            Ok(terms) => self.queue.push(terms.call(id, unit, *pdu)),
        }
        Ok(())
    }

    /// On TCP: one request per write, unless it is allowed otherwise (T03).
    #[inline]
    fn may_write(&self, link: &Link) -> bool {
        self.has_room() && (self.config.coalesce || link.tx.is_empty())
    }

    fn cancel(&mut self, id: u64) {
        if self.queue.cancel(id) {
            return;
        }
        self.refused.retain(|(refused, _)| *refused != id);
        if let Some(flight) = self.flights.iter_mut().find(|flight| flight.call.id == id) {
            flight.is_forgotten = true;
        }
    }

    /// Tries again, or gives up.
    fn fail(&mut self, flight: Flight, failure: Failure) -> Option<Told> {
        let mut call = flight.call;
        if flight.is_forgotten {
            return Some(Told::Unanswered { unit: call.unit });
        }
        if let Some(retries) = call.retries.checked_sub(1) {
            call.retries = retries;
            self.queue.push_again(call);
            return None;
        }
        Some(Told::failed(call.id, failure))
    }

    /// Takes note of requests that have left. One without an answer is done then.
    #[inline]
    fn settle(&mut self, link: &Link) -> Option<Told> {
        let sent = link.sent.filter(|_| link.tx.is_empty())?;
        let mut has_silent = false;
        for flight in self.flights.iter_mut() {
            flight.left(sent);
            has_silent |= flight.call.is_silent;
        }
        if !has_silent {
            return None;
        }
        let silent = self.flights.position(|flight| flight.call.is_silent)?;
        let flight = self.flights.take(silent)?;
        self.turnaround = Some(sent + self.config.turnaround);
        self.follow(&flight.call);
        (!flight.is_forgotten).then_some(Told::Done {
            id: flight.call.id,
            outcome: Ok(()),
        })
    }

    /// How much longer than to its time a response is awaited that is being received.
    fn grace(&self, link: &Link) -> Duration {
        let is_line = self.config.line.reception != Reception::Stream;
        if !self.framing.is_serial() || !is_line || self.ear.is_idle(link) {
            return Duration::ZERO;
        }
        let line = &self.config.line;
        let longest = u32::try_from(ascii::MAX_ADU).unwrap_or(u32::MAX);
        line.char_time.saturating_mul(longest) + line.lump.max(line.t3_5())
    }

    /// Ends the wait for responses whose time has passed.
    fn expire(&mut self, now: Instant, grace: Duration) -> Option<Told> {
        let is_due = |flight: &Flight| flight.deadline.is_some_and(|end| end + grace <= now);
        while let Some(due) = self.flights.position(is_due) {
            let flight = self.flights.take(due)?;
            if self.framing.is_serial() {
                self.owed.add(&flight.call, flight.sent());
            }
            let failure = flight.failure();
            let told = self.fail(flight, failure);
            if told.is_some() {
                return told;
            }
        }
        None
    }

    /// Fails the open calls one by one, then says how the wire ended.
    #[cold]
    fn wind_up(&mut self, end: End) -> Result<Step<Told>, Error> {
        while let Some(flight) = self.flights.take(0) {
            if !flight.is_forgotten {
                return Ok(closed(&flight.call));
            }
        }
        match (self.queue.pop(), end) {
            (Some(call), _) => Ok(closed(&call)),
            (None, End::Closed) => Ok(Step::Close),
            (None, End::Failed(error)) => Err(error),
        }
    }
}

impl Machine for Client {
    type Event = Event;
    type Command = Command;
    type Error = Error;

    /// Fails only where a TCP stream cannot be followed any more: a length field out of bounds (T01).
    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        let mut pdu = Pdu::EMPTY;
        let step = self.poll_into(now, link, &mut pdu)?;
        Ok(step.map(|told| told.event(pdu)))
    }

    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        match command {
            Command::Call {
                id,
                unit,
                pdu,
                options,
            } => self.call(now, (id, unit, &pdu), options, link),
            Command::Cancel { id } => {
                self.cancel(id);
                Ok(())
            }
        }
    }

    /// On TCP only the beginning of a response time-out has a time.
    #[inline]
    fn needs_time(&self) -> bool {
        self.framing.is_serial() || self.flights.has_unsent()
    }
}

impl Client {
    /// [`Machine::poll`] with a place for what an event brings: nothing, or what a unit said.
    #[inline]
    pub(crate) fn poll_into(
        &mut self,
        now: Instant,
        link: &mut Link,
        pdu: &mut Pdu,
    ) -> Result<Step<Told>, Error> {
        if let Some((id, failure)) = self.refused.pop_front() {
            return Ok(Step::Event(Told::failed(id, failure)));
        }
        let mut frame = Frame::new(Unit::BROADCAST, Pdu::EMPTY, now, now);
        while self.end.is_none() {
            self.listen(link);
            match self.ear.poll_into(now, link, &mut frame) {
                Heard::Frame(()) => {
                    if let Some(told) = self.hear(now, &frame, link) {
                        pdu.set(&frame.pdu);
                        return Ok(Step::Event(told));
                    }
                }
                Heard::Damaged { reason, bytes } => {
                    self.damaged(reason);
                    return Ok(Step::Event(Told::Damaged { reason, bytes }));
                }
                Heard::Wait(_) if link.eof => self.end = Some(End::Closed),
                Heard::Wait(heard) => {
                    // What was seen was our own echo, and has been taken away.
                    if self.ear.is_idle(link) {
                        self.seen = None;
                    }
                    pdu.set(&[]);
                    return Ok(self.advance(now, heard, link));
                }
                Heard::Lost(_) => self.end = Some(End::Failed(Error::Malformed(LENGTH))),
            }
        }
        self.wind_up(self.end.unwrap_or(End::Closed))
    }

    /// What there is to do when nothing was heard.
    #[inline]
    fn advance(&mut self, now: Instant, heard: Option<Instant>, link: &mut Link) -> Step<Told> {
        if let Some(told) = self.settle(link) {
            return Step::Event(told);
        }
        let grace = self.grace(link);
        if let Some(told) = self.expire(now, grace) {
            return Step::Event(told);
        }
        let was_receiving = !link.rx.is_empty();
        let look = match self.release(now, link) {
            Ok(told) => return Step::Event(told),
            Err(look) => look,
        };
        // What was given up for a new request has no time any more.
        let heard = heard.filter(|_| !was_receiving || !link.rx.is_empty());
        let deadline = self.flights.next_deadline().map(|end| end + grace);
        Step::Wait(earliest([heard, look, deadline]))
    }
}

impl End {
    const fn error(self) -> Error {
        match self {
            Self::Closed => Error::Misuse("the wire has ended"),
            Self::Failed(error) => error,
        }
    }
}

const QUEUE_FULL: &str = "ClientConfig::queued calls wait already";

const LENGTH: Syntax = Syntax {
    at: 4,
    want: "a length of 2 to 254",
};

const fn closed(call: &Call) -> Step<Told> {
    Step::Event(Told::failed(call.id, Failure::Closed))
}

fn earliest<const N: usize>(times: [Option<Instant>; N]) -> Option<Instant> {
    let mut earliest = None;
    for time in times {
        earliest = match (earliest, time) {
            (Some(one), Some(other)) => Some(if other < one { other } else { one }),
            (one, other) => one.or(other),
        };
    }
    earliest
}
