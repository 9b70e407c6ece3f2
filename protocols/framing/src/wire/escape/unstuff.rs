//! The receiver's half.

use core::ops::Range;

use super::{
    Unescape,
    block::{BLOCK, Padded, RUN, copy_run, mask},
};
use crate::wire::Reason;

/// A gap between escapes that a search for the next one is worth.
const SPARSE: usize = 24;

/// Escapes in a block beyond which moving the runs between them does not pay.
const DENSE: u32 = 24;

/// Blocks that are taken for as dense as the one before.
const DENSE_BLOCKS: usize = 4;

/// Room for the last blocks, and for what the copy of a run may touch behind each.
const ROOM: usize = 2 * (BLOCK + RUN);

/// Opens `frame` in place, from which the delimiters are gone; gives the length of what stands at
/// its front then. `base` is added to the offsets in errors.
pub(in crate::wire) fn unstuff<U: Unescape>(
    unescape: &U,
    frame: &mut [u8],
    base: usize,
) -> Result<usize, Reason> {
    let mut opening = Opening {
        unescape,
        end: frame.len(),
        frame,
        base,
        from: 0,
        to: 0,
    };
    let mut search = true;
    while opening.from < opening.end {
        if let (Some(needles), true) = (U::NEEDLES, search) {
            opening.sparse(needles)?;
            search = false;
        } else {
            search = opening.block()?;
        }
    }
    Ok(opening.to)
}

/// A frame that is being opened.
struct Opening<'a, U> {
    unescape: &'a U,
    frame: &'a mut [u8],
    /// What is to be opened ends here; there may be room behind.
    end: usize,
    base: usize,
    /// What is not opened yet begins here.
    from: usize,
    /// What is opened ends here, at or before `from`.
    to: usize,
}

