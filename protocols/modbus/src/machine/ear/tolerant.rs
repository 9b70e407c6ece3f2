//! RTU by lengths: for adapters that deliver late and in lumps, and for streams.
//!
//! A frame may begin at an anchor: behind a good frame, or where the line was silent for t3.5 as far as
//! could be seen. From each anchor the grammar gives two ends, a request's and a response's;
//! whichever has a good CRC is a frame, at once. What the grammar knows no end of (an unknown function, a
//! count that lies about a good CRC) ends with a silence. An adapter may hide a silence or make one
//! up in the middle of a frame, so a silence alone throws nothing away; only the longer
//! [`Line::lump`] does.
//!
//! Each end is checked once, when its last byte arrives, so the work grows with what arrives: at most
//! two CRCs of 256 bytes for each anchor.

use bytes::Buf;
use lineside_core::{Instant, Link, Mark};

use super::{Heard, Side, arrivals::Arrivals, turns::Turns};
use crate::{
    config::{Line, Resync},
    machine::frame::{Damage, Direction, Frame},
    wire::{Length, Pdu, request_length, response_length, rtu},
};

/// Anchors at most: a frame's worth of bytes rarely holds more silences.
const ANCHORS: usize = 8;

/// Candidate ends at each anchor.
#[derive(Debug)]
pub(super) struct Tolerant {
    arrivals: Arrivals,
    turns: Turns,
    /// Places in `rx` where a frame may begin, ascending; the first is 0 while there is any.
    anchors: [usize; ANCHORS],
    count: usize,
    /// Ends up to here have been checked.
    checked: usize,
    /// The whole has been checked at the silence that lasts.
    is_settled: bool,
    /// Nothing can be a frame before the next silence, for this reason; and how much was dropped.
    skipping: Option<(Damage, usize)>,
}

/// A frame that was found.
struct Found {
    at: usize,
    length: usize,
    /// With how many bytes in `rx` it could be told.
    due: usize,
    direction: Option<Direction>,
}

impl Tolerant {
    pub(super) fn new(side: Side) -> Self {
        Self {
            arrivals: Arrivals::default(),
            turns: Turns::new(side),
            anchors: [0; ANCHORS],
            count: 1,
            checked: 0,
            is_settled: false,
            skipping: None,
        }
    }

    pub(super) fn poll(&mut self, now: Instant, line: &Line, link: &mut Link) -> Heard {
        if let Some(damaged) = self.listen(now, line, link) {
            return damaged;
        }
        if let Some(found) = self.find(line, &link.rx) {
            return self.give(&found, line, link);
        }
        self.checked = link.rx.len();
        if let Some(mark) = link.mark.take() {
            self.mark(mark, link);
        }
        if let Some(damaged) = self.bound(link.rx.len(), line, link) {
            return damaged;
        }
        self.silence(now, line, link)
    }

    /// Takes note of new bytes and of the silence before them.
    fn listen(&mut self, now: Instant, line: &Line, link: &mut Link) -> Option<Heard> {
        let arrival = self.arrivals.new_in(now, line, link)?;
        let silence = arrival.gap.unwrap_or_default();
        let old = self.arrivals.seen;
        if silence >= line.t3_5() {
            if let Some((reason, dropped)) = self.skipping.take() {
                return Some(self.drop_front(reason, dropped, old, link));
            }
            if old > 0 && silence >= line.lump {
                return Some(self.drop_front(Damage::Check, 0, old, link));
            }
            self.anchor(old);
        }
        if let Some((_, dropped)) = &mut self.skipping {
            *dropped += link.rx.len();
            link.rx.clear();
        }
        self.arrivals.take(arrival, link);
        self.is_settled = false;
        None
    }

    /// Takes note of when bytes come that are to be looked at later.
    pub(super) fn attend(&mut self, now: Instant, line: &Line, link: &Link) {
        let Some(arrival) = self.arrivals.new_in(now, line, link) else {
            return;
        };
        if self.skipping.is_some() {
            return;
        }
        if arrival.gap.is_some_and(|gap| gap >= line.t3_5()) {
            self.anchor(self.arrivals.seen);
        }
        self.arrivals.take(arrival, link);
        self.is_settled = false;
    }

