//! Exception codes: Application protocol 7.

use core::fmt;

/// Why a server did not do what it was asked: the one data byte of an exception response.
///
/// Any byte can come from a peer, so this is a number with names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exception(pub u8);

impl Exception {
    /// The function is not one that this server has, now or ever.
    pub const ILLEGAL_FUNCTION: Self = Self(0x01);
    /// The elements asked for, or some of them, do not exist.
    pub const ILLEGAL_DATA_ADDRESS: Self = Self(0x02);
    /// The request is ill-formed: a length, a count or a value that the function does not allow.
    pub const ILLEGAL_DATA_VALUE: Self = Self(0x03);
    /// The server accepted the request and then failed.
    pub const SERVER_DEVICE_FAILURE: Self = Self(0x04);
    /// The server has begun something long; ask later whether it is done.
    pub const ACKNOWLEDGE: Self = Self(0x05);
    /// The server is at work on something long; send this again later.
    pub const SERVER_DEVICE_BUSY: Self = Self(0x06);
    /// The server cannot do what the function asks. In the diagnostic counters only (Serial line
    /// 6.1); Application protocol 7 does not list it.
    pub const NEGATIVE_ACKNOWLEDGE: Self = Self(0x07);
    /// A file's memory failed its parity check.
    pub const MEMORY_PARITY_ERROR: Self = Self(0x08);
    /// A gateway has no path to the unit.
    pub const GATEWAY_PATH_UNAVAILABLE: Self = Self(0x0A);
    /// The unit behind a gateway did not answer.
    pub const GATEWAY_TARGET_FAILED: Self = Self(0x0B);

    /// The specification's name, where it has one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::ILLEGAL_FUNCTION => "illegal function",
            Self::ILLEGAL_DATA_ADDRESS => "illegal data address",
            Self::ILLEGAL_DATA_VALUE => "illegal data value",
            Self::SERVER_DEVICE_FAILURE => "server device failure",
            Self::ACKNOWLEDGE => "acknowledge",
            Self::SERVER_DEVICE_BUSY => "server device busy",
            Self::NEGATIVE_ACKNOWLEDGE => "negative acknowledge",
            Self::MEMORY_PARITY_ERROR => "memory parity error",
            Self::GATEWAY_PATH_UNAVAILABLE => "gateway path unavailable",
            Self::GATEWAY_TARGET_FAILED => "gateway target device failed to respond",
            _ => return None,
        })
    }
}

/// `exception 02 (illegal data address)`.
impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name().unwrap_or("not a code of the specification");
        write!(f, "exception {:02X} ({name})", self.0)
    }
}

impl core::error::Error for Exception {}
