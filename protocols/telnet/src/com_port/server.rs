//! The access server's end of a connection: it has the port.
//!
//! | client | server |
//! |---|---|
//! | `WILL COM-PORT` | `DO COM-PORT`, [`Event::Control`]; `NOTIFY-MODEMSTATE` once |
//! | `SET-…` | [`Event::Act`]; nothing further is read before [`Command::Done`], then code + 100 with the value in effect |
//! | `SET-…` with 0, or with a value that does not exist | the same, with [`Action::Report`] |
//! | `SET-LINESTATE-MASK`, `SET-MODEMSTATE-MASK` | acknowledged at once |
//! | `PURGE-DATA` | [`Action::Purge`], acknowledged |
//! | `FLOWCONTROL-SUSPEND`, `-RESUME` | [`Event::Suspended`]; no answer. [`Command::Resume`] where it cannot be heard |
//! | `SIGNATURE` without text | ours; with text, [`Event::Signature`] |
//! | `IAC BRK` | [`Action::Pulse`] |
//! | anything else | ignored |

use bytes::Bytes;
use lineside_core::{Error, Instant, Link, Machine, Step};

use super::{
    Port,
    probe::{Probe, Sign},
};
use crate::{
    Party, Role, Telnet,
    wire::{
        self, TelnetOption,
        com_port::{LineState, Message, ModemState, Sender, parse, subnegotiation},
    },
};

mod answer;
mod config;
mod event;
#[cfg(test)]
mod tests;

pub use config::Config;
pub use event::{Action, Command, Event};

/// An access server's end of a connection.
#[derive(Clone, Debug)]
pub struct Server {
    telnet: Telnet,
    signature: Bytes,
    probe: Probe,
    /// What the application is doing.
    asked: Option<Asked>,
    has_control: bool,
    is_suspended: bool,
    is_full: bool,
    line_mask: LineState,
    modem_mask: ModemState,
    /// The inputs' levels as they were last told.
    modem: Option<ModemState>,
    is_closing: bool,
    failed: Option<Error>,
}

/// Which answer [`Command::Done`] gives.
#[derive(Clone, Copy, Debug)]
enum Asked {
    By(Message<'static>),
    /// `IAC BRK` has no answer.
    Pulse,
}

impl Server {
    /// A server's end.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            telnet: Telnet::new(Role::Server, config.telnet),
            signature: config.signature,
            probe: Probe::new(config.probe),
            asked: None,
            has_control: false,
            is_suspended: false,
            is_full: false,
            line_mask: LineState(0),
            modem_mask: ModemState(0xFF),
            modem: None,
            is_closing: false,
            failed: None,
        }
    }

    /// Whether client and server have agreed on COM-PORT.
    #[must_use]
    pub const fn has_control(&self) -> bool {
        self.has_control
    }

    /// Whether the client takes no data for now.
    #[must_use]
    pub const fn is_suspended(&self) -> bool {
        self.is_suspended
    }

    /// Whether the client waits for [`Command::Done`], and nothing of what it says is read before.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.asked.is_some()
    }

    /// What of the line's state the client wants to be told.
    #[must_use]
    pub const fn line_mask(&self) -> LineState {
        self.line_mask
    }

    /// What Telnet has agreed on.
    #[must_use]
    pub const fn telnet(&self) -> &Telnet {
        &self.telnet
    }

    /// What of Telnet's events is the application's.
    fn hear(&mut self, event: crate::Event, link: &mut Link) -> Option<Event> {
        match event {
            crate::Event::Data(data) => Some(Event::Data(data)),
            crate::Event::Subnegotiation {
                option: TelnetOption::COM_PORT,
                payload,
            } => self.message(&payload, link),
            crate::Event::Option {
                option: TelnetOption::COM_PORT,
                ..
            } => self.control(link),
            crate::Event::Command(wire::Command::BRK) => {
                self.asked = Some(Asked::Pulse);
                Some(Event::Act(Action::Pulse))
            }
            // Data is the port's alone: a client that controls it gets a sign of life without any.
            crate::Event::Command(wire::Command::AYT) if self.has_control => {
                let nop = wire::encode::command(wire::Command::NOP);
                link.tx.extend_from_slice(&nop);
                None
            }
            // The answers to our probes.
            crate::Event::Option {
                option: TelnetOption::TIMING_MARK,
                ..
            }
            | crate::Event::Refused {
                option: TelnetOption::TIMING_MARK,
                ..
            } => None,
            other => Some(Event::Telnet(other)),
        }
    }

    /// COM-PORT came into use in one direction, or went out of it.
    fn control(&mut self, link: &mut Link) -> Option<Event> {
        let is_on = [Party::Peer, Party::Us]
            .iter()
            .any(|party| self.telnet.is_on(*party, TelnetOption::COM_PORT));
        if self.has_control == is_on {
            return None;
        }
        self.has_control = is_on;
        if is_on {
            self.tell_modem(link);
        } else {
            // Neither of them can be said, nor unsaid, any more.
            self.is_suspended = false;
            self.is_full = false;
        }
        Some(Event::Control(is_on))
    }

    /// One that is malformed, or that only a server says, is ignored (R24, R25).
    fn message(&mut self, payload: &[u8], link: &mut Link) -> Option<Event> {
        let Ok((Sender::Client, message)) = parse(payload) else {
            return None;
        };
        match message {
            Message::Signature([]) => {
                let signature = self.signature.clone();
                say(&Message::Signature(&signature), link);
            }
            Message::Signature(text) => {
                return Some(Event::Signature(Bytes::copy_from_slice(text)));
            }
            Message::LineStateMask(mask) => {
                self.line_mask = mask;
                say(&Message::LineStateMask(mask), link);
            }
            Message::ModemStateMask(mask) => {
                self.modem_mask = mask;
                say(&Message::ModemStateMask(mask), link);
                self.tell_modem(link);
            }
            Message::Suspend => return self.suspend(true),
            Message::Resume => return self.suspend(false),
            Message::LineState(_) | Message::ModemState(_) => {}
            Message::BaudRate(rate) => return self.ask(Message::BaudRate(rate)),
            Message::DataSize(size) => return self.ask(Message::DataSize(size)),
            Message::Parity(parity) => return self.ask(Message::Parity(parity)),
            Message::StopSize(size) => return self.ask(Message::StopSize(size)),
            Message::Control(control) => return self.ask(Message::Control(control)),
            Message::Purge(purge) => return self.ask(Message::Purge(purge)),
        }
        None
    }

    fn ask(&mut self, message: Message<'static>) -> Option<Event> {
        self.asked = Some(Asked::By(message));
        Some(Event::Act(answer::action(&message)))
    }

    fn suspend(&mut self, on: bool) -> Option<Event> {
        let was = core::mem::replace(&mut self.is_suspended, on);
        (was != on).then_some(Event::Suspended(on))
    }

    /// The inputs as they are, with nothing changed: once after notification was turned on (R18).
    fn tell_modem(&self, link: &mut Link) {
        if let Some(modem) = self.modem
            && self.modem_mask != ModemState(0)
        {
            let state = modem.and(self.modem_mask);
            say(&Message::ModemState(state), link);
        }
    }

    fn modem_state(&mut self, levels: ModemState, link: &mut Link) {
        let levels = levels.levels();
        let before = self.modem.replace(levels);
        if !self.has_control {
            return;
        }
        let Some(before) = before else {
            return self.tell_modem(link);
        };
        let state = levels.since(before).and(self.modem_mask);
        let has_changed = ModemState(levels.0 ^ before.0).has(self.modem_mask);
        if has_changed || state.0 & 0x0F != 0 {
            say(&Message::ModemState(state), link);
        }
    }

    fn line_state(&self, state: LineState, link: &mut Link) {
        let state = state.and(self.line_mask);
        if self.has_control && state != LineState(0) {
            say(&Message::LineState(state), link);
        }
    }

    fn full(&mut self, on: bool, link: &mut Link) {
        if self.has_control && core::mem::replace(&mut self.is_full, on) != on {
            let message = if on {
                Message::Suspend
            } else {
                Message::Resume
            };
            say(&message, link);
        }
    }

    fn fail<T>(&mut self, error: Error) -> Result<T, Error> {
        self.failed = Some(error);
        Err(error)
    }

    fn ask_for_a_sign(&mut self, now: Instant, link: &mut Link) -> Result<(), Error> {
        let ask = crate::Command::Option {
            party: Party::Peer,
            option: TelnetOption::TIMING_MARK,
            on: true,
        };
        self.telnet.send(now, ask, link)
    }
}

