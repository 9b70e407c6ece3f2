//! TCP and Unix sockets as [`Net`](lineside_io::Net)s.
//!
//! [`Tcp`] dials and listens with keep-alive, without Nagle's delay, on both IP versions at once, and
//! within a range of ports. [`Unix`] does the same on files, and clears away those that a crash has
//! left. Both go on accepting when the process runs out of descriptors.
//! [`address::register`] gives them the schemes `tcp:` and `unix:`.

mod accept;
pub mod address;
mod tcp;
mod through;
#[cfg(unix)]
mod unix;

pub use tcp::{KeepAlive, Tcp, TcpListener, TcpOptions, TcpStream};
#[cfg(unix)]
pub use unix::{Unix, UnixAddr, UnixListener, UnixOptions, UnixStream};
