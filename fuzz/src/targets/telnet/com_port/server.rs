//! The access server's end: every command answered once, in order, with the value in effect.

use core::time::Duration;

use lineside_telnet::{
    self as telnet, Party,
    com_port::{
        Port, Server,
        server::{Command, Config},
    },
    wire::com_port::{LineState, ModemState},
};

use super::{super::by_byte::ByByte, PACE, access::Access, port, stream};
use crate::{
    Dice,
    laws::{self, Bounds, Heard, Player},
};

mod model;

use model::Model;

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
