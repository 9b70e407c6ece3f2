//! The client's end: what is in effect is what the server has told last, and no question is forgotten.

use core::time::Duration;

use lineside_core::{Error, Instant, Link, Machine, Step};
use lineside_telnet::{
    self as telnet, Party, Role,
    com_port::{
        Client, Settings,
        client::{Command, Config, Event},
    },
    wire::{
        TelnetOption,
        com_port::{Control, DataSize, LineState, ModemState, Parity, Purge, StopSize},
    },
};

use super::{
    super::by_byte::ByByte, Base, PACE, asks, in_direction, of_cisco, put, set, settings, stream,
};
use crate::{
    Dice,
    laws::{self, Bounds, End, Heard, Player},
};

pub(in crate::targets) fn run(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    let stream = stream(data, 100, &mut dice);
    let config = configure(&mut dice);
    as_a_user(&stream, &config, &mut dice);
    like_the_model(&stream, config.clone(), &mut dice);
    to_the_end(&stream, config, &mut dice);
}

fn configure(dice: &mut Dice) -> Config {
    let mut config = Config::default();
    config.telnet.subnegotiation = dice.pick([0, 4, 64]);
    config.telnet.negotiation = dice.pick([9, 600]);
    config.signature = dice.pick([&b"x"[..], b"", b"\xff\xff"]).to_vec().into();
    config.tries = dice.pick([0, 1, 3]);
    config.modem_state = dice.pick([ModemState(0xFB), ModemState(0xFF), ModemState(0)]);
    config.cisco = dice.once_in(6);
    if dice.once_in(2) {
        config.probe.idle = None;
    }
    config
}

/// Bytes of the longest command: SET-BAUDRATE, all of it escaped.
const LONGEST: usize = 5 + 9;

fn bounds(stream: &[u8], config: &Config) -> Bounds {
    Bounds {
        unread: 2 * (config.telnet.subnegotiation + 1) + 5,
        // Five settings for a command, each said so often.
        unsent: 1_000 + 3 * stream.len() + 5 * LONGEST * config.tries as usize,
        own: 8,
    }
}

/// Any stream and any pauses tell one story, whatever is wanted.
fn as_a_user(stream: &[u8], config: &Config, dice: &mut Dice) {
    let wishes: Vec<Command> = (0..dice.below(5)).map(|_| wish(b"\xff\r", dice)).collect();
    let start = || ByByte::new(User::new(config.clone(), wishes.clone()));
    let mut bounds = bounds(stream, config);
    bounds.unsent *= 1 + wishes.len();
    // Each may be given up.
    bounds.own += wishes.len();
    let mut line = Vec::new();
    for piece in dice.cut(stream, 60) {
        line.push(Heard::Bytes(piece));
        if dice.once_in(4) {
            let millis = dice.pick([1, 2_999, 3_000, 4_999, 31_000, 61_000]);
            line.push(Heard::Idle(Duration::from_millis(millis)));
        }
    }
    laws::cuts_do_not_matter(start, bounds, &line, PACE, dice);
    laws::a_prefix_tells_no_other_story(start, bounds, stream, dice);
}

/// What the application may want.
fn wish(piece: &[u8], dice: &mut Dice) -> Command {
    match dice.below(12) {
        0..=3 => Command::Configure(settings(dice)),
        4 | 5 => Command::Control(Control(dice.pick([4, 5, 6, 7, 8, 9, 11, 12, 14, 99]))),
        6 => Command::Purge(Purge(dice.pick([1, 2, 3]))),
        7 => Command::Suspend(dice.once_in(2)),
        8 => Command::Signature,
        9 => Command::Telnet(telnet::Command::Option {
            party: dice.pick([Party::Us, Party::Peer]),
            option: super::option(dice),
            on: dice.once_in(2),
        }),
        _ => Command::Data(piece.to_vec().into()),
    }
}

/// While no answer is overdue, the machine says and tells what the model does, byte for byte.
fn like_the_model(stream: &[u8], mut config: Config, dice: &mut Dice) {
    config.probe.idle = None;
    let bounds = bounds(stream, &config);
    let mut model = Model::new(&config);
    let mut player = Player::new(Client::new(config), bounds);
    check(&mut player, &mut model);
    let mut wishes = 12;
    for piece in dice.cut(stream, 40) {
        if wishes > 0 && dice.once_in(2) {
            wishes -= 1;
            let wish = wish(piece, dice);
            let (done, expected) = (player.send(wish.clone()), model.command(wish));
            assert_eq!(done, expected, "left: the machine; right: the model");
            check(&mut player, &mut model);
        }
        // Answers, of which several may come at once, and with what else comes.
        let mut bytes = Vec::new();
        while dice.once_in(2)
            && let Some((_, asked)) = model.asked.get(dice.below(2))
        {
            let mut answer = in_direction(100, asked);
            if dice.once_in(4)
                && let Some(value) = answer.last_mut()
            {
                *value = dice.pick([0, 1, 2, 3, 8, 255]);
            }
            put(&answer, &mut bytes);
            if dice.once_in(3) {
                hear(&mut player, &mut model, &core::mem::take(&mut bytes));
            }
        }
        bytes.extend_from_slice(piece);
        hear(&mut player, &mut model, &bytes);
    }
}

