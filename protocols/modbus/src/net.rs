//! Modbus on tokio, over any stream or line.

mod answering;
mod bus;
mod calls;
mod client;
mod control;
mod error;
pub mod gateway;
mod line;
pub mod monitor;
pub mod security;
mod server;
mod service;
pub mod udp;

pub use bus::{Bus, BusConfig, BusUnit, Lost, Priority};
pub use calls::{Calls, EventLog, Identity};
pub use client::{Client, ClientUnit};
pub use control::Control;
pub use error::CallError;
pub use gateway::Gateway;
pub use monitor::{Monitor, Recorder};
pub use server::{Connection, Error, Full, Limits, Server};
pub use service::{Device, Service, Shared, Stations};

/// The port of Modbus on TCP (T10).
pub const PORT: u16 = 502;
