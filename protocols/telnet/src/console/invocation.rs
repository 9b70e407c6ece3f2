//! A command as it was called.

use alloc::{string::String, vec::Vec};

use super::builtin::Builtin;

/// A value of an argument.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A word, a choice as it is declared, or the rest of the line.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Whether it is on.
    Switch(bool),
}

/// A command as it was called: every argument is of its kind and in its range.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    pub(super) name: String,
    pub(super) values: Vec<(String, Value)>,
    pub(super) line: String,
    pub(super) builtin: Option<Builtin>,
}

impl Invocation {
    /// The command's name as it is declared.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The line as it was entered.
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The value of an argument; of a repeated one, the first. `None` when it was left out.
    #[must_use]
    pub fn value(&self, argument: &str) -> Option<&Value> {
        self.values(argument).next()
    }

    /// The values of a repeated argument.
    pub fn values(&self, argument: &str) -> impl Iterator<Item = &Value> {
        let own = self.values.iter().filter(move |(name, _)| name == argument);
        own.map(|(_, value)| value)
    }

    /// The value of a word, a choice, or the rest of the line.
    #[must_use]
    pub fn text(&self, argument: &str) -> Option<&str> {
        match self.value(argument)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a whole number.
    #[must_use]
    pub fn integer(&self, argument: &str) -> Option<i64> {
        match self.value(argument)? {
            Value::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    /// The value of a number.
    #[must_use]
    pub fn number(&self, argument: &str) -> Option<f64> {
        match self.value(argument)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The value of a switch.
    #[must_use]
    pub fn switch(&self, argument: &str) -> Option<bool> {
        match self.value(argument)? {
            Value::Switch(on) => Some(*on),
            _ => None,
        }
    }
}
