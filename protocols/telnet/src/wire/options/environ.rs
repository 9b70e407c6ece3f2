//! NEW-ENVIRON (RFC 1572; T63) and OLD-ENVIRON (RFC 1408; T65): environment variables.

use super::{IS, Malformed, SEND, malformed};

/// `INFO`: variables that have changed.
const INFO: u8 = 2;
/// `ESC`: the next byte is part of a name or a value.
const ESC: u8 = 2;
/// `USERVAR`.
const USERVAR: u8 = 3;

/// Which bytes mean `VAR` and `VALUE`.
///
/// NEW-ENVIRON has but one. Of OLD-ENVIRON's definition there are two readings, each other's reverse
/// (RFC 1571).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `VAR` is 0 and `VALUE` is 1.
    #[default]
    Standard,
    /// `VAR` is 1 and `VALUE` is 0: what most of those that have only OLD-ENVIRON speak.
    Reversed,
}

impl Dialect {
    /// What a payload of OLD-ENVIRON is in, as far as it shows: what is first behind `IS`, `SEND` or
    /// `INFO` is no `VALUE`.
    #[must_use]
    pub const fn of(payload: &[u8]) -> Option<Self> {
        match payload {
            [_, 0, ..] => Some(Self::Standard),
            [_, 1, ..] => Some(Self::Reversed),
            _ => None,
        }
    }

    const fn var(self) -> u8 {
        match self {
            Self::Standard => 0,
            Self::Reversed => 1,
        }
    }

    const fn value(self) -> u8 {
        1 - self.var()
    }

    const fn kind(self, byte: u8) -> Option<Kind> {
        match byte {
            USERVAR => Some(Kind::User),
            _ if byte == self.var() => Some(Kind::Known),
            _ => None,
        }
    }

    const fn type_byte(self, kind: Kind) -> u8 {
        match kind {
            Kind::Known => self.var(),
            Kind::User => USERVAR,
        }
    }
}

/// Whose name a variable's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `VAR`: one of the well known, as `USER` or `DISPLAY` (RFC 1572 section 5).
    Known,
    /// `USERVAR`: any other.
    User,
}

/// A payload of NEW-ENVIRON or OLD-ENVIRON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environ<'a> {
    /// Variables are asked for; without any, all. Only the side that said `DO` sends it.
    Send(Requests<'a>),
    /// The answer. Only the side that said `WILL` sends it.
    Is(Variables<'a>),
    /// Variables that have changed. Only the side that said `WILL` sends it.
    Info(Variables<'a>),
}

impl<'a> Environ<'a> {
    /// Takes a payload apart.
    ///
    /// # Errors
    /// It is none of the three, or something stands where a type is due.
    pub fn parse(dialect: Dialect, payload: &'a [u8]) -> Result<Self, Malformed> {
        let Some((&first, rest)) = payload.split_first() else {
            return malformed(0, "IS, SEND or INFO");
        };
        if first > INFO {
            return malformed(0, "IS, SEND or INFO");
        }
        let list = List { dialect, rest };
        if list
            .rest
            .first()
            .is_some_and(|byte| dialect.kind(*byte).is_none())
        {
            return malformed(1, "VAR or USERVAR");
        }
        list.check(first == SEND)?;
        Ok(match first {
            IS => Self::Is(Variables(list)),
            SEND => Self::Send(Requests(list)),
            _ => Self::Info(Variables(list)),
        })
    }

    /// The payload of `SEND`, piece by piece. A name that is empty asks for all of its kind; no name at
    /// all, for all of both.
    pub fn send<'n>(
        dialect: Dialect,
        names: impl IntoIterator<Item = (Kind, &'n [u8])>,
        mut put: impl FnMut(&[u8]),
    ) {
        put(&[SEND]);
        for (kind, name) in names {
            put(&[dialect.type_byte(kind)]);
            escape(name, &mut put);
        }
    }

    /// The first byte of `IS` (`false`) or `INFO` (`true`); variables follow, as [`variable`] puts them.
    ///
    /// [`variable`]: Self::variable
    #[must_use]
    pub const fn head(is_info: bool) -> [u8; 1] {
        [if is_info { INFO } else { IS }]
    }

    /// A variable of `IS` and `INFO`, piece by piece; without a value it is undefined.
    pub fn variable(
        dialect: Dialect,
        kind: Kind,
        name: &[u8],
        value: Option<&[u8]>,
        mut put: impl FnMut(&[u8]),
    ) {
        put(&[dialect.type_byte(kind)]);
        escape(name, &mut put);
        if let Some(value) = value {
            put(&[dialect.value()]);
            escape(value, &mut put);
        }
    }
}

/// A name or a value as it travels: `ESC` before each of `VAR`, `VALUE`, `ESC` and `USERVAR`.
fn escape(text: &[u8], mut put: impl FnMut(&[u8])) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte <= USERVAR) {
        let (plain, behind) = rest.split_at(at);
        put(plain);
        put(&[ESC]);
        let (special, after) = behind.split_at(1);
        put(special);
        rest = after;
    }
    put(rest);
}

