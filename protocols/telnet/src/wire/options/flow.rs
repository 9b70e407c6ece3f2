//! TOGGLE-FLOW-CONTROL, in short LFLOW: who minds XON and XOFF at the terminal (RFC 1372; T61).

use super::{Malformed, malformed};

/// A payload of LFLOW: one byte. Only the side that said `DO` sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlowControl {
    /// `OFF` (0): XON and XOFF are data.
    Off,
    /// `ON` (1): they stop and start the output at the terminal.
    On,
    /// `RESTART-ANY` (2): any character starts it again.
    RestartAny,
    /// `RESTART-XON` (3): only XON starts it again.
    RestartXon,
}

impl FlowControl {
    /// Takes a payload apart.
    ///
    /// # Errors
    /// It is not one of the four bytes.
    pub const fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        match payload {
            [0] => Ok(Self::Off),
            [1] => Ok(Self::On),
            [2] => Ok(Self::RestartAny),
            [3] => Ok(Self::RestartXon),
            [0..=3, ..] => malformed(1, "the end of LFLOW"),
            _ => malformed(0, "OFF, ON, RESTART-ANY or RESTART-XON"),
        }
    }

    /// Its payload.
    #[must_use]
    pub const fn encode(self) -> [u8; 1] {
        [match self {
            Self::Off => 0,
            Self::On => 1,
            Self::RestartAny => 2,
            Self::RestartXon => 3,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_four_of_them() {
        for byte in 0..=3 {
            assert_eq!(FlowControl::parse(&[byte]).unwrap().encode(), [byte]);
        }
        for payload in [&[][..], &[4]] {
            assert_eq!(FlowControl::parse(payload).unwrap_err().at, 0);
        }
        assert_eq!(FlowControl::parse(&[1, 1]).unwrap_err().at, 1);
    }
}
