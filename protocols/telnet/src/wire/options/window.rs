//! NAWS: the size of the client's window (RFC 1073; T59).

use super::{Malformed, malformed};

/// `SB NAWS WIDTH[1] WIDTH[0] HEIGHT[1] HEIGHT[0] SE`. 0 means that it is not told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct WindowSize {
    /// Characters in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

impl WindowSize {
    /// Takes a payload apart.
    ///
    /// # Errors
    /// It is not of four bytes.
    pub const fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        match *payload {
            [a, b, c, d] => Ok(Self {
                columns: u16::from_be_bytes([a, b]),
                rows: u16::from_be_bytes([c, d]),
            }),
            _ if payload.len() < 4 => malformed(payload.len(), "WIDTH and HEIGHT"),
            _ => malformed(4, "the end of NAWS"),
        }
    }

    /// Its payload.
    #[must_use]
    pub const fn encode(self) -> [u8; 4] {
        let ([a, b], [c, d]) = (self.columns.to_be_bytes(), self.rows.to_be_bytes());
        [a, b, c, d]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_two_numbers_the_high_byte_first() {
        let size = WindowSize {
            columns: 300,
            rows: 24,
        };
        assert_eq!(WindowSize::parse(&[1, 44, 0, 24]), Ok(size));
        assert_eq!(size.encode(), [1, 44, 0, 24]);
        assert_eq!(WindowSize::parse(&[0, 80, 0]).unwrap_err().at, 3);
        assert_eq!(WindowSize::parse(&[0, 80, 0, 24, 0]).unwrap_err().at, 4);
    }
}
