//! Lines out of data whose pieces end anywhere.

use bytes::{Buf, Bytes, BytesMut};
use lineside_core::Error;
use memchr::memchr2;

/// What has come of a line, and behind it.
#[derive(Debug, Default)]
pub(super) struct Lines {
    kept: BytesMut,
    /// How much of it has no end of a line.
    searched: usize,
    /// The last line ended in a carriage return: a line feed belongs to it.
    is_after_cr: bool,
    /// The line was too long: what is left of it is thrown away.
    is_too_long: bool,
}

impl Lines {
    pub(super) fn add(&mut self, data: &[u8]) {
        self.kept.extend_from_slice(data);
    }

    /// The next whole line without its end; an error, once, when it is longer than `most`.
    pub(super) fn next(&mut self, most: usize) -> Result<Option<Bytes>, Error> {
        self.end_line();
        let rest = self.kept.get(self.searched..).unwrap_or_default();
        if let Some(at) = memchr2(b'\r', b'\n', rest) {
            let line = self.kept.split_to(self.searched + at);
            self.is_after_cr = self.kept.first() == Some(&b'\r');
            self.kept.advance(1);
            self.searched = 0;
            let is_rest = core::mem::take(&mut self.is_too_long);
            return match line.len() {
                // Its error was told before: what follows it is the next line.
                _ if is_rest => self.next(most),
                len if len > most => Err(too_long(most)),
                _ => Ok(Some(line.freeze())),
            };
        }
        self.searched = self.kept.len();
        if self.is_too_long {
            self.clear();
        } else if self.kept.len() > most {
            self.is_too_long = true;
            self.clear();
            return Err(too_long(most));
        }
        Ok(None)
    }

    /// What has come and was in no line.
    pub(super) fn rest(&mut self) -> Option<Bytes> {
        self.end_line();
        self.searched = 0;
        let rest = core::mem::take(&mut self.kept).freeze();
        (!rest.is_empty()).then_some(rest)
    }

    /// Takes the line feed that belongs to the last line.
    fn end_line(&mut self) {
        if self.is_after_cr && !self.kept.is_empty() {
            self.is_after_cr = false;
            if self.kept.first() == Some(&b'\n') {
                self.kept.advance(1);
            }
        }
    }

    fn clear(&mut self) {
        self.kept.clear();
        self.searched = 0;
    }
}

const fn too_long(most: usize) -> Error {
    Error::Limit {
        what: "Config::line",
        max: most as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines and, as `None`, errors.
    fn lines(data: &[u8], piece: usize) -> Vec<Option<Bytes>> {
        let (mut lines, mut all) = (Lines::default(), Vec::new());
        for piece in data.chunks(piece) {
            lines.add(piece);
            loop {
                match lines.next(4) {
                    Ok(None) => break,
                    Ok(line) => all.push(line),
                    Err(_) => all.push(None),
                }
            }
        }
        all
    }

    #[test]
    fn lines_end_the_same_however_they_are_cut_and_a_long_one_is_an_error_once() {
        let data = b"one\r\ntwo\rfour\n\r\n\n\rmuch too long\r\n12345\n1234\nopen";
        let line = |text: &'static str| Some(Bytes::from(text));
        let all = [
            line("one"),
            line("two"),
            line("four"),
            line(""),
            line(""),
            line(""),
            None,
            None,
            line("1234"),
        ];
        for piece in 1..=data.len() {
            assert_eq!(lines(data, piece), all, "{piece} bytes at a time");
        }
    }
}