/// A name or a value, `ESC`s still in it: an iterator of its bytes without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Escaped<'a>(&'a [u8]);

impl Escaped<'_> {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is this text.
    #[must_use]
    pub fn is(self, text: &[u8]) -> bool {
        self.eq(text.iter().copied())
    }
}

impl Iterator for Escaped<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = match self.0 {
            [ESC, byte, rest @ ..] | [byte, rest @ ..] => (*byte, rest),
            [] => return None,
        };
        self.0 = rest;
        Some(byte)
    }
}

/// What is asked for: an iterator of [`Request`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requests<'a>(List<'a>);

/// One thing that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Of which kind.
    pub kind: Kind,
    /// Its name; an empty one means all of the kind.
    pub name: Escaped<'a>,
}

impl<'a> Iterator for Requests<'a> {
    type Item = Request<'a>;

    fn next(&mut self) -> Option<Request<'a>> {
        let Variable { kind, name, .. } = self.0.next()?;
        Some(Request { kind, name })
    }
}

/// Variables as they are told: an iterator of [`Variable`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variables<'a>(List<'a>);

/// A variable as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: Escaped<'a>,
    /// Its value, which may be empty; `None` when it is undefined.
    pub value: Option<Escaped<'a>>,
}

impl<'a> Iterator for Variables<'a> {
    type Item = Variable<'a>;

    fn next(&mut self) -> Option<Variable<'a>> {
        self.0.next()
    }
}

/// `list = *(type name [VALUE value])`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct List<'a> {
    dialect: Dialect,
    rest: &'a [u8],
}

