//! What is spoken on a wire: a framing or a protocol, with the options that both ends must share.

use core::{fmt, str::FromStr};
use std::collections::BTreeMap;

pub(crate) mod options;

/// A name and options, written `slip`, `hdlc?fcs=32`, `length?order=le&width=2`.
///
/// Options are sorted, so that two dialects are equal when they are written with the same options.
/// Whether they mean the same, [`means`](Self::means) says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dialect {
    /// The framing or the protocol.
    pub name: String,
    /// What both ends must share.
    pub options: BTreeMap<String, String>,
}

impl Dialect {
    /// An option's value.
    #[must_use]
    pub fn get(&self, option: &str) -> Option<&str> {
        self.options.get(option).map(String::as_str)
    }

    /// Whether both are spoken alike: `hdlc?fcs=16` and `hdlc` are.
    #[must_use]
    pub fn means(&self, other: &Self) -> bool {
        options::normal(self) == options::normal(other)
    }
}

/// Why a text is no dialect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    /// The name has other characters than letters, digits, `-`, `_`, `/` and `.`.
    #[error(
        "`{0}` is no dialect: wanted NAME or NAME?option=value&…, such as `slip` or `hdlc?fcs=32`"
    )]
    Name(String),
    /// An option without a value.
    #[error("option `{0}` has no value: wanted option=value")]
    Option(String),
}

impl FromStr for Dialect {
    type Err = DialectError;

    fn from_str(text: &str) -> Result<Self, DialectError> {
        let (name, query) = text.split_once('?').unwrap_or((text, ""));
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_/.".contains(c);
        if name.is_empty() || !name.chars().all(legal) {
            return Err(DialectError::Name(name.to_owned()));
        }
        let options = query
            .split('&')
            .filter(|option| !option.is_empty())
            .map(|option| {
                let pair = option.split_once('=').filter(|(key, _)| !key.is_empty());
                pair.map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .ok_or_else(|| DialectError::Option(option.to_owned()))
            });
        Ok(Self {
            name: name.to_owned(),
            options: options.collect::<Result<_, _>>()?,
        })
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (at, (key, value)) in self.options.iter().enumerate() {
            let before = if at == 0 { '?' } else { '&' };
            write!(f, "{before}{key}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_options_does_not_matter() {
        let one: Dialect = "length?width=2&order=le".parse().unwrap();
        assert_eq!(one.to_string(), "length?order=le&width=2");
        assert_eq!(one, "length?order=le&width=2".parse().unwrap());
        assert_eq!(one.get("width"), Some("2"));
    }

    #[test]
    fn a_bad_dialect_says_what_is_wanted() {
        assert!(
            "sl ip"
                .parse::<Dialect>()
                .unwrap_err()
                .to_string()
                .contains("wanted NAME")
        );
        assert!(
            "slip?x"
                .parse::<Dialect>()
                .unwrap_err()
                .to_string()
                .contains("`x` has no value")
        );
    }
}
