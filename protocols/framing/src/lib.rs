//! Records on a raw serial line: delimited, fixed, length-prefixed, ended by silence, STX/ETX, SLIP,
//! COBS and HDLC-like, each with an encoder and a decoder that gets back into step after any damage.
//!
//! - [`wire`] holds the framings. It allocates nothing and knows no time.
//! - [`Records`] is the machine that sends and receives records with any of them, for both sides of
//!   a line (feature `machine`).
//! - [`net`] runs it over any stream or line, with a handler (feature `net`).
//! - [`AnyFraming`] is a framing that is chosen at run time, by a word such as `line:crlf` or
//!   `cobs+crc-16/modbus`.
//!
//! A bad record is an event with its reason, never the end of the stream.

#![cfg_attr(not(feature = "std"), no_std)]

mod any;
#[cfg(feature = "machine")]
mod config;
#[cfg(feature = "machine")]
mod error;
#[cfg(feature = "machine")]
mod machine;
#[cfg(feature = "net")]
pub mod net;
pub mod wire;

pub use any::{AnyFraming, Base, Unknown};
#[cfg(feature = "machine")]
pub use config::Config;
#[cfg(feature = "machine")]
pub use error::Error;
#[cfg(feature = "machine")]
pub use machine::{Command, Counters, Damage, Event, Records};

#[cfg(all(doctest, feature = "net"))]
#[doc = include_str!("../README.md")]
struct Readme;
