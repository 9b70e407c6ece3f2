//! A serial port over Telnet (RFC 2217): the machines of the access server, which has the port, and of
//! the client, which uses it.
//!
//! - [`Server`] turns what a client says into [`server::Action`]s on a line, one at a time and in order
//!   with the data, and answers each with the value in effect.
//! - [`Client`] asks for settings, all of them in one round trip and none that is in effect already.
//!
//! What stands on the wire is in [`wire::com_port`](crate::wire::com_port); both machines run over
//! [`Telnet`](crate::Telnet). `net::com_port` puts lines behind them (feature `net`).

pub mod client;
mod probe;
pub mod server;

pub use client::Client;
pub use probe::ProbeConfig;
pub use server::Server;

use crate::{
    OptionSet,
    wire::{
        TelnetOption,
        com_port::{Control, DataSize, Parity, StopSize},
    },
};

/// How a port's characters travel, in the specification's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// Bits per second.
    pub baud: u32,
    /// Data bits.
    pub data_size: DataSize,
    /// The parity bit.
    pub parity: Parity,
    /// Stop bits.
    pub stop_size: StopSize,
    /// Flow control, outbound or both ways: one of the `FLOW_` values.
    pub flow: Control,
}

/// 9600 baud, 8N1, no flow control.
impl Default for Settings {
    fn default() -> Self {
        Self {
            baud: 9_600,
            data_size: DataSize(8),
            parity: Parity::NONE,
            stop_size: StopSize::ONE,
            flow: Control::FLOW_NONE,
        }
    }
}

/// Everything of a port that a client can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Port {
    /// The settings in effect.
    pub settings: Settings,
    /// Flow control inbound: one of the `INBOUND_` values.
    pub inbound: Control,
    /// There is a break.
    pub is_break: bool,
    /// DTR's level.
    pub dtr: bool,
    /// RTS's level.
    pub rts: bool,
}

/// The default settings, no break, DTR and RTS on.
impl Default for Port {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            inbound: Control::INBOUND_NONE,
            is_break: false,
            dtr: true,
            rts: true,
        }
    }
}

/// What both ends offer and ask for: eight bits both ways, no go-aheads.
const TRANSPARENT: OptionSet = OptionSet::of(&[TelnetOption::BINARY, TelnetOption::SGA]);
