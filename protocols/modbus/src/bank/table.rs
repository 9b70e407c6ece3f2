//! The four tables by name.

use core::{fmt, str::FromStr};

/// One of the four tables of the data model: Application protocol 4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Table {
    /// Bits that clients read and write.
    #[cfg_attr(feature = "serde", serde(rename = "coil"))]
    Coils,
    /// Bits that clients read.
    #[cfg_attr(feature = "serde", serde(rename = "discrete"))]
    DiscreteInputs,
    /// Registers that clients read and write.
    #[cfg_attr(feature = "serde", serde(rename = "holding"))]
    HoldingRegisters,
    /// Registers that clients read.
    #[cfg_attr(feature = "serde", serde(rename = "input"))]
    InputRegisters,
}

impl Table {
    /// All four.
    pub const ALL: [Self; 4] = [
        Self::Coils,
        Self::DiscreteInputs,
        Self::HoldingRegisters,
        Self::InputRegisters,
    ];

    /// The function that reads it.
    #[must_use]
    pub const fn read_function(self) -> u8 {
        match self {
            Self::Coils => 0x01,
            Self::DiscreteInputs => 0x02,
            Self::HoldingRegisters => 0x03,
            Self::InputRegisters => 0x04,
        }
    }

    /// Whether its elements are bits, and not registers.
    #[must_use]
    pub const fn is_bits(self) -> bool {
        matches!(self, Self::Coils | Self::DiscreteInputs)
    }

    /// Whether clients can write it.
    #[must_use]
    pub const fn is_writable(self) -> bool {
        matches!(self, Self::Coils | Self::HoldingRegisters)
    }
}

/// `coil`, `discrete`, `holding`, `input`.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Coils => "coil",
            Self::DiscreteInputs => "discrete",
            Self::HoldingRegisters => "holding",
            Self::InputRegisters => "input",
        })
    }
}

/// A word that names no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("no such table: coil, discrete, holding and input are")]
pub struct UnknownTable;

impl FromStr for Table {
    type Err = UnknownTable;

    fn from_str(word: &str) -> Result<Self, UnknownTable> {
        Ok(match word {
            "coil" | "coils" => Self::Coils,
            "discrete" | "discrete-input" | "discrete-inputs" => Self::DiscreteInputs,
            "holding" | "holding-register" | "holding-registers" => Self::HoldingRegisters,
            "input" | "input-register" | "input-registers" => Self::InputRegisters,
            _ => return Err(UnknownTable),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for table in Table::ALL {
            assert_eq!(table.to_string().parse(), Ok(table));
        }
        assert_eq!("coils".parse(), Ok(Table::Coils));
        assert_eq!("register".parse::<Table>(), Err(UnknownTable));
    }
}
