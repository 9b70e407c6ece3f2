//! CHARSET: the character set of the text both ways (RFC 2066; T66).

use super::{Malformed, malformed};

const REQUEST: u8 = 1;
const ACCEPTED: u8 = 2;
const REJECTED: u8 = 3;
const TTABLE_IS: u8 = 4;
const TTABLE_REJECTED: u8 = 5;
const TTABLE_ACK: u8 = 6;
const TTABLE_NAK: u8 = 7;

/// What announces that a translation table would be taken; a version follows.
const TTABLE: &[u8] = b"[TTABLE]";

/// A payload of CHARSET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset<'a> {
    /// One of these sets is asked for. Only a side that said `WILL` and heard `DO` sends it.
    Request {
        /// The highest version of translation tables that the sender takes; `None` if it takes none.
        translate: Option<u8>,
        /// The sets, the one most wanted first.
        names: Names<'a>,
    },
    /// This set is in use from here on.
    Accepted(&'a [u8]),
    /// None of the sets is known, or both have asked at once and the server wins.
    Rejected,
    /// A translation table: its version, and what that version has. Tables are not taken apart here.
    TranslateTable(u8, &'a [u8]),
    /// The table came damaged or cannot be used, and no other is asked for.
    TranslateRejected,
    /// The table is in use from here on.
    TranslateAck,
    /// The table came damaged: it is to be sent again.
    TranslateNak,
}

impl<'a> Charset<'a> {
    /// Takes a payload apart.
    ///
    /// # Errors
    /// It is not one of the seven, or its names are not printable ASCII.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        match payload {
            [REQUEST, rest @ ..] => request(rest),
            [ACCEPTED, name @ ..] => match name.iter().position(|byte| !is_printable(*byte)) {
                Some(at) => malformed(1 + at, "the name of a character set"),
                None if name.is_empty() => malformed(1, "the name of a character set"),
                None => Ok(Self::Accepted(name)),
            },
            [REJECTED] => Ok(Self::Rejected),
            [TTABLE_IS, version, table @ ..] => Ok(Self::TranslateTable(*version, table)),
            [TTABLE_IS] => malformed(1, "the version of a translation table"),
            [TTABLE_REJECTED] => Ok(Self::TranslateRejected),
            [TTABLE_ACK] => Ok(Self::TranslateAck),
            [TTABLE_NAK] => Ok(Self::TranslateNak),
            [REJECTED..=TTABLE_NAK, _, ..] => malformed(1, "the end of CHARSET"),
            _ => malformed(0, "REQUEST to TTABLE-NAK"),
        }
    }

    /// The payload of a `REQUEST` for `names` with `;` between, piece by piece.
    pub fn request<'n>(names: impl IntoIterator<Item = &'n [u8]>, mut put: impl FnMut(&[u8])) {
        put(&[REQUEST]);
        for name in names {
            put(b";");
            put(name);
        }
    }

    /// Its payload, piece by piece.
    pub fn encode(self, mut put: impl FnMut(&[u8])) {
        match self {
            Self::Request { translate, names } => {
                put(&[REQUEST]);
                if let Some(version) = translate {
                    put(TTABLE);
                    put(&[version]);
                }
                put(&[names.separator]);
                put(names.rest.unwrap_or_default());
            }
            Self::Accepted(name) => {
                put(&[ACCEPTED]);
                put(name);
            }
            Self::Rejected => put(&[REJECTED]),
            Self::TranslateTable(version, table) => {
                put(&[TTABLE_IS, version]);
                put(table);
            }
            Self::TranslateRejected => put(&[TTABLE_REJECTED]),
            Self::TranslateAck => put(&[TTABLE_ACK]),
            Self::TranslateNak => put(&[TTABLE_NAK]),
        }
    }
}

/// `request = ["[TTABLE]" version] sep name *(sep name)`.
fn request(rest: &[u8]) -> Result<Charset<'_>, Malformed> {
    let (translate, list) = match rest.strip_prefix(TTABLE) {
        Some([version, list @ ..]) if *version > 0 => (Some(*version), list),
        Some(_) => return malformed(1 + TTABLE.len(), "the version of a translation table"),
        None => (None, rest),
    };
    let at = 1 + rest.len() - list.len();
    let Some((&separator, names)) = list.split_first() else {
        return malformed(at, "what separates the character sets");
    };
    let is_name = |byte: &u8| is_printable(*byte) || *byte == separator;
    if let Some(bad) = names.iter().position(|byte| !is_name(byte)) {
        return malformed(at + 1 + bad, "the name of a character set");
    }
    let names = Names {
        separator,
        rest: Some(names),
    };
    Ok(Charset::Request { translate, names })
}

const fn is_printable(byte: u8) -> bool {
    matches!(byte, 32..=126)
}

/// The names of character sets: an iterator. Their case means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names<'a> {
    separator: u8,
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Names<'a> {
    type Item = &'a [u8];

    /// An empty name is none.
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.rest?;
            let name = match memchr::memchr(self.separator, rest) {
                Some(at) => {
                    self.rest = rest.get(at + 1..);
                    rest.get(..at)?
                }
                None => {
                    self.rest = None;
                    rest
                }
            };
            if !name.is_empty() {
                return Some(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::{super::put_all, *};

    #[test]
    fn a_request_names_sets_with_any_separator() {
        for (payload, version, list) in [
            (
                &b"\x01;UTF-8;US-ASCII"[..],
                None,
                vec![&b"UTF-8"[..], b"US-ASCII"],
            ),
            (b"\x01 KOI8-R", None, vec![b"KOI8-R"]),
            (b"\x01[TTABLE]\x01|A||B|", Some(1), vec![b"A", b"B"]),
        ] {
            let parsed = Charset::parse(payload).unwrap();
            let Charset::Request { translate, names } = parsed else {
                panic!("{parsed:?}")
            };
            assert_eq!((translate, names.collect::<Vec<_>>()), (version, list));
            assert_eq!(put_all(|put| parsed.encode(put)), payload);
        }
        let sent = put_all(|put| Charset::request([&b"UTF-8"[..], b"US-ASCII"], put));
        assert_eq!(sent, b"\x01;UTF-8;US-ASCII");
    }

    #[test]
    fn answers_are_a_byte_and_at_most_a_name() {
        for (payload, parsed) in [
            (&b"\x02UTF-8"[..], Charset::Accepted(b"UTF-8")),
            (b"\x03", Charset::Rejected),
            (b"\x04\x01xyz", Charset::TranslateTable(1, b"xyz")),
            (b"\x05", Charset::TranslateRejected),
            (b"\x06", Charset::TranslateAck),
            (b"\x07", Charset::TranslateNak),
        ] {
            assert_eq!(Charset::parse(payload), Ok(parsed));
            assert_eq!(put_all(|put| parsed.encode(put)), payload);
        }
    }

    #[test]
    fn what_is_none_of_them_is_told_where_it_stands() {
        for (payload, at) in [
            (&b""[..], 0),
            (b"\x08", 0),
            (b"\x01", 1),
            (b"\x01[TTABLE]\0;A", 9),
            (b"\x01;A\x07", 3),
            (b"\x02", 1),
            (b"\x02A\xff", 2),
            (b"\x03x", 1),
            (b"\x04", 1),
        ] {
            assert_eq!(Charset::parse(payload).unwrap_err().at, at, "{payload:?}");
        }
    }
}