/// The server has told something; more may come with it.
fn hear(player: &mut Player<Client>, model: &mut Model, bytes: &[u8]) {
    model.base.link.rx.extend_from_slice(bytes);
    player.feed(bytes);
    check(player, model);
}

fn check(player: &mut Player<Client>, model: &mut Model) {
    let expected = model.poll();
    let story = "left: the machine; right: the model";
    assert_eq!(player.take_events(), expected, "{story}");
    let said = player.take(usize::MAX);
    assert_eq!(said, model.base.link.tx.split(), "{story}");
    assert_eq!(*player.story_end(), model.base.end, "{story}");
    let client = player.machine();
    assert_eq!(client.settings(), model.settings(), "{story}");
    assert_eq!(client.is_ready(), model.is_ready, "{story}");
    assert_eq!(client.is_suspended(), model.is_suspended, "{story}");
}

/// However late and wrong the answers are: every question is answered or given up, and said no more
/// often than configured.
fn to_the_end(stream: &[u8], mut config: Config, dice: &mut Dice) {
    config.probe.idle = None;
    let (tries, bounds) = (config.tries.max(1) as usize, bounds(stream, &config));
    let mut player = Player::new(Client::new(config), bounds);
    let (mut given, mut said, mut awaited) = (0, 0, false);
    let mut look = |player: &mut Player<Client>, awaited: &mut bool| {
        said += player.take(usize::MAX).len();
        for event in player.take_events() {
            *awaited &= !matches!(event, Event::Configured { .. });
        }
    };
    for piece in dice.cut(stream, 40) {
        if dice.once_in(2) {
            let wish = wish(piece, dice);
            let is_configure = matches!(wish, Command::Configure(_));
            // What it says to a configuration that asks for nothing comes in this call.
            awaited |= is_configure;
            given += usize::from(player.send(wish).is_ok());
            look(&mut player, &mut awaited);
        }
        player.pass(Duration::from_millis(dice.pick([0, 0, 1_500, 3_000])));
        player.feed(piece);
        look(&mut player, &mut awaited);
    }
    player.pass(laws::LONG);
    look(&mut player, &mut awaited);
    let most = 1_000 + 3 * stream.len() + given * (5 * LONGEST + 80) * (tries + 1);
    assert!(said <= most, "{said} bytes for {given} commands");
    if *player.story_end() == End::Waits {
        assert_eq!(player.wake(), None, "something is waited for in an hour");
        let is_ready = player.machine().is_ready();
        assert!(!is_ready || !awaited, "a configuration has no end");
    }
}

/// A message's number without its direction, and what it says.
type Said = (u8, Vec<u8>);

/// What a client does while answers come in time, by RFC 2217's numbers.
struct Model {
    base: Base,
    signature: Vec<u8>,
    masks: [u8; 2],
    is_binary_settled: bool,
    is_ready: bool,
    is_suspended: bool,
    is_configuring: bool,
    is_cisco: bool,
    wanted: Option<Settings>,
    /// Questions without an answer.
    asked: Vec<Said>,
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
    fn new(config: &Config) -> Self {
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

    fn poll(&mut self) -> Vec<Event> {
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
            self.ask(vec![1, super::to_cisco(wanted)]);
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
            *baud = vec![1, super::to_cisco(wanted.baud)];
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

    fn command(&mut self, command: Command) -> Result<(), Error> {
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
    fn settings(&self) -> Settings {
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

/// A client and what is wanted of it as soon as the server lets it.
#[derive(Clone, Debug)]
pub(super) struct User {
    client: Client,
    wishes: Vec<Command>,
}

impl User {
    pub(super) fn new(config: Config, wishes: Vec<Command>) -> Self {
        let client = Client::new(config);
        Self { client, wishes }
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Gives what may be given: data waits while the server takes none.
    fn give(&mut self, now: Instant, link: &mut Link) -> Result<(), Error> {
        let mut later = Vec::new();
        for wish in core::mem::take(&mut self.wishes) {
            let waits = match wish {
                // Its time does not matter: the client says it when it may.
                Command::Configure(_) => false,
                Command::Data(_) => !self.client.is_ready() || self.client.is_suspended(),
                _ => !self.client.is_ready(),
            };
            if waits {
                later.push(wish);
            } else {
                self.client.send(now, wish, link)?;
            }
        }
        self.wishes = later;
        Ok(())
    }
}

impl Machine for User {
    type Event = Event;
    type Command = Command;
    type Error = Error;

    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        let step = self.client.poll(now, link)?;
        if matches!(step, Step::Event(Event::Ready | Event::Suspended(_))) {
            self.give(now, link)?;
        }
        Ok(step)
    }

    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        self.wishes.push(command);
        self.give(now, link)
    }
}
