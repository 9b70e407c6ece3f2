//! Passwords, and whether they are right.

use alloc::{string::String, vec::Vec};
use core::fmt;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// The longest name and password that are compared, in bytes.
const LONGEST: usize = 128;

/// A password. It is not shown by `Debug`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A password.
    #[must_use]
    pub fn new(password: impl Into<String>) -> Self {
        Self(password.into())
    }

    /// What it says.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// In a time that depends on neither.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        same(&self.0, &other.0).into()
    }
}

/// A few operators with names, passwords and levels.
///
/// The passwords stand in memory as they are: where they must not, the application answers
/// [`Event::Login`](super::Event::Login) by its own means.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    known: Vec<(String, Secret, u8)>,
}

impl Accounts {
    /// Nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more operator. A name or password longer than 128 bytes never gets in.
    #[must_use]
    pub fn with(mut self, user: impl Into<String>, password: impl Into<String>, level: u8) -> Self {
        self.known.push((user.into(), Secret::new(password), level));
        self
    }

    /// The level of the operator with this name and password. How long that takes depends on how many
    /// operators there are, and on nothing that is compared (T79).
    #[must_use]
    pub fn check(&self, user: &str, password: &Secret) -> Option<u8> {
        let (mut level, mut is_known) = (0u8, Choice::from(0));
        for (name, secret, of) in &self.known {
            let is_this = same(name, user) & same(&secret.0, &password.0);
            level.conditional_assign(of, is_this);
            is_known |= is_this;
        }
        bool::from(is_known).then_some(level)
    }
}

/// Whether two texts are the same, in a time that depends on neither.
fn same(one: &str, other: &str) -> Choice {
    let (a, b) = (padded(one), padded(other));
    let fits = |text: &str| Choice::from(u8::from(text.len() <= LONGEST));
    a.as_slice().ct_eq(b.as_slice())
        & (one.len() as u64).ct_eq(&(other.len() as u64))
        & fits(one)
        & fits(other)
}

fn padded(text: &str) -> [u8; LONGEST] {
    let mut bytes = [0; LONGEST];
    let text = text.bytes().chain(core::iter::repeat(0));
    bytes
        .iter_mut()
        .zip(text)
        .for_each(|(room, byte)| *room = byte);
    bytes
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    #[test]
    fn name_and_password_must_both_be_right() {
        let accounts = Accounts::new()
            .with("ann", "secret", 1)
            .with("bob", "hush", 9);
        for (user, password, level) in [
            ("ann", "secret", Some(1)),
            ("bob", "hush", Some(9)),
            ("ann", "hush", None),
            ("ann", "secret\0", None),
            ("ann", "secre", None),
            ("eve", "secret", None),
            ("", "", None),
        ] {
            assert_eq!(
                accounts.check(user, &Secret::new(password)),
                level,
                "{user} {password:?}"
            );
        }
        let long = "x".repeat(LONGEST + 1);
        let accounts = Accounts::new().with(&*long, "p", 1);
        assert_eq!(accounts.check(&long, &Secret::new("p")), None);
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{:?}", Accounts::new().with("ann", "hush", 1));
        assert!(!shown.contains("hush"), "{shown}");
    }
}
