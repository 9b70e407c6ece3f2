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

use lineside_check::Order;
use nom::{
    IResult, Parser,
    bytes::complete::{take, take_while_m_n},
    number::complete::u8,
};

use super::{
    Cause, EncodeError, Find, Framing, MAX_RECORD, Reason, Silence, delimiter::Sequence, gather,
    total,
};

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

/// The length field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// One byte.
    U8,
    /// Two bytes.
    U16,
    /// Three bytes.
    U24,
    /// Four bytes.
    U32,
    /// Eight bytes.
    U64,
    /// LEB128: seven bits in a byte, the lowest first, the top bit set in all but the last.
    Varint,
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
#[derive(Clone, Debug, Default)]
pub struct Length {
    config: Config,
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

impl Length {
    /// Records after headers as `config` says.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
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

    /// What the length field holds for `body` bytes after it, and how long it is.
    fn length_of(&self, body: usize) -> Option<(u64, usize)> {
        let width = self.config.width;
        let widths = if width == Width::Varint {
            1..=MAX_VARINT
        } else {
            width.len(0)..=width.len(0)
        };
        widths.into_iter().find_map(|len| {
            let counted = if self.config.includes_header {
                self.offset() + len
            } else {
                0
            };
            let length = body as i128 + counted as i128 - i128::from(self.config.adjust);
            let length = u64::try_from(length).ok()?;
            let fits = width == Width::Varint || len == 8 || length >> (8 * len) == 0;
            (fits && width.len(length) == len).then_some((length, len))
        })
    }
}

impl Framing for Length {
    fn max_encoded_len(&self, len: usize) -> usize {
        len.saturating_add(self.magic().len() + MAX_VARINT)
    }

    fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        let max = self.config.max_record;
        let (magic, prefix) = (self.magic(), self.prefix());
        let record = total(parts);
        if record > max {
            return Err(EncodeError::TooLong { max });
        }
        let body = record
            .checked_sub(prefix)
            .ok_or(EncodeError::TooShort { min: prefix })?;
        let (length, width) = self.length_of(body).ok_or(EncodeError::TooLong { max })?;
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

    #[inline]
    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
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

    #[inline]
    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
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

impl Width {
    /// The length in bytes of a field that holds `length`.
    const fn len(self, length: u64) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U24 => 3,
            Self::U32 => 4,
            Self::U64 => 8,
            Self::Varint => (64 - (length | 1).leading_zeros() as usize).div_ceil(7),
        }
    }

    /// header = offset length
    #[inline]
    fn after(self, offset: usize, order: Order, input: &[u8]) -> IResult<&[u8], u64> {
        let (input, _) = take(offset).parse(input)?;
        if self == Self::Varint {
            return varint(input);
        }
        let (input, field) = take(self.len(0)).parse(input)?;
        let push = |length: u64, byte: &u8| length << 8 | u64::from(*byte);
        let length = match (field, order) {
            // One load instead of a loop, for the usual widths.
            (&[a, b], Order::Big) => u16::from_be_bytes([a, b]).into(),
            (&[a, b, c, d], Order::Big) => u32::from_be_bytes([a, b, c, d]).into(),
            (&[a, b], Order::Little) => u16::from_le_bytes([a, b]).into(),
            (&[a, b, c, d], Order::Little) => u32::from_le_bytes([a, b, c, d]).into(),
            (_, Order::Big) => field.iter().fold(0, push),
            (_, Order::Little) => field.iter().rev().fold(0, push),
        };
        Ok((input, length))
    }

    fn write(self, length: u64, order: Order, field: &mut [u8]) {
        let len = field.len();
        match (self, order) {
            (Self::Varint, _) => {
                for (at, byte) in field.iter_mut().enumerate() {
                    let bits = (length >> (7 * at)) as u8 & 0x7F;
                    *byte = if at + 1 < len { bits | 0x80 } else { bits };
                }
            }
            (_, Order::Little) => {
                field
                    .iter_mut()
                    .zip(length.to_le_bytes())
                    .for_each(|(to, from)| *to = from);
            }
            (_, Order::Big) => {
                let bytes = length.to_le_bytes();
                field
                    .iter_mut()
                    .rev()
                    .zip(bytes)
                    .for_each(|(to, from)| *to = from);
            }
        }
    }
}

