//! What is wrong with a line, and where.

use alloc::{format, string::String};
use core::fmt;

use super::text;

/// What is wrong with a line: where, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The byte of the line where it begins.
    pub at: usize,
    /// The byte behind it.
    pub end: usize,
    /// What sort of mistake it is.
    pub kind: FaultKind,
    /// What was expected there, in words.
    pub expected: String,
}

/// A sort of mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// There is no such command.
    Unknown,
    /// An argument is missing.
    Missing,
    /// There is an argument too many.
    Extra,
    /// An argument is of another kind.
    Kind,
    /// A number is out of its range.
    Range,
    /// A word is none of those that may stand there.
    Choice,
    /// A quote is not closed.
    Quote,
    /// The line is longer than the limit.
    TooLong,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl core::error::Error for Fault {}

impl Fault {
    /// The fault under its place: a caret under the line, which stands in a window of `columns` behind a
    /// prompt of `indent` columns; where that takes more than one row, the part of the line around the
    /// place comes first.
    #[must_use]
    pub fn pointed(&self, line: &str, indent: usize, columns: usize) -> String {
        let head = line.get(..self.at).unwrap_or(line);
        let is_one_row = indent + text::columns(line) < columns;
        let (part, before) = if is_one_row {
            (String::new(), indent + text::columns(head))
        } else {
            around(line, self.at, columns)
        };
        let marked = line.get(self.at..self.end).unwrap_or_default();
        let room = columns.saturating_sub(before + 1).max(1);
        let carets = text::columns(marked).clamp(1, room);
        format!("{part}{:before$}{:^<carets$}\n{self}\n", "", "")
    }
}

/// The part of a line around a place that fits a row, and the columns before the place in it.
fn around(line: &str, at: usize, columns: usize) -> (String, usize) {
    let room = columns.saturating_sub(1).max(1);
    let mut from = at;
    let mut before = 0;
    while from > 0 && before < room / 2 {
        from = text::before(line, from);
        before = text::columns(line.get(from..at).unwrap_or_default());
    }
    let mut part = String::new();
    for cluster in text::clusters(line.get(from..).unwrap_or_default()) {
        if text::columns(&part) + text::columns(cluster) > room {
            break;
        }
        part.push_str(cluster);
    }
    part.push('\n');
    (part, before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(at: usize, end: usize) -> Fault {
        Fault {
            at,
            end,
            kind: FaultKind::Kind,
            expected: "a number".into(),
        }
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        let shown = fault(10, 12).pointed("set level xy", 2, 80);
        assert_eq!(shown, "            ^^\nexpected a number\n");
        // A wide character takes two columns.
        let shown = fault(4, 7).pointed("漢 漢", 2, 80);
        assert_eq!(shown, "     ^^\nexpected a number\n");
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let shown = fault(10, 12).pointed("set level xy and more", 2, 12);
        assert_eq!(shown, "evel xy and\n     ^^\nexpected a number\n");
    }
}
