//! A world for tests: virtual time, a memory network, a null modem with a baud rate.

mod datagram;
mod modem;
mod net;
mod time;

pub use datagram::{MemoryDatagrams, MemoryMail};
pub use modem::{
    Bus, BusConfig, Contention, Delivery, EndConfig, Gap, Heard, Idle, Noise, NullModem,
    NullModemConfig, SimLine, StationConfig, Tap, TurnOff, Wiring,
};
pub use net::{MemoryLimits, MemoryListener, MemoryNet, MemoryStream};
pub use time::{Alarm, VirtualTime, run};
