//! The options of the framings that the suite has a textbook for: what each may be, and what it is
//! when it is left out.

use super::Dialect;
use crate::hex;

/// One option of a framing.
struct Known {
    of: &'static [&'static str],
    name: &'static str,
    values: Values,
    left_out: LeftOut,
}

enum Values {
    /// One of these words.
    Words(&'static [&'static str]),
    /// One byte or more, in hex.
    Bytes,
    /// A number from one, to this at most.
    UpTo(u32),
    /// 32 bits in hex.
    Mask,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LeftOut {
    /// The same as this value.
    Means(&'static str),
    /// A dialect of its own.
    Differs,
    /// No dialect at all.
    Never,
}

use LeftOut::{Differs, Means, Never};

const CHECKED: &[&str] = &[
    "line",
    "delimiter",
    "fixed",
    "length",
    "gap",
    "stx",
    "dle",
    "slip",
    "cobs",
    "cobsr",
    "hdlc",
];

/// Those of Modbus on a line, where the options are the line's.
const LINES: &[&str] = &["modbus-rtu", "modbus-ascii"];

/// RFC 2217, where the options are how a port is shared.
const PORTS: &[&str] = &["com-port"];

const CHECKS: &[&str] = &[
    "modbus",
    "xmodem",
    "ccitt-false",
    "kermit",
    "x-25",
    "crc-32",
    "crc-32c",
    "lrc",
    "xor",
];

const fn words(
    of: &'static [&'static str],
    name: &'static str,
    values: &'static [&'static str],
    left_out: LeftOut,
) -> Known {
    Known {
        of,
        name,
        values: Values::Words(values),
        left_out,
    }
}

const fn other(
    of: &'static [&'static str],
    name: &'static str,
    values: Values,
    left_out: LeftOut,
) -> Known {
    Known {
        of,
        name,
        values,
        left_out,
    }
}

static KNOWN: &[Known] = &[
    words(CHECKED, "check", CHECKS, Differs),
    words(&["line"], "ends", &["lf", "cr", "crlf", "any"], Means("lf")),
    words(&["line"], "eof", &["record", "error"], Means("record")),
    other(&["delimiter"], "bytes", Values::Bytes, Never),
    words(&["delimiter"], "eof", &["record", "error"], Means("error")),
    other(&["fixed"], "size", Values::UpTo(65_536), Never),
    words(
        &["length"],
        "width",
        &["1", "2", "3", "4", "8", "varint"],
        Means("2"),
    ),
    words(&["length"], "order", &["be", "le"], Means("be")),
    words(&["length"], "whole", &["no", "yes"], Means("no")),
    other(&["length"], "magic", Values::Bytes, Differs),
    other(&["gap"], "pause", Values::UpTo(1000), Differs),
    words(
        &["stx", "dle"],
        "bcc",
        &["none", "xor", "lrc"],
        Means("none"),
    ),
    words(
        &["slip"],
        "escape",
        &["lenient", "strict"],
        Means("lenient"),
    ),
    words(&["hdlc"], "fcs", &["16", "32", "none"], Means("16")),
    other(&["hdlc"], "accm", Values::Mask, Means("ffffffff")),
    words(&["hdlc"], "header", &["no", "yes"], Means("no")),
    words(LINES, "echo", &["no", "yes"], Means("no")),
    words(
        PORTS,
        "second",
        &["refuse", "kick", "share"],
        Means("refuse"),
    ),
    words(
        PORTS,
        "leave",
        &["hold", "hang-up", "restore"],
        Means("hold"),
    ),
];

impl Values {
    /// A value as it is always written; `None` when it is none.
    fn normal(&self, value: &str) -> Option<String> {
        match self {
            Self::Words(words) => words.contains(&value).then(|| value.to_owned()),
            Self::Bytes => {
                let bytes = hex::parse(value).ok().filter(|bytes| !bytes.is_empty());
                bytes.map(|bytes| hex::plain(&bytes))
            }
            Self::UpTo(most) => {
                let number = value.parse().ok();
                let number = number.filter(|number| (1..=*most).contains(number));
                number.map(|number: u32| number.to_string())
            }
            Self::Mask => {
                let mask = u32::from_str_radix(value, 16).ok();
                mask.map(|mask| format!("{mask:x}"))
            }
        }
    }

    fn allowed(&self) -> String {
        match self {
            Self::Words(words) => words.join(", "),
            Self::Bytes => "bytes in hex, such as 0d0a".to_owned(),
            Self::UpTo(most) => format!("a number from 1 to {most}"),
            Self::Mask => "up to eight hex digits".to_owned(),
        }
    }
}

