//! Help, made from the table.

use alloc::{format, string::String, vec::Vec};

use super::{
    super::{
        text,
        words::{Word, words},
    },
    Table, any_of, expectation,
};
use crate::console::spec::{Kind, Spec};

/// Columns that the left side of a list takes at most.
const LEFT: usize = 28;

impl Table {
    /// The list of the commands that an operator of this level sees, in a window of `columns`.
    #[must_use]
    pub fn help(&self, level: u8, columns: usize) -> String {
        let lines: Vec<_> = self
            .seen(level)
            .map(|spec| (spec.usage(), String::from(&*spec.help)))
            .collect();
        list(&lines, columns)
    }

    /// The help of a command, or the list of those whose names begin with these words; `None` when
    /// there is none.
    #[must_use]
    pub fn help_of(&self, name: &str, level: u8, columns: usize) -> Option<String> {
        let name = words(name);
        let exact = self
            .seen(level)
            .find(|spec| super::begins(&name, spec) && spec.words().count() == name.len());
        if let Some(spec) = exact {
            return Some(details(spec, columns));
        }
        let below: Vec<_> = self
            .seen(level)
            .filter(|spec| is_below(&name, spec))
            .map(|spec| (spec.usage(), String::from(&*spec.help)))
            .collect();
        (!below.is_empty()).then(|| list(&below, columns))
    }
}

fn is_below(name: &[Word], spec: &Spec) -> bool {
    let mut of = spec.words();
    name.iter().all(|word| {
        of.next()
            .is_some_and(|of| of.eq_ignore_ascii_case(&word.text))
    })
}

fn details(spec: &Spec, columns: usize) -> String {
    let mut shown = wrapped(&spec.usage(), 0, 4, columns);
    shown.push_str(&wrapped(&spec.help, 2, 2, columns));
    if !spec.details.is_empty() {
        shown.push_str(&wrapped(&spec.details, 2, 2, columns));
    }
    let lines: Vec<_> = spec
        .arguments
        .iter()
        .map(|argument| {
            let mut about = Vec::new();
            if !argument.help.is_empty() {
                about.push(String::from(&*argument.help));
            }
            match &argument.kind {
                Kind::Word | Kind::Rest => {}
                Kind::Choice(choices) => {
                    let choices: Vec<&str> = choices.iter().map(AsRef::as_ref).collect();
                    about.push(any_of(&choices));
                }
                Kind::Switch => about.push("on or off".into()),
                _ => {
                    let expected = expectation(argument);
                    let kind = expected.split_once(", ").map_or("", |(_, kind)| kind);
                    about.push(kind.into());
                }
            }
            (format!("  {}", argument.name), about.join("; "))
        })
        .collect();
    if !lines.is_empty() {
        shown.push_str(&list(&lines, columns));
    }
    shown
}

/// Two columns; a left side that is too wide has a row of its own, and so have all of them in a window
/// that is narrow.
pub(in crate::console) fn list(lines: &[(String, String)], columns: usize) -> String {
    let widths = lines.iter().map(|(left, _)| text::columns(left));
    let left = widths
        .filter(|width| *width <= LEFT)
        .max()
        .unwrap_or_default()
        + 2;
    let is_narrow = columns < left + 20;
    let mut shown = String::new();
    for (name, about) in lines {
        let width = text::columns(name);
        if about.is_empty() {
            shown.push_str(&wrapped(name, 0, 4, columns));
        } else if is_narrow || width + 2 > left {
            let indent = if is_narrow { 4.min(columns / 4) } else { left };
            shown.push_str(&wrapped(name, 0, indent, columns));
            shown.push_str(&wrapped(about, indent, indent, columns));
        } else {
            let about = wrapped(about, left, left, columns);
            shown.push_str(name);
            shown.push_str(about.get(width..).unwrap_or_default());
        }
    }
    shown
}

/// A text in rows that end before the last column: the first begins behind `first` columns, the others
/// behind `others`.
pub(in crate::console) fn wrapped(
    text: &str,
    first: usize,
    others: usize,
    columns: usize,
) -> String {
    let mut shown = String::new();
    for paragraph in text.split('\n') {
        let mut column = 0;
        let mut indent = if shown.is_empty() { first } else { others };
        for word in paragraph.split(' ') {
            let width = text::columns(word);
            if column > 0 && column + 1 + width >= columns {
                shown.push('\n');
                (column, indent) = (0, others);
            }
            if column == 0 {
                shown.extend(core::iter::repeat_n(' ', indent));
                column = indent;
            } else {
                shown.push(' ');
                column += 1;
            }
            shown.push_str(word);
            column += width;
        }
        shown.push('\n');
    }
    shown
}
