//! What a client does while answers come in time, by RFC 2217's numbers.

use lineside_core::{Error, Machine};
use lineside_telnet::{
    self as telnet, Party, Role,
    com_port::{
        Settings,
        client::{Command, Config, Event},
    },
    wire::{
        TelnetOption,
        com_port::{Control, DataSize, LineState, ModemState, Parity, Purge, StopSize},
    },
};

use super::super::{Base, asks, of_cisco, put, set, to_cisco};
use crate::laws::End;

/// A message's number without its direction, and what it says.
pub(super) type Said = (u8, Vec<u8>);

/// What a client does while answers come in time, by RFC 2217's numbers.
pub(super) struct Model {
    pub(super) base: Base,
    signature: Vec<u8>,
    masks: [u8; 2],
    is_binary_settled: bool,
    pub(super) is_ready: bool,
    pub(super) is_suspended: bool,
    is_configuring: bool,
    is_cisco: bool,
    wanted: Option<Settings>,
    /// Questions without an answer.
    pub(super) asked: Vec<Said>,
    /// What the server has told last of each.
    told: Vec<Said>,
}

/// What a message is about: the command, or that which asks for one of the five values of SET-CONTROL.
fn about(payload: &[u8]) -> Option<u8> {
    match *payload {
        [code @ (1..=4 | 12), ..] => Some(code),
        [5, control] => asks(control).map(|asks| 100 + asks),
        _ => None,
    }
}

/// The baud rate that a value names, in either form.
fn rate(value: &[u8]) -> Option<u32> {
    match *value {
        [code] => of_cisco(code),
        [a, b, c, d, ..] => Some(u32::from_be_bytes([a, b, c, d])).filter(|rate| *rate != 0),
        _ => None,
    }
}

/// Whether both say the same of the same.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    match (one, other) {
        ([1, one @ ..], [1, other @ ..]) => rate(one) == rate(other),
        _ => one == other,
    }
}

const FLOW: u8 = 100;

