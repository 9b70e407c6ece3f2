//! COM-PORT-OPTION: what client and access server say about a serial port (RFC 2217).
//!
//! A [`Message`] is the payload of a subnegotiation of option 44. The same commands go both ways; a
//! server adds 100 to their codes. [`parse`] takes a payload apart, [`encode`] makes one.

use super::TelnetOption;

mod baud;
#[cfg(test)]
mod tests;
mod values;

pub use baud::BaudRate;
pub use values::{Control, DataSize, LineState, ModemState, Parity, Purge, StopSize};

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// The client, with the codes 0 to 12.
    Client,
    /// The access server, with the codes 100 to 112.
    Server,
}

impl Sender {
    const fn offset(self) -> u8 {
        match self {
            Self::Client => 0,
            Self::Server => 100,
        }
    }
}

/// A command of RFC 2217 section 3, or the answer to one: the value in effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message<'a> {
    /// `SIGNATURE` (0): who the sender is. Without text it asks for the other's.
    Signature(&'a [u8]),
    /// `SET-BAUDRATE` (1).
    BaudRate(BaudRate),
    /// `SET-DATASIZE` (2).
    DataSize(DataSize),
    /// `SET-PARITY` (3).
    Parity(Parity),
    /// `SET-STOPSIZE` (4).
    StopSize(StopSize),
    /// `SET-CONTROL` (5): flow control, break, DTR, RTS.
    Control(Control),
    /// `NOTIFY-LINESTATE` (6), from a server alone.
    LineState(LineState),
    /// `NOTIFY-MODEMSTATE` (7), from a server alone.
    ModemState(ModemState),
    /// `FLOWCONTROL-SUSPEND` (8): the other is to send no more data. It has no answer.
    Suspend,
    /// `FLOWCONTROL-RESUME` (9): the other may send data again. It has no answer.
    Resume,
    /// `SET-LINESTATE-MASK` (10): which bits are notified. 0 at the beginning.
    LineStateMask(LineState),
    /// `SET-MODEMSTATE-MASK` (11): which bits are notified. 255 at the beginning.
    ModemStateMask(ModemState),
    /// `PURGE-DATA` (12).
    Purge(Purge),
}

/// Why a payload is none of RFC 2217. Such a one is ignored (R24, R25).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Malformed {
    /// There is no command in it.
    #[error("byte 0: wanted a command of RFC 2217, found the end")]
    Empty,
    /// Its command is not one that the specification names.
    #[error("byte 0: wanted a command of RFC 2217, found {0}")]
    Unknown(u8),
    /// Its value is too short or too long.
    #[error("byte 1: wanted the {wanted} bytes of a {name}, found {found}")]
    Length {
        /// The command's name, as in `SET-BAUDRATE`.
        name: &'static str,
        /// Bytes of its value.
        wanted: usize,
        /// Bytes that were there.
        found: usize,
    },
}

impl Message<'_> {
    /// The code of a client's command; the server's is 100 more.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Signature(_) => 0,
            Self::BaudRate(_) => 1,
            Self::DataSize(_) => 2,
            Self::Parity(_) => 3,
            Self::StopSize(_) => 4,
            Self::Control(_) => 5,
            Self::LineState(_) => 6,
            Self::ModemState(_) => 7,
            Self::Suspend => 8,
            Self::Resume => 9,
            Self::LineStateMask(_) => 10,
            Self::ModemStateMask(_) => 11,
            Self::Purge(_) => 12,
        }
    }
}

/// The name of a client's command, as the specification has it.
const fn name(code: u8) -> &'static str {
    match code {
        0 => "SIGNATURE",
        1 => "SET-BAUDRATE",
        2 => "SET-DATASIZE",
        3 => "SET-PARITY",
        4 => "SET-STOPSIZE",
        5 => "SET-CONTROL",
        6 => "NOTIFY-LINESTATE",
        7 => "NOTIFY-MODEMSTATE",
        8 => "FLOWCONTROL-SUSPEND",
        9 => "FLOWCONTROL-RESUME",
        10 => "SET-LINESTATE-MASK",
        11 => "SET-MODEMSTATE-MASK",
        _ => "PURGE-DATA",
    }
}

/// Takes the payload of a subnegotiation of [`TelnetOption::COM_PORT`] apart, escapes removed.
///
/// Values that the specification does not name are kept as they are: they are answered with the value
/// in effect (R11).
///
/// # Errors
/// It is not a command of RFC 2217, or its value has another length.
pub fn parse(payload: &[u8]) -> Result<(Sender, Message<'_>), Malformed> {
    let (code, value) = payload.split_first().ok_or(Malformed::Empty)?;
    let (sender, command) = match *code {
        0..=12 => (Sender::Client, *code),
        100..=112 => (Sender::Server, *code - 100),
        _ => return Err(Malformed::Unknown(*code)),
    };
    let message = match (command, value) {
        (0, text) => Message::Signature(text),
        (1, value) => {
            Message::BaudRate(BaudRate::parse(sender, value).ok_or(Malformed::Length {
                name: name(command),
                wanted: 4,
                found: value.len(),
            })?)
        }
        (8, []) => Message::Suspend,
        (9, []) => Message::Resume,
        (_, &[value]) if !matches!(command, 8 | 9) => of_byte(command, value),
        (_, value) => {
            return Err(Malformed::Length {
                name: name(command),
                wanted: usize::from(!matches!(command, 8 | 9)),
                found: value.len(),
            });
        }
    };
    Ok((sender, message))
}

/// A command whose value is one byte.
const fn of_byte(command: u8, value: u8) -> Message<'static> {
    match command {
        2 => Message::DataSize(DataSize(value)),
        3 => Message::Parity(Parity(value)),
        4 => Message::StopSize(StopSize(value)),
        5 => Message::Control(Control(value)),
        6 => Message::LineState(LineState(value)),
        7 => Message::ModemState(ModemState(value)),
        10 => Message::LineStateMask(LineState(value)),
        11 => Message::ModemStateMask(ModemState(value)),
        _ => Message::Purge(Purge(value)),
    }
}

/// The payload of `message` as `sender` says it, without the option's number and without escapes, piece
/// by piece.
pub fn encode(sender: Sender, message: &Message<'_>, mut put: impl FnMut(&[u8])) {
    put(&[message.code() + sender.offset()]);
    match message {
        Message::Signature(text) => put(text),
        Message::BaudRate(BaudRate::Rate(rate)) => put(&rate.to_be_bytes()),
        Message::BaudRate(BaudRate::Cisco(value))
        | Message::DataSize(DataSize(value))
        | Message::Parity(Parity(value))
        | Message::StopSize(StopSize(value))
        | Message::Control(Control(value))
        | Message::LineState(LineState(value))
        | Message::ModemState(ModemState(value))
        | Message::LineStateMask(LineState(value))
        | Message::ModemStateMask(ModemState(value))
        | Message::Purge(Purge(value)) => put(&[*value]),
        Message::Suspend | Message::Resume => {}
    }
}

/// The whole subnegotiation, `IAC SB` to `IAC SE`, every IAC of it doubled (R20).
pub fn subnegotiation(sender: Sender, message: &Message<'_>, mut put: impl FnMut(&[u8])) {
    use super::{Command, IAC, encode::binary};
    put(&[IAC, Command::SB.0, TelnetOption::COM_PORT.0]);
    encode(sender, message, |piece| binary(piece, &mut put));
    put(&[IAC, Command::SE.0]);
}
