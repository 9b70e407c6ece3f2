//! Records between STX and ETX, with a block check after them: the character-oriented framing of
//! scales, printers and older controllers (ANSI X3.28, ISO 1745), plain or with DLE before each
//! control character so that records may hold anything.
//!
//! Damage: a damaged STX or ETX costs its own record alone, because the next STX begins anew (k = 0);
//! but a lost block check takes the next STX for itself, and a DLE whose ETX was lost takes the DLE
//! of the next frame's beginning (k = 1 with a block check, and with DLE). Bytes between frames are
//! reported once for each run. With DLE, garbage that ends in DLE takes the DLE of the beginning behind
//! it, and would go on to do so for as long as every block check happens to be a DLE.

use core::ops::Range;

use lineside_check::Trailer;

use super::{Cause, EncodeError, Find, Framing, MAX_RECORD, Reason, gather, total};

mod dle;
#[cfg(test)]
mod tests;

/// Begins a record.
pub const STX: u8 = 0x02;
/// Ends a record.
pub const ETX: u8 = 0x03;
/// Announces a control character.
pub const DLE: u8 = 0x10;

/// The longest block check, in bytes.
const MAX_BCC: usize = 8;

/// How records are enclosed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The longest record, in bytes.
    pub max_record: usize,
    /// Frames are DLE STX, the record with each DLE doubled, DLE ETX. Otherwise STX and ETX stand
    /// alone, and no record may hold either.
    pub transparent: bool,
    /// The block check after ETX. It may have any value, ETX included.
    pub bcc: Option<Trailer>,
    /// What the block check is taken of.
    pub covers: Covers,
}

/// What the block check is taken of. A DLE that was put in by the framing is never counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Covers {
    /// The record alone.
    Record,
    /// The record and ETX, as ISO 1745 has it.
    #[default]
    RecordEtx,
    /// STX, the record and ETX.
    StxRecordEtx,
}

impl Default for Config {
    /// Plain, without a block check.
    fn default() -> Self {
        Self {
            max_record: MAX_RECORD,
            transparent: false,
            bcc: None,
            covers: Covers::RecordEtx,
        }
    }
}

/// Records between STX and ETX.
#[derive(Clone, Debug, Default)]
pub struct Stx {
    config: Config,
    /// Nothing of interest stands before this offset.
    scanned: usize,
    /// Doubled DLEs before it.
    doubled: usize,
    /// What stands before the next frame was reported.
    hunting: bool,
}

/// What the search inside a frame meets first.
enum Met {
    /// The end: this many bytes up to and with ETX.
    End(usize),
    /// The beginning of another frame, at this offset.
    Start(usize),
    /// An escape that means nothing, at this offset.
    Escape(usize),
    /// Nothing within the longest frame; drop this many bytes.
    Long(usize),
    /// Nothing yet.
    Nothing,
}

impl Stx {
    /// Records enclosed as `config` says.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
            config,
            scanned: 0,
            doubled: 0,
            hunting: false,
        }
    }

    /// How the records are enclosed.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    fn bcc_len(&self) -> usize {
        self.config.bcc.map_or(0, Trailer::len)
    }

    /// The length of what begins or ends a frame.
    const fn mark_len(&self) -> usize {
        if self.config.transparent { 2 } else { 1 }
    }

    /// The block check of a record of `parts`, at the front of the result.
    fn bcc(&self, parts: &[&[u8]]) -> [u8; MAX_BCC] {
        let mut out = [0; MAX_BCC];
        if let Some(bcc) = self.config.bcc {
            let mut digest = bcc.algorithm.digest();
            if self.config.covers == Covers::StxRecordEtx {
                digest.update(&[STX]);
            }
            parts.iter().for_each(|part| digest.update(part));
            if self.config.covers != Covers::Record {
                digest.update(&[ETX]);
            }
            let _ = bcc.algorithm.write(digest.finish(), bcc.order, &mut out);
        }
        out
    }

    /// Looks inside a frame that begins where `rx` does.
    fn look(&mut self, rx: &[u8]) -> Find {
        let max = self.config.max_record;
        let met = if self.config.transparent {
            self.meet_dle(rx)
        } else {
            self.meet(rx)
        };
        match met {
            Met::Nothing => return Find::More,
            Met::End(end) if rx.len() < end + self.bcc_len() => return Find::More,
            _ => {}
        }
        let record = |end: usize| end - 2 * self.mark_len() - self.doubled;
        let (found, hunting) = match met {
            Met::End(end) if record(end) > max => {
                let n = end + self.bcc_len();
                (Find::Skip(n, Some(Reason::TooLong { max })), true)
            }
            Met::End(end) => (Find::Frame(end + self.bcc_len()), false),
            Met::Start(at) => (Find::Skip(at, Some(Reason::Byte { at })), true),
            Met::Escape(at) => (Find::Skip(at + 2, Some(Reason::Escape { at })), true),
            Met::Long(n) => (Find::Skip(n, Some(Reason::TooLong { max })), true),
            Met::Nothing => return Find::More,
        };
        (self.scanned, self.doubled, self.hunting) = (0, 0, hunting);
        found
    }

    /// Plain: the first STX or ETX after the first byte.
    fn meet(&mut self, rx: &[u8]) -> Met {
        let limit = self.config.max_record.saturating_add(2);
        let window = rx.get(..limit).unwrap_or(rx);
        let from = self.scanned.max(1);
        let met = memchr::memchr2(STX, ETX, window.get(from..).unwrap_or_default());
        let at = from + met.unwrap_or(0);
        self.scanned = if met.is_some() { at } else { window.len() };
        match met {
            Some(_) if window.get(at) == Some(&ETX) => Met::End(at + 1),
            Some(_) => Met::Start(at),
            None if rx.len() >= limit => Met::Long(limit),
            None => Met::Nothing,
        }
    }

    /// Drops what stands before a frame; reports the first of it.
    fn noise(&mut self, rx: &[u8]) -> Find {
        if self.config.transparent {
            return self.noise_dle(rx);
        }
        if !core::mem::replace(&mut self.hunting, true) {
            return Find::Skip(1, Some(Reason::Noise));
        }
        Find::Skip(memchr::memchr(STX, rx).unwrap_or(rx.len()), None)
    }

    fn begins(&self, rx: &[u8]) -> bool {
        if self.config.transparent {
            rx.starts_with(&[DLE, STX])
        } else {
            rx.starts_with(&[STX])
        }
    }

    fn cut(&mut self, len: usize, reason: Reason, hunting: bool) -> Find {
        (self.scanned, self.doubled) = (0, 0);
        let reported = core::mem::replace(&mut self.hunting, hunting);
        Find::Skip(len, (!reported).then_some(reason))
    }
}

