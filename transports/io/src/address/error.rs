//! Errors that say which part of an address is wrong, where, and what is allowed there.

use core::{
    fmt,
    hash::{Hash, Hasher},
};
use std::io;

/// An address that cannot be read or used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddressError {
    /// The part that is wrong.
    pub part: Part,
    /// Where it is in the text, counted from 1; `None` for an address that was never a text.
    pub column: Option<usize>,
    /// What stands there, at most 40 characters of it.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
}

/// A part of an address, by RFC 3986's names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "a variant's name is its meaning")]
pub enum Part {
    Whole,
    Layer,
    Scheme,
    User,
    Host,
    Port,
    Path,
    Query,
    /// The parameter of this name.
    Parameter(String),
}

/// The most of a wrong part that an error repeats, in characters.
const FOUND_LEN: usize = 40;

impl AddressError {
    pub(super) fn new(part: Part, at: Column, found: &str, allowed: impl Into<String>) -> Self {
        let mut found: String = found.escape_default().collect();
        if let Some((end, _)) = found.char_indices().nth(FOUND_LEN) {
            found.truncate(end);
            found.push('…');
        }
        Self {
            part,
            column: at.0,
            found,
            allowed: allowed.into(),
        }
    }
}

impl core::error::Error for AddressError {}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "address: {}", self.part)?;
        if let Some(column) = self.column {
            write!(f, " at column {column}")?;
        }
        if self.found.is_empty() {
            write!(f, " is missing; allowed: {}", self.allowed)
        } else {
            write!(f, ": found `{}`; allowed: {}", self.found, self.allowed)
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Whole => "length",
            Self::Layer => "layer",
            Self::Scheme => "scheme",
            Self::User => "user",
            Self::Host => "host",
            Self::Port => "port",
            Self::Path => "path",
            Self::Query => "query",
            Self::Parameter(key) => return write!(f, "parameter `{}`", key.escape_default()),
        };
        f.write_str(name)
    }
}

impl From<AddressError> for io::Error {
    fn from(error: AddressError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

/// Where a part stood in the text that it was read from. No part of an address's identity.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Column(pub(super) Option<usize>);

impl PartialEq for Column {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Column {}

impl Hash for Column {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
