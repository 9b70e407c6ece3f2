//! A world for tests: virtual time, a memory network, a null modem with a baud rate.

mod time;

pub use time::{Alarm, VirtualTime, run};
