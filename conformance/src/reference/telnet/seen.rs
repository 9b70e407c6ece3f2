//! The suite's tolerant observer: what a run of bytes says in Telnet, whatever is wrong with it.

use core::fmt;

use crate::hex;

use super::{DO, DONT, IAC, SB, SE, WILL, WONT};

/// One thing that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Data, each doubled IAC once.
    Data(Vec<u8>),
    /// A command of one byte.
    Command(u8),
    /// `WILL`, `WONT`, `DO` or `DONT`, and the option.
    Negotiation(u8, u8),
    /// What stands between `IAC SB` and `IAC SE`, the option first, each doubled IAC once.
    Subnegotiation(Vec<u8>),
    /// The bytes end inside a command.
    Cut(Vec<u8>),
}

/// Reads all of `bytes`. Data that commands interrupt is several items.
#[must_use]
pub fn observe(bytes: &[u8]) -> Vec<Seen> {
    let mut all = Vec::new();
    let mut rest = bytes;
    while let Some((seen, behind)) = next(rest) {
        match (all.last_mut(), seen) {
            (Some(Seen::Data(before)), Seen::Data(data)) => before.extend(data),
            (_, seen) => all.push(seen),
        }
        rest = behind;
    }
    all
}

fn next(bytes: &[u8]) -> Option<(Seen, &[u8])> {
    Some(match bytes {
        [] => return None,
        [IAC, IAC, rest @ ..] => (Seen::Data(vec![IAC]), rest),
        [IAC, verb @ WILL..=DONT, option, rest @ ..] => (Seen::Negotiation(*verb, *option), rest),
        [IAC, SB, rest @ ..] => subnegotiation(bytes, rest),
        [IAC] | [IAC, WILL..=DONT] => (Seen::Cut(bytes.to_vec()), &[]),
        [IAC, command, rest @ ..] => (Seen::Command(*command), rest),
        [byte, rest @ ..] => (Seen::Data(vec![*byte]), rest),
    })
}

fn subnegotiation<'a>(all: &'a [u8], behind: &'a [u8]) -> (Seen, &'a [u8]) {
    let mut payload = Vec::new();
    let mut rest = behind;
    loop {
        rest = match rest {
            [IAC, SE, after @ ..] => return (Seen::Subnegotiation(payload), after),
            [IAC, IAC, after @ ..] => {
                payload.push(IAC);
                after
            }
            [byte, after @ ..] => {
                payload.push(*byte);
                after
            }
            [] => return (Seen::Cut(all.to_vec()), &[]),
        };
    }
}

/// The data alone.
#[must_use]
pub fn data(seen: &[Seen]) -> Vec<u8> {
    let data = seen.iter().filter_map(|one| match one {
        Seen::Data(data) => Some(data.as_slice()),
        _ => None,
    });
    data.flatten().copied().collect()
}

/// What is no data, in order.
#[must_use]
pub fn controls(seen: &[Seen]) -> Vec<Seen> {
    let controls = seen.iter().filter(|one| !matches!(one, Seen::Data(_)));
    controls.cloned().collect()
}

/// Data of the network virtual terminal with each line end, CR LF or CR NUL, as one LF. A CR alone stays.
#[must_use]
pub fn text(data: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut rest = data;
    while let [byte, after @ ..] = rest {
        rest = after;
        match rest {
            [b'\n' | 0, behind @ ..] if *byte == b'\r' => {
                text.push(b'\n');
                rest = behind;
            }
            _ => text.push(*byte),
        }
    }
    text
}

/// Each item as a line, for reports.
pub(crate) fn decode(_: &str, bytes: &[u8]) -> Vec<String> {
    observe(bytes).iter().map(ToString::to_string).collect()
}

/// Several items in one line.
#[must_use]
pub fn shown(seen: &[Seen]) -> String {
    if seen.is_empty() {
        return "nothing".to_owned();
    }
    let words: Vec<_> = seen.iter().take(40).map(ToString::to_string).collect();
    let more = if seen.len() > 40 { ", …" } else { "" };
    format!("{}{more}", words.join(", "))
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(data) => write!(f, "data {}", hex::short(data)),
            Self::Command(command) => f.write_str(&command_name(*command)),
            Self::Negotiation(verb, option) => write!(f, "{} {option}", verb_name(*verb)),
            Self::Subnegotiation(payload) => write!(f, "SB {} SE", hex::short(payload)),
            Self::Cut(bytes) => write!(f, "cut off: {}", hex::short(bytes)),
        }
    }
}

const fn verb_name(verb: u8) -> &'static str {
    match verb {
        WILL => "WILL",
        WONT => "WONT",
        DO => "DO",
        _ => "DONT",
    }
}

fn command_name(command: u8) -> String {
    const NAMES: [&str; 15] = [
        "EOF", "SUSP", "ABORT", "EOR", "SE", "NOP", "DM", "BRK", "IP", "AO", "AYT", "EC", "EL",
        "GA", "SB",
    ];
    let name = command
        .checked_sub(236)
        .and_then(|at| NAMES.get(usize::from(at)));
    name.map_or_else(|| format!("command {command}"), |name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_seen_and_a_cut_command_too() {
        let seen =
            observe(b"a\xff\xffb\xff\xf1\xff\xfd\x01\xff\xfa\x18\x01\xff\xff\xf0\xff\xf0c\xff\xfb");
        assert_eq!(
            shown(&seen),
            "data 61 ff 62, NOP, DO 1, SB 18 01 ff f0 SE, data 63, cut off: ff fb"
        );
        assert_eq!(data(&seen), b"a\xffbc");
        assert_eq!(controls(&seen).len(), 4);
    }

    #[test]
    fn line_ends_are_one_whatever_they_are() {
        assert_eq!(text(b"a\r\nb\r\0c\rd\n\r"), b"a\nb\nc\rd\n\r");
    }
}
