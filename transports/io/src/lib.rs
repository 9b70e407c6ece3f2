//! What runs a [`Machine`](lineside_core::Machine) over a wire: streams, nets, lines, clocks and
//! the [`Driver`]; the addresses that name them; and, for tests, a memory network and a null modem
//! in virtual time ([`sim`]) and taps that watch or disturb any stream ([`tap`]).

pub mod address;
mod backoff;
mod clock;
mod datagram;
mod driver;
#[cfg(unix)]
pub mod fd;
mod line;
mod net;
pub mod serve;
#[cfg(feature = "sim")]
pub mod sim;
mod stream;
#[cfg(feature = "tap")]
pub mod tap;

pub use backoff::Backoff;
pub use clock::{Clock, Elapsed, Timer};
pub use datagram::Datagrams;
pub use driver::{Driver, Error, Limits, Next};
pub use line::{
    BoxFuture, Capabilities, DataBits, FlowControl, Line, Parity, Queue, Settings, Signals,
    StopBits,
};
pub use net::{Identified, Listener, Net, Socket, Urgent};
pub use stream::Stream;
