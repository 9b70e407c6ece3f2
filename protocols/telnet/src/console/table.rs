//! The commands of a console: what a line means among them.

use alloc::{format, string::String, vec::Vec};

use super::{
    fault::{Fault, FaultKind},
    invocation::{Invocation, Value},
    spec::{Argument, Kind, Spec, Text},
    words::{Word, words},
};

mod complete;
mod help;
#[cfg(test)]
mod tests;

pub(super) use complete::common;
pub use complete::{Completion, Query};
pub(super) use help::wrapped;

/// Commands that are listed where one was expected, at most.
const LISTED: usize = 6;

/// The commands of a console.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    specs: Vec<Spec>,
}

impl Table {
    /// These commands. Of two with one name the later one counts.
    #[must_use]
    pub fn new(specs: impl IntoIterator<Item = Spec>) -> Self {
        let mut table = Self::default();
        specs.into_iter().for_each(|spec| table.add(spec));
        table
    }

    /// The same with one more command.
    #[must_use]
    pub fn with(mut self, spec: Spec) -> Self {
        self.add(spec);
        self
    }

    /// Every command, by name.
    pub fn specs(&self) -> impl Iterator<Item = &Spec> {
        self.specs.iter()
    }

    /// What a line calls; `None` for an empty one and for a comment, which begins with `#`.
    ///
    /// # Errors
    /// It calls nothing that an operator of this level may call, or not in the right way.
    pub fn parse(&self, line: &str, level: u8) -> Result<Option<Invocation>, Fault> {
        let words = words(line);
        let Some(first) = words.first() else {
            return Ok(None);
        };
        if first.text.starts_with('#') {
            return Ok(None);
        }
        if let Some(open) = words.last().filter(|word| word.open.is_some()) {
            let quote = open.open.unwrap_or('"');
            let wanted = format!("a closing {quote}");
            return Err(fault(line.len(), line.len(), FaultKind::Quote, wanted));
        }
        let Some(spec) = self.find(&words, level) else {
            return Err(self.unknown(&words, line, level));
        };
        let given = words.get(spec.words().count()..).unwrap_or_default();
        let values = values(spec, given, line)?;
        Ok(Some(Invocation {
            name: (*spec.name).into(),
            values,
            line: line.into(),
            builtin: spec.builtin,
        }))
    }

    fn add(&mut self, spec: Spec) {
        match self
            .specs
            .binary_search_by(|known| known.name.cmp(&spec.name))
        {
            Ok(at) => {
                if let Some(known) = self.specs.get_mut(at) {
                    *known = spec;
                }
            }
            Err(at) => self.specs.insert(at, spec),
        }
    }

    /// The commands that an operator of this level sees.
    pub(super) fn seen(&self, level: u8) -> impl Iterator<Item = &Spec> {
        self.specs.iter().filter(move |spec| spec.level <= level)
    }

    /// The command whose name these words begin with; the longest name counts.
    fn find(&self, words: &[Word], level: u8) -> Option<&Spec> {
        let called = self.seen(level).filter(|spec| begins(words, spec));
        called.max_by_key(|spec| spec.words().count())
    }

    /// What was expected of the first word that leads to no command.
    fn unknown(&self, words: &[Word], line: &str, level: u8) -> Fault {
        let depth = |spec: &Spec| {
            let both = spec.words().zip(words);
            both.take_while(|(name, word)| name.eq_ignore_ascii_case(&word.text))
                .count()
        };
        let deepest = self.seen(level).map(depth).max().unwrap_or_default();
        let mut next: Vec<&str> = self
            .seen(level)
            .filter(|spec| depth(spec) == deepest)
            .filter_map(|spec| spec.words().nth(deepest))
            .collect();
        next.dedup();
        let word = words.get(deepest);
        if let Some(meant) = word.and_then(|word| nearest(&word.text, &next)) {
            next = [meant].into();
        }
        let wanted = match next.as_slice() {
            [one] if deepest == 0 => format!("a command, perhaps {one}"),
            names if names.len() <= LISTED => any_of(names),
            _ => "a command (help lists them)".into(),
        };
        let (at, end) = word.map_or((line.len(), line.len()), |word| (word.at, word.end));
        fault(at, end, FaultKind::Unknown, wanted)
    }
}

/// Whether the words begin with the command's name.
fn begins(words: &[Word], spec: &Spec) -> bool {
    let mut words = words.iter();
    spec.words().all(|name| {
        words
            .next()
            .is_some_and(|word| name.eq_ignore_ascii_case(&word.text))
    })
}

pub(super) const fn fault(at: usize, end: usize, kind: FaultKind, expected: String) -> Fault {
    Fault {
        at,
        end,
        kind,
        expected,
    }
}