impl Framing for Stx {
    fn max_encoded_len(&self, len: usize) -> usize {
        let len = if self.config.transparent {
            len.saturating_mul(2)
        } else {
            len
        };
        len.saturating_add(2 * self.mark_len() + self.bcc_len())
    }

    fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        let max = self.config.max_record;
        let len = total(parts);
        if len > max {
            return Err(EncodeError::TooLong { max });
        }
        let end = if self.config.transparent {
            self.encode_dle(parts, out)?
        } else {
            self.encode_plain(parts, out)?
        };
        let bcc = self.bcc(parts);
        let bcc = bcc.get(..self.bcc_len()).unwrap_or_default();
        let needed = end + bcc.len();
        let room = EncodeError::Room { needed };
        out.get_mut(end..needed).ok_or(room)?.copy_from_slice(bcc);
        Ok(needed)
    }

    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
        let found = match rx.len() {
            0 => Find::More,
            _ if self.begins(rx) => self.look(rx),
            _ => self.noise(rx),
        };
        // A frame's beginning after damage makes the next damage a new one.
        match (found, cause) {
            (Find::More, Cause::Mark) => {
                self.hunting &= !self.begins(rx);
                self.cut(rx.len(), Reason::Line, true)
            }
            (Find::More, Cause::Eof) if !rx.is_empty() => {
                self.hunting &= !self.begins(rx);
                self.cut(rx.len(), Reason::Truncated, false)
            }
            (found, _) => found,
        }
    }

    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        let mark = self.mark_len();
        let min = 2 * mark + self.bcc_len();
        let end = frame
            .len()
            .checked_sub(self.bcc_len())
            .filter(|_| frame.len() >= min);
        let end = end.ok_or(Reason::TooShort { min })?;
        let (body, bcc) = frame
            .split_at_mut_checked(end)
            .ok_or(Reason::TooShort { min })?;
        let record = if self.config.transparent {
            dle::open(body)?
        } else {
            open(body)?
        };
        let expected = self.bcc(&[body.get(record.clone()).unwrap_or_default()]);
        if bcc == expected.get(..bcc.len()).unwrap_or_default() {
            Ok(record)
        } else {
            Err(Reason::Check)
        }
    }
}

impl Stx {
    fn encode_plain(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        let len = total(parts);
        let room = EncodeError::Room {
            needed: self.max_encoded_len(len),
        };
        let frame = out.get_mut(..len + 2).ok_or(room)?;
        let [stx, record @ .., etx] = frame else {
            return Err(room);
        };
        gather(parts, record).ok_or(room)?;
        if let Some(at) = memchr::memchr2(STX, ETX, record) {
            return Err(EncodeError::Delimiter { at });
        }
        (*stx, *etx) = (STX, ETX);
        Ok(len + 2)
    }
}

/// Opens a plain frame without its block check.
fn open(body: &[u8]) -> Result<Range<usize>, Reason> {
    let [STX, record @ .., ETX] = body else {
        let at = if body.first() == Some(&STX) {
            body.len().saturating_sub(1)
        } else {
            0
        };
        return Err(Reason::Byte { at });
    };
    match memchr::memchr2(STX, ETX, record) {
        Some(at) => Err(Reason::Byte { at: at + 1 }),
        None => Ok(1..1 + record.len()),
    }
}
