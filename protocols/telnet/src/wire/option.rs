//! The options by their numbers.

use core::fmt;

/// An option's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TelnetOption(pub u8);

impl TelnetOption {
    /// Eight bits, no end-of-line rules (RFC 856).
    pub const BINARY: Self = Self(0);
    /// The sender of WILL echoes (RFC 857).
    pub const ECHO: Self = Self(1);
    /// No go-aheads (RFC 858).
    pub const SGA: Self = Self(3);
    /// The options in effect can be asked for (RFC 859).
    pub const STATUS: Self = Self(5);
    /// A mark in the data that is answered when all before it has been processed (RFC 860).
    pub const TIMING_MARK: Self = Self(6);
    /// The session is to end (RFC 727).
    pub const LOGOUT: Self = Self(18);
    /// The terminal's type (RFC 1091).
    pub const TTYPE: Self = Self(24);
    /// Ends of records (RFC 885).
    pub const EOR: Self = Self(25);
    /// The window's size (RFC 1073).
    pub const NAWS: Self = Self(31);
    /// The terminal's speed (RFC 1079).
    pub const TSPEED: Self = Self(32);
    /// Flow control at the terminal (RFC 1372).
    pub const LFLOW: Self = Self(33);
    /// Lines are edited by the client (RFC 1184).
    pub const LINEMODE: Self = Self(34);
    /// The X display's location (RFC 1096).
    pub const XDISPLOC: Self = Self(35);
    /// Environment variables, with VAR and VALUE confused (RFC 1408).
    pub const OLD_ENVIRON: Self = Self(36);
    /// Authentication (RFC 2941).
    pub const AUTHENTICATION: Self = Self(37);
    /// Encryption (RFC 2946).
    pub const ENCRYPT: Self = Self(38);
    /// Environment variables (RFC 1572).
    pub const NEW_ENVIRON: Self = Self(39);
    /// The character set (RFC 2066).
    pub const CHARSET: Self = Self(42);
    /// Control of a serial port (RFC 2217).
    pub const COM_PORT: Self = Self(44);
    /// TLS from here on (draft-altman-telnet-starttls).
    pub const START_TLS: Self = Self(46);
    /// More options (RFC 861).
    pub const EXOPL: Self = Self(255);

    /// Its name in the registry, as in `NEW-ENVIRON`; `None` for an option that is not known here.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::BINARY => "BINARY",
            Self::ECHO => "ECHO",
            Self::SGA => "SGA",
            Self::STATUS => "STATUS",
            Self::TIMING_MARK => "TIMING-MARK",
            Self::LOGOUT => "LOGOUT",
            Self::TTYPE => "TTYPE",
            Self::EOR => "EOR",
            Self::NAWS => "NAWS",
            Self::TSPEED => "TSPEED",
            Self::LFLOW => "LFLOW",
            Self::LINEMODE => "LINEMODE",
            Self::XDISPLOC => "XDISPLOC",
            Self::OLD_ENVIRON => "OLD-ENVIRON",
            Self::AUTHENTICATION => "AUTHENTICATION",
            Self::ENCRYPT => "ENCRYPT",
            Self::NEW_ENVIRON => "NEW-ENVIRON",
            Self::CHARSET => "CHARSET",
            Self::COM_PORT => "COM-PORT",
            Self::START_TLS => "START-TLS",
            Self::EXOPL => "EXOPL",
            _ => return None,
        })
    }
}

impl fmt::Debug for TelnetOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Its name, or its number.
impl fmt::Display for TelnetOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "option {}", self.0),
        }
    }
}
