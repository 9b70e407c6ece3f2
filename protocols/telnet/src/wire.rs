//! What stands on the wire: data, commands, negotiations and subnegotiations.

pub mod com_port;
mod command;
pub mod encode;
pub mod grammar;
mod option;
pub mod options;
mod scan;

pub use command::{Command, IAC, Verb};
pub use option::TelnetOption;
pub use scan::{Defect, Found, Scanner};
