//! COBS (Cheshire and Baker 1999) and COBS/R: records without zeros between zeros, at the cost of
//! one byte in 254.
//!
//! COBS carries no check: damage that keeps the chain of codes whole goes unnoticed. One damaged
//! byte costs at most one record, except that a damaged delimiter joins two records when
//! [`Config::lead`] is off.

use core::ops::Range;

use crate::wire::{
    Cause, EncodeError, Find, Framing, MAX_RECORD, Reason,
    escape::{BLOCK, Scan, mask},
    total,
};

/// Ends a frame.
pub const DELIMITER: u8 = 0;

/// A gap between zeros that a search for the next one is worth.
const SPARSE: usize = 16;

/// The code of a block of 254 bytes that no zero follows.
const FULL: u8 = 0xFF;

/// How a COBS line is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The longest record, in bytes.
    pub max_record: usize,
    /// Sends a delimiter before each frame too, so that noise on an idle line is a frame of its
    /// own. A receiver needs no setting: it takes both.
    pub lead: bool,
    /// COBS/R: when the last byte of the record is not less than the last code, it takes the
    /// code's place, which saves a byte. A receiver of COBS/R takes plain COBS too.
    pub reduced: bool,
}

impl Default for Config {
    /// Plain COBS, records of up to [`MAX_RECORD`] bytes, no leading delimiter.
    fn default() -> Self {
        Self {
            max_record: MAX_RECORD,
            lead: false,
            reduced: false,
        }
    }
}

/// COBS framing.
///
/// Frames without even a code are idle fill; an empty record is a code alone (`01`).
#[derive(Clone, Debug, Default)]
pub struct Cobs {
    config: Config,
    scan: Scan,
}

impl Cobs {
    /// COBS as `config` says.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
            config,
            scan: Scan::new(),
        }
    }

    /// How this line is run.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The longest run between two delimiters that can hold a legal record: some senders end a
    /// record of whole blocks with an empty block.
    const fn max_content(&self) -> usize {
        let max = self.config.max_record;
        max.saturating_add(max / 254 + 1)
    }
}

impl Framing for Cobs {
    fn max_encoded_len(&self, len: usize) -> usize {
        let codes = len.div_ceil(254).max(1);
        len.saturating_add(codes + 1 + usize::from(self.config.lead))
    }

    fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        let max = self.config.max_record;
        let len = total(parts);
        if len > max {
            return Err(EncodeError::TooLong { max });
        }
        frame(&self.config, parts, out).ok_or(EncodeError::Room {
            needed: self.max_encoded_len(len),
        })
    }

    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
        self.scan.find(rx, cause, DELIMITER, self.max_content())
    }

    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        let lead = usize::from(frame.first() == Some(&DELIMITER));
        let record = open(frame, lead, self.config.reduced)?;
        if record.len() > self.config.max_record {
            let max = self.max_content();
            return Err(Reason::TooLong { max });
        }
        Ok(record)
    }
}

/// Writes a frame; gives its length, or `None` when there is no room.
fn frame(config: &Config, parts: &[&[u8]], out: &mut [u8]) -> Option<usize> {
    let mut start = 0;
    if config.lead {
        *out.get_mut(0)? = DELIMITER;
        start = 1;
    }
    let mut blocks = Blocks {
        out,
        code: start,
        at: start + 1,
    };
    for part in parts {
        blocks.push(part)?;
    }
    let end = blocks.finish(config.reduced)?;
    *out.get_mut(end)? = DELIMITER;
    Some(end + 1)
}

/// A chain of blocks that is being written.
struct Blocks<'a> {
    out: &'a mut [u8],
    /// Where the open block's code will stand.
    code: usize,
    /// Where the next byte goes.
    at: usize,
}

