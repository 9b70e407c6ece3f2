//! Where a frame begins and ends on a serial line, and on a stream that carries the same frames.

use core::time::Duration;

use lineside_core::Instant;

use crate::{
    hex,
    reference::{
        Mutation,
        modbus::adu::{Framing, crc, lrc},
    },
};

/// A frame, or what was none.
pub(super) struct Frame {
    /// When its first character began.
    pub(super) began: Instant,
    /// Unit and PDU, without the check; `None` for damage.
    pub(super) unit_and_pdu: Option<Vec<u8>>,
}

/// The times of a line (Serial line 2.5.1.1).
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) character: Duration,
    pub(super) t1_5: Duration,
    pub(super) t3_5: Duration,
}

impl Times {
    /// Of eleven bits up to 19200 baud, fixed above.
    pub(super) fn of(baud: u32, character: Duration, broken: &Mutation) -> Self {
        if baud > 19_200 && !broken.is("modbus.client.counts-characters-at-any-speed") {
            return Self {
                character,
                t1_5: Duration::from_micros(750),
                t3_5: Duration::from_micros(1750),
            };
        }
        let baud = u64::from(baud.max(1));
        let half_bits = |count: u64| Duration::from_nanos((count * 500_000_000).div_ceil(baud));
        Self {
            character,
            t1_5: half_bits(3 * 11),
            t3_5: half_bits(7 * 11),
        }
    }
}

/// What is being received.
pub(super) struct Receiver {
    framing: Framing,
    /// None on a stream.
    times: Option<Times>,
    bytes: Vec<u8>,
    began: Option<Instant>,
    /// The last character's end.
    pub(super) last: Instant,
    damaged: bool,
    /// A mutant does not see the next frame.
    hidden: bool,
    broken: Mutation,
}

impl Receiver {
    pub(super) const fn new(
        framing: Framing,
        times: Option<Times>,
        opened: Instant,
        broken: Mutation,
    ) -> Self {
        Self {
            framing,
            times,
            bytes: Vec::new(),
            began: None,
            last: opened,
            damaged: false,
            hidden: false,
            broken,
        }
    }

    /// When the frame that is being received began.
    pub(super) const fn began(&self) -> Option<Instant> {
        self.began
    }

    /// When silence will end what is being received.
    pub(super) fn due(&self) -> Option<Instant> {
        self.began?;
        match (self.framing, self.times) {
            (Framing::Rtu, Some(times))
                if self.broken.is("modbus.client.ends-frames-at-once")
                    || self.broken.is("modbus.client.no-silence") =>
            {
                Some(self.last + times.character * 12 / 10)
            }
            (Framing::Rtu, Some(times)) if self.broken.is("modbus.client.ends-frames-early") => {
                Some(self.last + times.character * 2)
            }
            (Framing::Rtu, Some(times)) => Some(self.last + times.t3_5),
            (Framing::Ascii, _) if self.broken.is("modbus.client.ascii-times-out-early") => {
                Some(self.last + Duration::from_millis(300))
            }
            (Framing::Ascii, _) if !self.broken.is("modbus.client.ascii-never-times-out") => {
                Some(self.last + Duration::from_secs(1))
            }
            _ => None,
        }
    }

    /// Silence has lasted until [`due`](Self::due).
    pub(super) fn silence(&mut self, found: &mut Vec<Frame>) {
        match self.framing {
            Framing::Ascii => self.damaged = true,
            Framing::Rtu | Framing::Tcp if crc(&self.bytes) != 0 => {
                if self.broken.is("modbus.client.waits-for-the-rest") {
                    // It never ends: not even by what is due.
                    self.times = self.times.map(|it| Times {
                        t1_5: Duration::from_secs(9),
                        t3_5: Duration::from_secs(9),
                        ..it
                    });
                    return;
                }
            }
            Framing::Rtu | Framing::Tcp => {}
        }
        self.end(found);
    }

    /// A mutant takes what has come for all of it.
    pub(super) fn cut_off(&mut self, found: &mut Vec<Frame>) {
        self.end(found);
    }

