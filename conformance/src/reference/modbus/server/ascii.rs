//! ASCII: frames from a colon to CR LF (Serial line 2.5.2).

use core::time::Duration;

use lineside_core::Instant;

use super::{
    Event,
    port::{Port, Sign},
};
use crate::reference::Mutation;

/// What has come of a frame: the characters behind the colon.
#[derive(Default)]
pub(super) struct Ascii {
    frame: Option<Vec<u8>>,
    not_ok: bool,
    overrun: bool,
    ended: Option<Instant>,
}

impl Ascii {
    /// The next frame.
    pub(super) async fn next(&mut self, port: &mut Port, delimiter: u8) -> Event {
        let delimiter = if port.broken.is("ascii.delimiter-never-changes") {
            b'\n'
        } else {
            delimiter
        };
        loop {
            let patient = port.broken.is("ascii.waits-for-ever");
            let hasty = port.broken.is("ascii.waits-half-a-second");
            let gap = Duration::from_millis(if hasty { 500 } else { 1000 });
            if self.frame.is_some() && port.at_a_cut() && port.broken.is("any.forgets-at-a-cut") {
                self.frame = None;
            }
            let waits = self.frame.is_some() && !patient;
            // The time of a character that is under way does not count.
            let gap = gap + crate::character(&port.end);
            let until = waits.then(|| port.at() + gap);
            let event = match port.next(until).await {
                Sign::End => return Event::End,
                Sign::Silence => {
                    self.frame = None;
                    Some(Event::Damaged { overrun: false })
                }
                Sign::Mark(overrun) => {
                    self.not_ok |= !port.broken.is("line.ignores-damage");
                    self.overrun |= overrun;
                    None
                }
                Sign::Byte(b':') if self.is_hasty(port) => None,
                Sign::Byte(byte) => self.byte(byte, delimiter, &port.broken),
            };
            if let Some(event) = event {
                self.ended = Some(port.at());
                return event;
            }
        }
    }

    /// For a mutant: a colon comes right behind a frame.
    fn is_hasty(&self, port: &Port) -> bool {
        let behind = self.ended.map(|ended| port.at().since(ended));
        behind.is_some_and(|behind| behind < Duration::from_millis(2))
            && port.broken.is("ascii.wants-a-pause")
    }

    fn byte(&mut self, byte: u8, delimiter: u8, broken: &Mutation) -> Option<Event> {
        if byte == b':' {
            let is_data =
                broken.is("ascii.colon-is-data") || broken.is("ascii.heeds-what-is-outside");
            if self.frame.is_some() && is_data {
                self.not_ok = true;
                return None;
            }
            self.frame = Some(Vec::new());
            self.not_ok = false;
            return None;
        }
        if self.frame.is_none() && broken.is("ascii.heeds-what-is-outside") {
            self.frame = Some(vec![byte]);
            self.not_ok = true;
        }
        let frame = self.frame.as_mut()?;
        let ends = frame.last() == Some(&b'\r') || broken.is("ascii.lf-alone-ends");
        if byte == delimiter && ends {
            let mut frame = self.frame.take().unwrap_or_default();
            if frame.last() == Some(&b'\r') {
                frame.pop();
            }
            return Some(self.whole(&frame, broken));
        }
        // 513 with the colon, CR and the delimiter.
        if frame.len() < 511 || broken.is("serial.takes-any-length") && frame.len() < 4096 {
            frame.push(byte);
        } else {
            self.frame = None;
            let ends = broken.is("ascii.ends-on-overlong");
            let damaged = Event::Damaged { overrun: false };
            return Some(if ends { Event::End } else { damaged });
        }
        None
    }

    fn whole(&mut self, digits: &[u8], broken: &Mutation) -> Event {
        let damaged = Event::Damaged {
            overrun: core::mem::take(&mut self.overrun),
        };
        if core::mem::take(&mut self.not_ok) {
            return damaged;
        }
        let mut digits = digits.to_vec();
        if broken.is("ascii.skips-other-characters") {
            digits.retain(u8::is_ascii_hexdigit);
        }
        let odd = digits.len() % 2 == 1;
        if odd && broken.is("ascii.ignores-an-odd-digit") {
            digits.pop();
        }
        let small = digits.iter().any(u8::is_ascii_lowercase);
        let other = small && broken.is("ascii.answers-small-letters-wrongly");
        let text = str::from_utf8(&digits).unwrap_or("x");
        let Ok(bytes) = crate::hex::parse(text) else {
            return damaged;
        };
        let plain = digits.iter().all(u8::is_ascii_hexdigit);
        let [unit, pdu @ .., _] = &*bytes else {
            return damaged;
        };
        let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        let hasty = pdu.first().is_some_and(|code| *code > 100)
            && broken.is("serial.refuses-before-the-check");
        let fits = sum == 0 || broken.is("serial.ignores-the-check") || other;
        if !plain || pdu.is_empty() {
            return damaged;
        }
        if !fits && !hasty {
            if broken.is("serial.executes-before-the-check") {
                return Event::Frame {
                    transaction: 0,
                    unit: 0,
                    pdu: pdu.to_vec(),
                };
            }
            return damaged;
        }
        let pdu = if other { vec![0x66] } else { pdu.to_vec() };
        Event::Frame {
            transaction: 0,
            unit: *unit,
            pdu,
        }
    }
}
