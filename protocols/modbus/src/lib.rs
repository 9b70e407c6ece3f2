//! Modbus, both sides, every framing: RTU and ASCII on serial lines or over TCP, and Modbus TCP.
//!
//! - [`wire`] holds the protocol data units and the three framings. It allocates nothing and knows
//!   no time.
//! - [`Handler`] is what a device implements, [`answer`] calls it with a request, and [`Bank`] is a
//!   ready one: registers in memory (feature `machine`).
//! - [`server::Server`], [`client::Client`] and [`Monitor`] are the machines: a server for any number of
//!   units on a port, a client that lets no late response answer a later request, a listener that
//!   says nothing.
//! - `net` runs them on tokio over any stream or line: servers, clients, buses that share a line
//!   among callers, gateways (feature `net`).

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "tokio-modbus")]
pub mod adapter;
#[cfg(feature = "machine")]
extern crate alloc;
#[cfg(test)]
extern crate std;

#[cfg(feature = "machine")]
mod bank;
#[cfg(feature = "machine")]
mod config;
#[cfg(feature = "machine")]
mod error;
#[cfg(feature = "machine")]
mod handler;
#[cfg(feature = "machine")]
mod machine;
#[cfg(feature = "net")]
pub mod net;
pub mod wire;

#[cfg(feature = "machine")]
pub use bank::{Bank, Blocks, Table, UnknownTable};
#[cfg(feature = "machine")]
pub use config::{
    ClientConfig, Diagnostics, Line, Reception, Resync, SerialFunctions, ServerConfig, Units,
    WhenFull,
};
#[cfg(feature = "machine")]
pub use handler::{Functions, Handler, Room, answer, respond};
#[cfg(feature = "machine")]
pub use machine::{Damage, Direction, Frame, Framing, Monitor, Overheard, client, server};

#[cfg(all(doctest, feature = "net"))]
#[doc = include_str!("../README.md")]
struct Readme;
