//! A tty as a [`Line`](lineside_io::Line), and PTY pairs.
//!
//! [`Tty`] opens a serial port: any baud rate, all five parities, marks for damaged characters and
//! breaks, modem lines, an exclusive lock, an exact drain, RS-485. [`Reconnecting`] keeps one open
//! over unplugging. [`Pty`] is the device's side of a pseudo-terminal whose other side is a path for
//! somebody else's program. [`address::register`] gives all of them the schemes `serial://` and `pty:`.
//!
//! ```no_run
//! # async fn weigh() -> std::io::Result<()> {
//! use lineside_io::{Line, Parity, Settings};
//! use lineside_serial::{Options, Tty};
//! use tokio::io::AsyncWriteExt;
//!
//! let settings = Settings {
//!     baud: 19_200,
//!     parity: Parity::Even,
//!     ..Settings::default()
//! };
//! let mut port = Tty::open("/dev/ttyUSB0", settings, &Options::default())?;
//! port.write_all(b"weigh\r\n").await?;
//! port.drain().await?; // the last stop bit has left
//! # Ok(())
//! # }
//! ```
//!
//! Linux is the home of this crate. Other unixes have what POSIX has; what only Linux has (mark and
//! space parity, the exact drain, RS-485 in the kernel, counters, low latency) answers
//! `Unsupported` there.

#[cfg(not(unix))]
compile_error!("lineside-serial needs a unix: ttys and PTYs are not supported on this platform");

pub mod address;
mod error;
mod ioctl;
pub mod marks;
mod options;
pub mod pty;
mod reconnect;
mod rs485;
mod settings;
mod tty;

pub use error::Error;
pub use lineside_io::Backoff;
pub use options::{Marks, Options};
pub use pty::Pty;
pub use reconnect::{Event, Reconnecting};
pub use rs485::{ByCallback, ByKernel, ByRts, Drive, Rs485};
pub use tty::Tty;
