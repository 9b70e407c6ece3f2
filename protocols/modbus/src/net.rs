//! Modbus on tokio, over any stream or line.

pub mod gateway;
pub mod security;
mod service;

pub use gateway::Gateway;
pub use service::{Device, Service, Shared, Stations};

/// The port of Modbus on TCP (T10).
pub const PORT: u16 = 502;
