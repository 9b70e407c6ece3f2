//! A world for tests: virtual time, a memory network, a null modem with a baud rate.

mod net;
mod time;

pub use net::{MemoryLimits, MemoryListener, MemoryNet, MemoryStream};
pub use time::{Alarm, VirtualTime, run};
