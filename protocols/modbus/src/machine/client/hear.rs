//! What comes in: responses, and what is none.

use lineside_core::{Instant, Link};

use super::{
    Client, Failure,
    call::{Call, Told},
    flight::Flight,
};
use crate::{
    machine::frame::{Damage, Frame, Framing},
    wire::{Mismatch, Request, Response, SubFunction},
};

/// What a frame means. Without the frame, which is copied once, to where it is wanted.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    /// It answers nothing that waits.
    Stray,
    /// It is the response to this call.
    Answer { id: u64 },
    /// It ends this call.
    Failed { id: u64, failure: Failure },
    /// The call is tried again.
    Again,
}

impl Client {
    /// Takes note of when what is being received was seen.
    #[inline]
    pub(super) fn listen(&mut self, link: &Link) {
        if self.framing.is_serial() {
            let is_idle = self.ear.is_idle(link);
            self.seen = self.seen.or(link.received).filter(|_| !is_idle);
        }
    }

    /// Something came that is no frame. On TCP nothing tells whose it was.
    pub(super) fn damaged(&mut self, reason: Damage) {
        self.seen = None;
        if self.framing.is_serial()
            && let Some(flight) = self.flights.iter_mut().next()
        {
            flight.damaged(reason);
        }
    }

    /// What there is to tell of a frame.
    #[inline]
    pub(super) fn hear(&mut self, now: Instant, frame: &Frame, link: &Link) -> Option<Told> {
        let outcome = match self.frame(now, frame, link) {
            Meaning::Answer { id } => (id, Ok(())),
            Meaning::Failed { id, failure } => (id, Err(failure)),
            Meaning::Stray => return Some(Told::Stray { unit: frame.unit }),
            Meaning::Again => return None,
        };
        let (id, outcome) = outcome;
        Some(Told::Done { id, outcome })
    }

    /// What a frame means.
    #[inline]
    fn frame(&mut self, now: Instant, frame: &Frame, link: &Link) -> Meaning {
        let asked = self.asked(frame, link);
        self.seen = None;
        let flight = asked.and_then(|index| Some((index, self.flights.get(index)?)));
        let Some((index, flight)) = flight else {
            self.owed.pay(now, frame.unit, frame.pdu.function());
            return Meaning::Stray;
        };
        let request = Request::parse(&flight.call.pdu);
        let failure = match request.map(|request| Response::parse(&frame.pdu, &request)) {
            Ok(Ok(Ok(_))) => None,
            Ok(Ok(Err(exception))) => Some(Failure::Exception(exception)),
            Ok(Err(mismatch)) => return self.mismatch(now, index, frame, mismatch),
            Err(_) => return Meaning::Stray,
        };
        if !self.owed.is_empty() {
            self.owed.answered(now, &flight.call);
        }
        let (id, is_forgotten) = (flight.call.id, flight.is_forgotten);
        if failure.is_none() && self.framing == Framing::Ascii {
            let call = flight.call;
            self.follow(&call);
        }
        self.flights.discard(index);
        match failure {
            _ if is_forgotten => Meaning::Stray,
            None => Meaning::Answer { id },
            Some(failure) => Meaning::Failed { id, failure },
        }
    }

    /// The unit answered, but not this request; maybe an earlier one.
    #[cold]
    fn mismatch(
        &mut self,
        now: Instant,
        index: usize,
        frame: &Frame,
        mismatch: Mismatch,
    ) -> Meaning {
        if self.owed.pay(now, frame.unit, frame.pdu.function()) {
            return Meaning::Stray;
        }
        let failure = Failure::Mismatch(mismatch);
        match self.flights.take(index) {
            Some(flight) if !flight.is_forgotten => match self.fail(flight, failure) {
                Some(Told::Done { id, .. }) => Meaning::Failed { id, failure },
                _ => Meaning::Again,
            },
            _ => Meaning::Stray,
        }
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
        let left = link.sent.map_or(reckoned, |sent| sent.min(reckoned));
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
