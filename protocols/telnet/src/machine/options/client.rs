//! The side that says `WILL`: it is asked, and tells.

use alloc::{sync::Arc, vec::Vec};

use lineside_core::Error;

use super::{
    ClientOptions, Outcome, Say, Tell, Told, Variable, environment, linemode::Lines, payload,
    terminal_type::Naming, typing::Typing,
};
use crate::{
    Role,
    wire::{
        TelnetOption,
        options::{
            Dialect, DisplayLocation, Environ, FlowControl, Malformed, TerminalSpeed, TerminalType,
            WindowSize,
        },
    },
};

/// What has been told.
#[derive(Clone, Debug)]
pub(super) struct Client {
    options: Arc<ClientOptions>,
    naming: Naming,
    /// By which option the peer has asked for variables last, and how it spells them there.
    spelling: Option<(TelnetOption, Dialect)>,
    lines: Lines,
    typing: Typing,
}

impl Client {
    pub(super) fn new(options: Arc<ClientOptions>) -> Self {
        Self {
            naming: Naming::default(),
            spelling: None,
            lines: Lines::new(Role::Client, options.characters.clone()),
            typing: Typing::default(),
            options,
        }
    }

    /// We use an option from here on, or not any more.
    pub(super) fn agreed(&mut self, option: TelnetOption, on: bool, says: &mut Vec<Say>) {
        match option {
            TelnetOption::NAWS if on => {
                if let Some(size) = self.options.window {
                    says.push(Say::Payload(option, size.encode().to_vec()));
                }
            }
            TelnetOption::TTYPE => self.naming = Naming::default(),
            TelnetOption::NEW_ENVIRON | TelnetOption::OLD_ENVIRON => {
                self.spelling = self.spelling.filter(|(asked, _)| *asked != option);
            }
            TelnetOption::LINEMODE if on => self.lines.begin(says),
            TelnetOption::LINEMODE => {
                self.lines = Lines::new(Role::Client, self.options.characters.clone());
                self.typing.flush(says);
            }
            _ => {}
        }
    }

    pub(super) fn heard(
        &mut self,
        option: TelnetOption,
        bytes: &[u8],
        says: &mut Vec<Say>,
    ) -> Outcome {
        match option {
            TelnetOption::LFLOW => return FlowControl::parse(bytes).map(Told::Flow).map(Some),
            TelnetOption::LINEMODE => {
                let mut answers = Vec::new();
                let told = self.lines.heard(bytes, &mut answers)?;
                // What was kept is not kept any more, and was typed before this.
                self.typing.flush_unless_kept(&self.lines, says);
                says.append(&mut answers);
                return Ok(told);
            }
            _ => says.extend(self.answer(option, bytes)?),
        }
        Ok(None)
    }

    /// The answer to `SEND`.
    fn answer(&mut self, option: TelnetOption, bytes: &[u8]) -> Result<Option<Say>, Malformed> {
        let options = &self.options;
        Ok(match option {
            TelnetOption::TTYPE => {
                let is_asked = TerminalType::parse(bytes)? == TerminalType::Send;
                is_asked.then(|| {
                    let name = self.naming.next(options);
                    payload(option, |put| TerminalType::Is(&name).encode(put))
                })
            }
            TelnetOption::TSPEED => {
                let is_asked = TerminalSpeed::parse(bytes)? == TerminalSpeed::Send;
                let speed = options.speed.filter(|_| is_asked);
                speed.map(|speed| payload(option, |put| TerminalSpeed::Is(speed).encode(put)))
            }
            TelnetOption::XDISPLOC => {
                let is_asked = DisplayLocation::parse(bytes)? == DisplayLocation::Send;
                let at = options.display.as_ref().filter(|_| is_asked);
                at.map(|at| payload(option, |put| DisplayLocation::Is(at).encode(put)))
            }
            TelnetOption::NEW_ENVIRON | TelnetOption::OLD_ENVIRON => {
                let dialect = environment::dialect(option, bytes);
                let Environ::Send(requests) = Environ::parse(dialect, bytes)? else {
                    return Ok(None);
                };
                self.spelling = Some((option, dialect));
                let (all, most) = (&options.environment, options.answer);
                let answer = environment::answer(dialect, requests, all, most);
                Some(Say::Payload(option, answer))
            }
            _ => None,
        })
    }

    /// Our window has this size from here on.
    pub(super) fn window(&mut self, size: WindowSize, is_on: bool, says: &mut Vec<Say>) {
        let before = Arc::make_mut(&mut self.options).window.replace(size);
        if is_on && before != Some(size) {
            says.push(Say::Payload(TelnetOption::NAWS, size.encode().to_vec()));
        }
    }

    /// A variable has changed. It is told by INFO, but not before the first IS (RFC 1572 section 2).
    pub(super) fn variable(&mut self, variable: Variable, says: &mut Vec<Say>) {
        if let Some((option, dialect)) = self.spelling {
            let mut said = Environ::head(true).to_vec();
            let Variable { kind, name, value } = &variable;
            environment::put(dialect, *kind, name, value.as_deref(), &mut said);
            says.push(Say::Payload(option, said));
        }
        environment::set(&mut Arc::make_mut(&mut self.options).environment, variable);
    }

    #[cfg(test)]
    pub(super) const fn lines(&self) -> &Lines {
        &self.lines
    }

    pub(super) fn linemode(&mut self, tell: Tell, says: &mut Vec<Say>) -> Result<(), Error> {
        self.lines.tell(tell, says)
    }

    /// This was typed.
    pub(super) fn typed(&mut self, keys: &[u8], is_binary: bool, says: &mut Vec<Say>) {
        let most = self.options.line;
        self.typing.typed(keys, &self.lines, is_binary, most, says);
    }
}
