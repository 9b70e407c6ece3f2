//! The operator's console of a device.
//!
//! - [`Editor`] edits lines at a terminal that is somewhere else.
//! - [`Table`] holds commands, declared as data: it reads a line, offers what may follow, and says what
//!   was expected where.
//! - [`Console`] is both, with a login, pages, `watch`, and an end of those who type nothing: the machine
//!   of a plain stream, and what stands on it.
//! - [`TelnetConsole`] is the same over Telnet.
//! - [`Plain`] runs the same commands for peers without a terminal, in words or in SCPI.
//! - [`Roster`] knows who is at the consoles, [`Throttle`] who has failed to log in.

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
