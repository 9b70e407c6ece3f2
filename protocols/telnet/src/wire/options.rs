//! What stands in the subnegotiations of the options: a type for each, which parses a payload and puts
//! one together.
//!
//! A payload is what stands between `SB option` and `SE`, every doubled IAC undone; [`encode`] doubles
//! them again. LOGOUT (RFC 727), EOR, ECHO, SGA, BINARY and TIMING-MARK have no subnegotiation.
//!
//! [`encode`]: super::encode::subnegotiation

mod charset;
mod environ;
mod extended;
mod flow;
mod linemode;
mod start_tls;
mod status;
mod terminal;
mod terminal_type;
mod window;

pub use charset::{Charset, Names};
pub use environ::{Dialect, Environ, Escaped, Kind, Request, Requests, Variable, Variables};
pub use extended::Extended;
pub use flow::FlowControl;
pub use linemode::{ForwardMask, Function, Level, Linemode, Mode, SlcFlags, Triplet, Triplets};
pub use start_tls::StartTls;
pub use status::{Item, Items, Status};
pub use terminal::{DisplayLocation, Speed, TerminalSpeed};
pub use terminal_type::{Mtts, TerminalType};
pub use window::WindowSize;

/// Why a payload is not one of its option. Such a one means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("byte {at}: wanted {want}")]
pub struct Malformed {
    /// Offset of the first byte that does not fit, from the option's number on.
    pub at: usize,
    /// What was wanted there, by the specification's name.
    pub want: &'static str,
}

const fn malformed<T>(at: usize, want: &'static str) -> Result<T, Malformed> {
    Err(Malformed { at, want })
}

/// `IS`: the value follows (RFC 859, 1079, 1091, 1096, 1572).
const IS: u8 = 0;
/// `SEND`: the value is asked for.
const SEND: u8 = 1;

/// All that an encoder puts, for tests.
#[cfg(test)]
fn put_all(encode: impl FnOnce(&mut dyn FnMut(&[u8]))) -> std::vec::Vec<u8> {
    let mut all = std::vec::Vec::new();
    encode(&mut |bytes| all.extend_from_slice(bytes));
    all
}
