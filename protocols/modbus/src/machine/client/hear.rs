//! What comes in: responses, and what is none.

use lineside_core::{Error, Instant, Link};

use super::{Client, End, Event, Failure, LENGTH, call::Call, flight::Flight};
use crate::{
    machine::{
        ear::Heard,
        frame::{Frame, Framing},
    },
    wire::{Mismatch, Request, Response, SubFunction},
};

impl Client {
    /// Listens until there is something to tell, or nothing more to hear before the time given.
    pub(super) fn listen(
        &mut self,
        now: Instant,
        link: &mut Link,
    ) -> Result<Event, Option<Instant>> {
        loop {
            if self.framing.is_serial() {
                let is_idle = self.ear.is_idle(link);
                self.seen = self.seen.or(link.received).filter(|_| !is_idle);
            }
            match self.ear.poll(now, link) {
                Heard::Frame(frame) => {
                    let event = self.frame(now, &frame, link);
                    self.seen = None;
                    if let Some(event) = event {
                        return Ok(event);
                    }
                }
                Heard::Damaged { reason, bytes } => {
                    self.seen = None;
                    // On TCP nothing tells whose it was.
                    if self.framing.is_serial()
                        && let Some(flight) = self.flights.iter_mut().next()
                    {
                        flight.damaged(reason);
                    }
                    return Ok(Event::Damaged { reason, bytes });
                }
                Heard::Wait(until) => return Err(until),
                Heard::Lost(_) => {
                    self.end = Some(End::Failed(Error::Malformed(LENGTH)));
                    return Err(None);
                }
            }
        }
    }

    #[inline]
    fn frame(&mut self, now: Instant, frame: &Frame, link: &Link) -> Option<Event> {
        let flight = self
            .asked(frame, link)
            .and_then(|index| Some((index, self.flights.get(index)?)));
        let Some((index, flight)) = flight else {
            self.owed.pay(now, frame.unit, frame.pdu.function());
            return Some(stray(frame));
        };
        let request = Request::parse(&flight.call.pdu);
        let outcome = match request.map(|request| Response::parse(&frame.pdu, &request)) {
            Ok(Ok(Ok(_))) => None,
            Ok(Ok(Err(exception))) => Some(Failure::Exception(exception)),
            Ok(Err(mismatch)) => return self.mismatch(now, index, frame, mismatch),
            Err(_) => return Some(stray(frame)),
        };
        if !self.owed.is_empty() {
            self.owed.answered(now, &flight.call);
        }
        let (id, is_forgotten) = (flight.call.id, flight.is_forgotten);
        if outcome.is_none() && self.framing == Framing::Ascii {
            let call = flight.call;
            self.follow(&call);
        }
        self.flights.discard(index);
        if is_forgotten {
            return Some(stray(frame));
        }
        let outcome = match outcome {
            None => Ok(frame.pdu),
            Some(failure) => Err(failure),
        };
        Some(Event::Done { id, outcome })
    }

    /// The unit answered, but not this request; maybe an earlier one.
    #[cold]
    fn mismatch(
        &mut self,
        now: Instant,
        index: usize,
        frame: &Frame,
        mismatch: Mismatch,
    ) -> Option<Event> {
        if self.owed.pay(now, frame.unit, frame.pdu.function()) {
            return Some(stray(frame));
        }
        let flight = self.flights.take(index)?;
        if flight.is_forgotten {
            return Some(stray(frame));
        }
        self.fail(flight, Failure::Mismatch(mismatch))
    }

    /// The request that this frame can be the response to.
    fn asked(&self, frame: &Frame, link: &Link) -> Option<usize> {
        if self.framing == Framing::Tcp {
            return self.flights.of(frame.transaction, frame.unit);
        }
        let flight = self.flights.get(0)?;
        let is_asked = flight.call.unit == frame.unit && !flight.call.is_silent;
        (is_asked && !self.is_early(flight, link)).then_some(0)
    }

    /// Whether what is being received began before a response to `flight` can have begun. It
    /// counts when it was seen: what a driver reads late is never early.
    fn is_early(&self, flight: &Flight, link: &Link) -> bool {
        // A driver may also learn late that the last byte has left.
        let characters = match self.framing {
            Framing::Ascii => 2 * flight.call.pdu.len() + 7,
            Framing::Rtu | Framing::Tcp => flight.call.pdu.len() + 3,
        };
        let characters = u32::try_from(characters).unwrap_or(u32::MAX);
        let reckoned = flight.began + self.config.line.char_time.saturating_mul(characters);
        let left = link.sent.map_or(flight.began, |sent| sent.min(reckoned));
        self.seen
            .is_some_and(|seen| seen < left + self.config.earliest)
    }

    /// Does as the units do that executed a request: one can change the end of ASCII frames.
    pub(super) fn follow(&mut self, call: &Call) {
        if let Ok(Request::Diagnostics {
            sub: SubFunction::CHANGE_ASCII_DELIMITER,
            data: &[end, _],
        }) = Request::parse(&call.pdu)
        {
            self.ear.set_ascii_end(end);
        }
    }
}

const fn stray(frame: &Frame) -> Event {
    Event::Stray {
        unit: frame.unit,
        pdu: frame.pdu,
    }
}