    /// A frame may begin at `at`.
    fn anchor(&mut self, at: usize) {
        let known = self.anchors.get(..self.count).unwrap_or_default();
        if known.last().is_some_and(|last| *last >= at) {
            return;
        }
        if let Some(place) = self.anchors.get_mut(self.count) {
            *place = at;
            self.count += 1;
        } else if let Some(last) = self.anchors.last_mut() {
            *last = at;
        }
    }

    /// A frame whose last byte is among the new ones: the one that could be told first, and of several
    /// the one that begins first.
    fn find(&self, line: &Line, rx: &[u8]) -> Option<Found> {
        if rx.len() <= self.checked {
            return None;
        }
        let anchors = self.anchors.get(..self.count).unwrap_or_default();
        let everywhere = if line.resync == Resync::Everywhere {
            0..rx.len()
        } else {
            0..0
        };
        let places = anchors.iter().copied().chain(everywhere);
        let found = places.into_iter().filter_map(|at| self.find_at(at, rx));
        found.min_by_key(|found| found.due)
    }

    fn find_at(&self, at: usize, rx: &[u8]) -> Option<Found> {
        let frame = rx.get(at..)?;
        let pdu = frame.get(1..).filter(|pdu| !pdu.is_empty())?;
        let response = (response_length(pdu), Direction::Response);
        let request = (request_length(pdu), Direction::Request);
        match self.turns.only() {
            Some(Direction::Request) => return self.try_end(at, rx, request, at),
            Some(Direction::Response) => return self.try_end(at, rx, response, at),
            None => {}
        }
        // The beginning of one may by chance be the whole of the other, with a good CRC: what is
        // expected is believed first, and the other only where the first turned out to be none.
        let (first, other) = if self.turns.may_answer(frame) {
            (response, request)
        } else {
            (request, response)
        };
        let due = match first.0 {
            Length::AtLeast(_) => return None,
            length => self.end(at, length).unwrap_or(at),
        };
        self.try_end(at, rx, first, at)
            .or_else(|| self.try_end(at, rx, other, due))
    }

    /// The frame at `at` of this length, when its last byte is among the new ones, or when that of
    /// `due` is and it was not tried before.
    fn try_end(
        &self,
        at: usize,
        rx: &[u8],
        (length, direction): (Length, Direction),
        due: usize,
    ) -> Option<Found> {
        let end = self.end(at, length)?;
        let due = end.max(due);
        let is_new = due > self.checked && due <= rx.len();
        let frame = rx.get(at..end).filter(|_| is_new)?;
        rtu::decode(frame).ok().map(|_| Found {
            at,
            length: frame.len(),
            due,
            direction: Some(direction),
        })
    }

    /// Where a frame at `at` whose PDU has this length ends.
    fn end(&self, at: usize, length: Length) -> Option<usize> {
        match length {
            Length::Is(length) => Some(at + length + 3).filter(|end| end - at <= rtu::MAX_ADU),
            _ => None,
        }
    }

    /// Takes a found frame out of `rx`; what stands before it first, as damage.
    fn give(&mut self, found: &Found, line: &Line, link: &mut Link) -> Heard {
        if found.at > 0 {
            // Before its last byte came, what stands there may have been too much already.
            let before = found.at + found.length - 1;
            let long = self.bound(before, line, link);
            return long.unwrap_or_else(|| self.drop_front(Damage::Check, 0, found.at, link));
        }
        // As exactly as can be told: the last byte of `rx` came at a known time.
        let last = self.arrivals.last.unwrap_or(Instant::START);
        let before = |bytes: usize| line.char_time * u32::try_from(bytes).unwrap_or(u32::MAX);
        let (began, ended) = (
            last - before(link.rx.len()),
            last - before(link.rx.len() - found.length),
        );
        let bytes = link.rx.split_to(found.length);
        self.removed(bytes.len());
        // What follows is looked at anew: it stands at an anchor now, and perhaps did not before.
        self.checked = 0;
        let decoded = rtu::decode(&bytes).ok();
        let Some((unit, pdu)) = decoded.and_then(|(unit, pdu)| Some((unit, Pdu::new(pdu)?))) else {
            return Heard::Damaged {
                reason: Damage::Check,
                bytes: bytes.len(),
            };
        };
        let mut frame = Frame::new(unit, pdu, began, ended);
        frame.direction = found.direction;
        self.turns.settle(&mut frame);
        Heard::Frame(frame)
    }