/// The values of a command's arguments.
pub(super) fn values(
    spec: &Spec,
    given: &[Word],
    line: &str,
) -> Result<Vec<(String, Value)>, Fault> {
    let mut values = Vec::new();
    for (index, word) in given.iter().enumerate() {
        let Some(argument) = spec.argument(index) else {
            let wanted = if index == 0 {
                "nothing behind the command"
            } else {
                "nothing more"
            };
            let (at, end) = (word.at, given.last().map_or(word.end, |last| last.end));
            return Err(fault(at, end, FaultKind::Extra, wanted.into()));
        };
        let name = String::from(&*argument.name);
        if argument.kind == Kind::Rest {
            let rest = line.get(word.at..).unwrap_or_default().trim_end();
            values.push((name, Value::Text(rest.into())));
            return Ok(values);
        }
        values.push((name, value(argument, word)?));
    }
    match spec.arguments.get(given.len()) {
        Some(missing) if !missing.is_optional => {
            let end = line.len();
            Err(fault(end, end, FaultKind::Missing, expectation(missing)))
        }
        _ => Ok(values),
    }
}

fn value(argument: &Argument, word: &Word) -> Result<Value, Fault> {
    let text = word.text.as_str();
    let wrong = |kind| fault(word.at, word.end, kind, expectation(argument));
    match &argument.kind {
        Kind::Word | Kind::Rest => Ok(Value::Text(text.into())),
        Kind::Integer(least, most) => {
            let value = integer(text).ok_or_else(|| wrong(FaultKind::Kind))?;
            let value = i64::try_from(value)
                .ok()
                .filter(|value| (least..=most).contains(&value));
            value
                .map(Value::Integer)
                .ok_or_else(|| wrong(FaultKind::Range))
        }
        Kind::Number(least, most) => {
            let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
            let value = value.ok_or_else(|| wrong(FaultKind::Kind))?;
            if (least..=most).contains(&&value) {
                Ok(Value::Number(value))
            } else {
                Err(wrong(FaultKind::Range))
            }
        }
        Kind::Choice(words) => {
            let chosen = words.iter().find(|word| word.eq_ignore_ascii_case(text));
            let chosen = chosen.map(|word| Value::Text(String::from(&**word)));
            chosen.ok_or_else(|| wrong(FaultKind::Choice))
        }
        Kind::Switch => switch(text)
            .map(Value::Switch)
            .ok_or_else(|| wrong(FaultKind::Choice)),
    }
}

/// A whole number; one that is too large for any range is still a number.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefixed = digits.get(..2).zip(digits.get(2..));
    let (radix, digits) = match prefixed {
        Some(("0x" | "0X", digits)) => (16, digits),
        Some(("0b" | "0B", digits)) => (2, digits),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).unwrap_or(i128::MAX);
    Some(if negative { -value } else { value })
}

fn switch(text: &str) -> Option<bool> {
    let is = |words: [&str; 4]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is(["on", "yes", "true", "1"]) {
        Some(true)
    } else {
        is(["off", "no", "false", "0"]).then_some(false)
    }
}

/// What is expected for an argument, in words.
pub(super) fn expectation(argument: &Argument) -> String {
    let name = &argument.name;
    match &argument.kind {
        Kind::Word | Kind::Rest => format!("<{name}>"),
        Kind::Integer(i64::MIN, i64::MAX) => format!("<{name}>, a whole number"),
        Kind::Integer(least, most) => format!("<{name}>, a whole number from {least} to {most}"),
        Kind::Number(least, most) if *least == f64::MIN && *most == f64::MAX => {
            format!("<{name}>, a number")
        }
        Kind::Number(least, most) => format!("<{name}>, a number from {least} to {most}"),
        Kind::Choice(words) => {
            let words: Vec<&str> = words.iter().map(Text::as_ref).collect();
            any_of(&words)
        }
        Kind::Switch => "on or off".into(),
    }
}

/// `a, b or c`.
fn any_of(words: &[&str]) -> String {
    match words {
        [] => "nothing".into(),
        [one] => (*one).into(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// The one word that differs from `text` in a letter or two, if there is one.
fn nearest<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    let near = words.iter().map(|word| (distance(text, word), *word));
    let (distance, word) = near.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= word.chars().count()).then_some(word)
}

/// How many letters must be put in, taken out or changed to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    if one.len() > 64 || other.len() > 64 {
        return usize::MAX / 4;
    }
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (down, a) in one.chars().enumerate() {
        let mut diagonal = down;
        let mut left = down + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (above, b) in row.iter_mut().skip(1).zip(other.chars()) {
            let changed = diagonal + usize::from(!a.eq_ignore_ascii_case(&b));
            diagonal = *above;
            left = changed.min(diagonal + 1).min(left + 1);
            *above = left;
        }
    }
    row.last().copied().unwrap_or_default()
}
