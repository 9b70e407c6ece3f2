//! LINEMODE: lines are edited by the client (RFC 1184; T70 to T77).

use super::{Malformed, malformed};
use crate::wire::Verb;

mod slc;

pub use slc::{Function, Level, SlcFlags, Triplet, Triplets};

const MODE: u8 = 1;
const FORWARDMASK: u8 = 2;
const SLC: u8 = 3;

/// A payload of LINEMODE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linemode<'a> {
    /// A mode is asked for or confirmed (section 2.2).
    Mode(Mode),
    /// `DO FORWARDMASK`: what is buffered is to be sent at these characters (section 2.3). Only the side
    /// that said `DO LINEMODE` sends it, and `DONT`.
    DoForwardMask(ForwardMask),
    /// `DONT FORWARDMASK`: it is not, any more.
    DontForwardMask,
    /// `WILL FORWARDMASK`, the answer of the side that said `WILL LINEMODE`.
    WillForwardMask,
    /// `WONT FORWARDMASK`, the same.
    WontForwardMask,
    /// The characters that stand for functions (section 2.4).
    Slc(Triplets<'a>),
}

impl<'a> Linemode<'a> {
    /// Takes a payload apart.
    ///
    /// # Errors
    /// It is none of these, or of another length.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        match payload {
            [MODE, mask] => Ok(Self::Mode(Mode(*mask))),
            [MODE] => malformed(1, "the mask of MODE"),
            [MODE, _, ..] => malformed(2, "the end of MODE"),
            [SLC, triplets @ ..] => match triplets.len() % 3 {
                0 => Ok(Self::Slc(Triplets(triplets))),
                _ => malformed(payload.len(), "the rest of a triplet"),
            },
            [verb, FORWARDMASK, mask @ ..] => match (Verb::of(*verb), mask) {
                (Some(Verb::Do), mask) => ForwardMask::parse(mask).map(Self::DoForwardMask),
                (Some(Verb::Dont), []) => Ok(Self::DontForwardMask),
                (Some(Verb::Will), []) => Ok(Self::WillForwardMask),
                (Some(Verb::Wont), []) => Ok(Self::WontForwardMask),
                (Some(_), _) => malformed(2, "the end of FORWARDMASK"),
                (None, _) => malformed(0, "MODE, SLC or a verb and FORWARDMASK"),
            },
            [verb, ..] if Verb::of(*verb).is_some() => malformed(1, "FORWARDMASK"),
            _ => malformed(0, "MODE, SLC or a verb and FORWARDMASK"),
        }
    }

    /// The payload of `SLC`, piece by piece.
    pub fn slc(triplets: impl IntoIterator<Item = Triplet>, mut put: impl FnMut(&[u8])) {
        put(&[SLC]);
        for triplet in triplets {
            put(&triplet.encode());
        }
    }

    /// Its payload, piece by piece.
    pub fn encode(self, mut put: impl FnMut(&[u8])) {
        let verb = match self {
            Self::Mode(mode) => return put(&[MODE, mode.0]),
            Self::Slc(triplets) => return Self::slc(triplets, put),
            Self::DoForwardMask(_) => Verb::Do,
            Self::DontForwardMask => Verb::Dont,
            Self::WillForwardMask => Verb::Will,
            Self::WontForwardMask => Verb::Wont,
        };
        put(&[verb.byte(), FORWARDMASK]);
        if let Self::DoForwardMask(mask) = self {
            put(mask.trimmed());
        }
    }
}

/// The mask of `MODE`: bits (section 2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mode(pub u8);

impl Mode {
    /// The client edits lines and sends whole ones.
    pub const EDIT: Self = Self(1);
    /// The client turns interrupts into Telnet's commands.
    pub const TRAPSIG: Self = Self(2);
    /// `MODE_ACK`: it is a confirmation.
    pub const ACK: Self = Self(4);
    /// The client expands tabs.
    pub const SOFT_TAB: Self = Self(8);
    /// The client echoes what is not printable as it is.
    pub const LIT_ECHO: Self = Self(16);
    /// All that says how the client is to be.
    pub const ALL: Self = Self(27);

    /// Both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both have.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether it has all of `other`.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Characters at which what is buffered is to be sent: a set of bytes. While the client sends no BINARY,
/// only those of ASCII count (T74).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ForwardMask([u8; 32]);

impl ForwardMask {
    /// The high bit of the first byte is character 0. What is not there is not set.
    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut mask = [0; 32];
        let Some(room) = mask.get_mut(..bytes.len()) else {
            return malformed(2 + 32, "at most 32 bytes of mask");
        };
        room.copy_from_slice(bytes);
        Ok(Self(mask))
    }

    /// The set of these.
    #[must_use]
    pub fn of(characters: &[u8]) -> Self {
        let mut mask = [0; 32];
        for character in characters {
            if let Some(byte) = mask.get_mut(usize::from(character / 8)) {
                *byte |= 0x80 >> (character % 8);
            }
        }
        Self(mask)
    }

    /// Whether a character is in it.
    #[must_use]
    pub fn contains(&self, character: u8) -> bool {
        let byte = self.0.get(usize::from(character / 8)).unwrap_or(&0);
        byte & (0x80 >> (character % 8)) != 0
    }

    /// Without the zeros at its end.
    fn trimmed(&self) -> &[u8] {
        let length = self.0.iter().rposition(|byte| *byte != 0);
        self.0
            .get(..length.map_or(0, |last| last + 1))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::put_all, *};

    #[test]
    fn modes_and_masks_are_read_as_they_are_written() {
        let controls = ForwardMask::of(&core::array::from_fn::<_, 32, _>(|n| n as u8));
        for (payload, parsed) in [
            (&[1, 3][..], Linemode::Mode(Mode::EDIT.with(Mode::TRAPSIG))),
            (
                &[253, 2, 255, 255, 255, 255],
                Linemode::DoForwardMask(controls),
            ),
            (&[253, 2], Linemode::DoForwardMask(ForwardMask::default())),
            (&[254, 2], Linemode::DontForwardMask),
            (&[251, 2], Linemode::WillForwardMask),
            (&[252, 2], Linemode::WontForwardMask),
        ] {
            assert_eq!(Linemode::parse(payload), Ok(parsed));
            assert_eq!(put_all(|put| parsed.encode(put)), payload);
        }
    }

    #[test]
    fn a_mask_has_a_bit_for_each_character_the_high_one_first() {
        let mask = ForwardMask::of(&[0, 7, 8, 255]);
        let payload = put_all(|put| Linemode::DoForwardMask(mask).encode(put));
        assert_eq!(
            (payload.len(), &payload[2..4], payload[33]),
            (34, &[0x81, 0x80][..], 1)
        );
        for character in 0..=255 {
            let is_in = [0, 7, 8, 255].contains(&character);
            assert_eq!(mask.contains(character), is_in);
        }
    }

    #[test]
    fn what_is_none_of_them_is_told_where_it_stands() {
        let long = [&[253, 2][..], &[1; 33]].concat();
        for (payload, at) in [
            (&[][..], 0),
            (&[9, 2], 0),
            (&[1], 1),
            (&[1, 0, 0], 2),
            (&[3, 1, 2], 3),
            (&[253], 1),
            (&[253, 3], 1),
            (&[254, 2, 0], 2),
            (&long, 34),
        ] {
            assert_eq!(Linemode::parse(payload).unwrap_err().at, at, "{payload:?}");
        }
    }
}
