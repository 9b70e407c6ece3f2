//! What comes in: responses, and what is none.

use lineside_core::{Error, Instant, Link};

use super::{Client, End, Event, Failure, LENGTH, call::Call, flight::Flight};
use crate::{
    machine::{
        ear::Heard,
        frame::{Frame, Framing},
    },
    wire::{Request, Response, SubFunction},
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
                    let event = self.frame(now, frame, link);
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

    fn frame(&mut self, now: Instant, frame: Frame, link: &Link) -> Option<Event> {
        let stray = Event::Stray {
            unit: frame.unit,
            pdu: frame.pdu,
        };
        let Some(index) = self.asked(&frame, link) else {
            self.owed.pay(now, frame.unit, frame.pdu.function());
            return Some(stray);
        };
        let call = self.flights.get(index)?.call;
        let Ok(request) = Request::parse(&call.pdu) else {
            return Some(stray);
        };
        let outcome = match Response::parse(&frame.pdu, &request) {
            Ok(Ok(_)) => Ok(frame.pdu),
            Ok(Err(exception)) => Err(Failure::Exception(exception)),
            Err(_) if self.owed.pay(now, frame.unit, frame.pdu.function()) => return Some(stray),
            Err(mismatch) => {
                let flight = self.flights.take(index)?;
                if flight.is_forgotten {
                    return Some(stray);
                }
                return self.fail(flight, Failure::Mismatch(mismatch));
            }
        };
        let flight = self.flights.take(index)?;
        self.owed.answered(now, &call);
        if outcome.is_ok() {
            self.follow(&call);
        }
        let id = call.id;
        if flight.is_forgotten {
            return Some(stray);
        }
        Some(Event::Done { id, outcome })
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
