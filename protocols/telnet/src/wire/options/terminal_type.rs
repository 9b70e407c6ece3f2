//! TTYPE: the terminal's type (RFC 1091; T58), and MTTS, which tells by it what the terminal can do.

use core::{fmt, str};

use super::{IS, Malformed, SEND, malformed};

/// A payload of TTYPE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TerminalType<'a> {
    /// The next name is asked for. Only the side that said `DO` sends it.
    Send,
    /// A name: 1 to [`LONGEST`](Self::LONGEST) printable characters of ASCII, whose case means nothing.
    Is(&'a [u8]),
}

impl<'a> TerminalType<'a> {
    /// The longest name, in characters (RFC 1091 section 6).
    pub const LONGEST: usize = 40;

    /// Takes a payload apart.
    ///
    /// # Errors
    /// It is neither `SEND` nor `IS` with a name.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        match payload {
            [SEND] => Ok(Self::Send),
            [IS, name @ ..] => {
                let plain = name.iter().take_while(|byte| (32..127).contains(*byte));
                match plain.take(Self::LONGEST).count() {
                    0 => malformed(1, "the name of a terminal's type"),
                    count if count < name.len() => malformed(1 + count, "the end of the name"),
                    _ => Ok(Self::Is(name)),
                }
            }
            [SEND, ..] => malformed(1, "the end of SEND"),
            _ => malformed(0, "IS or SEND"),
        }
    }

    /// Its payload, piece by piece.
    pub fn encode(self, mut put: impl FnMut(&[u8])) {
        match self {
            Self::Send => put(&[SEND]),
            Self::Is(name) => {
                put(&[IS]);
                put(name);
            }
        }
    }
}

/// What a terminal can do, told as the name `MTTS n`, after the client's name and the terminal's type
/// (the Mud Terminal Type Standard).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mtts(pub u32);

impl Mtts {
    /// The common ANSI colours.
    pub const ANSI: Self = Self(1);
    /// All of VT100.
    pub const VT100: Self = Self(2);
    /// UTF-8.
    pub const UTF_8: Self = Self(4);
    /// 256 colours.
    pub const COLOURS_256: Self = Self(8);
    /// Its mouse is told of.
    pub const MOUSE: Self = Self(16);
    /// Its colours can be set.
    pub const PALETTE: Self = Self(32);
    /// A screen reader.
    pub const SCREEN_READER: Self = Self(64);
    /// A proxy, for several users.
    pub const PROXY: Self = Self(128);
    /// 24 bits of colour.
    pub const TRUE_COLOUR: Self = Self(256);

    /// Whether it can do all that `other` can.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What it and `other` can do.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Of a name; `None` for one that is not `MTTS` and a number.
    #[must_use]
    pub fn of(name: &[u8]) -> Option<Self> {
        let (word, number) = name.split_at_checked(5)?;
        if !word.eq_ignore_ascii_case(b"MTTS ") || !number.first()?.is_ascii_digit() {
            return None;
        }
        str::from_utf8(number).ok()?.parse().ok().map(Self)
    }
}

/// The name that tells it.
impl fmt::Display for Mtts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MTTS {}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::{super::put_all, *};

    #[test]
    fn a_name_is_of_printable_characters_and_at_most_forty() {
        for (payload, parsed) in [
            (&b"\x01"[..], TerminalType::Send),
            (b"\x00DEC-VT220", TerminalType::Is(b"DEC-VT220")),
        ] {
            assert_eq!(TerminalType::parse(payload), Ok(parsed));
            assert_eq!(put_all(|put| parsed.encode(put)), payload);
        }
        let long = [&b"\0"[..], &[b'x'; 41]].concat();
        for (payload, at) in [
            (&b""[..], 0),
            (b"\x02", 0),
            (b"\x01x", 1),
            (b"\0", 1),
            (b"\0a\x1b[c", 2),
            (&long, 41),
        ] {
            assert_eq!(TerminalType::parse(payload).unwrap_err().at, at);
        }
        assert!(TerminalType::parse(&long[..41]).is_ok());
    }

    #[test]
    fn capabilities_are_a_number_behind_mtts() {
        let can = Mtts::ANSI.with(Mtts::UTF_8).with(Mtts::TRUE_COLOUR);
        assert_eq!(Mtts::of(b"MTTS 261"), Some(can));
        assert_eq!(can.to_string(), "MTTS 261");
        assert!(can.has(Mtts::UTF_8) && !can.has(Mtts::MOUSE));
        for name in [
            &b"MTTS"[..],
            b"MTTS ",
            b"MTTS x",
            b"MTTS +1",
            b"MTTS 99999999999",
        ] {
            assert_eq!(Mtts::of(name), None);
        }
    }
}
