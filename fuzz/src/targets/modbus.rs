//! Modbus: its grammar, its register bank, its machines, and a bus of them.

pub(super) mod bank;
pub mod book;
pub(super) mod client;
pub(super) mod duel;
pub(super) mod pdu;
mod peer;
pub(super) mod server;
mod tcp_duel;
pub mod traffic;
mod wire;
