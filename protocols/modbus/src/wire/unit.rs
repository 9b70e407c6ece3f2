//! Whom a frame is for: Serial line 2.2, and the unit identifier of Modbus TCP.

use core::fmt;

/// A unit's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(u8);

impl Unit {
    /// Everyone on a serial line: executed, never answered.
    pub const BROADCAST: Self = Self(0);
    /// The device itself behind a Modbus TCP address, where no serial line is involved.
    pub const DIRECT: Self = Self(0xFF);

    /// The unit at `address`.
    #[must_use]
    pub const fn new(address: u8) -> Self {
        Self(address)
    }

    /// Its address.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether this is address 0.
    #[must_use]
    pub const fn is_broadcast(self) -> bool {
        self.0 == 0
    }

    /// Whether this is one of the addresses 248 to 255, which no unit of a serial line may have.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        self.0 > 247
    }
}

impl From<u8> for Unit {
    fn from(address: u8) -> Self {
        Self(address)
    }
}

/// The address in decimal.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