impl Model {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            base: Base::new(Role::Client, config.telnet.clone()),
            signature: config.signature.to_vec(),
            masks: [config.line_state.0, config.modem_state.0],
            is_binary_settled: false,
            is_ready: false,
            is_suspended: false,
            is_configuring: false,
            is_cisco: config.cisco,
            wanted: None,
            asked: Vec::new(),
            told: Vec::new(),
        }
    }

    pub(super) fn poll(&mut self) -> Vec<Event> {
        let mut told = Vec::new();
        loop {
            told.extend(self.configured());
            let Some(event) = self.base.next() else {
                return told;
            };
            match self.hear(event) {
                Ok(event) => told.extend(event),
                Err(error) => self.base.end = End::Failed(error.to_string()),
            }
        }
    }

    /// The end of a configuration comes where the last answer was.
    fn configured(&mut self) -> Option<Event> {
        let has_told_flow = self.told.iter().any(|(of, _)| *of == FLOW);
        let is_open = self.asked.iter().any(|(of, payload)| {
            let is_soft = !has_told_flow && payload[..] == [5, 1];
            matches!(of, 1..=4 | &FLOW) && !is_soft
        });
        let is_over = self.base.end == End::Waits && self.is_ready && !is_open;
        (is_over && core::mem::take(&mut self.is_configuring)).then(|| Event::Configured {
            settings: self.settings(),
            is_answered: true,
        })
    }

    fn hear(&mut self, event: telnet::Event) -> Result<Option<Event>, Error> {
        use telnet::Event as Of;
        let settles = |party: Party, option: TelnetOption, number| {
            party == Party::Us && option == TelnetOption(number)
        };
        match event {
            Of::Data(data) => return Ok(Some(Event::Data(data))),
            Of::Subnegotiation { option, payload } if option.0 == 44 => {
                return Ok(self.message(&payload));
            }
            Of::Refused { party, option }
            | Of::Option {
                party,
                option,
                on: false,
            } if settles(party, option, 44) => {
                return Err(Error::Refused { code: 44 });
            }
            Of::Option { party, option, .. } if settles(party, option, 44) => {
                return Ok(self.begin());
            }
            Of::Refused { party, option }
            | Of::Option {
                party,
                option,
                on: true,
            } if settles(party, option, 0) => {
                self.is_binary_settled = true;
                if let Some(ready) = self.begin() {
                    return Ok(Some(ready));
                }
            }
            Of::Option {
                option: TelnetOption(6),
                ..
            }
            | Of::Refused {
                option: TelnetOption(6),
                ..
            } => {
                return Ok(None);
            }
            _ => {}
        }
        Ok(Some(Event::Telnet(event)))
    }

    fn begin(&mut self) -> Option<Event> {
        if self.is_ready || !self.is_binary_settled || !self.base.is_on(Party::Us) {
            return None;
        }
        self.is_ready = true;
        let [line, modem] = self.masks;
        self.base.say(&[10, line]);
        self.base.say(&[11, modem]);
        self.configure();
        Some(Event::Ready)
    }

    fn message(&mut self, payload: &[u8]) -> Option<Event> {
        let (code, value) = payload.split_first()?;
        let code = code.checked_sub(100)?;
        Some(match (code, value) {
            (0, []) => {
                let signature = [&[0], &self.signature[..]].concat();
                self.base.say(&signature);
                return None;
            }
            (0, text) => Event::Signature(text.to_vec().into()),
            (1, [_] | [_, _, _, _] | [_, _, _, _, 0, 0, 0, 0]) => {
                let value = value.get(..4).unwrap_or(value);
                self.cisco(value);
                self.answered(&[&[1], value].concat());
                return None;
            }
            (2..=4, [_]) => {
                self.answered(&[&[code], value].concat());
                return None;
            }
            (5, &[control]) => {
                let of = about(&[5, control])?;
                self.answered(&[5, control]);
                return (of != FLOW).then_some(Event::Control(Control(control)));
            }
            (6, &[state]) => Event::LineState(LineState(state)),
            (7, &[state]) => Event::ModemState(ModemState(state)),
            (8 | 9, []) => {
                let was = core::mem::replace(&mut self.is_suspended, code == 8);
                return (was != self.is_suspended).then_some(Event::Suspended(code == 8));
            }
            (12, &[which]) => {
                self.answered(&[12, which]);
                Event::Purged(Purge(which))
            }
            _ => return None,
        })
    }

    /// A server that answers in Cisco's form is asked in it from here on, and at once if it has told
    /// another rate.
    fn cisco(&mut self, value: &[u8]) {
        if self.is_cisco || value.len() != 1 {
            return;
        }
        self.is_cisco = true;
        let asked = self.asked.iter().rev().find(|(of, _)| *of == 1);
        let wanted = asked.and_then(|(_, payload)| rate(payload.get(1..)?));
        if let Some(wanted) = wanted
            && rate(value) != Some(wanted)
        {
            self.ask(vec![1, to_cisco(wanted)]);
        }
    }

    /// An answer is that to the first question that it fits, or else to the first of its kind; those
    /// before it are not answered any more.
    fn answered(&mut self, payload: &[u8]) {
        let Some(of) = about(payload) else {
            return;
        };
        let of_its_kind = || self.asked.iter().filter(|(kind, _)| *kind == of);
        let fitting = of_its_kind().position(|(_, asked)| is_same(asked, payload));
        let mut done = fitting.unwrap_or(0) + 1;
        self.asked.retain(|(kind, _)| {
            let goes = *kind == of && done > 0;
            done -= usize::from(goes);
            !goes
        });
        self.told.retain(|(kind, _)| *kind != of);
        self.told.push((of, payload.to_vec()));
    }

    fn ask(&mut self, payload: Vec<u8>) {
        put(&payload, &mut self.base.link.tx);
        if let Some(of) = about(&payload) {
            self.asked.push((of, payload));
        }
    }

    /// Asks for what was neither asked for last nor told last.
    fn configure(&mut self) {
        let Some(wanted) = self.wanted else {
            return;
        };
        let mut all = set(&wanted);
        if self.is_cisco
            && let [baud, ..] = &mut all
        {
            *baud = vec![1, to_cisco(wanted.baud)];
        }
        for payload in all {
            let of = about(&payload);
            let of_its_kind = |said: &&Said| Some(said.0) == of;
            let asked = self.asked.iter().rev().find(of_its_kind);
            let last = asked.or_else(|| self.told.iter().find(of_its_kind));
            if !last.is_some_and(|(_, last)| is_same(last, &payload)) {
                self.ask(payload);
            }
        }
    }

    pub(super) fn command(&mut self, command: Command) -> Result<(), Error> {
        let (now, link) = (self.base.now, &mut self.base.link);
        if let End::Failed(error) = &self.base.end {
            return match error {
                _ if *error == REFUSED.to_string() => Err(REFUSED),
                _ => self.base.telnet.poll(now, link).map(|_| ()),
            };
        }
        let needs_agreement = !matches!(command, Command::Configure(_) | Command::Telnet(_));
        match command {
            Command::Data(_) if self.is_suspended => {
                return Err(Error::Misuse("data while the server has suspended it"));
            }
            _ if needs_agreement && !self.is_ready => {
                return Err(Error::Misuse("the server has not agreed to COM-PORT yet"));
            }
            Command::Data(data) => {
                let data = telnet::Command::Data(data);
                return self.base.telnet.send(now, data, link);
            }
            Command::Configure(settings) => {
                (self.wanted, self.is_configuring) = (Some(settings), true);
                if self.is_ready {
                    self.configure();
                }
            }
            Command::Control(Control(control)) => self.ask(vec![5, control]),
            Command::Purge(Purge(which)) => self.ask(vec![12, which]),
            Command::Suspend(on) => self.base.say(&[if on { 8 } else { 9 }]),
            Command::Signature => self.base.say(&[0]),
            Command::Telnet(command) => return self.base.telnet.send(now, command, link),
            _ => {}
        }
        Ok(())
    }

    /// What the server has told; for the rest, what is wanted.
    pub(super) fn settings(&self) -> Settings {
        let mut settings = self.wanted.unwrap_or_default();
        for (_, payload) in &self.told {
            match *payload.as_slice() {
                [1, ref value @ ..] => settings.baud = rate(value).unwrap_or(settings.baud),
                [2, size] => settings.data_size = DataSize(size),
                [3, parity] => settings.parity = Parity(parity),
                [4, size] => settings.stop_size = StopSize(size),
                [5, flow] if asks(flow) == Some(0) => settings.flow = Control(flow),
                _ => {}
            }
        }
        settings
    }
}

const REFUSED: Error = Error::Refused { code: 44 };
