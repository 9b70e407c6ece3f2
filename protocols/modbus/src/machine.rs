//! Modbus without its input and output: machines for a server, a client and a passive monitor.

pub mod client;
mod ear;
mod frame;
mod monitor;
pub mod server;

pub use frame::{Damage, Direction, Frame, Framing};
pub use monitor::{Monitor, Overheard};
