//! The server side of a wire: requests come out, each with a ticket, and replies go in.
//!
//! - What is malformed, or a function that is not served, is answered here, with the exception of the
//!   figures of Application protocol 6; so are Diagnostics and the communication event counter
//!   and log, which are about the line.
//! - A broadcast is executed and never answered (S04). What may not be broadcast is counted and
//!   left (S05).
//! - On a line, a reply goes out in one piece after t3.5 of silence. A request that is followed by
//!   another message before its reply went out is dead, for whomever that message is: its client
//!   has given up, and a late reply would answer another request. Its reply is taken, and not
//!   sent (S08).
//! - On TCP several requests may be with the application at once
//!   ([`ServerConfig::transactions`]), and are answered in any order.
//!
//! Nothing that a peer sends ends a server, but the one thing after which a stream cannot be
//! followed: a length field out of bounds on TCP (T01).

use alloc::vec::Vec;

use bytes::BytesMut;
use lineside_core::{Clause, Error, Instant, Link, Machine, Step};

use super::{
    ear::{Ear, Heard, Side},
    frame::{Damage, Frame, Framing},
};
use crate::{
    config::{Diagnostics, Reception, SerialFunctions, ServerConfig, WhenFull},
    handler::Functions,
    wire::{Exception, Pdu, Request, Unit, ascii, function, mbap, rtu},
};

mod diagnostics;
mod event;
mod everyone;
mod log;
mod open;
mod replies;
mod station;

pub use event::{Asked, Command, Event, Ticket};

use event::Told;
use everyone::Spread;
use open::{Header, Open, To};
use station::{Outcome, Stations};

/// Answers the requests on one wire, for any number of units.
///
/// [`Step::Close`] follows the last event after [`Link::eof`], on TCP when every open request has
/// its reply or is abandoned.
#[derive(Debug)]
pub struct Server {
    config: ServerConfig,
    framing: Framing,
    ear: Ear,
    stations: Stations,
    open: Vec<Open>,
    tickets: u64,
    /// Frames that wait to go out.
    held: BytesMut,
    /// Before this time, what is held does not go out.
    due: Option<Instant>,
    spread: Option<Spread>,
    /// Whose restart the application is still to be told.
    restarted: Option<Unit>,
    is_lost: bool,
    /// The functions that are configured and that the application has.
    served: Functions,
}

impl Server {
    /// A server of `framing`.
    #[must_use]
    pub fn new(framing: Framing, config: ServerConfig) -> Self {
        Self {
            served: config.functions,
            ear: Ear::new(framing, Side::Server, config.line),
            stations: Stations::new(config.diagnostic_register),
            config,
            framing,
            open: Vec::new(),
            tickets: 0,
            held: BytesMut::new(),
            due: None,
            spread: None,
            restarted: None,
            is_lost: false,
        }
    }

    /// Its configuration.
    #[must_use]
    pub const fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// How its requests are framed.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// Whether a unit executes and answers nothing until its communication is restarted.
    #[must_use]
    pub fn listens_only(&self, unit: Unit) -> bool {
        self.stations.listens_only(unit)
    }

