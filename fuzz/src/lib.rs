//! The bodies of the fuzz targets as plain functions, and the [`laws`] that they share.
//!
//! `fuzz_targets/` wraps each of [`TARGETS`] for libFuzzer; `tests/replay.rs` runs each over its
//! committed corpus on stable Rust. A body panics when a law is broken.

extern crate alloc;

mod dice;
pub mod laws;
pub mod targets;

pub use dice::Dice;
pub use targets::{TARGETS, run};
