//! RTU: frames that silences end (Serial line 2.5.1), and the same frames on a stream.

use lineside_core::Instant;

use super::{
    Event, IDLE, Silences,
    port::{Port, Sign},
};
use crate::reference::{Mutation, modbus::adu::crc, modbus::plant};

/// What has come of a frame.
pub(super) struct Rtu {
    silences: Silences,
    bytes: Vec<u8>,
    /// Figure 14: a character came too late, or damaged.
    not_ok: bool,
    overrun: bool,
    /// Figure 14: nothing counts before the first t3.5.
    is_starting: bool,
    /// For a mutant: the next frame is taken for somebody else's reply.
    skips: bool,
    /// For a mutant: what was damaged stays, and the next frame comes behind it.
    keeps: bool,
}

impl Rtu {
    pub(super) fn new(port: &Port) -> Self {
        Self {
            silences: Silences::of(&port.end, &port.broken),
            bytes: Vec::new(),
            not_ok: false,
            overrun: false,
            is_starting: true,
            skips: false,
            keeps: false,
        }
    }

    /// The next frame of a line.
    pub(super) async fn on_line(&mut self, port: &mut Port) -> Event {
        loop {
            let before = port.at();
            let is_empty = self.bytes.is_empty() && !self.not_ok && !self.is_starting;
            let is_idle = is_empty || self.keeps;
            let until = (!is_idle).then(|| before + self.silences.outer);
            match port.next(until).await {
                Sign::End => return Event::End,
                Sign::Silence => {
                    if let Some(event) = self.silence(&port.broken) {
                        return event;
                    }
                }
                Sign::Mark(overrun) => {
                    self.not_ok |= !port.broken.is("line.ignores-damage");
                    self.overrun |= overrun;
                }
                Sign::Byte(byte) => {
                    self.byte(byte, before, port);
                    if self.at_once(&port.broken) {
                        return self.frame(&port.broken);
                    }
                }
            }
        }
    }

    fn byte(&mut self, byte: u8, before: Instant, port: &Port) {
        let gap = port.at().since(before);
        let first = self.bytes.is_empty() || core::mem::take(&mut self.keeps);
        let is_late = !first && gap > self.silences.inner + self.silences.character;
        if is_late && !port.broken.is("rtu.allows-late-characters") {
            let fits = self.bytes.len() >= 4 && crc(&self.bytes) == 0;
            if fits && port.broken.is("rtu.good-stays-good") {
                return;
            }
            self.not_ok = true;
        }
        if self.bytes.len() < 1024 {
            self.bytes.push(byte);
        }
    }

    /// For a mutant: whether a frame is answered as soon as its check fits.
    fn at_once(&self, broken: &Mutation) -> bool {
        let fits = self.bytes.len() >= 4 && crc(&self.bytes) == 0;
        fits && broken.is("rtu.waits-for-no-silence")
    }

    /// t3.5 has passed.
    fn silence(&mut self, broken: &Mutation) -> Option<Event> {
        if core::mem::take(&mut self.is_starting) {
            self.bytes.clear();
            self.not_ok = false;
            return None;
        }
        let bad = self.not_ok || crc(&self.bytes) != 0;
        if bad && broken.is("rtu.keeps-what-is-damaged") && self.bytes.len() < 300 {
            self.not_ok = false;
            self.keeps = true;
            return Some(Event::Damaged { overrun: false });
        }
        Some(self.frame(broken))
    }

    /// What has come is a frame, or is none.
    fn frame(&mut self, broken: &Mutation) -> Event {
        let bytes = core::mem::take(&mut self.bytes);
        let not_ok = core::mem::take(&mut self.not_ok);
        let overrun = core::mem::take(&mut self.overrun);
        let damaged = Event::Damaged { overrun };
        let most = if broken.is("serial.takes-any-length") {
            1024
        } else {
            256
        };
        let least = if broken.is("rtu.takes-three-bytes") {
            3
        } else {
            4
        };
        if not_ok || !(least..=most).contains(&bytes.len()) {
            return damaged;
        }
        let fits = match crc(&bytes) {
            0 => true,
            _ if broken.is("serial.ignores-the-check") => true,
            _ if broken.is("rtu.ignores-half-the-crc") => half_fits(&bytes),
            _ => false,
        };
        let [unit, pdu @ .., _, _] = &*bytes else {
            return damaged;
        };
        let hasty = pdu.first().is_some_and(|code| *code > 100)
            && broken.is("serial.refuses-before-the-check");
        if !fits && !hasty {
            if broken.is("serial.executes-before-the-check") {
                return unanswered(pdu);
            }
            return damaged;
        }
        if core::mem::take(&mut self.skips) {
            return damaged;
        }
        self.skips = *unit != plant::UNIT && *unit != 0 && broken.is("rtu.waits-for-the-others");
        Event::Frame {
            transaction: 0,
            unit: *unit,
            pdu: pdu.to_vec(),
        }
    }

    /// The next frame of a stream: as long as its function says, or where the check fits; a silence
    /// ends what is none.
    pub(super) async fn on_stream(&mut self, port: &mut Port) -> Event {
        self.is_starting = false;
        loop {
            if !self.bytes.is_empty() && port.at_a_cut() && port.broken.is("any.forgets-at-a-cut") {
                self.bytes.clear();
            }
            let idle = (!self.bytes.is_empty()).then(|| port.clock.now() + IDLE);
            match port.next(idle).await {
                Sign::End => return Event::End,
                Sign::Mark(_) => {}
                Sign::Silence => return self.frame(&port.broken),
                Sign::Byte(byte) => {
                    self.bytes.push(byte);
                    if self.is_whole() {
                        if port.broken.is("any.one-frame-a-read") {
                            while !port.at_a_cut() {
                                let _ = port.next(None).await;
                            }
                        }
                        return self.frame(&port.broken);
                    }
                    if self.bytes.len() >= 1024 {
                        self.not_ok = true;
                    }
                    self.bytes.truncate(1024);
                }
            }
        }
    }

    fn is_whole(&self) -> bool {
        let fits = self.bytes.len() >= 4 && crc(&self.bytes) == 0;
        match length(&self.bytes) {
            Some(length) => self.bytes.len() >= length && fits,
            None => fits,
        }
    }
}

/// How long a request is by its function; `None` while, or where, that cannot be told.
fn length(frame: &[u8]) -> Option<usize> {
    let counted = |at: usize| frame.get(at).map(|count| at + 3 + usize::from(*count));
    match frame.get(1)? {
        1..=6 => Some(8),
        7 | 11 | 12 | 17 => Some(4),
        15 | 16 => counted(6).or(Some(9)),
        20 | 21 => counted(2).or(Some(5)),
        22 => Some(10),
        23 => counted(10).or(Some(13)),
        24 => Some(6),
        43 => Some(7),
        _ => None,
    }
}

fn half_fits(frame: &[u8]) -> bool {
    let Some((bytes, [low, _])) = frame.split_last_chunk() else {
        return false;
    };
    let [_, ours] = crc(bytes).to_be_bytes();
    ours == *low
}

/// For a mutant: a write that is executed although its check does not fit, as a broadcast is.
fn unanswered(pdu: &[u8]) -> Event {
    Event::Frame {
        transaction: 0,
        unit: 0,
        pdu: pdu.to_vec(),
    }
}
