//! The frame check sequence (RFC 1662 appendix C, RFC 1570 §2.1).

use lineside_check::Algorithm;

/// What the CRC of a frame and its own FCS-16 gives; RFC 1662 says F0B8 before the last inversion.
const GOOD_16: u64 = 0xF0B8 ^ 0xFFFF;
/// What the CRC of a frame and its own FCS-32 gives; RFC 1662 says DEBB20E3 before the last inversion.
const GOOD_32: u64 = 0xDEBB_20E3 ^ 0xFFFF_FFFF;

/// The check at the end of each frame, sent low byte first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fcs {
    /// None (RFC 1570's null FCS).
    None,
    /// 16 bits: CRC-16/IBM-SDLC.
    #[default]
    Bits16,
    /// 32 bits: CRC-32/ISO-HDLC.
    Bits32,
}

impl Fcs {
    /// Its length in bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        match self {
            Self::None => 0,
            Self::Bits16 => 2,
            Self::Bits32 => 4,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        matches!(self, Self::None)
    }

    /// The fewest octets between two flags that are not silently dropped: 4 with 16 bits
    /// (RFC 1662 §4.3), 6 with 32, and 1 without a check.
    #[must_use]
    pub const fn min_octets(self) -> usize {
        match self {
            Self::None => 1,
            Self::Bits16 => 4,
            Self::Bits32 => 6,
        }
    }

    const fn algorithm(self) -> Option<Algorithm> {
        match self {
            Self::None => None,
            Self::Bits16 => Some(Algorithm::CRC_16_IBM_SDLC),
            Self::Bits32 => Some(Algorithm::CRC_32_ISO_HDLC),
        }
    }

    /// The check of `header` and `parts`; its first [`len`](Self::len) bytes go on the wire.
    pub(super) fn of(self, header: &[u8], parts: &[&[u8]]) -> [u8; 8] {
        let Some(algorithm) = self.algorithm() else {
            return [0; 8];
        };
        let check = match (header, parts) {
            ([], [only]) => algorithm.checksum(only),
            _ => {
                let mut digest = algorithm.digest();
                digest.update(header);
                parts.iter().for_each(|part| digest.update(part));
                digest.finish()
            }
        };
        check.to_le_bytes()
    }

    /// Whether `octets`, the check at their end included, are whole.
    pub(super) fn fits(self, octets: &[u8]) -> bool {
        match self {
            Self::None => true,
            Self::Bits16 => Algorithm::CRC_16_IBM_SDLC.checksum(octets) == GOOD_16,
            Self::Bits32 => Algorithm::CRC_32_ISO_HDLC.checksum(octets) == GOOD_32,
        }
    }
}