fn say(message: &Message<'_>, link: &mut Link) {
    let put = |bytes: &[u8]| link.tx.extend_from_slice(bytes);
    subnegotiation(Sender::Server, message, put);
}

impl Machine for Server {
    type Event = Event;
    type Command = Command;
    type Error = Error;

    /// Fails as [`Telnet`] does, and where a silent client gives no sign of life.
    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        loop {
            if self.is_closing {
                return Ok(Step::Close);
            }
            if self.asked.is_some() {
                return Ok(Step::Wait(None));
            }
            match self.telnet.poll(now, link) {
                Ok(Step::Event(event)) => {
                    if let Some(event) = self.hear(event, link) {
                        return Ok(Step::Event(event));
                    }
                }
                Ok(Step::Close) => return Ok(Step::Close),
                Ok(Step::Wait(until)) => match self.probe.look(now, link) {
                    Sign::Wait(probe) => {
                        return Ok(Step::Wait(until.into_iter().chain(probe).min()));
                    }
                    Sign::Ask => self.ask_for_a_sign(now, link)?,
                    Sign::Gone => return self.fail(Error::Timeout("ProbeConfig::answer")),
                },
                Err(error) => return self.fail(error),
            }
        }
    }

    /// # Errors
    /// Misuse: data while the client has suspended it, `Done` where nothing was asked; as [`Telnet`].
    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match command {
            Command::Data(_) if self.is_suspended => {
                return Err(Error::Misuse("data while the client has suspended it"));
            }
            Command::Data(data) => {
                return self.telnet.send(now, crate::Command::Data(data), link);
            }
            Command::Done(port) => match self.asked.take() {
                Some(Asked::By(message)) => say(&answer::answer(&message, &port), link),
                Some(Asked::Pulse) => {}
                None => return Err(Error::Misuse("Done where nothing was asked")),
            },
            Command::ModemState(levels) => self.modem_state(levels, link),
            Command::LineState(state) => self.line_state(state, link),
            Command::Resume => {
                self.is_suspended = false;
                self.telnet.stop_holding(link);
            }
            Command::Full(on) => self.full(on, link),
            Command::Close => {
                self.is_closing = true;
                return self.telnet.send(now, crate::Command::Close, link);
            }
            Command::Telnet(command) => return self.telnet.send(now, command, link),
        }
        Ok(())
    }
}
