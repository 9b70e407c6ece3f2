//! What an access server does, by RFC 2217's numbers.

use lineside_core::{Error, Machine};
use lineside_telnet::{
    self as telnet, Party, Role,
    com_port::{
        Port,
        server::{Action, Command, Config, Event},
    },
    wire::{
        self, TelnetOption,
        com_port::{Control, DataSize, LineState, ModemState, Parity, Purge, StopSize},
    },
};

use super::super::{Base, asks, of_cisco, to_cisco};
use crate::laws::End;

/// What an access server does, by RFC 2217's numbers.
pub(super) struct Model {
    pub(super) base: Base,
    signature: Vec<u8>,
    /// The payload that waits for its answer; of a BREAK, nothing.
    pub(super) asked: Option<Vec<u8>>,
    pub(super) has_control: bool,
    pub(super) is_suspended: bool,
    is_full: bool,
    line_mask: u8,
    modem_mask: u8,
    modem: Option<u8>,
}

impl Model {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            base: Base::new(Role::Server, config.telnet.clone()),
            signature: config.signature.to_vec(),
            asked: None,
            has_control: false,
            is_suspended: false,
            is_full: false,
            line_mask: 0,
            modem_mask: 255,
            modem: None,
        }
    }

    /// What is told until it waits.
    pub(super) fn poll(&mut self) -> Vec<Event> {
        let mut told = Vec::new();
        while self.asked.is_none()
            && let Some(event) = self.base.next()
        {
            told.extend(self.hear(event));
        }
        told
    }

    fn hear(&mut self, event: telnet::Event) -> Option<Event> {
        match event {
            telnet::Event::Data(data) => Some(Event::Data(data)),
            telnet::Event::Subnegotiation { option, payload } if option.0 == 44 => {
                self.message(&payload)
            }
            telnet::Event::Option { option, .. } if option.0 == 44 => {
                let is_on = self.base.is_on(Party::Us) || self.base.is_on(Party::Peer);
                if self.has_control == is_on {
                    return None;
                }
                self.has_control = is_on;
                self.is_suspended &= is_on;
                self.is_full &= is_on;
                if is_on {
                    self.tell_modem();
                }
                Some(Event::Control(is_on))
            }
            telnet::Event::Command(wire::Command(243)) => {
                self.asked = Some(vec![]);
                Some(Event::Act(Action::Pulse))
            }
            telnet::Event::Command(wire::Command(246)) if self.has_control => {
                self.base.link.tx.extend_from_slice(&[255, 241]);
                None
            }
            telnet::Event::Option { option, .. } | telnet::Event::Refused { option, .. }
                if option == TelnetOption::TIMING_MARK =>
            {
                None
            }
            other => Some(Event::Telnet(other)),
        }
    }

    fn message(&mut self, payload: &[u8]) -> Option<Event> {
        let action = match *payload {
            [0] => {
                let signature = [&[100], &self.signature[..]].concat();
                self.base.say(&signature);
                return None;
            }
            [0, ref text @ ..] => return Some(Event::Signature(text.to_vec().into())),
            [1, a, b, c, d] => match u32::from_be_bytes([a, b, c, d]) {
                0 => Action::Report,
                rate => Action::Baud(rate),
            },
            [1, code] => of_cisco(code).map_or(Action::Report, Action::Baud),
            [2, size @ 5..=8] => Action::DataSize(DataSize(size)),
            [3, parity @ 1..=5] => Action::Parity(Parity(parity)),
            [4, size @ 1..=3] => Action::StopSize(StopSize(size)),
            [5, flow @ (1..=3 | 17 | 19)] => Action::Flow(Control(flow)),
            [5, flow @ (14..=16 | 18)] => Action::Inbound(Control(flow)),
            [5, value @ (5 | 6)] => Action::Break(value == 5),
            [5, value @ (8 | 9)] => Action::Dtr(value == 8),
            [5, value @ (11 | 12)] => Action::Rts(value == 11),
            [12, which @ 1..=3] => Action::Purge(Purge(which)),
            [2..=5 | 12, _] => Action::Report,
            [8] | [9] => {
                let on = *payload == [8];
                let was = core::mem::replace(&mut self.is_suspended, on);
                return (was != on).then_some(Event::Suspended(on));
            }
            [10, mask] => {
                self.line_mask = mask;
                self.base.say(&[110, mask]);
                return None;
            }
            [11, mask] => {
                self.modem_mask = mask;
                self.base.say(&[111, mask]);
                self.tell_modem();
                return None;
            }
            _ => return None,
        };
        self.asked = Some(payload.to_vec());
        Some(Event::Act(action))
    }

    fn tell_modem(&mut self) {
        if let Some(levels) = self.modem
            && self.modem_mask != 0
        {
            self.base.say(&[107, levels & self.modem_mask]);
        }
    }

    pub(super) fn command(&mut self, command: Command) -> Result<(), Error> {
        let (now, link) = (self.base.now, &mut self.base.link);
        if let End::Failed(_) = self.base.end {
            // Whatever it was, it says so again.
            return self.base.telnet.poll(now, link).map(|_| ());
        }
        match command {
            Command::Data(_) if self.is_suspended => {
                return Err(Error::Misuse("data while the client has suspended it"));
            }
            Command::Data(data) => {
                let data = telnet::Command::Data(data);
                return self.base.telnet.send(now, data, link);
            }
            Command::Done(port) => match self.asked.take() {
                Some(asked) => self.answer(&asked, &port),
                None => return Err(Error::Misuse("Done where nothing was asked")),
            },
            Command::ModemState(ModemState(state)) => self.modem_state(state & 0xF0),
            Command::LineState(LineState(state))
                if self.has_control && state & self.line_mask != 0 =>
            {
                self.base.say(&[106, state & self.line_mask]);
            }
            Command::Full(on) if self.has_control && self.is_full != on => {
                self.is_full = on;
                self.base.say(if on { &[108] } else { &[109] });
            }
            Command::Close => {
                // What waits for an agreement is said.
                self.base.end = End::Closed;
                return self.base.telnet.send(now, telnet::Command::Close, link);
            }
            Command::Telnet(command) => return self.base.telnet.send(now, command, link),
            _ => {}
        }
        Ok(())
    }

    fn modem_state(&mut self, levels: u8) {
        let before = self.modem.replace(levels);
        if !self.has_control {
            return;
        }
        let Some(before) = before else {
            return self.tell_modem();
        };
        let mut state = levels;
        for (level, delta, falls_only) in [
            (0x10, 1, false),
            (0x20, 2, false),
            (0x40, 4, true),
            (0x80, 8, false),
        ] {
            let (was, is) = (before & level != 0, levels & level != 0);
            if was != is && !(falls_only && is) {
                state |= delta;
            }
        }
        let has_changed = (levels ^ before) & self.modem_mask != 0;
        if has_changed || state & self.modem_mask & 0x0F != 0 {
            self.base.say(&[107, state & self.modem_mask]);
        }
    }

    fn answer(&mut self, asked: &[u8], port: &Port) {
        let settings = &port.settings;
        let answer = match *asked {
            [1, _] => vec![101, to_cisco(settings.baud)],
            [1, ..] => [&[101], &settings.baud.to_be_bytes()[..]].concat(),
            [2, _] => vec![102, settings.data_size.0],
            [3, _] => vec![103, settings.parity.0],
            [4, _] => vec![104, settings.stop_size.0],
            [5, control] => vec![105, state(control, port)],
            [12, which] => vec![112, which],
            _ => return,
        };
        self.base.say(&answer);
    }
}

/// The state that answers a SET-CONTROL: never the number that asks (R14).
const fn state(control: u8, port: &Port) -> u8 {
    match (asks(control), port) {
        (Some(4), Port { is_break: true, .. }) => 5,
        (Some(4), _) => 6,
        (Some(7), Port { dtr: true, .. }) => 8,
        (Some(7), _) => 9,
        (Some(10), Port { rts: true, .. }) => 11,
        (Some(10), _) => 12,
        (Some(13), _) => port.inbound.0,
        _ => port.settings.flow.0,
    }
}
