//! Telnet, both sides: RFC 854 and 855, options negotiated by the Q method (RFC 1143), and what stands
//! on them.
//!
//! - [`wire`] holds commands, options and what their subnegotiations say, the scanner that tells data
//!   from commands, and the encoder. It allocates nothing and knows no time.
//! - [`Telnet`] is the machine of either side (feature `machine`).
//! - [`options`] is what the options mean: windows, terminals, environments, lines (feature `machine`).
//! - [`console`] is what an operator meets on a device: a line editor, commands declared as data (feature
//!   `machine`).
//! - [`com_port`] holds the machines of RFC 2217: a serial port over Telnet.
//! - `net` runs it over any stream: servers, clients and their sessions (feature `net`).

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "machine")]
extern crate alloc;
#[cfg(test)]
extern crate std;

#[cfg(feature = "machine")]
pub mod com_port;
#[cfg(feature = "machine")]
mod config;
#[cfg(feature = "machine")]
pub mod console;
#[cfg(feature = "machine")]
mod error;
#[cfg(feature = "machine")]
mod machine;
#[cfg(feature = "net")]
pub mod net;
pub mod wire;

#[cfg(feature = "machine")]
pub use config::{Config, OptionSet};
#[cfg(feature = "machine")]
pub use machine::{Command, Event, Party, Role, Telnet, options, q};

#[cfg(all(doctest, feature = "net"))]
#[doc = include_str!("../README.md")]
struct Readme;
