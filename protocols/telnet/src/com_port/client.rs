//! The client's end of a connection: it uses the port.
//!
//! | client | server |
//! |---|---|
//! | `WILL COM-PORT` | `DO COM-PORT` |
//! | both masks, the settings: everything at once, then [`Event::Ready`] | each answered with the value in effect |
//! | [`Command::Configure`]: what is not in effect, at once | …, and then [`Event::Configured`] |
//! | [`Command::Control`], [`Command::Purge`] | [`Event::Control`], [`Event::Purged`] |
//! | | `NOTIFY-…` at any time: [`Event::LineState`], [`Event::ModemState`] |
//! | | `FLOWCONTROL-SUSPEND`, `-RESUME`: [`Event::Suspended`] |
//!
//! A command that is not answered in time is said again. Masks are not waited for: ser2net never
//! acknowledges them. Neither is the absence of flow control, before the server has answered for it
//! once: ser2net does not, where the port has no modem lines.

use bytes::Bytes;
use lineside_core::{Error, Instant, Link, Machine, Step};

use super::{
    Settings,
    probe::{Probe, Sign},
};
use crate::{
    Party, Role, Telnet,
    wire::{
        TelnetOption,
        com_port::{Control, LineState, Message, ModemState, Sender, parse, subnegotiation},
    },
};

mod asked;
mod config;
mod event;
#[cfg(test)]
mod tests;

pub use config::Config;
pub use event::{Command, Event};

use asked::{Asked, Overdue, Value};

/// A client's end of a connection.
#[derive(Clone, Debug)]
pub struct Client {
    telnet: Telnet,
    probe: Probe,
    signature: Bytes,
    masks: (LineState, ModemState),
    asked: Asked,
    /// BINARY, as far as what we send goes, is agreed on, refused or given up.
    is_binary_settled: bool,
    is_ready: bool,
    is_suspended: bool,
    /// [`Event::Configured`] is still to come.
    is_configuring: bool,
    wanted: Option<Settings>,
    is_closing: bool,
    failed: Option<Error>,
}

/// The code that a refusal of COM-PORT is reported with: the option's number.
const REFUSED: Error = Error::Refused { code: 44 };

/// The server does not answer the offer.
pub(crate) const SILENT: Error = Error::Timeout("Config::answer, to WILL COM-PORT-OPTION (44)");

