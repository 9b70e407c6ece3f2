//! COBS and COBS/R, with a zero byte between frames.

use super::{Codec, Frame, Item, Mutation};
use crate::dialect::Dialect;

pub(super) struct Cobs {
    max: usize,
    reduced: bool,
    broken: Mutation,
    /// The frame as it came, still stuffed.
    frame: Frame,
}

/// `cobs`, `cobsr`.
pub(super) fn codec(dialect: &Dialect, max: usize, broken: Mutation) -> Cobs {
    Cobs {
        max,
        reduced: dialect.name == "cobsr",
        broken,
        frame: Frame::default(),
    }
}

impl Cobs {
    /// Whether a block of its own follows a full one that is the last before a zero or the end.
    fn ends_block(&self, zero: bool) -> bool {
        if zero {
            !self.broken.is("cobs.zero-lost-after-full-block")
        } else {
            self.broken.is("cobs.adds-last-block")
        }
    }

    /// A record of n bytes takes at most n + 1 + n/254 bytes.
    const fn longest(&self) -> usize {
        self.max + 1 + self.max / 254
    }

    fn unstuff(&self, stuffed: &[u8]) -> Result<Vec<u8>, &'static str> {
        let mut record = Vec::new();
        let mut rest = stuffed;
        let mut full = false;
        while let [code, tail @ ..] = rest {
            let code = *code;
            let run = usize::from(code) - 1;
            match tail.split_at_checked(run) {
                Some((data, after)) => {
                    record.extend(data);
                    rest = after;
                }
                // COBS/R: a code that points past the end is the last data byte itself.
                None if self.reduced && !self.broken.is("cobsr.refuses-reduced") => {
                    record.extend(tail);
                    record.push(code);
                    return Ok(record);
                }
                None if self.broken.is("cobs.delivers-overrun") => {
                    record.extend(tail);
                    return Ok(record);
                }
                None => return Err("overrun"),
            }
            full = code == 255;
            let implied = code < 255 || self.broken.is("cobs.zero-after-full-block");
            if implied && (!rest.is_empty() || self.broken.is("cobs.keeps-last-zero")) {
                record.push(0);
            }
        }
        if full && self.broken.is("cobs.needs-second-block") {
            return Err("no last block");
        }
        Ok(record)
    }
}

impl Codec for Cobs {
    fn encode(&self, record: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        let full = if self.broken.is("cobs.blocks-of-255") {
            255
        } else {
            254
        };
        for block in record.split_inclusive(|&byte| byte == 0) {
            let (data, zero) = match block {
                [data @ .., 0] => (data, true),
                data => (data, false),
            };
            let mut chunks = data.chunks(full).peekable();
            if data.is_empty() {
                frame.push(1);
            }
            while let Some(chunk) = chunks.next() {
                let code = u8::try_from(chunk.len() + 1).unwrap_or(0);
                frame.push(code);
                frame.extend(chunk);
                // A full block implies no zero, so a zero right behind it needs a block of its own.
                if chunk.len() == full && chunks.peek().is_none() && self.ends_block(zero) {
                    frame.push(1);
                }
            }
        }
        let open = record.last().is_none_or(|&byte| byte == 0);
        if open && !self.broken.is("cobs.drops-last-zero") {
            frame.push(1);
        }
        if self.reduced {
            reduce(&mut frame, &self.broken);
        }
        if !self.broken.is("cobs.never-ends") {
            frame.push(0);
        }
        frame
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Item>) {
        if byte != 0 {
            return self.frame.push(byte, self.longest(), found);
        }
        let lost = self.frame.lost;
        let Some(stuffed) = self.frame.take() else {
            if lost && self.broken.is("cobs.delivers-overlong") {
                found.push(Item::Record(vec![1; self.max + 1]));
            }
            return;
        };
        if stuffed.is_empty() {
            if self.broken.is("cobs.delivers-fill") {
                found.push(Item::Record(Vec::new()));
            }
            return;
        }
        match self.unstuff(&stuffed) {
            Ok(record) if record.len() > self.max => found.push(Item::Damaged("too long")),
            Ok(record) if record.is_empty() && self.broken.is("cobs.drops-empty") => {}
            Ok(record) => found.push(Item::Record(record)),
            Err(reason) => {
                found.push(Item::Damaged(reason));
                // What a decoder does that goes on reading at the wrong place.
                self.frame.lost = self.broken.is("cobs.loses-the-next-too");
            }
        }
    }

    fn boundary(&mut self) {
        if !self.frame.is_idle() && self.broken.is("cobs.forgets-frame-at-a-cut") {
            self.frame.take();
        }
    }

    fn mark(&mut self, found: &mut Vec<Item>) {
        if !self.frame.is_idle() && !self.broken.is("cobs.ignores-line-damage") {
            self.frame.damage("line damage", found);
        }
    }

    fn end(&mut self, found: &mut Vec<Item>) {
        if self.frame.is_idle() || self.frame.lost {
            return;
        }
        if self.broken.is("cobs.delivers-remainder-at-end") {
            self.byte(0, found);
        } else {
            found.push(Item::Damaged("truncated"));
        }
    }
}

/// COBS/R: when the last data byte is at least the last code, it takes the code's place.
fn reduce(frame: &mut Vec<u8>, broken: &Mutation) {
    let mut at = 0;
    while let Some(&code) = frame.get(at) {
        let next = at + usize::from(code);
        if next < frame.len() {
            at = next;
            continue;
        }
        if let Some(&last) = frame.last()
            && frame.len() > at + 1
            && last >= code
            && !broken.is("cobsr.never-reduces")
        {
            frame.pop();
            if let Some(code) = frame.get_mut(at) {
                *code = last;
            }
        }
        return;
    }
}
