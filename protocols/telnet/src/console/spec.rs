//! Commands declared as data.

use alloc::{borrow::Cow, string::String, vec::Vec};

use super::builtin::Builtin;

/// A text that is written down in the program, or made when it starts.
pub type Text = Cow<'static, str>;

/// A command: its name, what it takes, and what it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    pub(super) name: Text,
    pub(super) help: Text,
    pub(super) details: Text,
    pub(super) arguments: Vec<Argument>,
    pub(super) level: u8,
    /// The console runs it itself.
    pub(super) builtin: Option<Builtin>,
}

impl Spec {
    /// A command without arguments. Its name is one word or more, as in `show version`; case does not
    /// matter. Its help is one line.
    #[must_use]
    pub fn new(name: impl Into<Text>, help: impl Into<Text>) -> Self {
        Self {
            name: name.into(),
            help: help.into(),
            details: Text::default(),
            arguments: Vec::new(),
            level: 0,
            builtin: None,
        }
    }

    /// The same with one more argument, behind the others. Nothing is found behind a repeated one and
    /// behind [`Kind::Rest`].
    #[must_use]
    pub fn with(mut self, argument: Argument) -> Self {
        self.arguments.push(argument);
        self
    }

    /// The same with more to say in `help` of this command.
    #[must_use]
    pub fn details(mut self, details: impl Into<Text>) -> Self {
        self.details = details.into();
        self
    }

    /// The same for operators of this level and above only; the others do not see it. Default 0.
    #[must_use]
    pub const fn level(mut self, level: u8) -> Self {
        self.level = level;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is written: `set <point> <value>`.
    #[must_use]
    pub fn usage(&self) -> String {
        let mut usage = String::from(&*self.name);
        for argument in &self.arguments {
            usage.push(' ');
            usage.push_str(&argument.usage());
        }
        usage
    }

    /// The words of its name.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.name.split_whitespace()
    }

    /// The argument that the word of this index belongs to.
    pub(super) fn argument(&self, index: usize) -> Option<&Argument> {
        let last = self.arguments.last().filter(|last| last.is_repeated);
        self.arguments.get(index).or(last)
    }
}

/// An argument of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    pub(super) name: Text,
    pub(super) kind: Kind,
    pub(super) help: Text,
    pub(super) hints: Hints,
    pub(super) is_optional: bool,
    pub(super) is_repeated: bool,
}

/// What an argument may be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// A word, or a text in quotes.
    Word,
    /// A whole number in a range, both ends included; decimal, or hexadecimal as `0x1f`, or binary as `0b101`.
    Integer(i64, i64),
    /// A number in a range, both ends included.
    Number(f64, f64),
    /// One of these words; case does not matter.
    Choice(Vec<Text>),
    /// `on` or `off`; `yes`, `true`, `1` and their opposites too.
    Switch,
    /// The rest of the line, as it is.
    Rest,
}

/// What Tab offers for an argument.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Hints {
    /// What its kind tells.
    #[default]
    Kind,
    /// These words.
    Words(Vec<Text>),
    /// What the application answers when it is asked.
    Asked,
    /// Commands: the argument is one.
    Commands,
}

impl Argument {
    /// An argument that must be given.
    #[must_use]
    pub fn new(name: impl Into<Text>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            help: Text::default(),
            hints: Hints::default(),
            is_optional: false,
            is_repeated: false,
        }
    }

    /// A word, or a text in quotes.
    #[must_use]
    pub fn word(name: impl Into<Text>) -> Self {
        Self::new(name, Kind::Word)
    }

    /// A whole number in a range.
    #[must_use]
    pub fn integer(name: impl Into<Text>, range: core::ops::RangeInclusive<i64>) -> Self {
        Self::new(name, Kind::Integer(*range.start(), *range.end()))
    }

    /// Any number.
    #[must_use]
    pub fn number(name: impl Into<Text>) -> Self {
        Self::new(name, Kind::Number(f64::MIN, f64::MAX))
    }

    /// A number in a range.
    #[must_use]
    pub fn number_in(name: impl Into<Text>, range: core::ops::RangeInclusive<f64>) -> Self {
        Self::new(name, Kind::Number(*range.start(), *range.end()))
    }

    /// One of some words.
    #[must_use]
    pub fn choice(name: impl Into<Text>, words: &[&'static str]) -> Self {
        let words = words.iter().map(|word| Text::Borrowed(*word)).collect();
        Self::new(name, Kind::Choice(words))
    }

    /// `on` or `off`.
    #[must_use]
    pub fn switch(name: impl Into<Text>) -> Self {
        Self::new(name, Kind::Switch)
    }

    /// The rest of the line.
    #[must_use]
    pub fn rest(name: impl Into<Text>) -> Self {
        Self::new(name, Kind::Rest)
    }

    /// The same with what it means, in `help` of its command.
    #[must_use]
    pub fn help(mut self, help: impl Into<Text>) -> Self {
        self.help = help.into();
        self
    }

    /// The same with what Tab offers.
    #[must_use]
    pub fn hints(mut self, hints: Hints) -> Self {
        self.hints = hints;
        self
    }

    /// The same, which may be left out. So may those behind it.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// The same, which may be given more than once. It is the last one.
    #[must_use]
    pub const fn repeated(mut self) -> Self {
        self.is_repeated = true;
        self
    }

    /// How it is written: `<value>`, `[<value>]`, `<value>...`, `on|off`.
    pub(super) fn usage(&self) -> String {
        let mut usage = match &self.kind {
            Kind::Choice(words) if words.len() <= 4 => words.join("|"),
            Kind::Switch => "on|off".into(),
            _ => ["<", &self.name, ">"].concat(),
        };
        if self.is_repeated {
            usage.push_str("...");
        }
        if self.is_optional {
            usage = ["[", &usage, "]"].concat();
        }
        usage
    }
}