impl<'a> List<'a> {
    /// Whether each type is one, each `ESC` has its byte, and each variable has one value at most; none
    /// where they are asked for. What stands where is counted from the payload's first byte.
    fn check(mut self, is_request: bool) -> Result<(), Malformed> {
        let whole = self.rest.len() + 1;
        while let Some(variable) = self.next() {
            let at = whole - self.rest.len();
            let is_open = |text: &Escaped<'_>| {
                let escapes = text.0.iter().rev().take_while(|byte| **byte == ESC);
                escapes.count() % 2 == 1
            };
            if is_open(&variable.name) || variable.value.as_ref().is_some_and(is_open) {
                return malformed(at, "the byte behind ESC");
            }
            if is_request && variable.value.is_some() {
                return malformed(at, "VAR or USERVAR in SEND, and no VALUE");
            }
        }
        if self.rest.is_empty() {
            return Ok(());
        }
        malformed(whole - self.rest.len(), "VAR or USERVAR")
    }

    /// What stands before the next byte that is special.
    fn text(&mut self) -> Escaped<'a> {
        let mut at = 0;
        while let Some(&byte) = self.rest.get(at) {
            at += match byte {
                ESC => 2,
                0 | 1 | USERVAR => break,
                _ => 1,
            };
        }
        let (text, rest) = self.rest.split_at(at.min(self.rest.len()));
        self.rest = rest;
        Escaped(text)
    }

    fn next(&mut self) -> Option<Variable<'a>> {
        let (&first, rest) = self.rest.split_first()?;
        let kind = self.dialect.kind(first)?;
        self.rest = rest;
        let name = self.text();
        let value = match self.rest.split_first() {
            Some((&byte, rest)) if byte == self.dialect.value() => {
                self.rest = rest;
                Some(self.text())
            }
            _ => None,
        };
        Some(Variable { kind, name, value })
    }
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::{super::put_all, *};

    type Told = (Kind, Vec<u8>, Option<Vec<u8>>);

    fn told(dialect: Dialect, payload: &[u8]) -> Result<Vec<Told>, Malformed> {
        let (Environ::Is(list) | Environ::Info(list)) = Environ::parse(dialect, payload)? else {
            panic!("SEND")
        };
        let each = |it: Variable<'_>| (it.kind, it.name.collect(), it.value.map(Iterator::collect));
        Ok(list.map(each).collect())
    }

    #[test]
    fn an_undefined_variable_is_not_an_empty_one() {
        let variables: Vec<Told> = vec![
            (Kind::Known, b"USER".to_vec(), Some(b"joe".to_vec())),
            (Kind::Known, b"ACCT".to_vec(), None),
            (Kind::User, b"EMPTY".to_vec(), Some(vec![])),
            (
                Kind::User,
                b"\0\x01\x02\x03".to_vec(),
                Some(b"a\x02b\xff".to_vec()),
            ),
        ];
        for dialect in [Dialect::Standard, Dialect::Reversed] {
            let payload = put_all(|put| {
                put(&Environ::head(false));
                for (kind, name, value) in &variables {
                    Environ::variable(dialect, *kind, name, value.as_deref(), &mut *put);
                }
            });
            assert_eq!(told(dialect, &payload), Ok(variables.clone()));
            assert_eq!(Dialect::of(&payload), Some(dialect));
        }
        let payload = b"\0\0USER\x01joe\0ACCT\x03EMPTY\x01\x03\x02\0\x02\x01\x02\x02\x02\x03\x01a\x02\x02b\xff";
        assert_eq!(told(Dialect::Standard, payload), Ok(variables));
        assert_eq!(told(Dialect::Standard, b"\x02"), Ok(vec![]));
    }

    #[test]
    fn a_request_names_variables_or_all_of_a_kind() {
        let names = [
            (Kind::Known, &b"USER"[..]),
            (Kind::Known, b""),
            (Kind::User, b""),
        ];
        let payload = put_all(|put| Environ::send(Dialect::Standard, names, put));
        assert_eq!(payload, b"\x01\0USER\0\x03");
        let Ok(Environ::Send(requests)) = Environ::parse(Dialect::Standard, &payload) else {
            panic!("not SEND")
        };
        let read: Vec<_> = requests.collect();
        assert_eq!(read.len(), names.len());
        for (request, (kind, name)) in read.into_iter().zip(names) {
            assert!(request.kind == kind && request.name.is(name), "{request:?}");
        }
    }

    #[test]
    fn what_is_not_a_list_is_told_where_it_stands() {
        for (payload, at) in [
            (&b""[..], 0),
            (b"\x03", 0),
            (b"\0USER", 1),
            (b"\0\x01joe", 1),
            (b"\0\0A\x01b\x01c", 5),
            (b"\0\0A\x02", 4),
            (b"\0\0A\x01b\x02", 6),
            (b"\x01\0A\x01b", 5),
        ] {
            let error = Environ::parse(Dialect::Standard, payload).unwrap_err();
            assert_eq!(error.at, at, "{payload:?}");
        }
    }
}
