//! The parameters of an address, taken one by one, typed; what is left over is refused.

use core::{fmt, ops::RangeInclusive, str::FromStr, time::Duration};

use super::{
    error::{AddressError, Column, Part},
    grammar,
};

/// The parameters of an address. Whoever owns some takes them; [`finish`](Self::finish) refuses
/// the rest, and names what would have been taken.
#[derive(Clone, Debug)]
#[must_use = "call finish, so that a parameter nobody knows is refused"]
pub struct Params {
    pairs: Vec<Pair>,
    asked: Vec<&'static str>,
}

/// One `key=value`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) key_at: Column,
    pub(super) value_at: Column,
}

/// What a parameter's value can be.
pub trait FromParam: Sized {
    /// What is allowed, in words: `a whole number from 0 to 255`.
    fn allowed() -> String;

    /// Reads a value.
    fn from_param(value: &str) -> Option<Self>;
}

impl Params {
    pub(super) const fn new(pairs: Vec<Pair>) -> Self {
        Self {
            pairs,
            asked: Vec::new(),
        }
    }

    /// Takes `key`, if it is there.
    ///
    /// # Errors
    /// The value is none of `T`'s.
    pub fn take<T: FromParam>(&mut self, key: &'static str) -> Result<Option<T>, AddressError> {
        self.take_with(key, T::from_param, T::allowed)
    }

    /// Takes `key` as a whole number in `range`.
    ///
    /// # Errors
    /// It is none.
    pub fn take_in<T>(
        &mut self,
        key: &'static str,
        range: RangeInclusive<T>,
    ) -> Result<Option<T>, AddressError>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let allowed = || format!("a whole number from {} to {}", range.start(), range.end());
        let read = |value: &str| value.parse().ok().filter(|number| range.contains(number));
        self.take_with(key, read, allowed)
    }

    /// Takes `key` as one of some words, whatever their case. Of words with the same meaning the
    /// error names all.
    ///
    /// # Errors
    /// It is none of them.
    pub fn take_one_of<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, AddressError> {
        let read = |value: &str| {
            let found = words
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(value));
            found.map(|(_, meaning)| *meaning)
        };
        let allowed = || {
            words
                .iter()
                .map(|(word, _)| *word)
                .collect::<Vec<_>>()
                .join(", ")
        };
        self.take_with(key, read, allowed)
    }

    /// Takes `key` by a reader of the caller's own.
    ///
    /// # Errors
    /// `read` gives `None`; the error says what `allowed` gives.
    pub fn take_with<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
        allowed: impl FnOnce() -> String,
    ) -> Result<Option<T>, AddressError> {
        self.asked.push(key);
        let Some(at) = self.pairs.iter().position(|pair| pair.key == key) else {
            return Ok(None);
        };
        let pair = self.pairs.remove(at);
        let part = || Part::Parameter(pair.key.clone());
        match read(&pair.value) {
            Some(value) => Ok(Some(value)),
            None => Err(AddressError::new(
                part(),
                pair.value_at,
                &pair.value,
                allowed(),
            )),
        }
    }

    /// Refuses `key` when it is there, because of what else is: `why` says what is allowed.
    ///
    /// # Errors
    /// It is there.
    pub fn refuse(&mut self, key: &'static str, why: &str) -> Result<(), AddressError> {
        match self.pairs.iter().find(|pair| pair.key == key) {
            None => Ok(()),
            Some(pair) => {
                let part = Part::Parameter(pair.key.clone());
                Err(AddressError::new(part, pair.key_at, &pair.to_string(), why))
            }
        }
    }

    /// Whether none is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Refuses what nobody took.
    ///
    /// # Errors
    /// The first parameter that is left, with the names that are allowed.
    pub fn finish(self) -> Result<(), AddressError> {
        let Some(pair) = self.pairs.first() else {
            return Ok(());
        };
        let allowed = if self.asked.is_empty() {
            "no parameters".to_owned()
        } else {
            self.asked.join(", ")
        };
        Err(AddressError::new(
            Part::Query,
            pair.key_at,
            &pair.key,
            allowed,
        ))
    }
}

impl Pair {
    pub(super) fn new(key: &str, value: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: value.to_owned(),
            key_at: Column::default(),
            value_at: Column::default(),
        }
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", grammar::Encoded(&self.key, grammar::is_key))?;
        if self.value.is_empty() {
            return Ok(());
        }
        write!(f, "={}", grammar::Encoded(&self.value, grammar::is_value))
    }
}

macro_rules! whole_numbers {
    ($($int:ty)*) => {$(
        impl FromParam for $int {
            fn allowed() -> String {
                format!("a whole number from {} to {}", Self::MIN, Self::MAX)
            }

            fn from_param(value: &str) -> Option<Self> {
                value.parse().ok()
            }
        }
    )*};
}

whole_numbers!(u8 u16 u32 u64 usize i64);

/// Any text, which may be empty.
impl FromParam for String {
    fn allowed() -> String {
        "any text".to_owned()
    }

    fn from_param(value: &str) -> Option<Self> {
        Some(value.to_owned())
    }
}

/// A parameter that is there without a value is true.
impl FromParam for bool {
    fn allowed() -> String {
        "true, false, yes, no, on, off, 1, 0, or no value for true".to_owned()
    }

    fn from_param(value: &str) -> Option<Self> {
        match value.to_ascii_lowercase().as_str() {
            "" | "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        }
    }
}

/// A whole number and its unit: `250us`, `20ms`, `3s`, `2min`.
impl FromParam for Duration {
    fn allowed() -> String {
        "a whole number with us, ms, s or min, as in 20ms".to_owned()
    }

    fn from_param(value: &str) -> Option<Self> {
        let unit_at = value.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = value.split_at_checked(unit_at)?;
        let number: u64 = number.parse().ok()?;
        match unit {
            "us" => Some(Self::from_micros(number)),
            "ms" => Some(Self::from_millis(number)),
            "s" => Some(Self::from_secs(number)),
            "min" => Some(Self::from_secs(number.checked_mul(60)?)),
            _ => None,
        }
    }
}
