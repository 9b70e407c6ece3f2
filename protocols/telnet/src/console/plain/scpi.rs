//! What SCPI makes of a line.

use alloc::{borrow::Cow, string::String};
use core::fmt;

use crate::console::{
    fault::{Fault, FaultKind},
    invocation::Invocation,
    spec::Spec,
    table::{Table, fault, values},
    words::parts,
};

/// An error as SCPI tells it (SCPI 1999, 21.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Report {
    number: i16,
    says: &'static str,
    about: String,
}

impl Report {
    pub(super) const NONE: Self = Self::new(0, "No error");
    pub(super) const CHARACTER: Self = Self::new(-101, "Invalid character");
    pub(super) const EXECUTION: Self = Self::new(-200, "Execution error");
    pub(super) const OVERFLOW: Self = Self::new(-350, "Queue overflow");
    pub(super) const TOO_MUCH: Self = Self::new(-430, "Query DEADLOCKED");

    const fn new(number: i16, says: &'static str) -> Self {
        Self {
            number,
            says,
            about: String::new(),
        }
    }

    /// The report of what is wrong with a command.
    pub(super) fn of(fault: &Fault) -> Self {
        let (number, says) = match fault.kind {
            FaultKind::Unknown => (-113, "Undefined header"),
            FaultKind::Missing => (-109, "Missing parameter"),
            FaultKind::Extra => (-108, "Parameter not allowed"),
            FaultKind::Kind => (-104, "Data type error"),
            FaultKind::Range => (-222, "Data out of range"),
            FaultKind::Choice => (-224, "Illegal parameter value"),
            FaultKind::Quote => (-151, "Invalid string data"),
            FaultKind::TooLong => (-223, "Too much data"),
        };
        Self::new(number, says).about(&["expected ", &fault.expected].concat())
    }

    /// The same with what the device knows of it.
    pub(super) fn about(mut self, about: &str) -> Self {
        self.about = about
            .split_whitespace()
            .collect::<alloc::vec::Vec<_>>()
            .join(" ");
        self
    }

    /// What the device knows of it, or what the number says.
    pub(super) fn text(&self) -> &str {
        if self.about.is_empty() {
            self.says
        } else {
            &self.about
        }
    }
}

/// `-113,"Undefined header;expected ..."`; a quote in it is doubled.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},\"{}", self.number, self.says)?;
        if !self.about.is_empty() {
            write!(f, ";{}", self.about.replace('"', "\"\""))?;
        }
        f.write_str("\"")
    }
}

/// What is answered without the application, where errors wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// `SYSTem:ERRor?`
    Error,
    /// `*CLS`
    Clear,
}

pub(super) fn own(command: &str) -> Option<Own> {
    let header = command.trim().strip_prefix(':').unwrap_or(command.trim());
    if is_header("SYSTem:ERRor[:NEXT]?", header) {
        Some(Own::Error)
    } else {
        header.eq_ignore_ascii_case("*CLS").then_some(Own::Clear)
    }
}

/// The next command of a line and where it begins, between semicolons that are not in quotes.
pub(super) fn next<'l>(line: &'l str, at: &mut usize) -> Option<(&'l str, usize)> {
    loop {
        let from = *at;
        let rest = line.get(from..).filter(|rest| !rest.is_empty())?;
        let mut quote = None;
        let end = rest.char_indices().find(|(_, c)| {
            match (quote, c) {
                (None, '"' | '\'') => quote = Some(*c),
                (Some(open), c) if open == *c => quote = None,
                _ => {}
            }
            *c == ';' && quote.is_none()
        });
        let len = end.map_or(rest.len(), |(len, _)| len);
        *at = from + len + 1;
        let command = rest.get(..len).unwrap_or_default();
        let blanks = command.len() - command.trim_start().len();
        if !command.trim().is_empty() {
            return Some((command.trim(), from + blanks));
        }
    }
}

