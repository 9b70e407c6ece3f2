//! The sub-functions of Diagnostics: Application protocol 6.8.1.

use core::fmt;

/// What Diagnostics (function 8) is asked to do. Any number can come from a peer, so this is a
/// number with names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubFunction(pub u16);

impl SubFunction {
    /// The data comes back as it was.
    pub const RETURN_QUERY_DATA: Self = Self(0x00);
    /// The unit restarts its port and leaves listen-only mode; with data FF00 it clears its event
    /// log too.
    pub const RESTART_COMMUNICATIONS: Self = Self(0x01);
    /// The diagnostic register.
    pub const RETURN_DIAGNOSTIC_REGISTER: Self = Self(0x02);
    /// The character that ends an ASCII frame, in the high byte; LF until then.
    pub const CHANGE_ASCII_DELIMITER: Self = Self(0x03);
    /// The unit executes and answers nothing any more, until communications are restarted.
    pub const FORCE_LISTEN_ONLY: Self = Self(0x04);
    /// All counters and the diagnostic register become 0.
    pub const CLEAR_COUNTERS: Self = Self(0x0A);
    /// CPT1: good frames on the line, for whomever.
    pub const BUS_MESSAGES: Self = Self(0x0B);
    /// CPT2: frames with a bad check, bad parity, or too short.
    pub const BUS_COMM_ERRORS: Self = Self(0x0C);
    /// CPT3: exceptions that this unit answered, or would have answered to a broadcast.
    pub const BUS_EXCEPTION_ERRORS: Self = Self(0x0D);
    /// CPT4: frames for this unit, broadcasts included.
    pub const SERVER_MESSAGES: Self = Self(0x0E);
    /// CPT5: frames for this unit that it did not answer.
    pub const SERVER_NO_RESPONSES: Self = Self(0x0F);
    /// CPT6: negative acknowledges that this unit answered.
    pub const SERVER_NAKS: Self = Self(0x10);
    /// CPT7: times that this unit answered that it was busy.
    pub const SERVER_BUSY: Self = Self(0x11);
    /// CPT8: characters that came faster than this unit took them.
    pub const BUS_CHARACTER_OVERRUNS: Self = Self(0x12);
    /// The overrun counter and flag become 0.
    pub const CLEAR_OVERRUNS: Self = Self(0x14);

    /// Every sub-function of the specification; the numbers between and behind are reserved.
    pub const ALL: [Self; 15] = [
        Self::RETURN_QUERY_DATA,
        Self::RESTART_COMMUNICATIONS,
        Self::RETURN_DIAGNOSTIC_REGISTER,
        Self::CHANGE_ASCII_DELIMITER,
        Self::FORCE_LISTEN_ONLY,
        Self::CLEAR_COUNTERS,
        Self::BUS_MESSAGES,
        Self::BUS_COMM_ERRORS,
        Self::BUS_EXCEPTION_ERRORS,
        Self::SERVER_MESSAGES,
        Self::SERVER_NO_RESPONSES,
        Self::SERVER_NAKS,
        Self::SERVER_BUSY,
        Self::BUS_CHARACTER_OVERRUNS,
        Self::CLEAR_OVERRUNS,
    ];

    /// Whether the specification has it.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self.0, 0x00..=0x04 | 0x0A..=0x12 | 0x14)
    }

    /// Whether a request with these data is well-formed: Application protocol 6.8.1.
    #[must_use]
    pub const fn allows(self, data: &[u8]) -> bool {
        match self {
            Self::RETURN_QUERY_DATA => !data.is_empty() && data.len().is_multiple_of(2),
            Self::RESTART_COMMUNICATIONS => matches!(data, [0, 0] | [0xFF, 0]),
            Self::CHANGE_ASCII_DELIMITER => matches!(data, [_, 0]),
            _ => matches!(data, [0, 0]),
        }
    }
}

/// Some of the sub-functions that the specification has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubFunctions(u32);

impl SubFunctions {
    /// None.
    pub const NONE: Self = Self(0);
    /// All of [`SubFunction::ALL`].
    pub const ALL: Self = {
        let (mut all, mut code) = (Self::NONE, 0);
        while code < 32 {
            all = all.with(SubFunction(code));
            code += 1;
        }
        all
    };

    /// The same with `sub`; one that is reserved is ignored.
    #[must_use]
    pub const fn with(self, sub: SubFunction) -> Self {
        Self(self.0 | Self::bit(sub))
    }

    /// The same without `sub`.
    #[must_use]
    pub const fn without(self, sub: SubFunction) -> Self {
        Self(self.0 & !Self::bit(sub))
    }

    /// Those that are in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `sub` is one of them.
    #[inline]
    #[must_use]
    pub const fn contains(self, sub: SubFunction) -> bool {
        self.0 & Self::bit(sub) != 0
    }

    /// Each, in order.
    pub fn iter(self) -> impl Iterator<Item = SubFunction> {
        let all = SubFunction::ALL.into_iter();
        all.filter(move |sub| self.contains(*sub))
    }

    const fn bit(sub: SubFunction) -> u32 {
        if sub.is_public() { 1 << sub.0 } else { 0 }
    }
}

impl FromIterator<SubFunction> for SubFunctions {
    fn from_iter<I: IntoIterator<Item = SubFunction>>(subs: I) -> Self {
        subs.into_iter().fold(Self::NONE, Self::with)
    }
}

/// The numbers in hex.
impl fmt::Debug for SubFunctions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        for sub in self.iter() {
            set.entry(&format_args!("{:#04x}", sub.0));
        }
        set.finish()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn a_set_holds_the_public_ones_that_were_put_in() {
        assert!(SubFunctions::ALL.iter().eq(SubFunction::ALL));
        let set: SubFunctions = [0x14, 0x13, 0x00, 0x20, 0xFFFF]
            .map(SubFunction)
            .into_iter()
            .collect();
        assert_eq!(std::format!("{set:?}"), "{0x00, 0x14}");
        assert!(!set.contains(SubFunction(0x20)) && !set.contains(SubFunction(0x0A)));
        assert_eq!(set.intersection(SubFunctions::ALL), set);
    }

    #[test]
    fn the_list_is_the_public_ones() {
        let public = (0..=u16::MAX)
            .map(SubFunction)
            .filter(|one| one.is_public());
        assert!(public.eq(SubFunction::ALL));
    }
}