impl Client {
    /// A client's end.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        let telnet = &mut config.telnet;
        telnet.ours = telnet.ours.with(TelnetOption::COM_PORT);
        telnet.offer = telnet.offer.with(TelnetOption::COM_PORT);
        Self {
            asked: Asked::new(&config),
            // What is not offered is not answered.
            is_binary_settled: !config.telnet.offer.contains(TelnetOption::BINARY),
            telnet: Telnet::new(Role::Client, config.telnet),
            probe: Probe::new(config.probe),
            signature: config.signature,
            masks: (config.line_state, config.modem_state),
            is_ready: false,
            is_suspended: false,
            is_configuring: false,
            wanted: None,
            is_closing: false,
            failed: None,
        }
    }

    /// Whether the port can be controlled.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// Whether the server takes no data for now.
    #[must_use]
    pub const fn is_suspended(&self) -> bool {
        self.is_suspended
    }

    /// Whether data that comes was on its way when it was thrown away, as far as the server tells: a
    /// [`Command::Purge`] of what was received is not answered yet.
    #[must_use]
    pub fn is_purging(&self) -> bool {
        self.asked.is_purging()
    }

    /// The settings in effect, as far as the server has told; for the rest, those that were asked for.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.asked.settings(self.wanted.unwrap_or_default())
    }

    /// What Telnet has agreed on.
    #[must_use]
    pub const fn telnet(&self) -> &Telnet {
        &self.telnet
    }

    /// What of Telnet's events is the application's.
    fn hear(
        &mut self,
        now: Instant,
        event: crate::Event,
        link: &mut Link,
    ) -> Result<Option<Event>, Error> {
        use crate::Event as Heard;
        match event {
            Heard::Data(data) => return Ok(Some(Event::Data(data))),
            Heard::Subnegotiation {
                option: TelnetOption::COM_PORT,
                payload,
            } => return Ok(self.message(now, &payload, link)),
            Heard::Refused {
                party: Party::Us,
                option: TelnetOption::COM_PORT,
            } if self.telnet.is_unanswered(Party::Us, TelnetOption::COM_PORT) => {
                return Err(SILENT);
            }
            // Ours is the direction that counts: a server may offer it in its own too (R1).
            Heard::Refused {
                party: Party::Us,
                option: TelnetOption::COM_PORT,
            }
            | Heard::Option {
                party: Party::Us,
                option: TelnetOption::COM_PORT,
                on: false,
            } => return Err(REFUSED),
            Heard::Option {
                party: Party::Us,
                option: TelnetOption::COM_PORT,
                on: true,
            } => return Ok(self.begin(now, link)),
            Heard::Option {
                party: Party::Us,
                option: TelnetOption::BINARY,
                on: true,
            }
            | Heard::Refused {
                party: Party::Us,
                option: TelnetOption::BINARY,
            } => {
                self.is_binary_settled = true;
                if let Some(ready) = self.begin(now, link) {
                    return Ok(Some(ready));
                }
            }
            // The answers to our probes.
            Heard::Option {
                option: TelnetOption::TIMING_MARK,
                ..
            }
            | Heard::Refused {
                option: TelnetOption::TIMING_MARK,
                ..
            } => return Ok(None),
            _ => {}
        }
        Ok(Some(Event::Telnet(event)))
    }

    /// Once COM-PORT is agreed on, and whether data is eight bits: everything at once.
    fn begin(&mut self, now: Instant, link: &mut Link) -> Option<Event> {
        let has_control = self.telnet.is_on(Party::Us, TelnetOption::COM_PORT);
        if self.is_ready || !has_control || !self.is_binary_settled {
            return None;
        }
        self.is_ready = true;
        say(&Message::LineStateMask(self.masks.0), link);
        say(&Message::ModemStateMask(self.masks.1), link);
        if let Some(settings) = self.wanted {
            self.asked.configure(now, settings, link);
        }
        Some(Event::Ready)
    }

    /// One that is malformed, or that only a client says, is ignored.
    fn message(&mut self, now: Instant, payload: &[u8], link: &mut Link) -> Option<Event> {
        let Ok((Sender::Server, message)) = parse(payload) else {
            return None;
        };
        match message {
            Message::Signature([]) => {
                say(&Message::Signature(&self.signature), link);
                None
            }
            Message::Signature(text) => Some(Event::Signature(Bytes::copy_from_slice(text))),
            Message::LineState(state) => Some(Event::LineState(state)),
            Message::ModemState(state) => Some(Event::ModemState(state)),
            Message::Suspend => self.suspend(true),
            Message::Resume => self.suspend(false),
            Message::LineStateMask(_) | Message::ModemStateMask(_) => None,
            Message::BaudRate(rate) => {
                self.asked.cisco(now, rate, link);
                self.asked.answered(&Message::BaudRate(rate));
                None
            }
            Message::DataSize(size) => {
                self.asked.answered(&Message::DataSize(size));
                None
            }
            Message::Parity(parity) => {
                self.asked.answered(&Message::Parity(parity));
                None
            }
            Message::StopSize(size) => {
                self.asked.answered(&Message::StopSize(size));
                None
            }
            Message::Control(control) => {
                let is_new = self.asked.answered(&Message::Control(control));
                let is_flow = control.request() == Some(Control::FLOW_REQUEST);
                (is_new && !is_flow).then_some(Event::Control(control))
            }
            Message::Purge(purge) => {
                let is_new = self.asked.answered(&Message::Purge(purge));
                is_new.then_some(Event::Purged(purge))
            }
        }
    }

    fn suspend(&mut self, on: bool) -> Option<Event> {
        let was = core::mem::replace(&mut self.is_suspended, on);
        (was != on).then_some(Event::Suspended(on))
    }

    /// What the time has brought.
    fn due(&mut self, now: Instant, link: &mut Link) -> Option<Event> {
        while let Some(overdue) = self.asked.overdue(now, link) {
            match overdue {
                Overdue::Again => {}
                Overdue::GivenUp(message) => match Value::of(&message) {
                    Some(value) if value.is_setting() => {}
                    _ => return Some(Event::Unanswered(message)),
                },
            }
        }
        self.configured()
    }

    /// Every setting is answered or given up.
    fn configured(&mut self) -> Option<Event> {
        let is_over = self.is_ready && self.is_configuring && !self.asked.is_configuring();
        is_over.then(|| {
            self.is_configuring = false;
            Event::Configured {
                settings: self.settings(),
                is_answered: self.asked.take_is_answered(),
            }
        })
    }

    fn ready(&self) -> Result<(), Error> {
        match self.is_ready {
            true => Ok(()),
            false => Err(Error::Misuse("the server has not agreed to COM-PORT yet")),
        }
    }

    fn fail<T>(&mut self, error: Error) -> Result<T, Error> {
        self.failed = Some(error);
        Err(error)
    }
}

