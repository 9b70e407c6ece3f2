//! Machines that an operator sits at.

use lineside_core::{Error, Machine};

use super::{Command, Console, Event, TelnetConsole};

/// A machine that an operator sits at: a [`Console`] over the bytes of a stream, or a [`TelnetConsole`].
/// What serves one serves the other.
pub trait Attended:
    Machine<Event: Into<Option<Event>>, Command: From<Command>, Error = Error>
{
    /// The console.
    fn console(&self) -> &Console;
}

impl Attended for Console {
    fn console(&self) -> &Console {
        self
    }
}

impl Attended for TelnetConsole {
    fn console(&self) -> &Console {
        self.console()
    }
}
