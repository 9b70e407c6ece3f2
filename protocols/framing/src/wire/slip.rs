//! SLIP (RFC 1055): records between END bytes, with END and ESC escaped.
//!
//! SLIP carries no check: damage inside a record goes unnoticed unless it makes an illegal escape.
//! With [`Config::lead`] one damaged byte costs at most one record; without it, a damaged END joins
//! two records.

use core::ops::Range;

use crate::wire::{
    Cause, EncodeError, Find, Framing, MAX_RECORD, Reason,
    escape::{self, Escape, Scan, Steps, Unescape},
    total,
};

/// Ends a frame, and may begin one.
pub const END: u8 = 0xC0;
/// Announces a stand-in.
pub const ESC: u8 = 0xDB;
/// Stands for END after ESC.
pub const ESC_END: u8 = 0xDC;
/// Stands for ESC after ESC.
pub const ESC_ESC: u8 = 0xDD;

/// How a SLIP line is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The longest record, in bytes.
    pub max_record: usize,
    /// Sends an END before each frame too, so that noise on an idle line is a frame of its own
    /// (RFC 1055). A receiver needs no setting: it takes both.
    pub lead: bool,
    /// A frame in which ESC precedes anything but ESC_END and ESC_ESC is damaged. Otherwise the byte
    /// after ESC is kept as it is (RFC 1055's own receiver). An ESC right before END is damage
    /// either way.
    pub strict: bool,
}

impl Default for Config {
    /// Records of up to [`MAX_RECORD`] bytes, a leading END, lenient.
    fn default() -> Self {
        Self {
            max_record: MAX_RECORD,
            lead: true,
            strict: false,
        }
    }
}

/// SLIP framing.
///
/// Empty frames are idle fill, and an empty record cannot be sent.
#[derive(Clone, Debug, Default)]
pub struct Slip {
    config: Config,
    scan: Scan,
}

impl Slip {
    /// SLIP as `config` says.
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

    /// The longest run between two ENDs that can hold a legal record.
    const fn max_content(&self) -> usize {
        self.config.max_record.saturating_mul(2)
    }
}

impl Framing for Slip {
    fn max_encoded_len(&self, len: usize) -> usize {
        len.saturating_mul(2)
            .saturating_add(1 + self.config.lead as usize)
    }

    fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        let max = self.config.max_record;
        match total(parts) {
            0 => Err(EncodeError::Empty),
            len if len > max => Err(EncodeError::TooLong { max }),
            len => frame(self.config.lead, parts, out).ok_or(EncodeError::Room {
                needed: self.max_encoded_len(len),
            }),
        }
    }

    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
        self.scan.find(rx, cause, END, self.max_content())
    }

    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        let lead = usize::from(frame.first() == Some(&END));
        let Some((&mut END, content)) = frame.get_mut(lead..).and_then(<[u8]>::split_last_mut)
        else {
            return Err(Reason::Truncated);
        };
        let rule = Receiver {
            strict: self.config.strict,
        };
        let len = escape::unstuff(&rule, content, lead)?;
        if len > self.config.max_record {
            let max = self.max_content();
            return Err(Reason::TooLong { max });
        }
        Ok(lead..lead + len)
    }
}

/// Writes a frame; gives its length, or `None` when there is no room.
fn frame(lead: bool, parts: &[&[u8]], out: &mut [u8]) -> Option<usize> {
    let mut at = 0;
    if lead {
        *out.get_mut(at)? = END;
        at += 1;
    }
    for part in parts {
        at += escape::stuff(&Sender, part, out.get_mut(at..)?)?;
    }
    *out.get_mut(at)? = END;
    Some(at + 1)
}

struct Sender;

static STEPS: Steps = Steps::new()
    .with(END, u16::from_le_bytes([ESC, ESC_END]))
    .with(ESC, u16::from_le_bytes([ESC, ESC_ESC]));

impl Escape for Sender {
    const NEEDLES: Option<(u8, u8)> = Some((END, ESC));

    #[inline(always)]
    fn needs(&self, byte: u8) -> bool {
        byte == END || byte == ESC
    }

    #[inline(always)]
    fn pair(&self, byte: u8) -> u16 {
        let stand_in = if byte == END { ESC_END } else { ESC_ESC };
        u16::from_le_bytes([ESC, stand_in])
    }

    #[inline(always)]
    fn step(&self, byte: u8) -> u32 {
        STEPS.of(byte)
    }
}

struct Receiver {
    strict: bool,
}

impl Unescape for Receiver {
    const ESCAPE: u8 = ESC;
    const NEEDLES: Option<(u8, u8)> = Some((ESC, END));

    #[inline(always)]
    fn foreign(&self, byte: u8) -> bool {
        byte == END
    }

    fn dismiss(&self, _byte: u8, at: usize) -> Result<(), Reason> {
        Err(Reason::Byte { at })
    }

    #[inline(always)]
    fn open(&self, stand_in: u8, at: usize) -> Result<u8, Reason> {
        match stand_in {
            ESC_END => Ok(END),
            ESC_ESC => Ok(ESC),
            END => Err(Reason::Escape { at }),
            _ if self.strict => Err(Reason::Escape { at }),
            kept => Ok(kept),
        }
    }
}