impl Blocks<'_> {
    /// Bytes in the open block.
    const fn run(&self) -> usize {
        self.at - self.code - 1
    }

    /// Writes the open block's code and opens the next.
    fn close(&mut self, code: u8) -> Option<()> {
        *self.out.get_mut(self.code)? = code;
        self.code = self.at;
        self.at += 1;
        Some(())
    }

    fn push(&mut self, part: &[u8]) -> Option<()> {
        let mut rest = part;
        while !rest.is_empty() {
            if self.run() == 254 {
                self.close(FULL)?;
            }
            let room = rest.len().min(254 - self.run());
            let head = rest.get(..room)?;
            let zero = memchr::memchr(0, head);
            let run = head.get(..zero.unwrap_or(room))?;
            self.out
                .get_mut(self.at..)?
                .get_mut(..run.len())?
                .copy_from_slice(run);
            self.at += run.len();
            rest = rest.get(run.len()..)?;
            if zero.is_some() {
                self.close(self.run() as u8 + 1)?;
                rest = rest.get(1..)?;
                if run.len() < SPARSE {
                    rest = self.push_dense(rest)?;
                }
            }
        }
        Some(())
    }

    /// Takes what is rich in zeros from the front of `part`; gives the rest.
    ///
    /// A zero goes as the next block's code, and takes its place: all bytes are copied where they
    /// belong, and then only the codes are put right. No run grows past two blocks, since a block
    /// with fewer than a few zeros is the last.
    fn push_dense<'p>(&mut self, part: &'p [u8]) -> Option<&'p [u8]> {
        let mut rest = part;
        while let Some((block, tail)) = rest.split_first_chunk::<BLOCK>() {
            let Some(room) = self
                .out
                .get_mut(self.at..)
                .and_then(<[u8]>::first_chunk_mut)
            else {
                break;
            };
            *room = *block;
            let zeros = mask(block, BLOCK, |byte| byte == 0);
            let mut bits = zeros;
            while bits != 0 {
                let at = self.at + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                *self.out.get_mut(self.code)? = (at - self.code) as u8;
                self.code = at;
            }
            self.at += BLOCK;
            rest = tail;
            if zeros.count_ones() < (BLOCK / SPARSE) as u32 {
                break;
            }
        }
        Some(rest)
    }

    /// Writes the last code; gives where the chain ends.
    fn finish(self, reduced: bool) -> Option<usize> {
        let code = self.run() as u8 + 1;
        let end = self.at;
        if reduced && self.run() > 0 {
            let last = *self.out.get(end - 1)?;
            if last >= code {
                *self.out.get_mut(self.code)? = last;
                return Some(end - 1);
            }
        }
        *self.out.get_mut(self.code)? = code;
        Some(end)
    }
}

/// Opens `frame`, whose first code stands at `lead`, in place.
///
/// The record stays where it stands: each code becomes the zero that it stands for. Only a code
/// after a full block stands for nothing, and what follows it moves down. That there is no zero but
/// the delimiters is `find`'s work; here one is damage only where a code should be.
fn open(frame: &mut [u8], lead: usize, reduced: bool) -> Result<Range<usize>, Reason> {
    let end = match frame.split_last() {
        Some((&DELIMITER, content)) if content.len() > lead => content.len(),
        _ => return Err(Reason::Truncated),
    };
    let start = lead + 1;
    let (mut at, mut to) = (lead, start);
    let mut code = frame.get(at).copied().unwrap_or_default();
    while at + usize::from(code) < end {
        if code == 1 {
            let zeros = zeros(frame, at + 1..end, to);
            (at, to) = (at + zeros, to + zeros);
        }
        if code == DELIMITER {
            return Err(Reason::Byte { at });
        }
        let next = at + usize::from(code);
        to += move_down(frame, at + 1..next, to);
        // Where nothing has moved, the next code stands where its zero goes.
        let next_code = frame.get(next).copied().unwrap_or_default();
        if let (true, Some(zero)) = (code != FULL, frame.get_mut(to)) {
            *zero = 0;
            to += 1;
        }
        (at, code) = (next, next_code);
    }
    let mut stop = end;
    if at + usize::from(code) > end {
        if !reduced {
            return Err(Reason::Byte { at });
        }
        // The code is the record's last byte too; the delimiter makes room for it.
        if let Some(slot) = frame.get_mut(end) {
            *slot = code;
        }
        stop += 1;
    }
    to += move_down(frame, at + 1..stop, to);
    Ok(start..to)
}

/// Opens as many empty blocks as have their codes in a row from the start of `within`, eight at a
/// time, its last byte excepted, to `to`, which is not behind it; gives how many.
fn zeros(frame: &mut [u8], within: Range<usize>, to: usize) -> usize {
    let codes = frame.get(within).unwrap_or_default();
    let [codes @ .., _] = codes else { return 0 };
    let (words, _) = codes.as_chunks::<8>();
    let zeros = 8 * words.iter().take_while(|word| **word == [1; 8]).count();
    if let Some(opened) = frame.get_mut(to..to + zeros) {
        opened.fill(0);
    }
    zeros
}

/// Moves `bytes` of `frame` to `to`; gives how many they are.
fn move_down(frame: &mut [u8], bytes: Range<usize>, to: usize) -> usize {
    let len = bytes.len();
    if bytes.start != to {
        frame.copy_within(bytes, to);
    }
    len
}
