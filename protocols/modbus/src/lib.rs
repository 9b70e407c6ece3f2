//! Modbus, both sides, every framing: RTU and ASCII on serial lines or over TCP, and Modbus TCP.
//!
//! - [`wire`] holds the protocol data units and the three framings. It allocates nothing and knows
//!   no time.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "machine")]
extern crate alloc;

#[cfg(feature = "machine")]
mod config;
#[cfg(feature = "machine")]
mod machine;
#[cfg(feature = "net")]
pub mod net;
pub mod wire;

#[cfg(feature = "machine")]
pub use config::{ClientConfig, Line, Reception, Resync};
#[cfg(feature = "machine")]
pub use machine::{Damage, Direction, Frame, Framing, Monitor, Overheard, client};
