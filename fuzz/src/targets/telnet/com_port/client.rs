//! The client's end: what is in effect is what the server has told last, and no question is forgotten.

use core::time::Duration;

use lineside_telnet::{
    self as telnet, Party,
    com_port::{
        Client,
        client::{Command, Config, Event},
    },
    wire::com_port::{Control, ModemState, Purge},
};

use super::{super::by_byte::ByByte, PACE, in_direction, put, settings, stream, user::User};
use crate::{
    Dice,
    laws::{self, Bounds, End, Heard, Player},
};

mod model;

use model::Model;

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
