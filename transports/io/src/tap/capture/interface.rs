//! What a captured stream is called, and how it is to be read.

/// What one stream is called in the capture, and how Wireshark is to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interface {
    /// Its name (`if_name`); 1,024 bytes of it at most.
    pub name: String,
    /// What it is (`if_description`), or empty.
    pub description: String,
    /// What its packets hold. Default [`LinkType::USER0`].
    pub link: LinkType,
    /// Its speed (`if_speed`), for a line its baud rate.
    pub bits_per_second: Option<u64>,
}

impl Interface {
    /// An interface of link type USER0.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            link: LinkType::USER0,
            bits_per_second: None,
        }
    }

    /// The same with a description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The same with another link type.
    #[must_use]
    pub fn link(mut self, link: LinkType) -> Self {
        self.link = link;
        self
    }

    /// The same with a speed.
    #[must_use]
    pub const fn bits_per_second(mut self, speed: u64) -> Self {
        self.bits_per_second = Some(speed);
        self
    }
}

/// What the packets of an interface hold: one read or write each, which need not be one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkType {
    /// A link type by its number. 147 to 162 are for private use: in Wireshark, *Preferences,
    /// Protocols, DLT_USER* says which dissector reads each.
    Number(u16),
    /// LINKTYPE_WIRESHARK_UPPER_PDU: each packet names the Wireshark dissector that reads it, such
    /// as `"ftp"`, `"telnet"` or `"mbrtu"`; nothing has to be set up. For streams whose reads and
    /// writes are whole records.
    Dissector(&'static str),
}

impl LinkType {
    /// The first of those for private use.
    pub const USER0: Self = Self::Number(147);

    /// The `n`th of the sixteen for private use; above 15 it is the last.
    #[must_use]
    pub const fn user(n: u8) -> Self {
        let n = if n > 15 { 15 } else { n };
        Self::Number(147 + n as u16)
    }

    /// The number in the interface description block.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Number(number) => *number,
            Self::Dissector(_) => 252,
        }
    }
}
