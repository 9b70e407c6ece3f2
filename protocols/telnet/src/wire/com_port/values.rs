//! The values of one byte, by the specification's numbers.

/// `SET-DATASIZE`: data bits in a character, 5 to 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DataSize(pub u8);

impl DataSize {
    /// Asks for the value in effect.
    pub const REQUEST: Self = Self(0);

    /// Whether the specification names it, as a value to set.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        matches!(self.0, 5..=8)
    }
}

/// `SET-PARITY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Parity(pub u8);

#[expect(missing_docs, reason = "a parity's name is its meaning")]
impl Parity {
    /// Asks for the value in effect.
    pub const REQUEST: Self = Self(0);
    pub const NONE: Self = Self(1);
    pub const ODD: Self = Self(2);
    pub const EVEN: Self = Self(3);
    pub const MARK: Self = Self(4);
    pub const SPACE: Self = Self(5);

    /// Whether the specification names it, as a value to set.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        matches!(self.0, 1..=5)
    }
}

/// `SET-STOPSIZE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StopSize(pub u8);

impl StopSize {
    /// Asks for the value in effect.
    pub const REQUEST: Self = Self(0);
    /// One stop bit.
    pub const ONE: Self = Self(1);
    /// Two.
    pub const TWO: Self = Self(2);
    /// One and a half.
    pub const ONE_AND_HALF: Self = Self(3);

    /// Whether the specification names it, as a value to set.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        matches!(self.0, 1..=3)
    }
}

/// `SET-CONTROL`: five values in one command. "Outbound" is what the port sends, and both directions
/// where nothing is said of inbound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Control(pub u8);

impl Control {
    /// Asks for the flow control outbound, or both ways.
    pub const FLOW_REQUEST: Self = Self(0);
    /// No flow control, outbound or both ways.
    pub const FLOW_NONE: Self = Self(1);
    /// XON and XOFF, outbound or both ways.
    pub const FLOW_XON_XOFF: Self = Self(2);
    /// RTS and CTS, outbound or both ways.
    pub const FLOW_HARDWARE: Self = Self(3);
    /// Asks whether there is a break.
    pub const BREAK_REQUEST: Self = Self(4);
    /// Begins a break.
    pub const BREAK_ON: Self = Self(5);
    /// Ends it.
    pub const BREAK_OFF: Self = Self(6);
    /// Asks for DTR's level.
    pub const DTR_REQUEST: Self = Self(7);
    /// Raises DTR.
    pub const DTR_ON: Self = Self(8);
    /// Drops it.
    pub const DTR_OFF: Self = Self(9);
    /// Asks for RTS's level.
    pub const RTS_REQUEST: Self = Self(10);
    /// Raises RTS.
    pub const RTS_ON: Self = Self(11);
    /// Drops it.
    pub const RTS_OFF: Self = Self(12);
    /// Asks for the flow control inbound.
    pub const INBOUND_REQUEST: Self = Self(13);
    /// No flow control inbound.
    pub const INBOUND_NONE: Self = Self(14);
    /// XON and XOFF inbound.
    pub const INBOUND_XON_XOFF: Self = Self(15);
    /// RTS and CTS inbound.
    pub const INBOUND_HARDWARE: Self = Self(16);
    /// DCD stops what the port sends.
    pub const FLOW_DCD: Self = Self(17);
    /// DTR stops what the port receives.
    pub const INBOUND_DTR: Self = Self(18);
    /// DSR stops what the port sends.
    pub const FLOW_DSR: Self = Self(19);

    /// The question whose answer this can be, which is also what tells the five values apart; `None`
    /// for a number that the specification reserves.
    #[must_use]
    pub const fn request(self) -> Option<Self> {
        Some(match self.0 {
            0..=3 | 17 | 19 => Self::FLOW_REQUEST,
            4..=6 => Self::BREAK_REQUEST,
            7..=9 => Self::DTR_REQUEST,
            10..=12 => Self::RTS_REQUEST,
            13..=16 | 18 => Self::INBOUND_REQUEST,
            _ => return None,
        })
    }
}

/// `PURGE-DATA`: which of the server's buffers are emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Purge(pub u8);

impl Purge {
    /// What the port has received, and the server has not sent.
    pub const RECEIVED: Self = Self(1);
    /// What the client has sent, and the port has not.
    pub const TO_SEND: Self = Self(2);
    /// Both.
    pub const BOTH: Self = Self(3);

    /// Whether the specification names it.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        matches!(self.0, 1..=3)
    }

    /// Whether it empties what the port has received.
    #[must_use]
    pub const fn is_of_received(self) -> bool {
        matches!(self, Self::RECEIVED | Self::BOTH)
    }

    /// Whether it empties what is to be sent.
    #[must_use]
    pub const fn is_of_unsent(self) -> bool {
        matches!(self, Self::TO_SEND | Self::BOTH)
    }
}

/// `NOTIFY-LINESTATE` and its mask: a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LineState(pub u8);

impl LineState {
    /// There is data.
    pub const DATA_READY: Self = Self(1);
    /// Characters came faster than they were taken.
    pub const OVERRUN: Self = Self(2);
    /// A character's parity was wrong.
    pub const PARITY: Self = Self(4);
    /// A character had no stop bit.
    pub const FRAMING: Self = Self(8);
    /// There was a break.
    pub const BREAK: Self = Self(16);
    /// The transmitter's queue is empty.
    pub const HOLDING_EMPTY: Self = Self(32);
    /// The transmitter has sent its last bit.
    pub const SHIFT_EMPTY: Self = Self(64);
    /// Time-out.
    pub const TIMEOUT: Self = Self(128);

    /// What a receiver can find wrong, and breaks.
    pub const ERRORS: Self = Self(2 | 4 | 8 | 16);

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether it has anything of `other`.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// `NOTIFY-MODEMSTATE` and its mask: the levels of the four inputs, and what changed since the last
/// notification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModemState(pub u8);

impl ModemState {
    /// CTS has changed.
    pub const DELTA_CTS: Self = Self(1);
    /// DSR has changed.
    pub const DELTA_DSR: Self = Self(2);
    /// RI has dropped.
    pub const TRAILING_RI: Self = Self(4);
    /// DCD has changed.
    pub const DELTA_DCD: Self = Self(8);
    /// Clear to send.
    pub const CTS: Self = Self(16);
    /// Data set ready.
    pub const DSR: Self = Self(32);
    /// Ring indicator.
    pub const RI: Self = Self(64);
    /// Data carrier detect.
    pub const DCD: Self = Self(128);

    /// The four levels.
    #[must_use]
    pub const fn levels(self) -> Self {
        Self(self.0 & 0xF0)
    }

    /// These levels, with what has changed since `before`: of RI, only that it dropped.
    #[must_use]
    pub const fn since(self, before: Self) -> Self {
        let (now, old) = (self.0 & 0xF0, before.0 & 0xF0);
        let changed = (now ^ old) >> 4;
        let rose = (now & !old) >> 4;
        Self(now | (changed & !(rose & Self::TRAILING_RI.0)))
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether it has anything of `other`.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
