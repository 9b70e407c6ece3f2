//! The receiver's half.

use super::{Unescape, block::BLOCK};
use crate::wire::Reason;

/// A gap between escapes that a search for the next one is worth.
const SPARSE: usize = 24;

/// Opens `frame` in place, from which the delimiters are gone; gives the length of what stands at
/// its front then. `base` is added to the offsets in errors.
pub(in crate::wire) fn unstuff<U: Unescape>(
    unescape: &U,
    frame: &mut [u8],
    base: usize,
) -> Result<usize, Reason> {
    let mut opening = Opening {
        unescape,
        frame,
        base,
        from: 0,
        to: 0,
    };
    let mut search = true;
    while opening.from < opening.frame.len() {
        if let (Some(needles), true) = (unescape.needles(), search) {
            opening.sparse(needles)?;
        }
        search = opening.block()?;
    }
    Ok(opening.to)
}

/// A frame that is being opened.
struct Opening<'a, U> {
    unescape: &'a U,
    frame: &'a mut [u8],
    base: usize,
    /// What is not opened yet begins here.
    from: usize,
    /// What is opened ends here, at or before `from`.
    to: usize,
}

impl<U: Unescape> Opening<'_, U> {
    /// Searches for what is not data and moves what is between, as long as that is long.
    fn sparse(&mut self, (one, other): (u8, u8)) -> Result<(), Reason> {
        loop {
            let rest = self.frame.get(self.from..).unwrap_or_default();
            let run = memchr::memchr2(one, other, rest).unwrap_or(rest.len());
            if self.from != self.to {
                self.frame.copy_within(self.from..self.from + run, self.to);
            }
            self.from += run;
            self.to += run;
            if self.from == self.frame.len() {
                return Ok(());
            }
            self.step()?;
            if run < SPARSE {
                return Ok(());
            }
        }
    }

    /// Opens one byte, or an escape and the byte after it.
    fn step(&mut self) -> Result<(), Reason> {
        let at = self.from;
        let Some(&byte) = self.frame.get(at) else {
            return Ok(());
        };
        self.from += 1;
        let data = if byte == U::ESCAPE {
            let stand_in = self.frame.get(at + 1).copied();
            self.from += 1;
            let at = self.base + at;
            self.unescape
                .open(stand_in.ok_or(Reason::Escape { at })?, at)?
        } else if self.unescape.foreign(byte) {
            return self.unescape.dismiss(byte, self.base + at);
        } else {
            byte
        };
        if let Some(slot) = self.frame.get_mut(self.to) {
            *slot = data;
        }
        self.to += 1;
        Ok(())
    }

    /// Opens about [`BLOCK`] bytes; gives whether a search is likely to be faster for the next.
    fn block(&mut self) -> Result<bool, Reason> {
        let end = self.from + BLOCK;
        let before = self.from - self.to;
        while self.from < end.min(self.frame.len()) {
            self.step()?;
        }
        Ok(self.from - self.to - before < BLOCK / SPARSE)
    }
}
