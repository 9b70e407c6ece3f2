//! The operator's console of a device.
//!
//! - [`Editor`] edits lines at a terminal that is somewhere else.
//! - [`Table`] holds commands, declared as data: it reads a line, offers what may follow, and says what
//!   was expected where.
//! - [`Console`] is both, with a login, pages, `watch`, and an end of those who type nothing: the machine
//!   of a plain stream, and what stands on it.
//! - [`TelnetConsole`] is the same over Telnet.
//! - [`Plain`] runs the same commands for peers without a terminal, in words or in SCPI.
//! - [`Roster`] knows who is at the consoles, [`Throttle`] who has failed to log in. The sessions of a server
//!   (`net::console`) share them behind their locks.
//!
//! None of them knows a socket, a clock or a lock: bytes and time go in, bytes and events come out.
//!
//! ```
//! use std::sync::Arc;
//! use bytes::BytesMut;
//! use lineside_core::{Instant, Step};
//! use lineside_telnet::console::{Argument, Command, Config, Console, Event, Spec, Table};
//!
//! let table = Table::new([
//!     Spec::new("speed", "Sets the motor's speed").with(Argument::integer("rpm", 0..=3000)),
//! ]);
//! let mut console = Console::new(Arc::new(table.with_builtins()), Arc::new(Config::default()));
//! let (now, mut rx, mut tx) = (Instant::START, BytesMut::from("sp\t1200\r"), BytesMut::new());
//!
//! let Step::Event(Event::Run(called)) = console.poll_bytes(now, &mut rx, &mut tx, false) else {
//!     panic!("a command");
//! };
//! assert_eq!(called.integer("rpm"), Some(1200));
//! console.command(now, Command::Print("1200 rpm".into()), &mut tx).unwrap();
//! console.command(now, Command::Done, &mut tx).unwrap();
//! assert_eq!(tx, "> speed 1200\r\n1200 rpm\r\n> ");
//! ```

mod attended;
mod builtin;
mod config;
mod editor;
mod event;
mod fault;
#[cfg(test)]
mod grid;
mod history;
mod invocation;
mod keys;
mod line;
mod pager;
mod paint;
mod plain;
mod roster;
mod secret;
mod session;
mod spec;
mod table;
mod telnet;
mod terminal;
mod text;
mod view;
mod words;

pub use attended::Attended;
pub use config::{Config, Login};
pub use editor::{Edit, Editor, Entry, Limits};
pub use event::{Command, Credentials, Event, Reason, Style};
pub use fault::{Fault, FaultKind};
pub use invocation::{Invocation, Value};
pub use keys::{Key, Keys};
pub use plain::{Dialect, Errors, Plain, PlainCommand, PlainConfig};
pub use roster::{Denied, Roster, Second, Throttle, ThrottleLimits};
pub use secret::{Accounts, Secret};
pub use session::Console;
pub use spec::{Argument, Hints, Kind, Spec, Text};
pub use table::{Completion, Query, Table};
pub use telnet::{TelnetCommand, TelnetConsole, TelnetEvent};
pub use terminal::{Terminal, Window};
