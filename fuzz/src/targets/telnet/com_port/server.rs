//! The access server's end: every command answered once, in order, with the value in effect.

use core::time::Duration;

use lineside_core::{Error, Instant, Link, Machine, Step};
use lineside_telnet::{
    self as telnet, Party, Role,
    com_port::{
        Port, Server,
        server::{Action, Command, Config, Event},
    },
    wire::{
        self, TelnetOption,
        com_port::{Control, DataSize, LineState, ModemState, Parity, Purge, StopSize},
    },
};

use super::{
    super::by_byte::{ByByte, Tells},
    Base, PACE, asks, of_cisco, port, stream, to_cisco,
};
use crate::{
    Dice,
    laws::{self, Bounds, End, Heard, Player},
};

pub(in crate::targets) fn run(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    let stream = stream(data, 0, &mut dice);
    let config = configure(&mut dice);
    as_a_port(&stream, &config, &mut dice);
    like_the_model(&stream, config, &mut dice);
}

fn configure(dice: &mut Dice) -> Config {
    let mut config = Config::default();
    config.telnet.subnegotiation = dice.pick([0, 4, 64]);
    config.telnet.negotiation = dice.pick([9, 600]);
    config.signature = dice.pick([&b"x"[..], b"", b"\xff\xff"]).to_vec().into();
    if dice.once_in(2) {
        config.probe.idle = None;
    }
    config
}

fn bounds(stream: &[u8], config: &Config) -> Bounds {
    Bounds {
        unread: 2 * (config.telnet.subnegotiation + 1) + 5,
        // A request for the signature has six bytes and an answer of ten, a mask may have two.
        unsent: 1_000 + 3 * stream.len(),
        // The wishes, and that they are settled.
        own: 8,
    }
}

/// Any stream and any pauses tell one story, whatever time the port takes.
fn as_a_port(stream: &[u8], config: &Config, dice: &mut Dice) {
    let lag = dice.pick([0, 0, 1, 7_000]);
    let start = || {
        let access = Access::new(config.clone(), Duration::from_millis(lag));
        ByByte::new(access)
    };
    let mut bounds = bounds(stream, config);
    if lag > 0 {
        // Nothing is read while the port takes its time.
        bounds.unread += stream.len();
    }
    let mut line = Vec::new();
    for piece in dice.cut(stream, 60) {
        line.push(Heard::Bytes(piece));
        if dice.once_in(4) {
            let millis = dice.pick([1, 4_999, 5_000, 31_000, 61_000]);
            line.push(Heard::Idle(Duration::from_millis(millis)));
        }
    }
    laws::cuts_do_not_matter(start, bounds, &line, PACE, dice);
    laws::a_prefix_tells_no_other_story(start, bounds, stream, dice);
}

/// The machine says, tells and ends as the model does, byte for byte, whatever the application does.
fn like_the_model(stream: &[u8], mut config: Config, dice: &mut Dice) {
    // The model asks for no signs of life.
    config.probe.idle = None;
    let mut bounds = bounds(stream, &config);
    bounds.unread += stream.len();
    let mut model = Model::new(&config);
    let mut player = Player::new(Server::new(config), bounds);
    check(&mut player, &mut model);
    for piece in dice.cut(stream, 40) {
        model.base.link.rx.extend_from_slice(piece);
        player.feed(piece);
        check(&mut player, &mut model);
        loop {
            if dice.once_in(3) {
                give(&mut player, &mut model, wish(piece, dice));
            }
            if dice.once_in(6) {
                pass(&mut player, &mut model, Duration::from_secs(2));
            }
            if model.asked.is_none() || dice.once_in(5) {
                break;
            }
            give(&mut player, &mut model, Command::Done(port(dice)));
        }
    }
    while model.asked.is_some() {
        give(&mut player, &mut model, Command::Done(port(dice)));
    }
    pass(&mut player, &mut model, laws::LONG);
}

/// What the application may want at any time.
fn wish(piece: &[u8], dice: &mut Dice) -> Command {
    match dice.below(12) {
        0..=2 => Command::ModemState(ModemState(dice.byte())),
        3 | 4 => Command::LineState(LineState(dice.byte())),
        5 | 6 => Command::Full(dice.once_in(2)),
        7 => Command::Done(Port::default()),
        8 => Command::Telnet(telnet::Command::Option {
            party: dice.pick([Party::Us, Party::Peer]),
            option: super::option(dice),
            on: dice.once_in(2),
        }),
        9 if dice.once_in(8) => Command::Close,
        _ => Command::Data(piece.to_vec().into()),
    }
}

