//! What there is to see on a stream.

use core::fmt;
use std::io;

use lineside_core::Mark;

use crate::{Parity, Settings, StopBits};

/// Which way something went, seen from the owner of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Received: read from the stream.
    In,
    /// Sent: written to the stream.
    Out,
}

/// What a [`Watch`](super::Watch) sees. It displays as the short note that the taps write.
#[derive(Debug)]
#[non_exhaustive]
pub enum Sight<'a> {
    /// Bytes that the reader got, or that the stream took from the writer. Never empty.
    Data(Direction, &'a [u8]),
    /// What a line reported at this place of the received bytes.
    Mark(Mark),
    /// The peer sends no more, or we have shut our direction down.
    End(Direction),
    /// A read or a write failed.
    Failed(Direction, &'a io::Error),
    /// We changed the settings of the line to these.
    Settings(Settings),
    /// We drove our modem lines; `None` left one as it was.
    Signals {
        /// Data terminal ready.
        dtr: Option<bool>,
        /// Request to send.
        rts: Option<bool>,
    },
    /// We began (`true`) or ended a break.
    Break(bool),
}

impl Sight<'_> {
    /// Which way it went; `None` for what concerns the line itself.
    #[must_use]
    pub const fn direction(&self) -> Option<Direction> {
        match self {
            Self::Data(direction, _) | Self::End(direction) | Self::Failed(direction, _) => {
                Some(*direction)
            }
            Self::Mark(_) => Some(Direction::In),
            Self::Break(_) => Some(Direction::Out),
            Self::Settings(_) | Self::Signals { .. } => None,
        }
    }
}

impl fmt::Display for Sight<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(_, bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Mark(Mark::Parity(character)) => write!(f, "parity error in 0x{character:02x}"),
            Self::Mark(Mark::Framing(character)) => write!(f, "framing error in 0x{character:02x}"),
            Self::Mark(Mark::Break) => f.write_str("break"),
            Self::Mark(Mark::Overrun) => f.write_str("overrun: characters lost"),
            Self::End(_) => f.write_str("end"),
            Self::Failed(_, error) => write!(f, "failed: {error}"),
            Self::Settings(settings) => write_settings(f, settings),
            Self::Signals { dtr, rts } => {
                f.write_str("modem lines")?;
                write_signal(f, "DTR", *dtr)?;
                write_signal(f, "RTS", *rts)
            }
            Self::Break(true) => f.write_str("break begins"),
            Self::Break(false) => f.write_str("break ends"),
        }
    }
}

fn write_settings(f: &mut fmt::Formatter<'_>, settings: &Settings) -> fmt::Result {
    let parity = match settings.parity {
        Parity::None => 'N',
        Parity::Odd => 'O',
        Parity::Even => 'E',
        Parity::Mark => 'M',
        Parity::Space => 'S',
    };
    let stop = match settings.stop_bits {
        StopBits::One => "1",
        StopBits::OneAndHalf => "1.5",
        StopBits::Two => "2",
    };
    let data = settings.data_bits.count();
    write!(f, "{} baud {data}{parity}{stop}", settings.baud)
}

fn write_signal(f: &mut fmt::Formatter<'_>, name: &str, level: Option<bool>) -> fmt::Result {
    match level {
        Some(true) => write!(f, " {name} on"),
        Some(false) => write!(f, " {name} off"),
        None => Ok(()),
    }
}
