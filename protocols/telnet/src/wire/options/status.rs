//! STATUS: how the other side sees the options (RFC 859; T56).

use super::{IS, Malformed, SEND, malformed};
use crate::wire::{Command, TelnetOption, Verb};

const SB: u8 = Command::SB.0;
const SE: u8 = Command::SE.0;

/// A payload of STATUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status<'a> {
    /// The other's view is asked for. Only the side that said `DO` sends it.
    Send,
    /// How the sender sees all options: those not named are off. Only the side that said `WILL` sends it.
    Is(Items<'a>),
}

impl<'a> Status<'a> {
    /// Takes a payload apart.
    ///
    /// # Errors
    /// It is neither `SEND` nor `IS` with whole items.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        match payload {
            [SEND] => Ok(Self::Send),
            [IS, items @ ..] => {
                let mut rest = items;
                while !rest.is_empty() {
                    let Some((_, behind)) = item(rest) else {
                        return malformed(payload.len() - rest.len(), "WILL, DO or SB");
                    };
                    rest = behind;
                }
                Ok(Self::Is(Items(items)))
            }
            [SEND, ..] => malformed(1, "the end of SEND"),
            _ => malformed(0, "IS or SEND"),
        }
    }

    /// The payload of `SEND`.
    #[must_use]
    pub const fn send() -> [u8; 1] {
        [SEND]
    }

    /// The payload of `IS`, piece by piece: what the sender does (`WILL`) and has the other do (`DO`).
    /// An option whose number is that of SE has it twice.
    pub fn is(options: impl IntoIterator<Item = (Verb, TelnetOption)>, mut put: impl FnMut(&[u8])) {
        put(&[IS]);
        for (verb, option) in options {
            put(&[verb.byte(), option.0]);
            if option.0 == SE {
                put(&[SE]);
            }
        }
    }
}

/// What stands in an `IS`: an iterator of [`Item`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Items<'a>(&'a [u8]);

/// An element of an `IS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item<'a> {
    /// `WILL` and `DO`, used exactly as when it was negotiated.
    Negotiated(Verb, TelnetOption),
    /// What was said in a subnegotiation of an option; every SE still doubled.
    Subnegotiated(TelnetOption, &'a [u8]),
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let (item, rest) = item(self.0)?;
        self.0 = rest;
        Some(item)
    }
}

/// `item = (WILL / WONT / DO / DONT) option / SB option *value SE`, with every SE in option and value
/// doubled.
fn item(input: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let (&first, rest) = input.split_first()?;
    let (option, rest) = match rest {
        [SE, SE, rest @ ..] => (TelnetOption(SE), rest),
        [SE, ..] | [] => return None,
        [option, rest @ ..] => (TelnetOption(*option), rest),
    };
    if first != SB {
        return Some((Item::Negotiated(Verb::of(first)?, option), rest));
    }
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(SE, rest.get(from..)?)?;
        if rest.get(at + 1) != Some(&SE) {
            let (value, behind) = rest.split_at_checked(at)?;
            return Some((Item::Subnegotiated(option, value), behind.get(1..)?));
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::{super::put_all, *};

    #[test]
    fn the_options_in_use_are_told_and_se_is_doubled() {
        let options = [
            (Verb::Will, TelnetOption::ECHO),
            (Verb::Do, TelnetOption(240)),
            (Verb::Will, TelnetOption(241)),
        ];
        let payload = put_all(|put| Status::is(options, put));
        assert_eq!(payload, [0, 251, 1, 253, 240, 240, 251, 241]);
        let Ok(Status::Is(items)) = Status::parse(&payload) else {
            panic!("not IS")
        };
        assert!(items.eq(options.map(|(verb, option)| Item::Negotiated(verb, option))));
        assert_eq!(Status::parse(&Status::send()), Ok(Status::Send));
    }

    #[test]
    fn a_subnegotiation_inside_ends_at_a_single_se() {
        let payload = [0, 250, 31, 0, 240, 240, 0, 24, 240, 251, 31];
        let Ok(Status::Is(items)) = Status::parse(&payload) else {
            panic!("not IS")
        };
        let naws = Item::Subnegotiated(TelnetOption::NAWS, &[0, 240, 240, 0, 24]);
        let will = Item::Negotiated(Verb::Will, TelnetOption::NAWS);
        assert_eq!(items.collect::<Vec<_>>(), vec![naws, will]);
    }

    #[test]
    fn what_is_not_an_item_is_told_where_it_stands() {
        for (payload, at) in [
            (&[][..], 0),
            (&[2], 0),
            (&[1, 0], 1),
            (&[0, 251], 1),
            (&[0, 251, 1, 7, 1], 3),
            (&[0, 251, 240, 1], 1),
            (&[0, 250, 31, 0], 1),
        ] {
            assert_eq!(Status::parse(payload).unwrap_err().at, at, "{payload:?}");
        }
    }
}
