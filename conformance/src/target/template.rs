//! A client's command with placeholders.

use core::fmt;

/// A command line, split into words as a shell does it, with placeholders in braces.
///
/// Placeholders are filled in after the splitting, so that a value is never more than one word:
/// `{url} {host} {port} {tty} {case} {script} {workdir}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    words: Vec<String>,
    text: String,
}

/// What a placeholder may name.
const NAMES: [&str; 7] = ["url", "host", "port", "tty", "case", "script", "workdir"];

impl Template {
    /// Splits a command. Quotes and backslashes work as in a shell; nothing else does.
    ///
    /// # Errors
    /// An open quote, no word at all, or a placeholder that does not exist.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = split(text)?;
        if words.is_empty() {
            return Err("it is empty: wanted a program and its arguments, such as `my-client {url} {script}`".to_owned());
        }
        for name in words.iter().flat_map(|word| placeholders(word)) {
            if !NAMES.contains(&name) {
                let known = NAMES.map(|name| format!("{{{name}}}")).join(" ");
                return Err(format!("`{{{name}}}` is no placeholder: there are {known}"));
            }
        }
        Ok(Self {
            words,
            text: text.to_owned(),
        })
    }

    /// Whether a placeholder is used.
    #[must_use]
    pub fn uses(&self, name: &str) -> bool {
        self.words
            .iter()
            .any(|word| placeholders(word).any(|used| used == name))
    }

    /// The words with the placeholders filled in.
    #[must_use]
    pub fn fill(&self, value: impl Fn(&str) -> String) -> Vec<String> {
        let filled = |word: &String| {
            let whole = NAMES.iter().find(|name| *word == format!("{{{name}}}"));
            match whole {
                Some(name) => value(name),
                None => fill_in(word, &value),
            }
        };
        self.words.iter().map(filled).collect()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What looks like a placeholder: lower-case letters in braces.
fn placeholders(word: &str) -> impl Iterator<Item = &str> {
    word.split('{').skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        let letters = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
        letters.then_some(name)
    })
}

/// In one pass, so that a value is never searched for placeholders.
fn fill_in(word: &str, value: &impl Fn(&str) -> String) -> String {
    let mut filled = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('{') {
        filled += before;
        match after
            .split_once('}')
            .filter(|(name, _)| NAMES.contains(name))
        {
            Some((name, tail)) => {
                filled += &value(name);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                let next = chars.next().ok_or("it ends in a backslash")?;
                word.get_or_insert_default().push(next);
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(open) = quote {
        return Err(format!("the quote {open} is not closed"));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_in_a_shell_and_values_stay_one_word() {
        let template = Template::parse(r#"my\ client 'a b' "" --to={url} {script} {"#).unwrap();
        let words = template.fill(|name| format!("<{name} {{port}}>"));
        assert_eq!(
            words,
            [
                "my client",
                "a b",
                "",
                "--to=<url {port}>",
                "<script {port}>",
                "{"
            ]
        );
    }

    #[test]
    fn a_bad_command_says_why() {
        assert!(Template::parse(" ").unwrap_err().contains("empty"));
        assert!(Template::parse("a 'b").unwrap_err().contains("not closed"));
        assert!(Template::parse("a {prot}").unwrap_err().contains("{port}"));
    }
}
