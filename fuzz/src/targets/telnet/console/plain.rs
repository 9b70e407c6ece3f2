//! Commands without a terminal: lines in, answers out, whatever the cuts.

use std::sync::Arc;

use lineside_core::{Error, Instant, Link, Machine, Step};
use lineside_telnet::console::{
    Argument, Dialect, Errors, Invocation, Plain, PlainCommand, PlainConfig, Spec, Table,
};

use super::text;
use crate::{
    Dice,
    laws::{Bounds, End, Player},
};

/// What is said more often than any bytes.
const WORDS: [&str; 24] = [
    "say ",
    "SAY",
    "say?",
    "sa",
    "level 5",
    "LEV 7",
    "level -1",
    "level",
    "MEASure:VOLTage?",
    "meas:volt?",
    "MEAS:VOLT:DC?",
    ":volt?",
    "VOLT 3.5",
    "meas:curr?",
    "SYST:ERR?",
    "*CLS",
    "*IDN?",
    ";",
    ";:",
    ",",
    "\n",
    "\r\n",
    "\"a b",
    "\u{202e}\u{7}é",
];

pub(super) fn run(data: &[u8], dice: &mut Dice) {
    let line = super::said(data, &WORDS, dice);
    let config = configure(dice);
    let play = |pieces: Vec<&[u8]>| {
        let bounds = Bounds {
            unread: config.line,
            unsent: 0,
            own: 0,
        };
        let mut player = Player::new(Served::new(&config), bounds);
        pieces.iter().for_each(|piece| player.feed(piece));
        player.end();
        let said = player.machine().said.clone();
        check(&said, &config);
        let story = player.into_story();
        assert_eq!(story.end, End::Closed);
        (story.events, said.escape_ascii().to_string())
    };
    let whole = play(vec![&line]);
    assert_eq!(play(line.chunks(1).collect()), whole, "left: by bytes");
    assert_eq!(play(dice.cut(&line, 9)), whole, "left: in pieces");
}

fn configure(dice: &mut Dice) -> PlainConfig {
    let mut config = PlainConfig::default();
    config.dialect = dice.pick([Dialect::Words, Dialect::Scpi]);
    config.errors = dice.pick([Errors::Answered, Errors::Queued(0), Errors::Queued(2)]);
    config.end = dice.pick(["\r\n", "\n"]).into();
    config.line = dice.pick([0, 7, 60, 1_000]);
    config.answer = dice.pick([0, 20, 1_000]);
    config.level = dice.pick([0, 9]);
    config
}

/// Whole lines of text, and nothing that would steer a terminal.
fn check(said: &[u8], config: &PlainConfig) {
    let Ok(said) = core::str::from_utf8(said) else {
        panic!("{:?} is no text", said.escape_ascii().to_string());
    };
    let Some(lines) = said.strip_suffix(&config.end) else {
        return assert_eq!(said, "", "an answer without its end");
    };
    for line in lines.split(&config.end) {
        assert!(line.chars().all(text::is_shown), "{line:?}");
        // An error says what was wanted, of commands that are known.
        let most = config.answer.max(300);
        assert!(line.len() <= most, "{} bytes: {line:?}", line.len());
    }
}

/// An instrument that answers at once, on a wire that takes everything.
struct Served {
    plain: Plain,
    said: Vec<u8>,
}

impl Served {
    fn new(config: &PlainConfig) -> Self {
        let level = || Argument::integer("level", 0..=9);
        let table = match config.dialect {
            Dialect::Scpi => Table::new([
                Spec::new("*IDN?", "Says who it is"),
                Spec::new("MEASure:VOLTage[:DC]?", "Reads the voltage"),
                Spec::new("MEASure:CURRent?", "Reads the current"),
                Spec::new("LEVel", "Sets the level").with(level()),
                Spec::new("SAY", "Says a word").with(Argument::word("word")),
            ]),
            _ => Table::new([
                Spec::new("say", "Says a text").with(Argument::rest("text")),
                Spec::new("level", "Sets the level").with(level()),
                Spec::new("reset", "Resets").level(9),
            ]),
        };
        Self {
            plain: Plain::new(Arc::new(table), config.clone()),
            said: vec![],
        }
    }
}

impl Machine for Served {
    type Event = Invocation;
    type Command = PlainCommand;
    type Error = Error;

    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Invocation>, Error> {
        let step = self.plain.poll(now, link)?;
        if let Step::Event(called) = &step {
            let level = called.integer("level");
            if called.name().ends_with('?') || level.is_some_and(|level| level < 5) {
                let answer = PlainCommand::Print("1\n2.5".into());
                self.plain.send(now, answer, link)?;
            }
            let done = match level {
                Some(7) => PlainCommand::Failed("it is stuck".into()),
                _ => PlainCommand::Done,
            };
            self.plain.send(now, done, link)?;
        }
        self.said.extend(link.tx.split());
        Ok(step)
    }

    fn send(&mut self, now: Instant, command: PlainCommand, link: &mut Link) -> Result<(), Error> {
        self.plain.send(now, command, link)
    }
}