/// varint = *9(%x80-FF) %x00-7F, the lowest seven bits first (LEB128). What exceeds 64 bits is
/// [`u64::MAX`]: no length is that.
fn varint(input: &[u8]) -> IResult<&[u8], u64> {
    let more = take_while_m_n(0, MAX_VARINT - 1, |byte| byte & 0x80 != 0);
    let (input, (more, last)) = (more, u8).parse(input)?;
    if last & 0x80 != 0 {
        let tag = nom::error::ErrorKind::Digit;
        return Err(nom::Err::Error(nom::error::Error::new(input, tag)));
    }
    let bits = |byte: &u8| u128::from(byte & 0x7F);
    let value = more
        .iter()
        .rev()
        .fold(bits(&last), |value, byte| value << 7 | bits(byte));
    Ok((input, u64::try_from(value).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut Config)) -> Length {
        let mut config = Config::default();
        change(&mut config);
        Length::new(config)
    }

    #[track_caller]
    fn there_and_back(mut framing: Length, record: &[u8], frame: &[u8]) {
        let mut out = [0; 600];
        let n = framing.encode(&[record], &mut out).unwrap();
        assert_eq!(&out[..n], frame);
        for cut in 0..n {
            assert_eq!(framing.find(&out[..cut], Cause::Bytes), Find::More, "{cut}");
        }
        assert_eq!(framing.find(&out[..n + 3], Cause::Bytes), Find::Frame(n));
        let range = framing.decode(&mut out[..n]).unwrap();
        assert_eq!(&out[range], record);
    }

    #[test]
    fn each_width_and_order_holds_a_length() {
        use Order::{Big, Little};
        let widths: [(Width, Order, &[u8]); 8] = [
            (Width::U8, Big, b"\x02ab"),
            (Width::U16, Big, b"\0\x02ab"),
            (Width::U16, Little, b"\x02\0ab"),
            (Width::U24, Big, b"\0\0\x02ab"),
            (Width::U24, Little, b"\x02\0\0ab"),
            (Width::U32, Little, b"\x02\0\0\0ab"),
            (Width::U64, Big, b"\0\0\0\0\0\0\0\x02ab"),
            (Width::Varint, Big, b"\x02ab"),
        ];
        for (width, order, frame) in widths {
            let framing = with(|config| (config.width, config.order) = (width, order));
            there_and_back(framing, b"ab", frame);
        }
    }

    #[test]
    fn a_varint_takes_as_many_bytes_as_it_needs_and_may_count_itself() {
        let varint = |includes_header| {
            with(|config| {
                config.width = Width::Varint;
                config.includes_header = includes_header;
            })
        };
        let mut frame = [b'x'; 302];
        frame[..2].copy_from_slice(&[0xAC, 0x02]);
        there_and_back(varint(false), &frame[2..], &frame);
        frame[..2].copy_from_slice(&[0xAE, 0x02]);
        there_and_back(varint(true), &frame[2..], &frame);
        // 126 bytes and the count itself are 127, which one byte holds; 127 and two are 129.
        frame[0] = 127;
        there_and_back(varint(true), &frame[1..127], &frame[..127]);
        frame[..2].copy_from_slice(&[0x81, 0x01]);
        there_and_back(varint(true), &frame[2..129], &frame[..129]);
    }

    #[test]
    fn what_stands_before_the_length_is_the_records() {
        let framing = with(|config| {
            config.magic = Sequence::new(b"\xAA\x55");
            config.offset = 3;
            config.width = Width::U8;
            config.includes_header = true;
            config.adjust = -1;
        });
        there_and_back(framing.clone(), b"Tab", b"\xAA\x55T\x07ab");
        let mut out = [0; 8];
        assert_eq!(
            framing.encode(&[], &mut out),
            Err(EncodeError::TooShort { min: 1 })
        );
    }

    #[test]
    fn an_illegal_length_that_is_believed_drops_its_frame_alone() {
        let mut framing = with(|config| config.max_record = 4);
        let illegal = Some(Reason::Length { length: 6 });
        assert_eq!(
            framing.find(b"\0\x06abc", Cause::Bytes),
            Find::Skip(2, illegal)
        );
        assert_eq!(framing.find(b"abc", Cause::Bytes), Find::Skip(3, None));
        assert_eq!(
            framing.find(b"def\0\x01x", Cause::Bytes),
            Find::Skip(3, None)
        );
        assert_eq!(framing.find(b"\0\x01x", Cause::Bytes), Find::Frame(3));
    }

    #[test]
    fn an_illegal_length_that_is_not_believed_is_one_error_until_a_legal_one() {
        let mut framing = with(|config| (config.max_record, config.believe) = (4, 0));
        let illegal = Some(Reason::Length { length: 0x0901 });
        assert_eq!(
            framing.find(b"\x09\x01\0\x01x", Cause::Bytes),
            Find::Skip(1, illegal)
        );
        assert_eq!(
            framing.find(b"\x01\0\x01x", Cause::Bytes),
            Find::Skip(1, None)
        );
        assert_eq!(framing.find(b"\0\x01x", Cause::Bytes), Find::Frame(3));
    }

    #[test]
    fn a_magic_brings_the_receiver_back() {
        let mut framing = with(|config| config.magic = Sequence::new(b"\xAA\x55"));
        assert_eq!(
            framing.find(b"ab\xAA\xAA\x55", Cause::Bytes),
            Find::Skip(1, Some(Reason::Noise))
        );
        assert_eq!(
            framing.find(b"b\xAA\xAA\x55", Cause::Bytes),
            Find::Skip(1, None)
        );
        assert_eq!(
            framing.find(b"\xAA\xAA\x55", Cause::Bytes),
            Find::Skip(1, None)
        );
        assert_eq!(
            framing.find(b"\xAA\x55\0\x01x", Cause::Bytes),
            Find::Frame(5)
        );
        let long = Some(Reason::Length { length: 0xFFFF });
        assert_eq!(
            framing.find(b"\xAA\x55\xFF\xFF", Cause::Bytes),
            Find::Skip(1, long)
        );
    }

    #[test]
    fn a_silence_brings_the_receiver_back() {
        let mut framing = with(|config| config.silence = Some(super::super::gap::T3_5));
        let long = Some(Reason::Length { length: 0xFFFF });
        assert_eq!(
            framing.find(b"\xFF\xFF\0\x01x", Cause::Bytes),
            Find::Skip(1, long)
        );
        assert_eq!(
            framing.find(b"\xFF\0\x01x", Cause::Bytes),
            Find::Skip(4, None)
        );
        assert_eq!(framing.find(b"", Cause::Silence), Find::More);
        assert_eq!(
            framing.find(b"\0\x09x", Cause::Silence),
            Find::Skip(3, Some(Reason::Gap))
        );
        assert_eq!(framing.find(b"\0\x01x", Cause::Bytes), Find::Frame(3));
    }

    #[test]
    fn a_damaged_character_in_the_body_is_counted() {
        let mut framing = Length::default();
        assert_eq!(
            framing.find(b"\0\x04a", Cause::Mark),
            Find::Skip(3, Some(Reason::Line))
        );
        assert_eq!(
            framing.find(b"cd\0\x01x", Cause::Bytes),
            Find::Skip(2, None)
        );
        assert_eq!(framing.find(b"\0\x01x", Cause::Bytes), Find::Frame(3));
    }

    #[test]
    fn a_varint_without_an_end_is_an_illegal_length() {
        let mut framing = with(|config| config.width = Width::Varint);
        assert_eq!(framing.find(&[0x80; 9], Cause::Bytes), Find::More);
        let illegal = Some(Reason::Length { length: u64::MAX });
        assert_eq!(
            framing.find(&[0x80; 10], Cause::Bytes),
            Find::Skip(1, illegal)
        );
        let mut huge = [0xFF; 10];
        huge[9] = 0x7F;
        assert_eq!(framing.find(&huge, Cause::Bytes), Find::Skip(1, None));
    }

    #[test]
    fn a_record_that_the_length_cannot_hold_is_refused() {
        let mut out = [0; 600];
        let narrow = with(|config| config.width = Width::U8);
        let long = EncodeError::TooLong { max: MAX_RECORD };
        assert_eq!(narrow.encode(&[&[0; 256]], &mut out), Err(long));
        assert_eq!(
            Length::default().encode(&[b"ab"], &mut out[..3]),
            Err(EncodeError::Room { needed: 4 })
        );
    }
}
