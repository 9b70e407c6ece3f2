//! The bytes that may follow IAC.

use core::fmt;

/// Interpret as command: announces a command; twice, one byte of data (RFC 854).
pub const IAC: u8 = 255;

/// A command of one byte after IAC (RFC 854; RFC 885 for EOR, RFC 1184 for EOF, SUSP and ABORT).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Command(pub u8);

impl Command {
    /// End of file (RFC 1184).
    pub const EOF: Self = Self(236);
    /// Suspend the current process (RFC 1184).
    pub const SUSP: Self = Self(237);
    /// Abort the process (RFC 1184).
    pub const ABORT: Self = Self(238);
    /// End of record (RFC 885).
    pub const EOR: Self = Self(239);
    /// End of a subnegotiation.
    pub const SE: Self = Self(240);
    /// No operation.
    pub const NOP: Self = Self(241);
    /// Data mark: where a Synch ends.
    pub const DM: Self = Self(242);
    /// Break.
    pub const BRK: Self = Self(243);
    /// Interrupt process.
    pub const IP: Self = Self(244);
    /// Abort output.
    pub const AO: Self = Self(245);
    /// Are you there.
    pub const AYT: Self = Self(246);
    /// Erase character.
    pub const EC: Self = Self(247);
    /// Erase line.
    pub const EL: Self = Self(248);
    /// Go ahead.
    pub const GA: Self = Self(249);
    /// Begin of a subnegotiation.
    pub const SB: Self = Self(250);

    /// Its name in the specifications; `None` for a byte that none of them gives a meaning.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::EOF => "EOF",
            Self::SUSP => "SUSP",
            Self::ABORT => "ABORT",
            Self::EOR => "EOR",
            Self::SE => "SE",
            Self::NOP => "NOP",
            Self::DM => "DM",
            Self::BRK => "BRK",
            Self::IP => "IP",
            Self::AO => "AO",
            Self::AYT => "AYT",
            Self::EC => "EC",
            Self::EL => "EL",
            Self::GA => "GA",
            Self::SB => "SB",
            _ => return None,
        })
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Command({})", self.0),
        }
    }
}

/// What is said of an option (RFC 855).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// The sender wants to use it, or does from here on.
    Will,
    /// The sender will not use it, or does not from here on.
    Wont,
    /// The sender wants the other to use it, or agrees to it.
    Do,
    /// The sender does not want the other to use it.
    Dont,
}

impl Verb {
    /// Its byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Will => 251,
            Self::Wont => 252,
            Self::Do => 253,
            Self::Dont => 254,
        }
    }

    /// The verb of a byte.
    #[must_use]
    pub const fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            251 => Self::Will,
            252 => Self::Wont,
            253 => Self::Do,
            254 => Self::Dont,
            _ => return None,
        })
    }
}
