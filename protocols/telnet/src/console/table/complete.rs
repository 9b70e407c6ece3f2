//! What Tab offers.

use alloc::{string::String, vec::Vec};

use super::{
    super::{
        spec::{Hints, Kind, Spec, Text},
        words::{Word, quoted, words},
    },
    Table, begins,
};

/// What may stand in the place of the word before the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Completion {
    /// These words.
    Words {
        /// Where the word begins that they stand for.
        from: usize,
        /// Each is one, by name.
        words: Vec<String>,
    },
    /// The application knows.
    Ask(Query),
}

/// What the application is asked when an argument is to be completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The command's name.
    pub command: String,
    /// The argument's name.
    pub argument: String,
    /// The arguments before it, as they stand in the line.
    pub before: Vec<String>,
    /// What stands of the argument.
    pub word: String,
    /// Where it begins in the line.
    pub(in crate::console) from: usize,
}

impl Completion {
    /// Of these words, those that begin with `word`.
    pub(in crate::console) fn among(
        from: usize,
        word: &str,
        words: impl IntoIterator<Item = String>,
    ) -> Self {
        let fits = |known: &String| {
            let head = known.get(..word.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(word))
        };
        let mut words: Vec<String> = words.into_iter().filter(fits).collect();
        words.sort_unstable();
        words.dedup();
        Self::Words { from, words }
    }
}

/// What all words begin with, as it is put into a line: the one word there is whole, with a blank behind.
pub(in crate::console) fn common(words: &[String]) -> String {
    let [first, rest @ ..] = words else {
        return String::new();
    };
    if rest.is_empty() {
        return [&quoted(first, true), " "].concat();
    }
    let mut len = first.len();
    for word in rest {
        let same = first.char_indices().zip(word.chars());
        let differs = same
            .filter(|((_, a), b)| a != b)
            .map(|((at, _), _)| at)
            .next();
        len = len.min(differs.unwrap_or(first.len().min(word.len())));
    }
    let head = first.get(..len).unwrap_or_default();
    let is_quoted = words.iter().any(|word| quoted(word, true) != *word);
    if is_quoted && !head.is_empty() {
        let mut open = quoted(&[head, " "].concat(), false);
        open.pop();
        return open;
    }
    head.into()
}

impl Table {
    /// What may stand in the place of the last word of `head`, which is what stands before the cursor.
    #[must_use]
    pub fn complete(&self, head: &str, level: u8) -> Completion {
        let mut done = words(head);
        let is_between = done.last().is_none_or(|last| last.end < head.len());
        let last = if is_between { None } else { done.pop() };
        let (from, word) = match &last {
            Some(last) => (last.at, last.text.as_str()),
            None => (head.len(), ""),
        };
        let mut names: Vec<String> = Vec::new();
        for spec in self.seen(level).filter(|spec| leads(&done, spec)) {
            names.extend(spec.words().nth(done.len()).map(String::from));
        }
        let Some(spec) = self.find(&done, level) else {
            return Completion::among(from, word, names);
        };
        let given = done.get(spec.words().count()..).unwrap_or_default();
        self.argument(head, spec, given, (from, word), names, level)
    }

    fn argument(
        &self,
        head: &str,
        spec: &Spec,
        given: &[Word],
        (from, word): (usize, &str),
        mut words: Vec<String>,
        level: u8,
    ) -> Completion {
        // The rest of the line is one argument, of as many words as there are.
        let rest = spec
            .arguments
            .iter()
            .position(|known| known.kind == Kind::Rest);
        let index = rest.map_or(given.len(), |rest| rest.min(given.len()));
        let Some(argument) = spec.argument(index) else {
            return Completion::among(from, word, words);
        };
        let own = |text: &Text| String::from(&**text);
        match (&argument.hints, &argument.kind) {
            (Hints::Asked, _) => {
                let before = given.iter().map(|word| word.text.clone());
                return Completion::Ask(Query {
                    command: own(&spec.name),
                    argument: own(&argument.name),
                    before: before.collect(),
                    word: word.into(),
                    from,
                });
            }
            (Hints::Commands, _) => {
                // `watch` takes a number before the command.
                let mut nested = given.get(index..).unwrap_or_default().iter();
                let command = nested.find(|word| word.text.parse::<f64>().is_err());
                let at = command.map_or(from, |first| first.at);
                let nested = self.complete(head.get(at..).unwrap_or_default(), level);
                return nested.moved(at);
            }
            (Hints::Words(hints), _) => words.extend(hints.iter().map(own)),
            (Hints::Kind, Kind::Choice(choices)) => words.extend(choices.iter().map(own)),
            (Hints::Kind, Kind::Switch) => words.extend(["on", "off"].map(String::from)),
            (Hints::Kind, _) => {}
        }
        Completion::among(from, word, words)
    }
}

impl Completion {
    fn moved(mut self, by: usize) -> Self {
        match &mut self {
            Self::Words { from, .. } => *from += by,
            Self::Ask(query) => query.from += by,
        }
        self
    }
}

/// Whether a command's name goes on behind these words.
fn leads(done: &[Word], spec: &Spec) -> bool {
    let mut names = spec.words();
    let is_same = done.iter().all(|word| {
        names
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(&word.text))
    });
    is_same && !(begins(done, spec) && spec.words().count() == done.len())
}
