//! What goes out: requests, when they may.

use lineside_core::{Instant, Link};

use super::{
    Client, Failure,
    call::{Call, Told},
    earliest,
};
use crate::{
    machine::{ear::Free, frame::Framing},
    wire::{MAX_PDU, ascii, mbap, rtu},
};

impl Client {
    /// Sends what may be sent. Gives a call that cannot be, or when to look again.
    pub(super) fn release(
        &mut self,
        now: Instant,
        link: &mut Link,
    ) -> Result<Told, Option<Instant>> {
        if self.framing == Framing::Tcp {
            while self.may_write(link)
                && let Some(call) = self.queue.pop()
            {
                self.transmit(now, &call, link);
            }
            return Err(None);
        }
        self.owed.expire(now);
        if self.queue.is_empty() || !self.has_room() {
            return Err(None);
        }
        if let Some(until) = self.turnaround.filter(|until| *until > now) {
            return Err(Some(until));
        }
        let Some(index) = self.queue.ready(&self.owed, true) else {
            return Err(self.owed.next_end());
        };
        if !self.ear.is_idle(link) {
            self.ear.forget_stream(link);
        }
        let free = match self.ear.free(now, link) {
            Free::Sending => return Err(None),
            Free::At(at) => Some(at),
            Free::Now if self.ear.is_idle(link) => {
                if let Some(call) = self.queue.take(index) {
                    self.transmit(now, &call, link);
                }
                return Err(None);
            }
            Free::Now => None,
        };
        let crowded = *self.crowded.get_or_insert(now) + self.config.silence;
        if crowded > now {
            return Err(earliest([free, Some(crowded)]));
        }
        self.crowded = None;
        match self.queue.take(index) {
            Some(call) => Ok(Told::failed(call.id, Failure::NoSilence)),
            None => Err(free),
        }
    }

    /// Puts a request on the wire.
    #[inline]
    pub(super) fn transmit(&mut self, now: Instant, call: &Call, link: &mut Link) {
        let transaction = match self.framing {
            Framing::Tcp => self.flights.next_transaction(self.transaction),
            Framing::Rtu | Framing::Ascii => 0,
        };
        self.transaction = transaction;
        let start = link.tx.len();
        self.append(transaction, call, link);
        self.ear.sent(link.tx.get(start..).unwrap_or_default());
        self.crowded = None;
        self.flights.begin(call, transaction, now);
    }

    fn append(&self, transaction: u16, call: &Call, link: &mut Link) {
        let (start, length) = (link.tx.len(), call.pdu.len());
        let most = match self.framing {
            Framing::Rtu => length + rtu::MAX_ADU - MAX_PDU,
            Framing::Ascii => 2 * length + ascii::MAX_ADU - 2 * MAX_PDU,
            Framing::Tcp => length + mbap::HEADER,
        };
        link.tx.resize(start + most, 0);
        let room = link.tx.get_mut(start..).unwrap_or_default();
        let header = mbap::Header {
            transaction,
            unit: call.unit,
        };
        let encoded = match self.framing {
            Framing::Rtu => rtu::encode(call.unit, &call.pdu, room),
            Framing::Ascii => ascii::encode(call.unit, &call.pdu, self.ear.ascii_end(), room),
            Framing::Tcp => mbap::encode(header, &call.pdu, room),
        };
        // A PDU always fits.
        link.tx.truncate(start + encoded.unwrap_or_default());
    }
}