fn give(player: &mut Player<Server>, model: &mut Model, command: Command) {
    let (done, expected) = (player.send(command.clone()), model.command(command));
    assert_eq!(done, expected, "left: the machine; right: the model");
    check(player, model);
}

fn pass(player: &mut Player<Server>, model: &mut Model, time: Duration) {
    let until = player.now() + time;
    while let Some(wake) = player.wake().filter(|wake| *wake <= until) {
        let now = player.now();
        player.pass(wake.since(now));
        model.base.now = wake;
        check(player, model);
    }
    let rest = until.since(player.now());
    player.pass(rest);
    model.base.now = until;
    check(player, model);
}

fn check(player: &mut Player<Server>, model: &mut Model) {
    let expected = model.poll();
    let story = "left: the machine; right: the model";
    assert_eq!(player.take_events(), expected, "{story}");
    let said = player.take(usize::MAX);
    assert_eq!(said, model.base.link.tx.split(), "{story}");
    assert_eq!(*player.story_end(), model.base.end, "{story}");
    let server = player.machine();
    assert_eq!(server.has_control(), model.has_control, "{story}");
    assert_eq!(server.is_suspended(), model.is_suspended, "{story}");
}

/// What an access server does, by RFC 2217's numbers.
struct Model {
    base: Base,
    signature: Vec<u8>,
    /// The payload that waits for its answer; of a BREAK, nothing.
    asked: Option<Vec<u8>>,
    has_control: bool,
    is_suspended: bool,
    is_full: bool,
    line_mask: u8,
    modem_mask: u8,
    modem: Option<u8>,
}

impl Model {
    fn new(config: &Config) -> Self {
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
    fn poll(&mut self) -> Vec<Event> {
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

    fn command(&mut self, command: Command) -> Result<(), Error> {
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

/// What an [`Access`] tells: an action is followed by what is in effect when it is done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Served {
    Told(Event),
    Done(Port),
}

impl Tells for Served {
    fn into_data(self) -> Result<bytes::Bytes, Self> {
        match self {
            Self::Told(event) => event.into_data().map_err(Self::Told),
            done => Err(done),
        }
    }

    fn of_data(data: bytes::Bytes) -> Self {
        Self::Told(Event::of_data(data))
    }
}

/// An access server with a port, which takes its time.
#[derive(Clone, Debug)]
pub(super) struct Access {
    server: Server,
    pub(super) port: Port,
    lag: Duration,
    doing: Option<(Action, Instant)>,
    /// Data from the port while the client takes none.
    held: Vec<bytes::Bytes>,
}

impl Access {
    pub(super) fn new(config: Config, lag: Duration) -> Self {
        Self {
            server: Server::new(config),
            port: Port::default(),
            lag,
            doing: None,
            held: Vec::new(),
        }
    }

    fn act(&mut self, action: Action) {
        let settings = &mut self.port.settings;
        match action {
            Action::Baud(rate) => settings.baud = rate.min(115_200),
            Action::DataSize(size) => settings.data_size = size,
            // This line has no mark and no space.
            Action::Parity(parity) if parity.0 < 4 => settings.parity = parity,
            Action::StopSize(size) => settings.stop_size = size,
            Action::Flow(flow) => settings.flow = flow,
            Action::Inbound(flow) => self.port.inbound = flow,
            Action::Break(on) => self.port.is_break = on,
            Action::Dtr(on) => self.port.dtr = on,
            Action::Rts(on) => self.port.rts = on,
            _ => {}
        }
    }
}

impl Machine for Access {
    type Event = Served;
    type Command = Command;
    type Error = Error;

    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Served>, Error> {
        if let Some((action, until)) = self.doing {
            if now < until {
                return Ok(Step::Wait(Some(until)));
            }
            self.doing = None;
            self.act(action);
            self.server.send(now, Command::Done(self.port), link)?;
            return Ok(Step::Event(Served::Done(self.port)));
        }
        let step = self.server.poll(now, link)?;
        if let Step::Event(Event::Act(action)) = &step {
            self.doing = Some((*action, now + self.lag));
        }
        if !self.server.is_suspended() {
            for data in self.held.drain(..) {
                self.server.send(now, Command::Data(data), link)?;
            }
        }
        Ok(step.map(Served::Told))
    }

    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        match command {
            Command::Data(data) if self.server.is_suspended() => {
                self.held.push(data);
                Ok(())
            }
            command => self.server.send(now, command, link),
        }
    }
}
