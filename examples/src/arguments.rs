//! A command line: options in any order, and words.

use core::{fmt, str::FromStr, time::Duration};

use lineside_io::address::FromParam;

/// What stands on a command line and was not taken yet.
#[derive(Clone, Debug)]
pub struct Arguments(Vec<String>);

/// A command line that asks for what cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage(String);

impl Arguments {
    /// This program's.
    #[must_use]
    pub fn of_program() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    /// Whether help is asked for.
    #[must_use]
    pub fn wants_help(&self) -> bool {
        self.0.iter().any(|word| word == "--help" || word == "-h")
    }

    /// Takes an option that has no value.
    pub fn flag(&mut self, name: &str) -> bool {
        let count = self.0.len();
        self.0.retain(|word| word != name);
        self.0.len() < count
    }

    /// Takes an option and its value. Of several of that name, the first.
    ///
    /// # Errors
    /// It has none, or none that can be.
    pub fn value<T: FromStr<Err: fmt::Display>>(&mut self, name: &str) -> Result<Option<T>, Usage> {
        self.take(name, |word| {
            word.parse().map_err(|error: T::Err| error.to_string())
        })
    }

    /// Takes an option and its number.
    ///
    /// # Errors
    /// It has none, or one out of range.
    pub fn number<T: FromStr + FromParam>(&mut self, name: &str) -> Result<Option<T>, Usage> {
        self.take(name, |word| T::from_param(word).ok_or_else(T::allowed))
    }

    /// Takes an option and its time.
    ///
    /// # Errors
    /// It has none, or what it has is none.
    pub fn time(&mut self, name: &str) -> Result<Option<Duration>, Usage> {
        self.take(name, |word| {
            Duration::from_param(word).ok_or_else(Duration::allowed)
        })
    }

    /// The words that are left.
    ///
    /// # Errors
    /// One of them is an option that nobody took.
    pub fn words(self) -> Result<Vec<String>, Usage> {
        match self.0.iter().find(|word| word.starts_with("--")) {
            Some(option) => Err(Usage(format!("no such option: {option}"))),
            None => Ok(self.0),
        }
    }

    fn take<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Usage> {
        let Some(at) = self.0.iter().position(|word| word == name) else {
            return Ok(None);
        };
        self.0.remove(at);
        if at == self.0.len() {
            return Err(Usage(format!("{name} has no value")));
        }
        let word = self.0.remove(at);
        let read = read(&word);
        read.map(Some)
            .map_err(|why| Usage(format!("{name} {word}: {why}")))
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for Usage {}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Arguments {
        Arguments(line.split(' ').map(str::to_owned).collect())
    }

    #[test]
    fn options_stand_anywhere_and_words_keep_their_order() {
        let mut line = arguments("one --unit 17 two --csv --every 500ms");
        assert_eq!(line.number::<u8>("--unit"), Ok(Some(17)));
        assert_eq!(line.time("--every"), Ok(Some(Duration::from_millis(500))));
        assert!(line.flag("--csv") && !line.flag("--csv"));
        assert_eq!(line.number::<u64>("--count"), Ok(None));
        assert_eq!(line.words().unwrap(), ["one", "two"]);
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (line, said) in [
            ("--unit 256", "--unit 256: a whole number from 0 to 255"),
            ("a --unit", "--unit has no value"),
        ] {
            let error = arguments(line).number::<u8>("--unit").unwrap_err();
            assert_eq!(error.to_string(), said);
        }
        let error = arguments("a --untit 3").words().unwrap_err();
        assert_eq!(error.to_string(), "no such option: --untit");
    }
}
