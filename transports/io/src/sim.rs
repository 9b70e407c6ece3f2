//! A world for tests: virtual time, a memory network, a null modem with a baud rate.

mod modem;
mod net;
mod time;

pub use modem::{
    Bus, BusConfig, Contention, Delivery, EndConfig, Gap, Heard, Idle, Noise, NullModem,
    NullModemConfig, SimLine, StationConfig, Tap, TurnOff, Wiring,
};
pub use net::{MemoryLimits, MemoryListener, MemoryNet, MemoryStream};
pub use time::{Alarm, VirtualTime, run};