    /// Requests that wait for their replies.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.open.iter().filter(|open| !open.is_broadcast).count()
    }

    /// Whether every request has its reply or is abandoned, and every reply has gone out.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.outstanding() == 0 && self.held.is_empty() && self.restarted.is_none()
    }

    /// Whether this is a line that others share and that must be silent before it is sent on.
    fn is_line(&self) -> bool {
        self.framing.is_serial() && self.config.line.reception != Reception::Stream
    }

    /// Takes a good frame.
    #[inline]
    fn hear(&mut self, frame: &Frame, link: &mut Link) -> Option<Told> {
        station::bump(&mut self.stations.port.messages);
        let to = self.addressee(frame.unit);
        if self.is_line() {
            let is_foreign = matches!(to, To::Nobody);
            if is_foreign && frame.direction == Some(super::Direction::Response) {
                return None;
            }
            self.give_up();
        }
        match to {
            To::Unit => {
                self.ear.is_ours();
                self.serve(frame, link)
            }
            To::Everyone => self.serve_everyone(frame),
            To::Nobody => None,
            To::Absent(exception) => {
                let code = Header::of(frame).function;
                self.put(Header::of(frame), &Pdu::exception(code, exception), link);
                None
            }
        }
    }

    #[inline]
    fn addressee(&self, unit: Unit) -> To {
        let config = &self.config;
        if self.framing.is_serial() {
            return match unit {
                Unit::BROADCAST => To::Everyone,
                _ if unit.is_reserved() || !config.units.contains(unit) => To::Nobody,
                _ => To::Unit,
            };
        }
        let is_direct = matches!(unit, Unit::BROADCAST | Unit::DIRECT);
        if unit.is_broadcast() && config.broadcasts_over_tcp {
            To::Everyone
        } else if is_direct && config.direct || config.units.contains(unit) {
            To::Unit
        } else {
            config.absent.map_or(To::Nobody, To::Absent)
        }
    }

    /// A request for one unit.
    #[inline]
    fn serve(&mut self, frame: &Frame, link: &mut Link) -> Option<Told> {
        let asked = Header::of(frame);
        let station = self.stations.get(frame.unit);
        station.received(false);
        if station.listens_only {
            return self.serve_listening(frame);
        }
        match self.check(&frame.pdu) {
            Ok(request) => self.dispatch(frame, &request, link),
            // A unit answers requests only: this is another unit's response, or an echo (P03).
            Err(_) if self.framing.is_serial() && asked.function >= 0x80 => {
                let station = self.stations.get(frame.unit);
                station.processed(asked.function, Outcome::Ignored, false);
                None
            }
            Err(exception) => {
                self.answer(asked, &Pdu::exception(asked.function, exception), link);
                None
            }
        }
    }

    /// The request in `pdu`, or what it is answered: the function first, then its form (figures 11
    /// to 30 of Application protocol 6; Serial line 6.1.2).
    #[inline]
    fn check<'a>(&self, pdu: &'a [u8]) -> Result<Request<'a>, Exception> {
        let code = pdu.first().copied().unwrap_or_default();
        let is_refused = self.framing == Framing::Tcp
            && self.config.serial_functions == SerialFunctions::Refuse
            && function(code).is_some_and(|function| function.serial_only);
        if is_refused || !self.served.contains(code) || code == 0x08 && self.is_barred(pdu) {
            return Err(Exception::ILLEGAL_FUNCTION);
        }
        Request::parse(pdu)
    }

    #[inline]
    fn dispatch(&mut self, frame: &Frame, request: &Request<'_>, link: &mut Link) -> Option<Told> {
        let asked = Header::of(frame);
        let port = self.stations.port;
        let is_own = self.config.diagnostics == Diagnostics::Own;
        match *request {
            Request::Diagnostics { sub, data } if is_own => self.diagnose(frame, sub, data, link),
            Request::GetCommEventCounter if is_own => {
                let pdu = self.stations.get(frame.unit).event_counter();
                self.answer(asked, &pdu, link);
                None
            }
            Request::GetCommEventLog if is_own => {
                let pdu = self.stations.get(frame.unit).event_log(port);
                self.answer(asked, &pdu, link);
                None
            }
            _ if self.is_full() => {
                let busy = Pdu::exception(asked.function, Exception::SERVER_DEVICE_BUSY);
                self.answer(asked, &busy, link);
                None
            }
            _ => Some(self.open(asked, false)),
        }
    }

    /// Whether no more requests may be with the application.
    fn is_full(&self) -> bool {
        match self.framing {
            Framing::Tcp => self.outstanding() >= self.config.transactions.max(1),
            Framing::Rtu | Framing::Ascii => self.outstanding() > 0,
        }
    }

    /// Hands a request to the application. Of broadcasts only the last is remembered.
    #[inline]
    fn open(&mut self, asked: Header, is_broadcast: bool) -> Told {
        if is_broadcast {
            self.open.retain(|open| !open.is_broadcast);
        }
        let ticket = Ticket(self.tickets);
        self.tickets = self.tickets.wrapping_add(1);
        self.open.push(Open {
            ticket,
            asked,
            is_broadcast,
        });
        Told::Asked {
            ticket,
            unit: asked.unit,
            is_broadcast,
        }
    }

    /// On a line another message has come: what is not answered yet never will be.
    fn give_up(&mut self) {
        self.held.clear();
        for open in core::mem::take(&mut self.open) {
            if !open.is_broadcast {
                let station = self.stations.get(open.asked.unit);
                station.processed(open.asked.function, Outcome::Ignored, false);
            }
        }
    }

    /// Whether nothing more is to be heard before something has gone out or been answered.
    fn is_blocked(&self) -> bool {
        match self.framing {
            _ if self.is_lost => true,
            // One restart is told before the next can be asked for.
            _ if !self.is_line() && self.restarted.is_some() => true,
            Framing::Tcp => {
                let waits = self.config.when_full == WhenFull::Wait && self.is_full();
                waits || self.held.len() >= mbap::MAX_ADU * self.config.transactions.max(1)
            }
            Framing::Rtu | Framing::Ascii => {
                !self.is_line() && (self.is_full() || !self.held.is_empty())
            }
        }
    }

    /// Listens until there is an event, about what is in `frame` then; else until when there is
    /// nothing to hear.
    #[inline]
    fn listen(
        &mut self,
        now: Instant,
        link: &mut Link,
        frame: &mut Frame,
    ) -> Result<Told, Option<Instant>> {
        while !self.is_blocked() {
            match self.ear.poll_into(now, link, frame) {
                Heard::Frame(()) => {
                    if let Some(told) = self.hear(frame, link) {
                        return Ok(told);
                    }
                }
                Heard::Damaged { reason, bytes } => {
                    self.stations.damaged(reason);
                    // Less is noise, as when a transmitter is switched on or off. As long as a frame,
                    // it may have been the next request.
                    let shortest = match self.framing {
                        Framing::Ascii => ascii::MIN_ADU,
                        _ => rtu::MIN_ADU,
                    };
                    if self.is_line() && bytes >= shortest && reason != Damage::Outside {
                        self.give_up();
                    }
                    return Ok(Told::Damaged { reason, bytes });
                }
                Heard::Wait(until) => return Err(until),
                Heard::Lost(_) => self.is_lost = true,
            }
        }
        self.ear.attend(now, link);
        Err(None)
    }

    /// What there is to do when nothing was heard.
    fn rest(&self, until: Option<Instant>, link: &mut Link) -> Result<Step<Event>, Error> {
        // A restart is told when the response to it has left.
        let is_told = self.held.is_empty() && self.restarted.is_none();
        let is_done = self.is_line() || self.outstanding() == 0 && is_told;
        if self.is_lost {
            link.rx.clear();
            return if is_done {
                Err(LOST)
            } else {
                Ok(Step::Wait(None))
            };
        }
        if link.eof && is_done {
            return Ok(Step::Close);
        }
        Ok(Step::Wait(until))
    }
}

