//! ASCII: Serial line 2.5.2.1, figure 15. A colon begins a frame whenever it comes.

use bytes::Buf;
use lineside_core::{Instant, Link, Mark};

use super::{Heard, Side, arrivals::Arrivals, turns::Turns};
use crate::{
    config::Line,
    machine::frame::{Damage, Frame},
    wire::{MAX_PDU, Pdu, ascii},
};

/// Characters between a colon and the end character.
#[derive(Debug)]
pub(super) struct Ascii {
    arrivals: Arrivals,
    turns: Turns,
    /// What ends a frame behind CR.
    end: u8,
    /// Characters that have been searched for the frame's end.
    searched: usize,
    /// Characters outside a frame that were dropped and not told of: they are told at once, when a
    /// frame begins or a silence is long, so that it does not matter in what pieces they came.
    outside: usize,
    /// When the frame's colon began.
    began: Option<Instant>,
    /// Why the frame that is being received is none.
    spoiled: Option<Damage>,
}

impl Ascii {
    pub(super) fn new(side: Side) -> Self {
        Self {
            arrivals: Arrivals::default(),
            turns: Turns::new(side),
            end: ascii::LF,
            searched: 0,
            outside: 0,
            began: None,
            spoiled: None,
        }
    }

    pub(super) const fn end(&self) -> u8 {
        self.end
    }

    pub(super) const fn set_end(&mut self, end: u8) {
        self.end = end;
        self.searched = 0;
    }

    pub(super) fn poll(&mut self, now: Instant, line: &Line, link: &mut Link) -> Heard {
        if let Some(arrival) = self.arrivals.new_in(now, line, link) {
            let gap = arrival.gap.unwrap_or_default();
            let old = self.arrivals.seen;
            let is_over = line.ascii_gap.is_some_and(|longest| gap > longest);
            if self.outside > 0 && is_over {
                return self.tell_outside();
            }
            if old > 0 && is_over {
                return self.drop_front(Damage::Gap, old, link);
            }
            if old == 0 {
                self.began = Some(arrival.began);
            }
            self.arrivals.take(arrival, link);
        }
        if let Some(heard) = self.search(line, link) {
            return heard;
        }
        if let Some(mark) = link.mark.take() {
            self.arrivals.last = self.arrivals.last.max(link.received);
            self.spoil(if mark == Mark::Overrun {
                Damage::Overrun
            } else {
                Damage::Line
            });
        }
        self.wait(now, line, link)
    }

    /// What stands at the front of `rx`: characters outside a frame, a frame, or the beginning of one.
    fn search(&mut self, line: &Line, link: &mut Link) -> Option<Heard> {
        if link.rx.first().is_some_and(|first| *first != ascii::START) {
            let outside = link.rx.iter().position(|byte| *byte == ascii::START);
            let outside = outside.unwrap_or(link.rx.len());
            link.rx.advance(outside);
            self.removed(outside);
            self.outside += outside;
        }
        if self.outside > 0 && !link.rx.is_empty() {
            return Some(self.tell_outside());
        }
        let from = self.searched.max(1);
        let ends = |byte: &u8| *byte == self.end || *byte == ascii::START;
        let longest = link.rx.len().min(ascii::MAX_ADU);
        let found = link
            .rx
            .get(from..longest)
            .and_then(|rest| rest.iter().position(ends))
            .map(|at| from + at);
        match found.and_then(|at| Some((at, *link.rx.get(at)?))) {
            Some((at, ascii::START)) if self.end != ascii::START => {
                Some(self.drop_front(Damage::Cut, at, link))
            }
            Some((at, _)) => Some(self.frame(line, at + 1, link)),
            None if link.rx.len() > ascii::MAX_ADU => {
                // Behind it a colon is waited for: what comes before one is outside a frame.
                Some(self.drop_front(Damage::Long, ascii::MAX_ADU, link))
            }
            None => {
                self.searched = longest;
                None
            }
        }
    }

    fn frame(&mut self, line: &Line, length: usize, link: &mut Link) -> Heard {
        let spoiled = self.spoiled.take();
        let ended = self.arrivals.last.unwrap_or(Instant::START);
        let began = self.began.unwrap_or(ended);
        let characters = link.rx.split_to(length);
        self.removed(length);
        let damaged = |reason| Heard::Damaged {
            reason,
            bytes: length,
        };
        if let Some(reason) = spoiled {
            return damaged(reason);
        }
        if !line.ascii_lower && characters.iter().any(u8::is_ascii_lowercase) {
            return damaged(Damage::Digit);
        }
        let mut room = [0; MAX_PDU + 2];
        let decoded = ascii::decode(&characters, self.end, &mut room);
        let (unit, pdu) = match decoded {
            Ok((unit, pdu)) => (unit, Pdu::new(pdu)),
            Err(bad) => return damaged(reason(bad)),
        };
        let Some(pdu) = pdu else {
            return damaged(Damage::Long);
        };
        let mut frame = Frame::new(unit, pdu, began, ended);
        self.turns.settle(&mut frame);
        Heard::Frame(frame)
    }

    /// A frame that is not going on is none (A06).
    fn wait(&mut self, now: Instant, line: &Line, link: &mut Link) -> Heard {
        let is_empty = link.rx.is_empty() && self.outside == 0;
        let Some(last) = self.arrivals.last.filter(|_| !is_empty) else {
            return Heard::Wait(None);
        };
        if link.eof && self.outside > 0 {
            return self.tell_outside();
        }
        if link.eof {
            return self.drop_front(Damage::Cut, link.rx.len(), link);
        }
        // A silence of exactly the longest is still none too long: the next character may begin now.
        let over = line
            .ascii_gap
            .map(|longest| last + longest + line.char_time);
        match over {
            Some(over) if now > over && self.outside > 0 => self.tell_outside(),
            Some(over) if now > over => self.drop_front(Damage::Gap, link.rx.len(), link),
            Some(over) => Heard::Wait(Some(over + core::time::Duration::from_nanos(1))),
            None => Heard::Wait(None),
        }
    }

    const fn tell_outside(&mut self) -> Heard {
        Heard::Damaged {
            reason: Damage::Outside,
            bytes: core::mem::replace(&mut self.outside, 0),
        }
    }

    fn drop_front(&mut self, reason: Damage, bytes: usize, link: &mut Link) -> Heard {
        let reason = self.spoiled.take().unwrap_or(reason);
        link.rx.advance(bytes.min(link.rx.len()));
        self.removed(bytes);
        Heard::Damaged { reason, bytes }
    }

    fn removed(&mut self, bytes: usize) {
        self.arrivals.removed(bytes);
        self.began = self.arrivals.last;
        self.searched = 0;
    }

    /// The frame that is being received is none, for this reason first.
    pub(super) fn spoil(&mut self, reason: Damage) {
        if self.arrivals.seen > 0 {
            self.spoiled.get_or_insert(reason);
        }
    }

    pub(super) const fn turns_mut(&mut self) -> &mut Turns {
        &mut self.turns
    }
}

const fn reason(bad: ascii::Bad) -> Damage {
    match bad {
        ascii::Bad::Ends | ascii::Bad::Half | ascii::Bad::Digit => Damage::Digit,
        ascii::Bad::Short => Damage::Short,
        ascii::Bad::Long => Damage::Long,
        ascii::Bad::Lrc => Damage::Check,
    }
}
