//! HDLC-like framing (RFC 1662 §4): records between flags, with flag, escape and control characters
//! escaped, and a frame check sequence.
//!
//! One damaged byte costs at most one record, except that a damaged flag joins two records when
//! [`Config::lead`] is off. With a check, a damaged record passes for a good one in one of 2^16
//! (2^32) cases: of a single damaged bit only when it makes a flag, which cuts the frame in two.

use core::ops::Range;

use crate::wire::{
    Cause, EncodeError, Find, Framing, MAX_RECORD, Reason,
    escape::{self, Escape, Scan, Unescape},
    total,
};

mod accm;
mod fcs;

pub use accm::Accm;
pub use fcs::Fcs;

/// Ends a frame, begins one, and fills the time between.
pub const FLAG: u8 = 0x7E;
/// Announces an escaped byte, which is sent exclusive-or 20.
pub const ESCAPE: u8 = 0x7D;
/// The address and control fields: all stations, unnumbered information.
pub const ADDRESS_CONTROL: [u8; 2] = [0xFF, 0x03];

/// How an HDLC-like line is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The longest record, in bytes, without address, control and check.
    pub max_record: usize,
    /// The check.
    pub fcs: Fcs,
    /// Which bytes the sender escapes.
    pub tx_accm: Accm,
    /// Which control characters the receiver drops where they arrive unescaped: the line put them
    /// in (RFC 1662 §4.2). The peer must escape those that are data.
    pub rx_accm: u32,
    /// Whether frames have address and control fields.
    pub address_control: AddressControl,
    /// Sends a flag before each frame too (mark fill between frames). Otherwise each flag ends one
    /// frame and begins the next (flag fill). A receiver needs no setting: it takes both.
    pub lead: bool,
}

impl Default for Config {
    /// What RFC 1662 starts from: 16-bit FCS, all control characters escaped and dropped, address and
    /// control sent; records of up to [`MAX_RECORD`] bytes, a flag at both ends.
    fn default() -> Self {
        Self {
            max_record: MAX_RECORD,
            fcs: Fcs::Bits16,
            tx_accm: Accm::ALL,
            rx_accm: u32::MAX,
            address_control: AddressControl::Sent,
            lead: true,
        }
    }
}

/// The address and control fields, which are `FF 03`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AddressControl {
    /// Sent; a frame that arrives without them is taken too (RFC 1662 §3.2, compression).
    #[default]
    Sent,
    /// Left out, except before a record that begins like them; taken off where they arrive.
    Compressed,
    /// Not a part of frames: what looks like them is the record's.
    Absent,
}

impl AddressControl {
    /// What goes before a record of `parts`.
    fn header(self, parts: &[&[u8]]) -> &'static [u8] {
        match self {
            Self::Sent => &ADDRESS_CONTROL,
            Self::Compressed if parts.iter().copied().flatten().take(2).eq(&ADDRESS_CONTROL) => {
                &ADDRESS_CONTROL
            }
            Self::Compressed | Self::Absent => &[],
        }
    }

    /// How many of the first of `octets` are not the record's.
    fn strip(self, octets: &[u8]) -> usize {
        let there = self != Self::Absent && octets.starts_with(&ADDRESS_CONTROL);
        if there { ADDRESS_CONTROL.len() } else { 0 }
    }
}

/// HDLC-like framing.
///
/// The receiver drops silently what RFC 1662 says it shall: idle flags, frames that their sender aborted
/// (escape, flag), and frames shorter than [`Fcs::min_octets`].
#[derive(Clone, Debug, Default)]
pub struct Hdlc {
    config: Config,
    scan: Scan,
}

impl Hdlc {
    /// HDLC-like framing as `config` says.
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

    /// The longest run between two flags that can hold a legal record.
    const fn max_content(&self) -> usize {
        let octets = ADDRESS_CONTROL.len() + self.config.fcs.len();
        self.config
            .max_record
            .saturating_add(octets)
            .saturating_mul(2)
    }

    /// Whether `content` is to be dropped without a word: aborted, or too short.
    fn is_void(&self, content: &[u8]) -> bool {
        aborted(content) || self.fewer(content, self.config.fcs.min_octets())
    }

