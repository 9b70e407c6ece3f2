//! An access server on one end of a null modem, clients on a network in memory, in virtual time.

#![expect(
    clippy::unwrap_used,
    reason = "a world that fails is a test that fails"
)]

mod access;
mod duel;
mod peers;
mod reconnect;
mod remote;
mod sharing;
mod world;