    /// The line reported damage.
    pub(super) fn mark(&mut self, now: Instant) {
        self.began.get_or_insert(now);
        self.last = now;
        if !self.broken.is("modbus.client.ignores-line-damage") {
            self.damaged = true;
        }
    }

    /// Forgets what is being received.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.began = None;
        self.damaged = false;
    }

    pub(super) fn take(&mut self, now: Instant, chunk: &[u8], found: &mut Vec<Frame>) {
        let count = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
        let took = self.times.map_or(Duration::ZERO, |it| it.character * count);
        let began = now - took;
        if let Some(times) = self.times
            && self.framing == Framing::Rtu
            && self.began.is_some()
            && began.since(self.last) > times.t1_5
            && !self.broken.is("modbus.client.allows-late-characters")
        {
            self.damaged = true;
        }
        self.last = now;
        match self.framing {
            Framing::Ascii => {
                for &byte in chunk {
                    self.digit(began, byte, found);
                }
            }
            Framing::Rtu | Framing::Tcp => self.octets(began, chunk, found),
        }
        if self.broken.is("modbus.client.frame-per-read") {
            self.end(found);
        }
    }

    fn octets(&mut self, began: Instant, chunk: &[u8], found: &mut Vec<Frame>) {
        self.began.get_or_insert(began);
        self.bytes.extend_from_slice(chunk);
        if self.times.is_some() {
            self.bytes.truncate(1024);
            return;
        }
        while let Some(end) = self.stream_end() {
            let rest = self.bytes.split_off(end.min(self.bytes.len()));
            self.end(found);
            if !rest.is_empty() {
                if self.broken.is("modbus.client.drops-coalesced-frames") {
                    return;
                }
                self.began = Some(began);
                self.bytes = rest;
            }
        }
    }

    /// Where the first frame ends. A mutant that takes what is none must get to see it.
    fn stream_end(&self) -> Option<usize> {
        const LENIENT: [&str; 7] = [
            "modbus.client.accepts-short-replies",
            "modbus.client.accepts-long-replies",
            "modbus.client.accepts-empty-exceptions",
            "modbus.client.accepts-long-exceptions",
            "modbus.client.ignores-byte-count",
            "modbus.client.takes-empty-frames",
            "modbus.client.takes-overlong-frames",
        ];
        if LENIENT.iter().any(|id| self.broken.is(id)) {
            let fits = |end: &usize| self.bytes.get(..*end).is_some_and(|all| crc(all) == 0);
            return (3..=self.bytes.len()).find(fits);
        }
        stream_end(&self.bytes)
    }

    /// One character of an ASCII frame (figure 18).
    fn digit(&mut self, began: Instant, byte: u8, found: &mut Vec<Frame>) {
        let inside = self.began.is_some();
        match byte {
            b'\n' if self.hidden => self.hidden = false,
            b':' if self.hidden => {}
            b':' if !inside || !self.broken.is("modbus.client.ascii-keeps-on-at-a-colon") => {
                self.clear();
                self.began = Some(began);
            }
            _ if !inside => {
                self.hidden |= self.broken.is("modbus.client.ascii-noise-hides-the-colon");
            }
            b'\n' if self.bytes.ends_with(b"\r") => {
                self.bytes.pop();
                self.end(found);
            }
            b'\n' if self.broken.is("modbus.client.ascii-takes-lf-alone") => self.end(found),
            b'\r' if self.broken.is("modbus.client.ascii-takes-cr-alone") => self.end(found),
            _ if self.bytes.len() > 2048 => self.damaged = true,
            _ => self.bytes.push(byte),
        }
    }

    /// What has been received is a frame, or damage.
    fn end(&mut self, found: &mut Vec<Frame>) {
        let Some(began) = self.began else { return };
        let damaged = self.damaged;
        let bytes = core::mem::take(&mut self.bytes);
        self.clear();
        let checked = match self.framing {
            Framing::Ascii => self.ascii(&bytes),
            Framing::Rtu | Framing::Tcp => self.rtu(&bytes),
        };
        found.push(Frame {
            began,
            unit_and_pdu: checked.filter(|_| !damaged),
        });
    }

    fn rtu(&self, frame: &[u8]) -> Option<Vec<u8>> {
        if crc(frame) != 0 && self.broken.is("modbus.client.makes-up-what-is-cut") {
            return made_up(frame);
        }
        if frame.len() > 256 && !self.broken.is("modbus.client.takes-overlong-frames") {
            return None;
        }
        let fits = crc(frame) == 0 || self.broken.is("modbus.client.ignores-check");
        match frame {
            [unit_and_pdu @ .., _, _] if unit_and_pdu.len() >= self.least() && fits => {
                Some(unit_and_pdu.to_vec())
            }
            _ => None,
        }
    }

    /// A unit and a function code at least.
    fn least(&self) -> usize {
        if self.broken.is("modbus.client.takes-empty-frames") {
            0
        } else {
            2
        }
    }

    fn ascii(&self, digits: &[u8]) -> Option<Vec<u8>> {
        if digits.len() > 510 && !self.broken.is("modbus.client.takes-overlong-frames") {
            return None;
        }
        let lower = digits.iter().any(u8::is_ascii_lowercase);
        if lower && self.broken.is("modbus.client.ascii-refuses-lower-case") {
            return None;
        }
        let cut = digits.len() - digits.len() % 2;
        if self.broken.is("modbus.client.makes-up-what-is-cut") {
            let whole = digits.get(..cut).unwrap_or_default();
            return made_up(&self.octets_of(whole).unwrap_or_default());
        }
        let bytes = self.octets_of(digits)?;
        if bytes.is_empty() && self.broken.is("modbus.client.takes-empty-frames") {
            return Some(bytes);
        }
        let (check, unit_and_pdu) = bytes.split_last()?;
        let fits = lrc(unit_and_pdu) == *check || self.broken.is("modbus.client.ignores-check");
        (fits && unit_and_pdu.len() >= self.least()).then(|| unit_and_pdu.to_vec())
    }

    fn octets_of(&self, digits: &[u8]) -> Option<Vec<u8>> {
        let strict = digits.iter().all(u8::is_ascii_hexdigit) && digits.len().is_multiple_of(2);
        if strict {
            return hex::parse(core::str::from_utf8(digits).ok()?).ok();
        }
        let odd_only = digits.iter().all(u8::is_ascii_hexdigit);
        if odd_only && self.broken.is("modbus.client.ascii-drops-odd-digit") {
            let even = digits.split_last()?.1;
            return hex::parse(core::str::from_utf8(even).ok()?).ok();
        }
        if !odd_only && self.broken.is("modbus.client.ascii-skips-other-characters") {
            let left: Vec<u8> = digits
                .iter()
                .copied()
                .filter(u8::is_ascii_hexdigit)
                .collect();
            return hex::parse(core::str::from_utf8(&left).ok()?).ok();
        }
        None
    }
}

