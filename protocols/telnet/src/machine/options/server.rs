//! The side that says `DO`: it asks, and is told.

use alloc::{boxed::Box, sync::Arc, vec::Vec};

use bytes::Bytes;
use lineside_core::Error;

use super::{
    Outcome, Say, ServerOptions, Tell, Told, environment, linemode::Lines, payload,
    terminal_type::Asking,
};
use crate::{
    Role,
    error::NOT_TOLD,
    wire::{
        TelnetOption,
        options::{DisplayLocation, Environ, Mode, TerminalSpeed, TerminalType, WindowSize},
    },
};

/// What has been asked and told.
#[derive(Clone, Debug)]
pub(super) struct Server {
    options: Arc<ServerOptions>,
    types: Asking,
    /// As long as LINEMODE is in use.
    lines: Option<Box<Lines>>,
}

impl Server {
    pub(super) fn new(options: Arc<ServerOptions>) -> Self {
        Self {
            types: Asking::default(),
            lines: None,
            options,
        }
    }

    /// The peer uses an option from here on, or not any more.
    pub(super) fn agreed(&mut self, option: TelnetOption, on: bool, says: &mut Vec<Say>) {
        match option {
            TelnetOption::TTYPE if !on => self.types.end(),
            TelnetOption::LINEMODE if !on => self.lines = None,
            _ if !on => {}
            TelnetOption::LFLOW => {
                if let Some(flow) = self.options.flow {
                    says.push(Say::Payload(option, flow.encode().to_vec()));
                }
            }
            TelnetOption::LINEMODE => {
                let mut lines = Lines::new(Role::Server, self.options.characters.clone());
                lines.begin(says);
                if self.options.mode != Mode::default() {
                    lines.want(self.options.mode, says);
                }
                if self.options.forward.is_some() {
                    lines.forward(self.options.forward, says);
                }
                self.lines = Some(Box::new(lines));
            }
            _ => {
                // Of the others there is nothing to ask.
                let _ = self.ask(option, says);
            }
        }
    }

    /// Asks for what the peer has to tell.
    pub(super) fn ask(&mut self, option: TelnetOption, says: &mut Vec<Say>) -> Result<(), Error> {
        match option {
            TelnetOption::TTYPE => self.types.begin(says),
            TelnetOption::TSPEED => says.push(payload(option, |put| {
                TerminalSpeed::Send.encode(put);
            })),
            TelnetOption::XDISPLOC => says.push(payload(option, |put| {
                DisplayLocation::Send.encode(put);
            })),
            TelnetOption::NEW_ENVIRON => says.push(payload(option, |put| {
                let names = self.options.environment.iter();
                let names = names.map(|(kind, name)| (*kind, name.as_ref()));
                Environ::send(environment::dialect(option, &[]), names, put);
            })),
            // All are asked for: it is not known what means a variable, and what a value.
            TelnetOption::OLD_ENVIRON => says.push(payload(option, |put| {
                Environ::send(environment::dialect(option, &[]), [], put);
            })),
            _ => return Err(NOT_TOLD),
        }
        Ok(())
    }

    pub(super) fn heard(
        &mut self,
        option: TelnetOption,
        bytes: &[u8],
        says: &mut Vec<Say>,
    ) -> Outcome {
        Ok(match option {
            TelnetOption::NAWS => Some(Told::WindowSize(WindowSize::parse(bytes)?)),
            TelnetOption::TTYPE => match TerminalType::parse(bytes)? {
                TerminalType::Is(name) => {
                    let most = self.options.terminal_types;
                    self.types.heard(name, most, says)
                }
                TerminalType::Send => None,
            },
            TelnetOption::TSPEED => match TerminalSpeed::parse(bytes)? {
                TerminalSpeed::Is(speed) => Some(Told::TerminalSpeed(speed)),
                TerminalSpeed::Send => None,
            },
            TelnetOption::XDISPLOC => match DisplayLocation::parse(bytes)? {
                DisplayLocation::Is(at) => Some(Told::DisplayLocation(Bytes::copy_from_slice(at))),
                DisplayLocation::Send => None,
            },
            TelnetOption::NEW_ENVIRON | TelnetOption::OLD_ENVIRON => {
                match Environ::parse(environment::dialect(option, bytes), bytes)? {
                    Environ::Is(told) | Environ::Info(told) => {
                        Some(environment::admit(told, &self.options))
                    }
                    Environ::Send(_) => None,
                }
            }
            TelnetOption::LINEMODE => match &mut self.lines {
                Some(lines) => lines.heard(bytes, says)?,
                None => None,
            },
            _ => None,
        })
    }

    #[cfg(test)]
    pub(super) fn lines(&self) -> &Lines {
        self.lines.as_ref().unwrap()
    }

    pub(super) fn linemode(&mut self, tell: Tell, says: &mut Vec<Say>) -> Result<(), Error> {
        let lines = self.lines.as_mut().ok_or(NOT_TOLD)?;
        lines.tell(tell, says)
    }
}