/// The command that stands at `at` of a line. `path` is that of the header before it, and then its own.
pub(super) fn parse(
    table: &Table,
    command: &str,
    at: usize,
    path: &mut String,
    level: u8,
) -> Result<Invocation, Fault> {
    let len = command.find(char::is_whitespace).unwrap_or(command.len());
    let (header, arguments) = command.split_at_checked(len).unwrap_or((command, ""));
    let found = |header: &str| table.seen(level).find(|spec| is_header(&spec.name, header));
    let (absolute, is_relative) = match header.strip_prefix(':') {
        Some(absolute) => (absolute, false),
        None => (header, !header.starts_with('*')),
    };
    let whole = if is_relative && !path.is_empty() {
        Cow::Owned([path.as_str(), ":", absolute].concat())
    } else {
        Cow::Borrowed(absolute)
    };
    // One who writes the whole path without its colon is understood too.
    let (spec, whole) = match found(&whole) {
        Some(spec) => (Some(spec), whole),
        None => (found(absolute), Cow::Borrowed(absolute)),
    };
    let Some(spec) = spec else {
        let end = at + header.len();
        return Err(fault(
            at,
            end,
            FaultKind::Unknown,
            "a header of this device".into(),
        ));
    };
    if !header.starts_with('*') {
        *path = whole
            .rsplit_once(':')
            .map_or_else(String::new, |(path, _)| path.into());
    }
    call(spec, arguments, command).map_err(|wrong| {
        let from = at + len;
        Fault {
            at: wrong.at + from,
            end: wrong.end + from,
            ..wrong
        }
    })
}

fn call(spec: &Spec, arguments: &str, command: &str) -> Result<Invocation, Fault> {
    let end = arguments.len();
    let given = if arguments.trim().is_empty() {
        alloc::vec::Vec::new()
    } else {
        parts(arguments)
    };
    if let Some(open) = given.last().and_then(|last| last.open) {
        let wanted = alloc::format!("a closing {open}");
        return Err(fault(end, end, FaultKind::Quote, wanted));
    }
    Ok(Invocation {
        name: (*spec.name).into(),
        values: values(spec, &given, arguments)?,
        line: command.into(),
        builtin: spec.builtin,
    })
}

/// Whether a header is written for a pattern such as `MEASure:VOLTage[:DC]?`: each node in its long form
/// or its short one, the capitals; what is in brackets may be left out.
pub(super) fn is_header(pattern: &str, header: &str) -> bool {
    let (Some(pattern), Some(header)) = (pattern.strip_suffix('?'), header.strip_suffix('?'))
    else {
        return pattern.ends_with('?') == header.ends_with('?') && is_path(pattern, Some(header));
    };
    is_path(pattern, Some(header))
}

/// `header` is `None` behind its last node.
fn is_path(pattern: &str, header: Option<&str>) -> bool {
    if pattern.is_empty() {
        return header.is_none();
    }
    if let Some(inside) = pattern.strip_prefix('[')
        && let Some((optional, behind)) = inside.split_once(']')
    {
        return is_path(behind, header) || is_node_and(optional, behind, header);
    }
    let pattern = pattern.strip_prefix(':').unwrap_or(pattern);
    let len = pattern.find([':', '[']).unwrap_or(pattern.len());
    let (node, behind) = pattern.split_at_checked(len).unwrap_or((pattern, ""));
    is_node_and(node, behind, header)
}

fn is_node_and(node: &str, behind: &str, header: Option<&str>) -> bool {
    let Some(header) = header else {
        return false;
    };
    let node = node.trim_matches(':');
    let (word, rest) = match header.split_once(':') {
        Some((word, rest)) => (word, Some(rest)),
        None => (header, None),
    };
    let short = node.chars().filter(|c| !c.is_ascii_lowercase());
    let is_short = short.eq(word.chars().map(|c| c.to_ascii_uppercase()));
    (is_short || node.eq_ignore_ascii_case(word)) && is_path(behind, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_a_short_and_a_long_form() {
        for (header, fits) in [
            ("MEAS:VOLT?", true),
            ("measure:voltage?", true),
            ("Meas:Voltage:DC?", true),
            ("MEAS:VOLT:dc?", true),
            ("MEAS:VOLT", false),
            ("MEASU:VOLT?", false),
            ("MEAS:VOLT:AC?", false),
            ("MEAS?", false),
            ("MEAS:VOLT:DC:X?", false),
            ("", false),
            ("?", false),
        ] {
            assert_eq!(is_header("MEASure:VOLTage[:DC]?", header), fits, "{header}");
        }
        assert!(is_header("[SOURce:]LEVel", "LEV") && is_header("[SOURce:]LEVel", "source:lev"));
        assert!(is_header("*IDN?", "*idn?") && !is_header("*IDN?", "IDN?"));
    }

    #[test]
    fn commands_are_between_semicolons_that_are_not_in_quotes() {
        let (line, mut at) = (" A 'x;y' ;; B;", 0);
        assert_eq!(next(line, &mut at), Some(("A 'x;y'", 1)));
        assert_eq!(next(line, &mut at), Some(("B", 12)));
        assert_eq!(next(line, &mut at), None);
    }
}