    fn mark(&mut self, mark: Mark, link: &mut Link) {
        self.arrivals.last = self.arrivals.last.max(link.received);
        self.spoil(match mark {
            Mark::Overrun => Damage::Overrun,
            _ => Damage::Line,
        });
        if let Some((_, dropped)) = &mut self.skipping {
            *dropped += link.rx.len() + 1;
        }
        link.rx.clear();
        self.restart();
    }

    /// Drops what can be no frame any more with `length` bytes in `rx`, so that it stays short.
    fn bound(&mut self, length: usize, line: &Line, link: &mut Link) -> Option<Heard> {
        if line.resync == Resync::Everywhere {
            let surplus = length
                .checked_sub(rtu::MAX_ADU)
                .filter(|more| *more >= rtu::MAX_ADU)?;
            return Some(self.drop_front(Damage::Long, 0, surplus, link));
        }
        if length <= rtu::MAX_ADU {
            return None;
        }
        let next = self.anchors.get(1..self.count).and_then(<[usize]>::first);
        if let Some(next) = next.copied() {
            return Some(self.drop_front(Damage::Long, 0, next, link));
        }
        self.skipping = Some((Damage::Long, length));
        link.rx.clear();
        self.restart();
        None
    }

    /// What a silence that lasts makes of what is there.
    fn silence(&mut self, now: Instant, line: &Line, link: &mut Link) -> Heard {
        let is_empty = link.rx.is_empty() && self.skipping.is_none();
        let Some(last) = self.arrivals.last.filter(|_| !is_empty) else {
            return Heard::Wait(None);
        };
        let (short, long) = (last + line.t3_5(), last + line.lump.max(line.t3_5()));
        if now < short && !link.eof {
            return Heard::Wait(Some(short));
        }
        if let Some((reason, dropped)) = self.skipping.take() {
            return self.drop_front(reason, dropped, link.rx.len(), link);
        }
        if !core::mem::replace(&mut self.is_settled, true)
            && let Some(found) = self.find_whole(&link.rx)
        {
            return self.give(&found, line, link);
        }
        if now < long && !link.eof {
            return Heard::Wait(Some(long));
        }
        let reason = if link.eof { Damage::Cut } else { Damage::Check };
        self.drop_front(reason, 0, link.rx.len(), link)
    }

    /// A frame from an anchor to the very end.
    fn find_whole(&self, rx: &[u8]) -> Option<Found> {
        let mut anchors = self.anchors.get(..self.count).unwrap_or_default().iter();
        anchors.find_map(|&at| {
            let frame = rx.get(at..)?;
            rtu::decode(frame).ok().map(|_| Found {
                at,
                length: frame.len(),
                due: rx.len(),
                direction: None,
            })
        })
    }

    fn drop_front(
        &mut self,
        reason: Damage,
        before: usize,
        bytes: usize,
        link: &mut Link,
    ) -> Heard {
        link.rx.advance(bytes.min(link.rx.len()));
        self.removed(bytes);
        Heard::Damaged {
            reason,
            bytes: before + bytes,
        }
    }

    /// The front of `rx` is gone, and a frame may begin where it begins now.
    fn removed(&mut self, bytes: usize) {
        self.arrivals.removed(bytes);
        let mut kept = 1;
        let old = self.anchors;
        for at in old
            .iter()
            .take(self.count)
            .filter_map(|at| at.checked_sub(bytes))
        {
            if at > 0
                && let Some(place) = self.anchors.get_mut(kept)
            {
                *place = at;
                kept += 1;
            }
        }
        if let Some(first) = self.anchors.first_mut() {
            *first = 0;
        }
        self.count = kept;
        self.checked = self.checked.saturating_sub(bytes);
        self.is_settled = false;
    }

    /// Drops what may be the beginning of a frame.
    pub(super) fn drop_all(&mut self, link: &mut Link) {
        link.rx.clear();
        self.restart();
        self.is_settled = false;
        self.skipping = None;
    }

    const fn restart(&mut self) {
        self.arrivals.seen = 0;
        self.count = 1;
        self.checked = 0;
    }

    /// Nothing before the next silence is a frame.
    pub(super) fn spoil(&mut self, reason: Damage) {
        self.skipping.get_or_insert((reason, 0));
    }

    /// Nothing has been received.
    pub(super) const fn forget(&mut self) {
        self.restart();
        self.is_settled = false;
        self.skipping = None;
    }

    pub(super) const fn turns_mut(&mut self) -> &mut Turns {
        &mut self.turns
    }
}