impl<U: Unescape> Opening<'_, U> {
    /// Searches for what is not data and moves what is between, until that is short twice in a
    /// row.
    fn sparse(&mut self, (one, other): (u8, u8)) -> Result<(), Reason> {
        let mut short = false;
        while self.from < self.end {
            let rest = self.frame.get(self.from..self.end).unwrap_or_default();
            let run = memchr::memchr2(one, other, rest).unwrap_or(rest.len());
            if self.from != self.to {
                self.frame.copy_within(self.from..self.from + run, self.to);
            }
            self.from += run;
            self.to += run;
            if self.from < self.end {
                self.step()?;
            }
            if run < SPARSE && short {
                return Ok(());
            }
            short = run < SPARSE;
        }
        Ok(())
    }

    /// Opens one byte, or an escape and the byte after it.
    #[inline(always)]
    fn step(&mut self) -> Result<(), Reason> {
        let Some(&byte) = self.frame.get(self.from) else {
            return Ok(());
        };
        let (at, offset) = (self.from, self.base + self.from);
        self.from += 1;
        let data = if byte == U::ESCAPE {
            let stand_in = self.frame.get(..self.end).and_then(|all| all.get(at + 1));
            let stand_in = *stand_in.ok_or(Reason::Escape { at: offset })?;
            self.from += 1;
            self.unescape.open(stand_in, offset)?
        } else if self.unescape.foreign(byte) {
            return self.unescape.dismiss(byte, offset);
        } else {
            byte
        };
        if let Some(slot) = self.frame.get_mut(self.to) {
            *slot = data;
        }
        self.to += 1;
        Ok(())
    }

    /// Opens byte by byte until at least `until`.
    fn steps(&mut self, until: usize) -> Result<(), Reason> {
        let until = until.min(self.end);
        while self.from < until {
            self.step()?;
        }
        Ok(())
    }

    /// Opens [`BLOCK`] bytes or more; gives whether a search is likely to be faster for the next.
    fn block(&mut self) -> Result<bool, Reason> {
        let before = self.from - self.to;
        let Some(padded) = self.frame.get(self.from..).and_then(<[u8]>::first_chunk) else {
            self.last()?;
            return Ok(true);
        };
        let found = self.mask(padded);
        if found.count_ones() > DENSE {
            self.steps(self.from + DENSE_BLOCKS * BLOCK)?;
            return Ok(false);
        }
        if before >= RUN {
            // What is moved stays clear of what is still to be read.
            self.runs(found, None)?;
        } else {
            let (padded, behind): (Padded, _) = (*padded, self.from + BLOCK);
            self.runs(found, Some(&padded))?;
            copy_run(&padded, BLOCK, self.frame, behind);
        }
        Ok(self.from - self.to - before < BLOCK / SPARSE)
    }

    /// A bit for each byte of the block that is not data.
    #[inline(always)]
    fn mask(&self, padded: &Padded) -> u64 {
        let len = BLOCK.min(self.end - self.from);
        let foreign = |byte| byte == U::ESCAPE || self.unescape.foreign(byte);
        mask(padded, len, foreign)
    }

    /// Opens the block in which `found` is not data, moving the runs between without a look at
    /// their length. They come from `still`, where moving them may hide what is behind them.
    #[inline(always)]
    fn runs(&mut self, found: u64, still: Option<&Padded>) -> Result<(), Reason> {
        let (start, len) = (self.from, BLOCK.min(self.end - self.from));
        let (mut left, mut next) = (found, 0);
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            self.run(start, next..at, still);
            let source: &[u8] = match still {
                Some(padded) => padded,
                None => self.frame.get(start..).unwrap_or_default(),
            };
            let byte = source.get(at).copied().unwrap_or_default();
            let offset = self.base + start + at;
            if byte == U::ESCAPE {
                let stand_in = source.get(at + 1).copied().unwrap_or_default();
                if start + at + 1 >= self.end {
                    return Err(Reason::Escape { at: offset });
                }
                let data = self.unescape.open(stand_in, offset)?;
                if let Some(slot) = self.frame.get_mut(self.to) {
                    *slot = data;
                }
                self.to += 1;
                left &= !(3 << at);
                next = at + 2;
            } else {
                self.unescape.dismiss(byte, offset)?;
                left &= left - 1;
                next = at + 1;
            }
        }
        self.run(start, next..len.max(next), still);
        self.from = start + len.max(next);
        Ok(())
    }

    /// Moves a run of the block at `start`.
    #[inline(always)]
    fn run(&mut self, start: usize, run: Range<usize>, still: Option<&Padded>) {
        let mut copy = |from: usize, to: usize| {
            let bytes: Option<&[u8; RUN]> = match still {
                Some(padded) => padded.get(from..).and_then(<[u8]>::first_chunk),
                None => self.frame.get(start + from..).and_then(<[u8]>::first_chunk),
            };
            if let Some(bytes) = bytes.copied()
                && let Some(room) = self.frame.get_mut(to..).and_then(<[u8]>::first_chunk_mut)
            {
                *room = bytes;
            }
        };
        copy(run.start, self.to);
        if run.len() > RUN {
            copy(run.start + RUN, self.to + RUN);
        }
        self.to += run.len();
    }

    /// Opens the last bytes, behind which there is no room, where there is.
    fn last(&mut self) -> Result<(), Reason> {
        let mut room = [0; ROOM];
        let rest = self.frame.get(self.from..self.end).unwrap_or_default();
        if let Some(room) = room.get_mut(..rest.len()) {
            room.copy_from_slice(rest);
        }
        let mut last = Opening {
            unescape: self.unescape,
            end: rest.len(),
            frame: &mut room,
            base: self.base + self.from,
            from: 0,
            to: 0,
        };
        while last.from < last.end {
            last.block()?;
        }
        let len = last.to;
        if let Some(to) = self.frame.get_mut(self.to..self.to + len)
            && let Some(opened) = room.get(..len)
        {
            to.copy_from_slice(opened);
        }
        self.to += len;
        self.from = self.end;
        Ok(())
    }
}