fn say(message: &Message<'_>, link: &mut Link) {
    let put = |bytes: &[u8]| link.tx.extend_from_slice(bytes);
    subnegotiation(Sender::Client, message, put);
}

impl Machine for Client {
    type Event = Event;
    type Command = Command;
    type Error = Error;

    /// Fails as [`Telnet`] does; with [`Error::Refused`] of code 44 where the server refuses COM-PORT
    /// (R37), with [`Error::Timeout`] where it does not answer the offer; and where a silent server gives no sign of life.
    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        loop {
            if self.is_closing {
                return Ok(Step::Close);
            }
            // Where the last answer was: what came behind it is told behind it.
            if let Some(event) = self.configured() {
                return Ok(Step::Event(event));
            }
            let until = match self.telnet.poll(now, link) {
                Ok(Step::Event(event)) => match self.hear(now, event, link) {
                    Ok(None) => continue,
                    Ok(Some(event)) => return Ok(Step::Event(event)),
                    Err(error) => return self.fail(error),
                },
                Ok(Step::Close) => return Ok(Step::Close),
                Ok(Step::Wait(until)) => until,
                Err(error) => return self.fail(error),
            };
            if let Some(event) = self.due(now, link) {
                return Ok(Step::Event(event));
            }
            match self.probe.look(now, link) {
                Sign::Wait(probe) => {
                    let all = [until, probe, self.asked.deadline()];
                    return Ok(Step::Wait(all.into_iter().flatten().min()));
                }
                Sign::Ask => {
                    let ask = crate::Command::Option {
                        party: Party::Peer,
                        option: TelnetOption::TIMING_MARK,
                        on: true,
                    };
                    self.telnet.send(now, ask, link)?;
                }
                Sign::Gone => return self.fail(Error::Timeout("ProbeConfig::answer")),
            }
        }
    }

    /// # Errors
    /// Misuse: what needs COM-PORT before it is agreed on, data while the server has suspended it; as
    /// [`Telnet`].
    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match command {
            Command::Data(_) if self.is_suspended => {
                return Err(Error::Misuse("data while the server has suspended it"));
            }
            Command::Data(data) => {
                self.ready()?;
                let bytes = data.len();
                self.telnet.send(now, crate::Command::Data(data), link)?;
                let wanted = self.wanted.unwrap_or_default();
                self.asked.sent(now, bytes, wanted);
            }
            Command::Configure(settings) => {
                self.wanted = Some(settings);
                self.is_configuring = true;
                if self.is_ready {
                    self.asked.configure(now, settings, link);
                }
            }
            Command::Control(control) => {
                self.ready()?;
                self.asked.ask(now, Message::Control(control), link);
            }
            Command::Purge(purge) => {
                self.ready()?;
                self.asked.ask(now, Message::Purge(purge), link);
            }
            Command::Suspend(on) => {
                self.ready()?;
                let message = if on {
                    Message::Suspend
                } else {
                    Message::Resume
                };
                say(&message, link);
            }
            Command::Signature => {
                self.ready()?;
                say(&Message::Signature(&[]), link);
            }
            Command::Close => {
                self.is_closing = true;
                return self.telnet.send(now, crate::Command::Close, link);
            }
            Command::Telnet(command) => return self.telnet.send(now, command, link),
        }
        Ok(())
    }
}
