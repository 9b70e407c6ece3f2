//! What is served, and to whom, in virtual time.

#![cfg(feature = "net")]
#![expect(clippy::unwrap_used, reason = "a test fails loudly, its helpers too")]

mod gateway;
mod line;
mod monitor;
mod secure;
mod tcp;
mod world;
