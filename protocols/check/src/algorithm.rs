//! A check by its name, and its place at the end of a frame.

use core::{
    fmt,
    hash::{Hash, Hasher},
};

use crate::{Digest, crc::Crc, sum};

/// One way to compute a check. The constants carry the names of the catalogue of parametrised CRC
/// algorithms (reveng.sourceforge.io), with underscores.
#[derive(Clone, Copy)]
pub struct Algorithm(pub(crate) &'static Spec);

/// What the catalogue says of an algorithm.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) bits: u32,
    pub(crate) check: u32,
    pub(crate) rule: Rule,
}

pub(crate) enum Rule {
    Crc8(Crc<u8>),
    Crc16(Crc<u16>),
    Crc32(Crc<u32>),
    Lrc,
    Xor,
    Sum8,
    Sum16,
}

impl Algorithm {
    /// The algorithm of this name or alias, whatever the case: `CRC-16/MODBUS`, `modbus`, `x-25`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let named = |algorithm: &&Self| {
            let mut names = algorithm.aliases().iter().chain([&algorithm.0.name]);
            names.any(|known| known.eq_ignore_ascii_case(name))
        };
        Self::ALL.iter().find(named).copied()
    }

    /// The catalogue's name, such as `CRC-16/MODBUS`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// Other names that [`by_name`](Self::by_name) takes.
    #[must_use]
    pub const fn aliases(self) -> &'static [&'static str] {
        self.0.aliases
    }

    /// The width of the check in bits: 8, 16 or 32.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0.bits
    }

    /// The width of the check in bytes: 1, 2 or 4.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.0.bits as usize / 8
    }

    /// The check of the nine bytes `123456789`.
    #[must_use]
    pub const fn check_value(self) -> u64 {
        self.0.check as u64
    }

    /// For a CRC: its register, before the final exclusive or, after any record that its own check
    /// follows in [`natural_order`](Self::natural_order). `None` for what is not a CRC.
    #[must_use]
    pub fn residue(self) -> Option<u64> {
        let residue: u32 = match &self.0.rule {
            Rule::Crc8(crc) => crc.residue().into(),
            Rule::Crc16(crc) => crc.residue().into(),
            Rule::Crc32(crc) => crc.residue(),
            Rule::Lrc | Rule::Xor | Rule::Sum8 | Rule::Sum16 => return None,
        };
        Some(residue.into())
    }

    /// The order in which the check's bytes follow the data so that the CRC's burst detection and
    /// [`residue`](Self::residue) hold: little endian for reflected CRCs, else big endian. A protocol may
    /// still say otherwise.
    #[must_use]
    pub const fn natural_order(self) -> Order {
        let reflected = match &self.0.rule {
            Rule::Crc8(crc) => crc.reflected,
            Rule::Crc16(crc) => crc.reflected,
            Rule::Crc32(crc) => crc.reflected,
            Rule::Lrc | Rule::Xor | Rule::Sum8 | Rule::Sum16 => false,
        };
        if reflected { Order::Little } else { Order::Big }
    }

    /// The check of `data`, in the low [`bits`](Self::bits).
    #[must_use]
    #[inline]
    pub fn checksum(self, data: &[u8]) -> u64 {
        match &self.0.rule {
            Rule::Crc8(crc) => crc.checksum(data).into(),
            Rule::Crc16(crc) => crc.checksum(data).into(),
            Rule::Crc32(crc) => crc.checksum(data).into(),
            Rule::Lrc => sum::lrc(data).into(),
            Rule::Xor => sum::xor(data).into(),
            Rule::Sum8 => sum::sum8(data).into(),
            Rule::Sum16 => (sum::sum32(data) & 0xFFFF).into(),
        }
    }

    /// A check of data that arrives in parts.
    pub fn digest(self) -> Digest {
        Digest::new(self)
    }

    /// Writes the low [`bytes`](Self::bytes) of `value` to the front of `out`, and gives their number.
    /// `None`, and nothing written, when `out` is shorter.
    #[must_use]
    pub fn write(self, value: u64, order: Order, out: &mut [u8]) -> Option<usize> {
        let len = self.bytes();
        let out = out.get_mut(..len)?;
        match order {
            Order::Little => out.copy_from_slice(value.to_le_bytes().get(..len)?),
            Order::Big => out.copy_from_slice(value.to_be_bytes().get(8 - len..)?),
        }
        Some(len)
    }

    /// The record of a frame that ends in its check; `None` when the frame is shorter than the check,
    /// or the check does not fit.
    #[must_use]
    pub fn verify_trailer(self, order: Order, frame: &[u8]) -> Option<&[u8]> {
        let at = frame.len().checked_sub(self.bytes())?;
        let (record, trailer) = frame.split_at_checked(at)?;
        (self.checksum(record) == order.read(trailer)).then_some(record)
    }

    pub(crate) const fn rule(self) -> &'static Rule {
        &self.0.rule
    }
}

/// Algorithms are the same when their names are.
impl PartialEq for Algorithm {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Algorithm {}

impl Hash for Algorithm {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Algorithm({})", self.0.name)
    }
}

/// The catalogue's name.
impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.name)
    }
}

/// The order of a check's bytes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The low byte goes first.
    Little,
    /// The high byte goes first.
    Big,
}

impl Order {
    /// The number that `bytes` are, at most eight of them.
    fn read(self, bytes: &[u8]) -> u64 {
        let push = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        match self {
            Self::Little => bytes.iter().rev().fold(0, push),
            Self::Big => bytes.iter().fold(0, push),
        }
    }
}

/// A check at the end of a frame: the algorithm and the order of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Trailer {
    /// What is computed over the record.
    pub algorithm: Algorithm,
    /// How it is written after the record.
    pub order: Order,
}

impl Trailer {
    /// The trailer of `algorithm` in `order`.
    #[must_use]
    pub const fn new(algorithm: Algorithm, order: Order) -> Self {
        Self { algorithm, order }
    }

    /// The trailer's length in bytes: 1, 2 or 4.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub const fn len(self) -> usize {
        self.algorithm.bytes()
    }

    /// Writes the check of the concatenation of `parts` to the front of `out`, and gives its length.
    /// `None`, and nothing written, when `out` is shorter than [`len`](Self::len).
    #[must_use]
    pub fn write(self, parts: &[&[u8]], out: &mut [u8]) -> Option<usize> {
        let value = if let [whole] = parts {
            self.algorithm.checksum(whole)
        } else {
            let mut digest = self.algorithm.digest();
            parts.iter().for_each(|part| digest.update(part));
            digest.finish()
        };
        self.algorithm.write(value, self.order, out)
    }

    /// The record of a frame that ends in this trailer; `None` when the frame is shorter than the
    /// trailer, or the check does not fit.
    #[must_use]
    pub fn verify(self, frame: &[u8]) -> Option<&[u8]> {
        self.algorithm.verify_trailer(self.order, frame)
    }
}
