//! A line's words.

use alloc::{string::String, vec::Vec};

/// A word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Where it begins, in bytes.
    pub(super) at: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// What it says, without quotes.
    pub(super) text: String,
    /// The quote that was not closed.
    pub(super) open: Option<char>,
}

/// The words of a line: they are separated by blanks, and a text in quotes is one or part of one. Within
/// double quotes a backslash takes a quote's or backslash's meaning away; within single ones it has none.
pub(super) fn words(line: &str) -> Vec<Word> {
    split(line, char::is_whitespace, false)
}

/// The parts of a line between commas, without the blanks around them.
pub(super) fn parts(line: &str) -> Vec<Word> {
    let mut parts = split(line, |c| c == ',', true);
    for part in &mut parts {
        let raw = line.get(part.at..part.end).unwrap_or_default();
        part.at = part.end - raw.trim_start().len();
        part.end = part.at + raw.trim().len();
        part.text = part.text.trim().into();
    }
    parts
}

fn split(line: &str, is_separator: impl Fn(char) -> bool, keeps_empty: bool) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut word: Option<Word> = None;
    // Behind a separator there is one more.
    let mut is_owed = false;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_open = word.as_ref().is_some_and(|word| word.open.is_some());
        if is_separator(c) && !is_open {
            let empty = || keeps_empty.then(|| Word::at(at));
            words.extend(word.take().or_else(empty));
            is_owed = keeps_empty;
            continue;
        }
        is_owed = false;
        let word = word.get_or_insert_with(|| Word::at(at));
        word.end = at + c.len_utf8();
        match (word.open, c) {
            (None, '"' | '\'') => word.open = Some(c),
            (Some(quote), _) if c == quote => word.open = None,
            (Some('"'), '\\') if matches!(chars.peek(), Some((_, '"' | '\\'))) => {
                if let Some((at, escaped)) = chars.next() {
                    word.text.push(escaped);
                    word.end = at + 1;
                }
            }
            _ => word.text.push(c),
        }
    }
    words.extend(word.or_else(|| is_owed.then(|| Word::at(line.len()))));
    words
}

impl Word {
    const fn at(at: usize) -> Self {
        Self {
            at,
            end: at,
            text: String::new(),
            open: None,
        }
    }
}

/// A word as it must be written to be read as `text`; without its closing quote where more may follow.
pub(super) fn quoted(text: &str, is_whole: bool) -> String {
    let needs = text.is_empty() || text.contains(|c: char| c.is_whitespace() || "\"',".contains(c));
    if !needs {
        return text.into();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    if is_whole {
        quoted.push('"');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        words(line).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn quotes_keep_blanks_together() {
        assert_eq!(texts("  set  name "), ["set", "name"]);
        assert_eq!(
            texts(r#"a "b c" 'd "e' f"g h"i """#),
            ["a", "b c", "d \"e", "fg hi", ""]
        );
        assert_eq!(texts(r#""a\"b\\c\d" '\'"#), [r#"a"b\c\d"#, r"\"]);
        let word = &words("a \"漢 x")[1];
        assert_eq!((word.at, word.end, word.open), (2, 8, Some('"')));
    }

    #[test]
    fn parts_are_between_commas() {
        let all: Vec<_> = parts(" 1 , 'a, b',x")
            .into_iter()
            .map(|part| (part.at, part.text))
            .collect();
        assert_eq!(all, [(1, "1".into()), (5, "a, b".into()), (12, "x".into())]);
        assert_eq!(parts("1,,2,").len(), 4);
        assert_eq!(parts(",").len(), 2);
    }

    #[test]
    fn what_is_quoted_is_read_as_it_was() {
        for text in ["plain", "two words", "", "a\"b\\ c", "d'e", "x,y"] {
            assert_eq!(texts(&quoted(text, true)), [text]);
        }
    }
}
