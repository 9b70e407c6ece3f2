//! Lines, and records that end with a delimiter.

use super::{Codec, Frame, Item, Mutation};
use crate::{dialect::Dialect, hex};

pub(super) struct Line {
    max: usize,
    ends: Ends,
    /// What stands after the last delimiter when the stream ends is a record.
    remainder: bool,
    broken: Mutation,
    frame: Frame,
    /// The byte before was a CR that ended a line: an LF right behind it belongs to it.
    after_cr: bool,
}

enum Ends {
    /// These bytes, in order.
    With(Vec<u8>),
    /// CR, LF, or CR LF.
    Any,
}

/// `line?ends=lf|cr|crlf|any`, `delimiter?bytes=HEX`; option `eof=record|error`.
pub(super) fn codec(dialect: &Dialect, max: usize, broken: Mutation) -> Option<Line> {
    let ends = match (dialect.name.as_str(), dialect.get("ends").unwrap_or("lf")) {
        ("delimiter", _) => Ends::With(hex::parse(dialect.get("bytes")?).ok()?),
        (_, "lf") => Ends::With(b"\n".to_vec()),
        (_, "cr") => Ends::With(b"\r".to_vec()),
        (_, "crlf") => Ends::With(b"\r\n".to_vec()),
        (_, "any") => Ends::Any,
        _ => return None,
    };
    Some(Line {
        max,
        ends,
        // A line is one without its end too; a delimiter that is missing is a loss.
        remainder: match dialect.get("eof") {
            None => dialect.name == "line",
            Some(told) => told == "record",
        },
        broken,
        frame: Frame::default(),
        after_cr: false,
    })
}

impl Line {
    fn close(&mut self, found: &mut Vec<Item>) {
        let tail = self.frame.lost && self.broken.is("line.delivers-tail-of-overlong");
        let Some(mut record) = self.frame.take() else {
            if tail {
                found.push(Item::Record(b"tail".to_vec()));
            }
            return;
        };
        if record.is_empty() && self.broken.is("line.drops-empty") {
            return;
        }
        if core::str::from_utf8(&record).is_err() && self.broken.is("line.refuses-non-utf8") {
            found.push(Item::Damaged("not UTF-8"));
            self.frame.lost = true;
            return;
        }
        if self.broken.is("line.trims") {
            record = record.trim_ascii().to_vec();
        }
        found.push(Item::Record(record));
    }

    fn with(&mut self, byte: u8, found: &mut Vec<Item>) {
        let Ends::With(delimiter) = &self.ends else {
            return;
        };
        let (delimiter, lost) = (delimiter.clone(), self.frame.lost);
        let short = delimiter.len() > 1 && self.broken.is("line.first-byte-ends");
        let wanted = if short {
            delimiter.get(..1).unwrap_or_default()
        } else {
            &delimiter
        };
        if lost {
            // Only the delimiter matters any more; keep what may be its beginning.
            self.frame.bytes.push(byte);
            let keep = self.frame.bytes.len().saturating_sub(wanted.len());
            self.frame.bytes.drain(..keep);
        } else {
            self.frame.push(byte, self.max + wanted.len(), found);
        }
        if self.frame.bytes.ends_with(wanted) {
            let end = self.frame.bytes.len() - wanted.len();
            self.frame.bytes.truncate(end);
            self.close(found);
        } else if !self.frame.lost && self.over(wanted) {
            if self.broken.is("line.errors-again-and-again") {
                found.push(Item::Damaged("too long"));
                self.frame.bytes.clear();
            } else {
                self.frame.damage("too long", found);
            }
        }
    }

    /// Whether the record is too long already, whatever of its end is the delimiter's beginning.
    fn over(&self, delimiter: &[u8]) -> bool {
        let bytes = &self.frame.bytes;
        let begun = (0..delimiter.len())
            .rev()
            .find(|&n| bytes.ends_with(delimiter.get(..n).unwrap_or_default()));
        bytes.len() - begun.unwrap_or(0) > self.max
    }

    fn any(&mut self, byte: u8, found: &mut Vec<Item>) {
        let after_cr = core::mem::replace(&mut self.after_cr, byte == b'\r');
        match byte {
            b'\n' if after_cr && !self.broken.is("line.crlf-ends-twice") => {}
            b'\r' | b'\n' => self.close(found),
            _ => self.frame.push(byte, self.max, found),
        }
    }
}

impl Codec for Line {
    fn encode(&self, record: &[u8]) -> Vec<u8> {
        let mut frame = record.to_vec();
        match &self.ends {
            _ if self.broken.is("line.never-ends") => {}
            Ends::With(delimiter) if self.broken.is("line.sends-half-a-delimiter") => {
                frame.extend(delimiter.first().filter(|_| delimiter.len() > 1));
            }
            Ends::With(delimiter) => frame.extend(delimiter),
            Ends::Any => frame.extend(b"\r\n"),
        }
        frame
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Item>) {
        if byte == 0 && self.broken.is("line.skips-zeros") {
            return;
        }
        match self.ends {
            Ends::With(_) => self.with(byte, found),
            Ends::Any => self.any(byte, found),
        }
    }

    fn boundary(&mut self) {
        if !self.frame.is_idle() && self.broken.is("line.forgets-at-a-cut") {
            self.frame.take();
        }
        if self.broken.is("line.forgets-cr-at-a-cut") {
            self.after_cr = false;
        }
    }

    fn mark(&mut self, found: &mut Vec<Item>) {
        if !self.frame.is_idle() && !self.broken.is("line.ignores-line-damage") {
            self.frame.damage("line damage", found);
        }
    }

    fn end(&mut self, found: &mut Vec<Item>) {
        if self.frame.is_idle() || self.frame.lost || self.broken.is("line.drops-remainder-at-end")
        {
            return;
        }
        if self.remainder || self.broken.is("line.delivers-remainder-at-end") {
            self.close(found);
        } else {
            found.push(Item::Damaged("truncated"));
        }
    }
}
