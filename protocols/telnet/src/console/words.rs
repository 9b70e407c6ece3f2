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
    split(line, char::is_whitespace)
}

fn split(line: &str, is_separator: impl Fn(char) -> bool) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut word: Option<Word> = None;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_open = word.as_ref().is_some_and(|word| word.open.is_some());
        if is_separator(c) && !is_open {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(|| Word {
            at,
            end: at,
            text: String::new(),
            open: None,
        });
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
    words.extend(word);
    words
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
    fn what_is_quoted_is_read_as_it_was() {
        for text in ["plain", "two words", "", "a\"b\\ c", "d'e", "x,y"] {
            assert_eq!(texts(&quoted(text, true)), [text]);
        }
    }
}