/// A unit and a PDU of the length of a register's reply.
fn made_up(cut: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = cut.to_vec();
    bytes.resize(5, 0);
    Some(bytes)
}

/// Where the first frame of a stream ends: where its own fields say; for a function that is not
/// public, where a CRC fits; nowhere, as soon as it is too long.
fn stream_end(bytes: &[u8]) -> Option<usize> {
    let field = |at: usize| bytes.get(at).map(|&byte| usize::from(byte));
    let said = match bytes.get(1)? {
        0x80.. => Some(5),
        0x01..=0x04 | 0x0c | 0x11 | 0x14 | 0x15 | 0x17 => Some(field(2)? + 5),
        0x05 | 0x06 | 0x0b | 0x0f | 0x10 => Some(8),
        0x07 => Some(5),
        0x16 => Some(10),
        0x18 => Some((field(2)? << 8) + field(3)? + 6),
        _ => None,
    };
    match said {
        Some(length) if length > 256 => Some(bytes.len()),
        Some(length) => (bytes.len() >= length).then_some(length),
        None => {
            let most = bytes.len().min(256);
            let fits = (4..=most).find(|&end| bytes.get(..end).is_some_and(|all| crc(all) == 0));
            fits.or_else(|| (bytes.len() > 256).then_some(bytes.len()))
        }
    }
}
