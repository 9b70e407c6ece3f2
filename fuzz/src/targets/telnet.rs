//! Telnet: the scanner against the grammar, the machine by itself, and two of them.

use lineside_telnet::{
    Command, Config, Event, OptionSet, Party, Role, Telnet,
    wire::{self, TelnetOption},
};

use crate::{
    Dice,
    laws::{self, Bounds, Heard, Pace, Player, Wire},
};

mod by_byte;
pub(super) mod com_port;
mod console;
mod options;
mod scan;

use by_byte::ByByte;
pub(super) use console::run as console;
pub(super) use options::run as options;
pub(super) use scan::run as scan;

/// The options that are spoken of most.
const OPTIONS: [TelnetOption; 5] = [
    TelnetOption::BINARY,
    TelnetOption::ECHO,
    TelnetOption::SGA,
    TelnetOption::TIMING_MARK,
    TelnetOption(99),
];

/// Either end: any bytes and wishes tell one story, however they are cut.
pub(super) fn machine(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    let role = dice.pick([Role::Client, Role::Server]);
    let mut config = configure(&mut dice);
    config.subnegotiation = dice.pick([0, 4, 64, 1_024]);
    config.negotiation = dice.pick([9, 600, 16_384]);
    let bounds = Bounds {
        unread: 2 * (config.subnegotiation + 1) + 5,
        unsent: 2_000 + 16_384,
        own: 0,
    };
    let line = script(data, &mut dice);
    let start = || ByByte::new(Telnet::new(role, config.clone()));
    let pace = Pace {
        char_time: core::time::Duration::ZERO,
        longest: usize::MAX,
    };
    laws::cuts_do_not_matter(start, bounds, &line, pace, &mut dice);
    laws::a_prefix_tells_no_other_story(start, bounds, data, &mut dice);
    with_wishes(start(), bounds, data, &mut dice);
}

/// Bytes and pauses, short of a time-out and beyond.
fn script<'d>(data: &'d [u8], dice: &mut Dice) -> Vec<Heard<'d>> {
    let mut line = Vec::new();
    for piece in dice.cut(data, 40) {
        line.push(Heard::Bytes(piece));
        if dice.once_in(4) {
            let millis = dice.pick([1, 900, 4_999, 5_000, 31_000]);
            line.push(Heard::Idle(core::time::Duration::from_millis(millis)));
        }
    }
    line
}

/// The laws of one machine hold whatever the application wants meanwhile.
fn with_wishes(start: ByByte<Telnet>, bounds: Bounds, data: &[u8], dice: &mut Dice) {
    let mut player = Player::new(start, bounds);
    for piece in dice.cut(data, 20) {
        player.feed(piece);
        if dice.once_in(2) {
            let _ = player.send(command(piece, dice));
        }
        let taken = dice.below(100);
        player.take(taken);
    }
    player.pass(laws::LONG);
    player.end();
}

/// Two ends: what one sends reaches the other in order, and they come to rest.
pub(super) fn duel(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    let (head, tail) = data.split_at(dice.below(data.len() + 1));
    let commands = |data: &[u8], dice: &mut Dice| -> Vec<Command> {
        let mut pieces = dice.cut(data, 40);
        pieces.truncate(12);
        pieces.iter().map(|piece| command(piece, dice)).collect()
    };
    let (there, back) = (commands(head, &mut dice), commands(tail, &mut dice));
    let ends = [Role::Client, Role::Server]
        .map(|role| ByByte::new(Telnet::new(role, configure(&mut dice))));
    let [client, server] = ends;
    let bounds = Bounds {
        unread: 2 * 1_025 + 5,
        unsent: 500,
        own: 0,
    };
    let wire = Wire {
        char_time: core::time::Duration::from_micros(10),
        longest: 30,
        stalls: true,
    };
    let (first, second) = laws::duel(
        (client, there.clone()),
        (server, back.clone()),
        bounds,
        wire,
        &mut dice,
    );
    for (heard, sent) in [(second.story.events, there), (first.story.events, back)] {
        assert_eq!(text(&heard), meant(&sent), "left: received; right: sent");
        let own = |event: &Event| matches!(event, Event::Command(_));
        let was_sent = |command: &Command| matches!(command, Command::Command(_));
        assert_eq!(
            heard.iter().filter(|event| own(event)).count(),
            sent.iter().filter(|command| was_sent(command)).count(),
            "commands"
        );
    }
}

fn configure(dice: &mut Dice) -> Config {
    let mut some = || -> OptionSet {
        let all = OPTIONS.into_iter().filter(|_| dice.once_in(2));
        all.fold(OptionSet::NONE, OptionSet::with)
    };
    let mut config = Config::default();
    (config.ours, config.theirs) = (some(), some());
    // One: the law on events counts one for each time-out.
    let first = OptionSet::of(&[dice.pick(OPTIONS)]);
    match dice.below(3) {
        0 => config.offer = first,
        1 => config.ask = first,
        _ => {}
    }
    config
}

/// Something to say, made of some bytes.
fn command(piece: &[u8], dice: &mut Dice) -> Command {
    match dice.below(6) {
        0 => Command::Option {
            party: dice.pick([Party::Us, Party::Peer]),
            option: dice.pick(OPTIONS),
            on: dice.once_in(2),
        },
        1 => Command::Command(dice.pick([
            wire::Command::AYT,
            wire::Command::IP,
            wire::Command::BRK,
            wire::Command::ABORT,
        ])),
        _ => Command::Data(piece.to_vec().into()),
    }
}

/// The data of a story, without line ends, which the two modes write in different ways.
fn text(events: &[Event]) -> Vec<u8> {
    let data = events.iter().filter_map(|event| match event {
        Event::Data(data) => Some(&data[..]),
        _ => None,
    });
    without_line_ends(data)
}

fn meant(commands: &[Command]) -> Vec<u8> {
    let data = commands.iter().filter_map(|command| match command {
        Command::Data(data) => Some(&data[..]),
        _ => None,
    });
    without_line_ends(data)
}

fn without_line_ends<'d>(data: impl Iterator<Item = &'d [u8]>) -> Vec<u8> {
    data.flatten()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect()
}
