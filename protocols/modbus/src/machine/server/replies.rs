//! Replies on their way out: accounted, framed, and held until the wire may have them.

use bytes::BytesMut;
use lineside_core::{Error, Instant, Link};

use super::{Event, Framing, Header, Open, Outcome, Server, Ticket};
use crate::{
    machine::{ear::Free, frame::Damage},
    wire::{Pdu, ascii, mbap, rtu},
};

impl Server {
    /// Takes the application's reply.
    pub(super) fn reply(
        &mut self,
        ticket: Ticket,
        pdu: &Pdu,
        link: &mut Link,
    ) -> Result<(), Error> {
        let Some(at) = self.open.iter().position(|open| open.ticket == ticket) else {
            return Ok(());
        };
        let Some(&open) = self.open.get(at) else {
            return Ok(());
        };
        if !pdu.is_empty() && pdu.function() != open.asked.function {
            return Err(Error::Misuse("a reply to another function than was asked"));
        }
        self.open.remove(at);
        if open.is_broadcast {
            self.count_broadcast(open, pdu);
            return Ok(());
        }
        let station = self.stations.get(open.asked.unit);
        if pdu.is_empty() || station.listens_only {
            station.processed(open.asked.function, Outcome::Ignored, false);
        } else {
            self.answer(open.asked, pdu, link);
        }
        Ok(())
    }

    /// Counts what a broadcast has come to.
    fn count_broadcast(&mut self, open: Open, pdu: &Pdu) {
        let outcome = outcome(pdu);
        if !open.asked.unit.is_broadcast() {
            let station = self.stations.get(open.asked.unit);
            return station.count(open.asked.function, outcome);
        }
        self.stations
            .all()
            .filter(|station| !station.listens_only)
            .for_each(|station| station.count(open.asked.function, outcome));
    }

    /// Counts and sends a response.
    #[inline]
    pub(super) fn answer(&mut self, asked: Header, pdu: &Pdu, link: &mut Link) {
        let station = self.stations.get(asked.unit);
        station.processed(asked.function, outcome(pdu), true);
        self.put(asked, pdu, link);
    }

    /// Frames a response, and sends it as soon as the wire may have it: on a line that is for
    /// [`poll`](lineside_core::Machine::poll) to say, which has heard everything.
    #[inline]
    pub(super) fn put(&mut self, asked: Header, pdu: &Pdu, link: &mut Link) {
        let end = self.ear.ascii_end();
        let is_line = self.is_line();
        let waits_for_more = self.config.coalesce && !link.rx.is_empty();
        if is_line || waits_for_more || !self.held.is_empty() || !link.tx.is_empty() {
            self.due = is_line.then(|| asked.ended + self.config.turnaround);
            append(self.framing, end, asked, pdu, &mut self.held);
        } else {
            append(self.framing, end, asked, pdu, &mut link.tx);
            self.ear.sent(&link.tx);
        }
    }

    /// On a stream, sends the next response that is held, when the last has been written: one to a
    /// write (T03).
    #[inline]
    pub(super) fn release_next(&mut self, link: &mut Link) {
        if self.held.is_empty() || self.is_line() || !link.tx.is_empty() {
            return;
        }
        let all = self.held.len();
        let first = match self.framing {
            Framing::Tcp if !self.config.coalesce => mbap::length(&self.held).ok().flatten(),
            Framing::Tcp if all < mbap::MAX_ADU * self.config.transactions.max(1) => return,
            _ => None,
        };
        self.write(first.unwrap_or(all), link);
    }

    /// Sends what is held, when nothing more can be heard now; else gives the time to try again.
    #[inline]
    pub(super) fn release(&mut self, now: Instant, link: &mut Link) -> Option<Instant> {
        if self.held.is_empty() {
            return None;
        }
        if !self.is_line() {
            if self.config.coalesce && link.tx.is_empty() {
                self.write(self.held.len(), link);
            }
            self.release_next(link);
            return None;
        }
        if !link.tx.is_empty() || self.framing == Framing::Ascii && !self.ear.is_idle(link) {
            return None;
        }
        let due = self.due.unwrap_or(now);
        match self.ear.free(now, link) {
            Free::Sending => return None,
            Free::At(free) => return Some(free.max(due)),
            Free::Now if now < due => return Some(due),
            Free::Now => self.write(self.held.len(), link),
        }
        None
    }

    /// Tells the application of a restart, when the response to it has left.
    pub(super) fn tell_restart(&mut self, now: Instant, link: &Link) -> Option<Event> {
        let is_out = self.held.is_empty() && link.tx.is_empty();
        if self.restarted.is_none() || !is_out || self.ear.free(now, link) == Free::Sending {
            return None;
        }
        let unit = self.restarted.take()?;
        Some(Event::Restart { unit })
    }

    fn write(&mut self, count: usize, link: &mut Link) {
        let frames = self.held.split_to(count.min(self.held.len()));
        if self.ear.make_way(link) > 0 {
            self.stations.damaged(Damage::Check);
        }
        self.ear.sent(&frames);
        link.tx.extend_from_slice(&frames);
    }
}

const fn outcome_of(exception: Option<crate::wire::Exception>) -> Outcome {
    match exception {
        Some(exception) => Outcome::Refused(exception),
        None => Outcome::Done,
    }
}

fn outcome(pdu: &Pdu) -> Outcome {
    outcome_of(pdu.as_exception())
}

/// Appends the frame of a response.
#[inline]
fn append(framing: Framing, end: u8, asked: Header, pdu: &Pdu, out: &mut BytesMut) {
    let (at, unit) = (out.len(), asked.unit);
    let length = match framing {
        Framing::Tcp => mbap::HEADER + pdu.len(),
        Framing::Rtu => 3 + pdu.len(),
        Framing::Ascii => 7 + 2 * pdu.len(),
    };
    out.resize(at + length, 0);
    let room = out.get_mut(at..).unwrap_or_default();
    let header = mbap::Header {
        transaction: asked.transaction,
        unit,
    };
    let written = match framing {
        Framing::Tcp => mbap::encode(header, pdu, room),
        Framing::Rtu => rtu::encode(unit, pdu, room),
        Framing::Ascii => ascii::encode(unit, pdu, end, room),
    };
    // A PDU has at most 253 bytes, and the room is what it needs.
    out.truncate(at + written.unwrap_or(0));
}