    /// Whether `content` stands for fewer than `min` octets.
    fn fewer(&self, content: &[u8], min: usize) -> bool {
        let rule = accm::Receiver(self.config.rx_accm);
        let taken = |byte: &&u8| **byte != ESCAPE && !rule.foreign(**byte);
        content.iter().filter(taken).take(min).count() < min && {
            let mut octets = 0;
            let mut bytes = content.iter();
            while let Some(&byte) = bytes.next() {
                let escaped = byte == ESCAPE && bytes.next().is_some();
                octets += usize::from(escaped || (byte != ESCAPE && !rule.foreign(byte)));
            }
            octets < min
        }
    }
}

impl Framing for Hdlc {
    fn max_encoded_len(&self, len: usize) -> usize {
        let header = match self.config.address_control {
            AddressControl::Absent => 0,
            AddressControl::Sent | AddressControl::Compressed => ADDRESS_CONTROL.len(),
        };
        len.saturating_add(header + self.config.fcs.len())
            .saturating_mul(2)
            .saturating_add(1 + usize::from(self.config.lead))
    }

    fn encode(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, EncodeError> {
        let Config {
            max_record, fcs, ..
        } = self.config;
        let len = total(parts);
        if len > max_record {
            return Err(EncodeError::TooLong { max: max_record });
        }
        let header = self.config.address_control.header(parts);
        let min = fcs.min_octets() - fcs.len();
        if header.is_empty() && len < min {
            return Err(EncodeError::TooShort { min });
        }
        let written = match self.config.tx_accm {
            Accm::NONE => frame(&accm::Transparent, &self.config, header, parts, out),
            Accm::ALL => frame(&accm::Cautious, &self.config, header, parts, out),
            map => frame(&map, &self.config, header, parts, out),
        };
        written.ok_or(EncodeError::Room {
            needed: self.max_encoded_len(len),
        })
    }

    fn find(&mut self, rx: &[u8], cause: Cause) -> Find {
        let find = self.scan.find(rx, cause, FLAG, self.max_content());
        match find {
            Find::Frame(len) if self.is_void(content(rx, len)) => Find::Skip(len, None),
            _ => find,
        }
    }

    fn decode(&self, frame: &mut [u8]) -> Result<Range<usize>, Reason> {
        let lead = usize::from(frame.first() == Some(&FLAG));
        let Some((&mut FLAG, content)) = frame.get_mut(lead..).and_then(<[u8]>::split_last_mut)
        else {
            return Err(Reason::Truncated);
        };
        if aborted(content) {
            return Err(Reason::Aborted);
        }
        let len = match self.config.rx_accm {
            u32::MAX => escape::unstuff(&accm::Receiver(accm::All), content, lead),
            0 => escape::unstuff(&accm::Receiver(accm::Nothing), content, lead),
            map => escape::unstuff(&accm::Receiver(map), content, lead),
        }?;
        let octets = content.get(..len).unwrap_or_default();
        let min = self.config.fcs.min_octets();
        if octets.len() < min {
            return Err(Reason::TooShort { min });
        }
        if !self.config.fcs.fits(octets) {
            return Err(Reason::Check);
        }
        let record = self.config.address_control.strip(octets)..len - self.config.fcs.len();
        if record.len() > self.config.max_record {
            let max = self.max_content();
            return Err(Reason::TooLong { max });
        }
        Ok(lead + record.start..lead + record.end)
    }
}

/// What stands between the flags of a frame of `len` bytes.
fn content(rx: &[u8], len: usize) -> &[u8] {
    let content = rx.get(..len.saturating_sub(1)).unwrap_or_default();
    content.strip_prefix(&[FLAG]).unwrap_or(content)
}

/// Whether an escape that escapes nothing ends `content`.
fn aborted(content: &[u8]) -> bool {
    let escapes = content.iter().rev().take_while(|byte| **byte == ESCAPE);
    escapes.count() % 2 == 1
}

/// Writes a frame; gives its length, or `None` when there is no room.
fn frame<E: Escape>(
    escape: &E,
    config: &Config,
    header: &[u8],
    parts: &[&[u8]],
    out: &mut [u8],
) -> Option<usize> {
    let fcs = config.fcs.of(header, parts);
    let mut at = 0;
    if config.lead {
        *out.get_mut(at)? = FLAG;
        at += 1;
    }
    at += escape::stuff(escape, header, out.get_mut(at..)?)?;
    for part in parts {
        at += escape::stuff(escape, part, out.get_mut(at..)?)?;
    }
    let trailer = fcs.get(..config.fcs.len())?;
    at += escape::stuff(escape, trailer, out.get_mut(at..)?)?;
    *out.get_mut(at)? = FLAG;
    Some(at + 1)
}
