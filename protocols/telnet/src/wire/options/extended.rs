//! EXOPL: options beyond the 255th (RFC 861). None has ever been assigned.

use super::{Malformed, malformed};
use crate::wire::{Command, Verb};

const SB: u8 = Command::SB.0;
const SE: u8 = Command::SE.0;

/// A payload of EXOPL: what is said of an option on the extended list. Number `n` there is the option
/// `256 + n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extended<'a> {
    /// A negotiation, as in `DO 3`.
    Negotiation(Verb, u8),
    /// A subnegotiation, and the parameters in it.
    Subnegotiation(u8, &'a [u8]),
}

impl<'a> Extended<'a> {
    /// Takes a payload apart.
    ///
    /// # Errors
    /// It is neither a verb with a number nor `SB` with a number, parameters and `SE`.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        match payload {
            [SB, code, parameters @ .., SE] => Ok(Self::Subnegotiation(*code, parameters)),
            [SB, ..] => malformed(payload.len(), "SE"),
            [verb, rest @ ..] => match (Verb::of(*verb), rest) {
                (Some(verb), [code]) => Ok(Self::Negotiation(verb, *code)),
                (Some(_), []) => malformed(1, "an option code"),
                (Some(_), _) => malformed(2, "the end of the negotiation"),
                (None, _) => malformed(0, "WILL, WONT, DO, DONT or SB"),
            },
            [] => malformed(0, "WILL, WONT, DO, DONT or SB"),
        }
    }

    /// Its payload, piece by piece.
    pub fn encode(self, mut put: impl FnMut(&[u8])) {
        match self {
            Self::Negotiation(verb, code) => put(&[verb.byte(), code]),
            Self::Subnegotiation(code, parameters) => {
                put(&[SB, code]);
                put(parameters);
                put(&[SE]);
            }
        }
    }

    /// How one refuses it who has no option on the extended list; a refusal is not answered.
    #[must_use]
    pub const fn refusal(self) -> Option<Self> {
        match self {
            Self::Negotiation(Verb::Do, code) => Some(Self::Negotiation(Verb::Wont, code)),
            Self::Negotiation(Verb::Will, code) => Some(Self::Negotiation(Verb::Dont, code)),
            Self::Negotiation(..) | Self::Subnegotiation(..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::put_all, *};

    #[test]
    fn what_is_encoded_parses() {
        for extended in [
            Extended::Negotiation(Verb::Do, 255),
            Extended::Negotiation(Verb::Wont, 0),
            Extended::Subnegotiation(7, b""),
            Extended::Subnegotiation(SE, &[SE, SE]),
        ] {
            let payload = put_all(|put| extended.encode(put));
            assert_eq!(Extended::parse(&payload), Ok(extended));
        }
    }

    #[test]
    fn what_is_none_is_told_where() {
        for (payload, at) in [
            (&b""[..], 0),
            (&[1, 2], 0),
            (&[253], 1),
            (&[253, 1, 2], 2),
            (&[SB, 1], 2),
            (&[SB, SE], 2),
            (&[SB, 1, 2], 3),
        ] {
            assert_eq!(Extended::parse(payload).unwrap_err().at, at, "{payload:?}");
        }
    }
}
