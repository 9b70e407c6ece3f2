//! Records after a header that holds their length.
//!
//! A frame is the magic bytes, the first bytes of the record where the length does not stand at the
//! front ([`Config::offset`]), the length, and the rest of the record.
//!
//! Damage: a damaged length that is legal takes later records with it, as many as fit into the
//! longest record. A check around this framing ([`Checked`](super::checked::Checked)) looks inside
//! such a frame before it believes it: then no later record is lost (k = 0), though it may wait for
//! the bytes that the damaged length announces. An illegal length is never an error for ever. After
//! it the receiver
//! - looks for the next magic, where there is one;
//! - else waits for a silence, where one is configured;
//! - else drops as many bytes as the header says, when that is at most [`Config::believe`]: the peer
//!   meant it, and the next record follows (k = 0);
//! - else moves on by one byte at a time until a legal header stands there.

use core::ops::Range;

#[cfg(feature = "machine")]
use bytes::BytesMut;
use lineside_check::Order;

#[cfg(feature = "machine")]
use super::append_encoded;
use super::{
    Cause, EncodeError, Find, Framing, MAX_RECORD, Reason, Silence, delimiter::Sequence, gather,
};

mod quick;
mod sizes;
#[cfg(test)]
mod tests;
mod width;

pub use width::Width;

use quick::Quick;
use sizes::Sizes;

/// The longest LEB128 number that fits 64 bits.
const MAX_VARINT: usize = 10;

/// What the header looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The longest record, in bytes.
    pub max_record: usize,
    /// The length field.
    pub width: Width,
    /// The order of its bytes; a varint has its own.
    pub order: Order,
    /// Bytes that begin every frame, by which a receiver gets back into step.
    pub magic: Option<Sequence>,
    /// Bytes before the length field. Those that are not the magic are the first of the record.
    /// Less than the magic's length counts as that.
    pub offset: usize,
    /// The length counts the magic, the offset and itself too.
    pub includes_header: bool,
    /// Added to the length to get the number of bytes after it: -4 when it counts four more.
    pub adjust: i32,
    /// A silence as long as this begins a new frame, whatever is missing from the last.
    pub silence: Option<Silence>,
    /// The longest length of an illegal frame that is believed, so that the frame is dropped as a
    /// whole. Zero where lengths may be damaged, and under a check. Default 16 MiB.
    pub believe: u64,
}

impl Default for Config {
    /// Two bytes, high byte first, that count the record alone.
    fn default() -> Self {
        Self {
            max_record: MAX_RECORD,
            width: Width::U16,
            order: Order::Big,
            magic: None,
            offset: 0,
            includes_header: false,
            adjust: 0,
            silence: None,
            believe: 16 << 20,
        }
    }
}

/// Records after a header that holds their length.
#[derive(Clone, Debug)]
pub struct Length {
    config: Config,
    /// The usual header, read without looking at `config`.
    quick: Quick,
    /// Bytes that are still to come of a frame that was reported.
    owed: u64,
    step: Step,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    /// A frame begins where `rx` does.
    #[default]
    In,
    /// Not known where a frame begins, and reported.
    Out,
    /// The same, and nothing counts before a silence.
    Quiet,
}

/// What stands at the front.
enum Header {
    /// Not enough to tell.
    More,
    /// No magic.
    Noise,
    /// An illegal length, and how many bytes it asks for if it is believed.
    Bad {
        length: u64,
        header: usize,
        body: Option<u64>,
    },
    /// A header of this many bytes, and as many after it.
    Good { header: usize, body: usize },
}

impl Default for Length {
    fn default() -> Self {
        Self::new(Config::default())
    }
}

