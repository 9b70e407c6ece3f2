//! `SET-BAUDRATE`, in the specification's form and in Cisco's.

use super::Sender;

/// A baud rate as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BaudRate {
    /// Bits per second in four bytes; 0 asks for the rate in effect (RFC 2217 section 3).
    Rate(u32),
    /// One byte, as Cisco's terminal servers say it (from a draft of the specification): a code for
    /// one of fourteen rates; 0 asks for the one in effect.
    Cisco(u8),
}

/// The rates of Cisco's codes, from code 3 on.
const CISCO: [u32; 14] = [
    300, 600, 1_200, 2_400, 4_800, 9_600, 14_400, 19_200, 28_800, 38_400, 57_600, 115_200, 230_400,
    460_800,
];
const FIRST: u8 = 3;

impl BaudRate {
    /// Asks for the rate in effect.
    pub const REQUEST: Self = Self::Rate(0);

    /// The rate in bits per second; `None` where it asks, and for a code without a meaning.
    #[must_use]
    pub fn rate(self) -> Option<u32> {
        match self {
            Self::Rate(0) => None,
            Self::Rate(rate) => Some(rate),
            Self::Cisco(code) => {
                let at = code.checked_sub(FIRST)?;
                CISCO.get(usize::from(at)).copied()
            }
        }
    }

    /// `rate` as Cisco's code; code 0 for a rate that has none.
    #[must_use]
    pub fn cisco(rate: u32) -> Self {
        let codes = (FIRST..).zip(CISCO);
        let found = codes.into_iter().find(|(_, known)| *known == rate);
        Self::Cisco(found.map_or(0, |(code, _)| code))
    }

    /// `rate` in the form of `self`: an answer in the form of its question.
    #[must_use]
    pub fn answer(self, rate: u32) -> Self {
        match self {
            Self::Rate(_) => Self::Rate(rate),
            Self::Cisco(_) => Self::cisco(rate),
        }
    }

    /// Four bytes or one. Of a server also eight, the last four of them 0: sredird writes a `long`.
    pub(super) fn parse(sender: Sender, value: &[u8]) -> Option<Self> {
        Some(match (sender, value) {
            (_, &[a, b, c, d]) => Self::Rate(u32::from_be_bytes([a, b, c, d])),
            (Sender::Server, &[a, b, c, d, 0, 0, 0, 0]) => {
                Self::Rate(u32::from_be_bytes([a, b, c, d]))
            }
            (_, &[code]) => Self::Cisco(code),
            _ => return None,
        })
    }
}
