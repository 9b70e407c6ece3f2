//! START_TLS: TLS begins behind this (draft-altman-telnet-starttls; T69).

use super::{Malformed, malformed};

/// `FOLLOWS`.
const FOLLOWS: u8 = 1;

/// The payload `FOLLOWS`: nothing but TLS follows from its sender. Both sides say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StartTls;

impl StartTls {
    /// Takes a payload apart.
    ///
    /// # Errors
    /// It is not `FOLLOWS`.
    pub const fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        match payload {
            [FOLLOWS] => Ok(Self),
            [FOLLOWS, ..] => malformed(1, "the end of FOLLOWS"),
            _ => malformed(0, "FOLLOWS"),
        }
    }

    /// Its payload.
    #[must_use]
    pub const fn encode(self) -> [u8; 1] {
        [FOLLOWS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_follows_follows() {
        assert_eq!(StartTls::parse(&StartTls.encode()), Ok(StartTls));
        assert_eq!(StartTls::parse(b"").unwrap_err().at, 0);
        assert_eq!(StartTls::parse(&[1, 0]).unwrap_err().at, 1);
    }
}