impl Length {
    /// Records after headers as `config` says.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
            quick: Quick::of(&config),
            config,
            owed: 0,
            step: Step::In,
        }
    }

    /// What the header looks like.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    fn magic(&self) -> &[u8] {
        self.config.magic.as_ref().map_or(&[], Sequence::as_slice)
    }

    fn offset(&self) -> usize {
        self.config.offset.max(self.magic().len())
    }

    /// Bytes of the record that stand before the length.
    fn prefix(&self) -> usize {
        self.offset() - self.magic().len()
    }

    /// Reads the header at the front.
    #[inline]
    fn header(&self, rx: &[u8]) -> Header {
        if let Some(magic) = &self.config.magic {
            let magic = magic.as_slice();
            if !magic.starts_with(rx.get(..magic.len()).unwrap_or(rx)) {
                return Header::Noise;
            }
        }
        let offset = self.offset();
        let Ok((rest, length)) = self.config.width.after(offset, self.config.order, rx) else {
            let overlong = self.config.width == Width::Varint && rx.len() >= offset + MAX_VARINT;
            return if overlong {
                self.bad(u64::MAX, offset + 1, None)
            } else {
                Header::More
            };
        };
        let header = rx.len() - rest.len();
        let counted = if self.config.includes_header {
            header as i64
        } else {
            0
        };
        let body = i64::try_from(length).ok();
        let body =
            body.and_then(|length| (length - counted).checked_add(self.config.adjust.into()));
        let Some(body) = body.and_then(|body| u64::try_from(body).ok()) else {
            return self.bad(length, header, None);
        };
        match usize::try_from(body) {
            Ok(fits) if fits.saturating_add(self.prefix()) <= self.config.max_record => {
                Header::Good { header, body: fits }
            }
            _ => self.bad(length, header, Some(body)),
        }
    }

    #[cold]
    fn bad(&self, length: u64, header: usize, body: Option<u64>) -> Header {
        let body = body.filter(|body| *body <= self.config.believe);
        Header::Bad {
            length,
            header,
            body,
        }
    }

    /// What stands at the front is no header.
    fn lost(&mut self, rx: &[u8], header: usize, body: Option<u64>, reason: Reason) -> Find {
        let report = (self.step == Step::In).then_some(reason);
        if let Some(magic) = &self.config.magic {
            self.step = Step::Out;
            if report.is_some() {
                return Find::Skip(1, report);
            }
            // Everything up to what may begin a magic.
            let first = magic.as_slice().first().copied().unwrap_or_default();
            let rest = rx.get(1..).unwrap_or_default();
            let next = memchr::memchr(first, rest).unwrap_or(rest.len());
            return Find::Skip(1 + next, None);
        }
        if self.config.silence.is_some() {
            self.step = Step::Quiet;
            return Find::Skip(1, report);
        }
        match body {
            Some(body) => {
                self.owed = body;
                self.step = Step::In;
                Find::Skip(header, report)
            }
            None => {
                self.step = Step::Out;
                Find::Skip(1, report)
            }
        }
    }

    /// The frame breaks off here.
    fn cut(&mut self, len: usize, reason: Reason) -> Find {
        let report = (self.step == Step::In).then_some(reason);
        self.owed = 0;
        self.step = Step::In;
        if len == 0 {
            Find::More
        } else {
            Find::Skip(len, report)
        }
    }

    /// A damaged character stands for one byte, which is counted where the length is known.
    fn damaged(&mut self, rx: &[u8]) -> Find {
        if self.owed > 0 {
            self.owed -= 1;
            return Find::More;
        }
        let report = (self.step == Step::In).then_some(Reason::Line);
        match self.header(rx) {
            Header::Good { header, body } if header <= rx.len() => {
                self.owed = (header + body).saturating_sub(rx.len() + 1) as u64;
                self.step = Step::In;
            }
            _ if self.config.silence.is_some() => self.step = Step::Quiet,
            _ => self.step = Step::Out,
        }
        Find::Skip(rx.len(), report)
    }
}

impl Framing for Length {
    fn max_encoded_len(&self, len: usize) -> usize {
        len.saturating_add(self.magic().len() + MAX_VARINT)
    }

    fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        let (magic, prefix) = (self.magic(), self.prefix());
        let Sizes {
            record,
            length,
            width,
        } = self.sizes(parts)?;
        let needed = magic.len() + record + width;
        let room = EncodeError::Room { needed };
        let frame = out.get_mut(..needed).ok_or(room)?;
        let (front, rest) = frame.split_at_mut_checked(magic.len()).ok_or(room)?;
        front.copy_from_slice(magic);
        gather(parts, rest.get_mut(width..).ok_or(room)?).ok_or(room)?;
        rest.copy_within(width..width + prefix, 0);
        let field = rest.get_mut(prefix..prefix + width).ok_or(room)?;
        self.config.width.write(length, self.config.order, field);
        Ok(needed)
    }

    #[cfg(feature = "machine")]
    fn append(&self, parts: &[&[u8]], out: &mut BytesMut) -> Result<(), EncodeError> {
        if self.prefix() > 0 {
            // The length goes into the record.
            return append_encoded(self, parts, out);
        }
        let sizes = self.sizes(parts)?;
        let mut field = [0; MAX_VARINT];
        let field = field.get_mut(..sizes.width).unwrap_or_default();
        self.config
            .width
            .write(sizes.length, self.config.order, field);
        out.reserve(self.magic().len() + sizes.width + sizes.record);
        out.extend_from_slice(self.magic());
        out.extend_from_slice(field);
        parts.iter().for_each(|part| out.extend_from_slice(part));
        Ok(())
    }

    #[inline]
    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
        if self.owed == 0
            && self.step != Step::Quiet
            && let Some((header, body)) = self.quick.header(rx)
            && rx.len() - header >= body
        {
            self.step = Step::In;
            return Find::Frame(header + body);
        }
        self.seek(rx, cause)
    }

    #[inline]
    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        match self.quick.header(frame) {
            Some((header, body)) if frame.len() - header == body && self.prefix() == 0 => {
                Ok(header..frame.len())
            }
            _ => self.open(frame),
        }
    }

    fn silence(&self) -> Option<Silence> {
        self.config.silence
    }

    fn pieces(&self, frame: &[u8]) -> Option<[Range<usize>; 2]> {
        match self.header(frame) {
            Header::Good { header, .. } => {
                Some([self.magic().len()..self.offset(), header..frame.len()])
            }
            _ => None,
        }
    }
}

impl Length {
    /// Looks at whatever may stand at the front.
    fn seek(&mut self, rx: &[u8], cause: Cause) -> Find {
        if self.owed > 0 && !rx.is_empty() {
            let n = usize::try_from(self.owed)
                .unwrap_or(usize::MAX)
                .min(rx.len());
            self.owed -= n as u64;
            return Find::Skip(n, None);
        }
        if self.step == Step::Quiet && !rx.is_empty() {
            return Find::Skip(rx.len(), None);
        }
        if !rx.is_empty() {
            match self.header(rx) {
                Header::Good { header, body } if rx.len() - header >= body => {
                    self.step = Step::In;
                    return Find::Frame(header + body);
                }
                Header::Good { .. } | Header::More => {}
                Header::Noise => return self.lost(rx, 1, None, Reason::Noise),
                Header::Bad {
                    length,
                    header,
                    body,
                } => {
                    return self.lost(rx, header, body, Reason::Length { length });
                }
            }
        }
        match cause {
            Cause::Silence if self.config.silence.is_some() => self.cut(rx.len(), Reason::Gap),
            Cause::Bytes | Cause::Late | Cause::Silence => Find::More,
            Cause::Eof => self.cut(rx.len(), Reason::Truncated),
            Cause::Mark => self.damaged(rx),
        }
    }

    /// Opens a frame whose header may be anything.
    fn open(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        match self.header(frame) {
            Header::Good { header, body } if frame.len() - header == body => {
                let (magic, prefix) = (self.magic().len(), self.prefix());
                let begin = header - prefix;
                if prefix > 0 {
                    frame.copy_within(magic..magic + prefix, begin);
                }
                Ok(begin..frame.len())
            }
            Header::Noise => Err(Reason::Noise),
            Header::Bad { length, .. } => Err(Reason::Length { length }),
            Header::Good { .. } | Header::More => Err(Reason::Truncated),
        }
    }
}