impl Machine for Server {
    type Event = Event;
    type Command = Command;
    type Error = Error;

    /// Fails only where a TCP stream cannot be followed any more (T01), when every request before
    /// that is answered or abandoned.
    #[inline]
    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        if let Some(event) = self.spread() {
            return Ok(Step::Event(event));
        }
        self.release_next(link);
        let mut frame = Frame::new(Unit::BROADCAST, Pdu::EMPTY, now, now);
        let (heard, release) = loop {
            let heard = match self.listen(now, link, &mut frame) {
                Ok(told) => return Ok(Step::Event(told.event(frame.pdu))),
                Err(until) => until,
            };
            let (was_blocked, unread) = (self.is_blocked(), link.rx.len());
            let release = self.release(now, link);
            // What has just gone out may have been all that kept it from listening, or have made
            // an end of what it was waiting for.
            let is_as_before = was_blocked == self.is_blocked() && unread == link.rx.len();
            if is_as_before {
                break (heard, release);
            }
        };
        if let Some(event) = self.tell_restart(now, link) {
            return Ok(Step::Event(event));
        }
        let until = [heard, release].into_iter().flatten().min();
        self.rest(until, link)
    }

    fn send(&mut self, _: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        if self.is_lost && self.outstanding() == 0 {
            return Err(LOST);
        }
        match command {
            Command::Reply { ticket, pdu } => return self.reply(ticket, &pdu, link),
            Command::Abandon { ticket } => return self.reply(ticket, &Pdu::EMPTY, link),
            Command::Functions(functions) => {
                self.served = self.config.functions.intersection(functions);
            }
            Command::DiagnosticRegister { unit, value } => {
                self.stations.get(unit).register = value;
            }
            Command::Processing { unit, busy } => {
                self.stations.get(unit).is_processing = busy;
            }
        }
        Ok(())
    }

    /// On TCP nothing is measured.
    #[inline]
    fn needs_time(&self) -> bool {
        self.framing.is_serial()
    }
}

/// The length field of a Modbus TCP frame was out of bounds.
const LOST: Error = Error::Violation(Clause("T01"));