fn known_of(name: &str) -> impl Iterator<Item = &'static Known> {
    KNOWN.iter().filter(move |known| known.of.contains(&name))
}

/// The names of a framing's options.
pub(crate) fn names_of(name: &str) -> impl Iterator<Item = &'static str> {
    known_of(name).map(|known| known.name)
}

/// Options that mean what is meant without them are left out, and the others written in one way.
pub(super) fn normal(dialect: &Dialect) -> Dialect {
    let mut normal = dialect.clone();
    for known in known_of(&dialect.name) {
        let value = dialect.get(known.name);
        let Some(value) = value.and_then(|value| known.values.normal(value)) else {
            continue;
        };
        if matches!(known.left_out, Means(same) if same == value) {
            normal.options.remove(known.name);
        } else {
            normal.options.insert(known.name.to_owned(), value);
        }
    }
    normal
}

/// Why the suite has no textbook for the options of a dialect, if so; what it has none for at all is not
/// judged.
pub(crate) fn unknown(dialect: &Dialect) -> Option<String> {
    let name = dialect.name.as_str();
    if !CHECKED.contains(&name) && !LINES.contains(&name) && !PORTS.contains(&name) {
        return None;
    }
    for (option, value) in &dialect.options {
        let Some(known) = known_of(&dialect.name).find(|known| known.name == option) else {
            let names: Vec<_> = names_of(&dialect.name).collect();
            return Some(format!(
                "there is no option `{option}`; there are {}",
                names.join(", ")
            ));
        };
        if known.values.normal(value).is_none() {
            return Some(format!(
                "option `{option}` is `{value}`, and the suite knows {}",
                known.values.allowed()
            ));
        }
    }
    let missing = |known: &&Known| known.left_out == Never && dialect.get(known.name).is_none();
    let missing = known_of(&dialect.name).find(missing)?;
    Some(format!(
        "option `{}` is missing: wanted {}",
        missing.name,
        missing.values.allowed()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        reference::{Mutation, codec, com_port, modbus::adu::Framing},
        suite,
    };

    fn parsed(text: &str) -> Dialect {
        text.parse().unwrap()
    }

    #[test]
    fn an_option_that_says_what_is_meant_anyway_changes_nothing() {
        for (long, short) in [
            ("hdlc?fcs=16", "hdlc"),
            ("hdlc?accm=FFFFFFFF&header=no&fcs=32", "hdlc?fcs=32"),
            ("hdlc?accm=00000000", "hdlc?accm=0"),
            ("slip?escape=lenient", "slip"),
            ("line?ends=lf&eof=record", "line"),
            ("length?width=2&order=be", "length"),
            ("length?width=2&order=le&whole=no", "length?order=le"),
            ("stx?bcc=none", "stx"),
            ("delimiter?bytes=0D0A", "delimiter?bytes=0d0a"),
        ] {
            assert!(parsed(long).means(&parsed(short)), "{long}");
            assert!(parsed(short).means(&parsed(long)), "{long}");
        }
        for (one, other) in [
            ("hdlc?fcs=32", "hdlc"),
            ("slip?escape=strict", "slip"),
            ("line?ends=crlf", "line"),
            ("length?width=1", "length"),
            ("line", "slip"),
        ] {
            assert!(!parsed(one).means(&parsed(other)), "{one}");
        }
    }

    #[test]
    fn what_the_cases_speak_is_known() {
        for (group, instance) in suite::instances(&suite::groups()) {
            for speaks in [group.speaks, &instance.speaks()] {
                assert_eq!(unknown(&parsed(speaks)), None, "{speaks}");
            }
        }
    }

    #[test]
    fn every_word_that_is_allowed_has_a_textbook_and_no_other() {
        for known in KNOWN {
            let Values::Words(words) = known.values else {
                continue;
            };
            for (name, word) in known
                .of
                .iter()
                .flat_map(|of| words.iter().map(move |w| (of, w)))
            {
                let mut dialect = parsed(name);
                for must in known_of(name).filter(|known| known.left_out == Never) {
                    dialect.options.insert(must.name.into(), "3".repeat(2));
                }
                dialect.options.insert(known.name.into(), (*word).into());
                assert_eq!(unknown(&dialect), None, "{dialect}");
                let frames =
                    codec(&dialect, 80, &Mutation::none()).is_some() || com_port::speaks(&dialect);
                assert!(frames || Framing::of(&dialect).is_some(), "{dialect}");
                dialect.options.insert(known.name.into(), "x".into());
                let why = unknown(&dialect).unwrap();
                assert!(why.contains(known.name) && why.contains(word), "{why}");
            }
        }
    }
}
