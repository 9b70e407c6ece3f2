//! What waits to be said.

use alloc::{boxed::Box, collections::VecDeque};

use lineside_core::Error;

use super::Command;
use crate::error::TOO_MUCH_HELD;

/// Commands that wait, in their order. It takes no room while there are none.
#[derive(Clone, Debug, Default)]
pub(super) struct Held(Option<Box<Waiting>>);

#[derive(Clone, Debug, Default)]
struct Waiting {
    commands: VecDeque<Command>,
    bytes: usize,
}

/// What a command counts beside its bytes.
const EACH: usize = 16;

impl Held {
    /// Keeps a command, as long as all of them are at most `most` bytes.
    pub(super) fn put(&mut self, command: Command, most: usize) -> Result<(), Error> {
        let waiting = self.0.get_or_insert_default();
        let bytes = waiting.bytes + size(&command);
        if bytes > most {
            return Err(TOO_MUCH_HELD);
        }
        waiting.bytes = bytes;
        waiting.commands.push_back(command);
        Ok(())
    }

    /// Whether nothing waits.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The oldest.
    pub(super) fn pop(&mut self) -> Option<Command> {
        let waiting = self.0.as_mut()?;
        let command = waiting.commands.pop_front();
        match &command {
            Some(command) => waiting.bytes -= size(command),
            None => self.0 = None,
        }
        command
    }
}

fn size(command: &Command) -> usize {
    EACH + match command {
        Command::Data(data) => data.len(),
        Command::Subnegotiation { payload, .. } => payload.len(),
        _ => 0,
    }
}
