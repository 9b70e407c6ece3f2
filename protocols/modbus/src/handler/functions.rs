//! A set of function codes.

use core::fmt;

/// Some of the function codes 1 to 127.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Functions(u128);

impl Functions {
    /// None.
    pub const NONE: Self = Self(0);
    /// All of 1 to 127.
    pub const ALL: Self = Self(!1);

    /// The same with `code`; any other number than 1 to 127 is ignored.
    #[must_use]
    pub const fn with(self, code: u8) -> Self {
        Self(self.0 | Self::bit(code))
    }

    /// The same without `code`.
    #[must_use]
    pub const fn without(self, code: u8) -> Self {
        Self(self.0 & !Self::bit(code))
    }

    /// Those of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of either that are in the other too.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `code` is one of them.
    #[inline]
    #[must_use]
    pub const fn contains(self, code: u8) -> bool {
        self.0 & Self::bit(code) != 0
    }

    /// Each, in order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (1..128).filter(move |&code| self.contains(code))
    }

    const fn bit(code: u8) -> u128 {
        match code {
            1..128 => 1 << code,
            _ => 0,
        }
    }
}

impl FromIterator<u8> for Functions {
    fn from_iter<I: IntoIterator<Item = u8>>(codes: I) -> Self {
        codes.into_iter().fold(Self::NONE, Self::with)
    }
}

/// The codes in hex.
impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        for code in self.iter() {
            set.entry(&format_args!("{code:#04x}"));
        }
        set.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_that_a_request_can_have_are_in_a_set() {
        let set: Functions = [0, 3, 0x7F, 0x80, 0xFF].into_iter().collect();
        assert!(set.iter().eq([3, 0x7F]));
        assert!(!set.without(3).contains(3));
        assert_eq!(Functions::ALL.iter().count(), 127);
        assert!(!Functions::ALL.contains(0));
        assert!(!Functions::ALL.contains(0x83));
    }
}
