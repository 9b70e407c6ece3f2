//! What every Lineside protocol is made of: a [`Machine`] that turns bytes into events without
//! touching a clock or a socket, the [`Link`] it reads from and writes to, and the [`Step`] it
//! answers with.
//!
//! This crate is `no_std` with `alloc`, and knows bytes only. `lineside-io` runs a machine over
//! any stream or line; [`SHAPES.md`](https://github.com/lineside/lineside/blob/main/protocols/core/SHAPES.md)
//! holds Modbus RTU and FTP as pseudo-code against these traits.

#![no_std]

#[cfg(feature = "std")]
extern crate std;

mod error;
mod instant;
mod link;
mod machine;

pub use error::{Clause, Error, Syntax};
pub use instant::Instant;
pub use link::{Link, Mark};
pub use machine::{Machine, Step};
