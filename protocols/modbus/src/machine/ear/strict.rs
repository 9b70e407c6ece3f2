//! RTU by silence: Serial line 2.5.1.1, figure 14.

use lineside_core::{Instant, Link, Mark};

use super::{
    Heard, Side,
    arrivals::{Arrival, Arrivals},
    turns::Turns,
};
use crate::{
    config::Line,
    machine::frame::{Damage, Frame},
    wire::{Pdu, rtu},
};

/// Between two silences of t3.5 stands one frame, or none.
#[derive(Debug)]
pub(super) struct Strict {
    arrivals: Arrivals,
    turns: Turns,
    /// When the frame's first byte began; `None` while the line is silent.
    began: Option<Instant>,
    /// Why what is being received is no frame.
    spoiled: Option<Damage>,
    /// Its bytes that were dropped already.
    dropped: usize,
}

impl Strict {
    pub(super) fn new(side: Side) -> Self {
        Self {
            arrivals: Arrivals::default(),
            turns: Turns::new(side),
            began: None,
            spoiled: None,
            dropped: 0,
        }
    }

    pub(super) fn poll(&mut self, now: Instant, line: &Line, link: &mut Link) -> Heard {
        if let Some(arrival) = self.arrivals.new_in(now, line, link) {
            let silence = arrival.gap.filter(|_| self.began.is_some());
            if silence.is_some_and(|gap| gap >= line.t3_5()) {
                // The silence is over, and nobody polled in it.
                return self.finish(link);
            }
            if silence.is_some_and(|gap| gap > line.t1_5()) {
                self.spoil(Damage::Gap);
            }
            self.take(arrival, link);
        }
        if let Some(mark) = link.mark.take() {
            self.mark(mark, link.received.unwrap_or(now));
        }
        let (Some(_), Some(last)) = (self.began, self.arrivals.last) else {
            return Heard::Wait(None);
        };
        let over = last + line.t3_5();
        if now < over && !link.eof {
            return Heard::Wait(Some(over));
        }
        self.finish(link)
    }

    fn take(&mut self, arrival: Arrival, link: &mut Link) {
        self.began.get_or_insert(arrival.began);
        self.arrivals.take(arrival, link);
        if link.rx.len() > rtu::MAX_ADU {
            self.spoil(Damage::Long);
        }
        if self.spoiled.is_some() {
            self.dropped += link.rx.len();
            self.arrivals.removed(link.rx.len());
            link.rx.clear();
        }
    }

    /// A damaged character is no data, and spoils the frame that it stands in (F13).
    fn mark(&mut self, mark: Mark, at: Instant) {
        self.began.get_or_insert(at);
        self.arrivals.last = self.arrivals.last.max(Some(at));
        self.dropped += 1;
        self.spoil(match mark {
            Mark::Overrun => Damage::Overrun,
            _ => Damage::Line,
        });
    }

    /// The silence has come: what was received is a frame or none.
    fn finish(&mut self, link: &mut Link) -> Heard {
        let bytes = link.rx.split_to(self.arrivals.seen.min(link.rx.len()));
        self.arrivals.removed(bytes.len());
        let (began, ended) = (self.began.take(), self.arrivals.last);
        let dropped = core::mem::take(&mut self.dropped);
        let damaged = |reason| Heard::Damaged {
            reason,
            bytes: dropped + bytes.len(),
        };
        if let Some(reason) = self.spoiled.take() {
            return damaged(reason);
        }
        let (unit, pdu) = match rtu::decode(&bytes) {
            Ok(frame) => frame,
            Err(rtu::Bad::Crc) => return damaged(Damage::Check),
            Err(rtu::Bad::Short) => return damaged(Damage::Short),
            Err(rtu::Bad::Long) => return damaged(Damage::Long),
        };
        let (Some(began), Some(ended), Some(pdu)) = (began, ended, Pdu::new(pdu)) else {
            return damaged(Damage::Long);
        };
        let mut frame = Frame::new(unit, pdu, began, ended);
        self.turns.settle(&mut frame);
        Heard::Frame(frame)
    }

    pub(super) const fn is_idle(&self) -> bool {
        self.began.is_none()
    }

    /// The frame that is being received is none, for this reason first.
    pub(super) fn spoil(&mut self, reason: Damage) {
        if self.began.is_some() {
            self.spoiled.get_or_insert(reason);
        }
    }

    pub(super) const fn turns_mut(&mut self) -> &mut Turns {
        &mut self.turns
    }
}
