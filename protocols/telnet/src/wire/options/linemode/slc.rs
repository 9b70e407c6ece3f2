//! SLC: which character stands for which function (RFC 1184 section 2.4; T72, T73).

/// A function that a character may stand for; the numbers are those of section 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Function(pub u8);

impl Function {
    /// No function: the whole table is meant (T73).
    pub const ALL: Self = Self(0);
    /// Synch.
    pub const SYNCH: Self = Self(1);
    /// Break.
    pub const BRK: Self = Self(2);
    /// Interrupt process.
    pub const IP: Self = Self(3);
    /// Abort output.
    pub const AO: Self = Self(4);
    /// Are you there.
    pub const AYT: Self = Self(5);
    /// End of record.
    pub const EOR: Self = Self(6);
    /// Abort.
    pub const ABORT: Self = Self(7);
    /// End of file.
    pub const EOF: Self = Self(8);
    /// Suspend.
    pub const SUSP: Self = Self(9);
    /// Erase character.
    pub const EC: Self = Self(10);
    /// Erase line.
    pub const EL: Self = Self(11);
    /// Erase word.
    pub const EW: Self = Self(12);
    /// Show the line again.
    pub const RP: Self = Self(13);
    /// The next character is only a character.
    pub const LNEXT: Self = Self(14);
    /// Start output.
    pub const XON: Self = Self(15);
    /// Stop output.
    pub const XOFF: Self = Self(16);
    /// Send what is buffered.
    pub const FORW1: Self = Self(17);
    /// The same, with another character.
    pub const FORW2: Self = Self(18);

    /// The last that is defined: erase to the end of the line.
    pub const LAST: Self = Self(30);
}

/// How far a function is supported (`SLC_LEVELBITS`); a lower level disagrees with a higher one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Not at all.
    NoSupport,
    /// With this character and no other.
    CantChange,
    /// With this character.
    Value,
    /// With whatever the other side's system has.
    Default,
}

/// What is to be done beside, when the function is used. Advice only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SlcFlags {
    /// `SLC_FLUSHIN`: a Synch is sent with it.
    pub flush_in: bool,
    /// `SLC_FLUSHOUT`: what would still be shown is thrown away.
    pub flush_out: bool,
}

/// A function, its level, its character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Triplet {
    /// Which function.
    pub function: Function,
    /// How far it is supported.
    pub level: Level,
    /// What is to be done beside.
    pub flags: SlcFlags,
    /// `SLC_ACK`: it agrees with what was asked for.
    pub is_ack: bool,
    /// The character.
    pub value: u8,
}

impl Triplet {
    const ACK: u8 = 128;
    const FLUSH_IN: u8 = 64;
    const FLUSH_OUT: u8 = 32;

    /// Of three bytes. Bits that the specification does not name are not kept.
    #[must_use]
    pub const fn parse([function, modifiers, value]: [u8; 3]) -> Self {
        Self {
            function: Function(function),
            level: match modifiers & 3 {
                0 => Level::NoSupport,
                1 => Level::CantChange,
                2 => Level::Value,
                _ => Level::Default,
            },
            flags: SlcFlags {
                flush_in: modifiers & Self::FLUSH_IN != 0,
                flush_out: modifiers & Self::FLUSH_OUT != 0,
            },
            is_ack: modifiers & Self::ACK != 0,
            value,
        }
    }

    /// Its three bytes.
    #[must_use]
    pub fn encode(self) -> [u8; 3] {
        let bit = |is_set, bit| if is_set { bit } else { 0 };
        let modifiers = self.level as u8
            | bit(self.is_ack, Self::ACK)
            | bit(self.flags.flush_in, Self::FLUSH_IN)
            | bit(self.flags.flush_out, Self::FLUSH_OUT);
        [self.function.0, modifiers, self.value]
    }
}

/// Triplets: an iterator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Triplets<'a>(pub(super) &'a [u8]);

impl Iterator for Triplets<'_> {
    type Item = Triplet;

    fn next(&mut self) -> Option<Triplet> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(Triplet::parse(*first))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{super::put_all, Linemode},
        *,
    };

    #[test]
    fn a_triplet_is_read_as_it_is_written() {
        for modifiers in (0..=255_u8).filter(|byte| byte & 0x1c == 0) {
            let bytes = [Function::IP.0, modifiers, 3];
            assert_eq!(Triplet::parse(bytes).encode(), bytes);
        }
        let payload = [3, 3, 0xe2, 3, 10, 2, 127, 0, 3, 0];
        let Ok(Linemode::Slc(triplets)) = Linemode::parse(&payload) else {
            panic!("not SLC")
        };
        assert_eq!(triplets.count(), 3);
        assert_eq!(put_all(|put| Linemode::slc(triplets, put)), payload);
        assert!(Level::NoSupport < Level::CantChange && Level::Value < Level::Default);
    }
}
