//! The console over Telnet, with an application that answers at once and a wire that takes everything.

use core::time::Duration;
use std::sync::Arc;

use lineside_core::{Error, Instant, Link, Machine, Step};
use lineside_telnet::{
    console::{
        Argument, Command, Config, Console, Entry, Event, Hints, Invocation, Login, Spec, Style,
        Table, TelnetCommand, TelnetConsole, TelnetEvent,
    },
    wire::grammar::{self, Item},
};

use super::{grid::Grid, text, typed};
use crate::{
    Dice,
    laws::{Bounds, End, Heard, LONG, Pace, Player},
};

/// What is typed more often than any bytes.
const WORDS: [&str; 32] = [
    "say ",
    "many\r",
    "wide\r",
    "fail\r",
    "ask\r",
    "secret\r",
    "slow\r",
    "get \t",
    "ge\t",
    "?\r",
    "help\r",
    "help say\r",
    "who\r",
    "kick 1\r",
    "history\r",
    "clear\r",
    "exit\r",
    "watch 1 who\r",
    "watch wide\r",
    "level 5\r",
    "level x\r",
    "ok\r",
    "reset\r",
    " ",
    "q",
    "G",
    "\r",
    "\r\n",
    "\x03",
    "\x04",
    "\t",
    "é漢",
];

pub(super) fn run(data: &[u8], dice: &mut Dice) {
    let scene = Scene::of(dice);
    let line = scene.line(data, dice);
    let whole = scene.play(&line, &mut |rest| rest.len());
    if scene.is_small {
        // How far is read ahead while a command runs depends on the cuts.
        return;
    }
    assert_eq!(scene.play(&line, &mut |_| 1), whole, "left: by bytes");
    let in_pieces = scene.play(&line, &mut |_| 1 + dice.below(9));
    assert_eq!(in_pieces, whole, "left: in pieces");
}

/// Who is at the console, and where.
struct Scene {
    config: Config,
    columns: u16,
    rows: u16,
    /// The client agrees to our echo, has told its window and leaves it so: what it shows is known.
    is_still: bool,
    /// Little room, so that limits are met.
    is_small: bool,
}

/// What came of it: what was told, what is seen, how it ended.
type Outcome = (Vec<TelnetEvent>, Vec<String>, End);

/// Some bytes and the silence behind them.
type Beat = (Vec<u8>, Duration);

impl Scene {
    fn of(dice: &mut Dice) -> Self {
        let is_small = dice.once_in(3);
        let mut config = Config::default();
        config.banner = "Hello\n".into();
        if dice.once_in(2) {
            config.login = Some(Login::default());
        }
        config.level = dice.pick([0, 9]);
        config.idle = dice.pick([None, Some(Duration::from_secs(100))]);
        config.held = dice.pick([0, 60, 10_000]);
        config.limits.line = dice.pick([4, 30, 200]);
        if is_small {
            config.type_ahead = dice.pick([0, 1, 8]);
            config.unsent = dice.pick([1, 64]);
        }
        Self {
            config,
            columns: dice.pick([2, 7, 20, 60]),
            rows: dice.pick([0, 1, 3, 10]),
            is_still: dice.once_in(2),
            is_small,
        }
    }

    /// Agreements, what is typed, commands and pauses.
    fn line(&self, data: &[u8], dice: &mut Dice) -> Vec<Beat> {
        let mut line = Vec::new();
        if self.is_still || !dice.once_in(4) {
            let mut hello = vec![255, 253, 1, 255, 253, 3, 255, 252, 24, 255, 251, 31];
            let ([a, b], [c, d]) = (self.columns.to_be_bytes(), self.rows.to_be_bytes());
            hello.extend([255, 250, 31, a, b, c, d, 255, 240]);
            line.push((hello, Duration::ZERO));
        }
        for piece in dice.cut(data, 16) {
            let bytes = match dice.below(10) {
                0 => vec![255, dice.pick([241, 244, 245, 246, 247, 248, 236, 249])],
                1 => vec![255, 253, 6],
                2 if !self.is_still => negotiation(piece, dice),
                3 if !self.is_still => piece.to_vec(),
                4 | 5 => escaped(&typed(piece, dice)),
                _ => escaped(&super::said(piece, &WORDS, dice)),
            };
            let idle = match dice.once_in(5) {
                true => dice.pick([1, 300, 1_000, 5_000, 61_000, 101_000]),
                false => 0,
            };
            line.push((bytes, Duration::from_millis(idle)));
        }
        line
    }

    fn play(&self, line: &[Beat], cut: &mut dyn FnMut(&[u8]) -> usize) -> Outcome {
        let pace = Pace {
            char_time: Duration::ZERO,
            longest: usize::MAX,
        };
        let all: usize = line.iter().map(|(bytes, _)| bytes.len()).sum();
        let bounds = Bounds {
            unread: if self.is_small { all } else { 2 * 1_025 + 5 },
            unsent: 0,
            own: 8,
        };
        let mut player = Player::new(Operated::new(self), bounds);
        for (bytes, idle) in line {
            player.hear(&Heard::Bytes(bytes), pace, cut);
            if !idle.is_zero() {
                player.pass(*idle);
            }
        }
        player.end();
        player.pass(LONG);
        let seen = player.machine().grid.as_ref().map_or(vec![], Grid::screen);
        let story = player.into_story();
        assert_ne!(story.end, End::Waits, "it goes on behind the end");
        (story.events, seen, story.end)
    }
}

/// Agreements and refusals, windows, types and modes.
fn negotiation(piece: &[u8], dice: &mut Dice) -> Vec<u8> {
    let option = dice.pick([0, 1, 3, 6, 24, 31, 34, 99]);
    if dice.once_in(2) {
        return vec![255, dice.pick([251, 252, 253, 254]), option];
    }
    let payload = match option {
        24 => dice.pick([&b"\0xterm"[..], b"\0dumb", b"\0vt100", b"\0\x07"]),
        31 => dice.pick([&[0, 2, 0, 1][..], &[0, 60, 0, 3], &[0, 0, 0, 0], &[1, 0]]),
        34 => dice.pick([&[1, 1][..], &[1, 5], &[1, 0], &[3, 3, 2, 3], &[3, 0, 3, 0]]),
        _ => piece,
    };
    let payload = escaped(payload);
    [&[255, 250, option], &payload[..], &[255, 240]].concat()
}

fn escaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in bytes {
        let times = 1 + usize::from(*byte == 255);
        out.extend(core::iter::repeat_n(*byte, times));
    }
    out
}

fn table() -> Table {
    Table::new([
        Spec::new("get", "Reads a point").with(Argument::word("point").hints(Hints::Asked)),
        Spec::new("level", "Sets the level").with(Argument::integer("level", 0..=9)),
        Spec::new("say", "Says a text").with(Argument::rest("text")),
        Spec::new("many", "Says many lines"),
        Spec::new("wide", "Says a line of wide characters"),
        Spec::new("fail", "Fails"),
        Spec::new("ask", "Asks"),
        Spec::new("secret", "Asks for a password"),
        Spec::new("slow", "Is done when it is interrupted"),
        Spec::new("reset", "Resets the device").level(9),
    ])
    .with_builtins()
    .with_sessions(9)
}

/// A console with an application that answers, on a wire that takes what is said.
struct Operated {
    console: TelnetConsole,
    is_running: bool,
    /// What a client shows that leaves the echo to us.
    grid: Option<Grid>,
    /// Bytes that may be said at once.
    most: usize,
}

impl Operated {
    fn new(scene: &Scene) -> Self {
        let console = Console::new(Arc::new(table()), Arc::new(scene.config.clone()));
        let grid = Grid::new(scene.columns.into(), false, false);
        Self {
            console: TelnetConsole::new(console),
            is_running: false,
            grid: scene.is_still.then_some(grid),
            // What waits beyond the limit is what came of the last key.
            most: scene.config.unsent + scene.config.held + 8 * 1_024,
        }
    }

    /// Whatever is answered was asked for.
    fn answer(&mut self, now: Instant, event: &Event, link: &mut Link) -> Result<(), Error> {
        let commands = match event {
            Event::Login(who) if who.password.expose() == "ok" => vec![Command::Admit { level: 9 }],
            Event::Login(_) => vec![Command::Refuse],
            Event::Run(called) => self.run(called),
            Event::Who => vec![Command::Print("1 you\x1b[2J".into()), Command::Done],
            Event::Kick(_) => vec![Command::Done],
            Event::Interrupt if self.is_running => self.done("interrupted"),
            Event::Answer(answer) => self.done(&answer.len().to_string()),
            Event::Complete(_) => {
                let words = ["tank.level", "tank.漢", "\x1b[2J"];
                vec![Command::Completions(words.map(String::from).to_vec())]
            }
            _ => vec![],
        };
        for command in commands {
            let command = TelnetCommand::Console(command);
            self.console.send(now, command, link)?;
        }
        Ok(())
    }

    fn run(&mut self, called: &Invocation) -> Vec<Command> {
        self.is_running = true;
        let ask = |entry| {
            let prompt = "what? ".into();
            vec![Command::Ask { prompt, entry }]
        };
        match called.name() {
            "many" => {
                let lines: Vec<String> = (0..30).map(|line| format!("line {line}")).collect();
                self.done(&lines.join("\n"))
            }
            "wide" => self.done("漢字漢字漢字漢字漢\x07\n\x1b[31mred"),
            "fail" => {
                self.is_running = false;
                vec![Command::Failed("it is stuck\x1b[2J".into())]
            }
            "ask" => ask(Entry::Answer),
            "secret" => ask(Entry::Secret),
            "slow" => vec![Command::Notice("it is slow".into())],
            _ => self.done(called.text("text").unwrap_or("done")),
        }
    }

    fn done(&mut self, text: &str) -> Vec<Command> {
        self.is_running = false;
        vec![Command::Styled(Style::Good, text.into()), Command::Done]
    }

    /// What was said is text, and sequences that a terminal knows; a client sees it.
    fn show(&mut self, said: &[u8]) {
        assert!(said.len() <= self.most, "{} bytes at once", said.len());
        let (mut rest, mut data) = (said, Vec::new());
        while !rest.is_empty() {
            let Some((item, taken)) = grammar::item(rest) else {
                panic!("{said:02x?} ends in a command");
            };
            if let Item::Data(byte) = item {
                data.push(byte);
            }
            rest = rest.get(taken..).unwrap_or_default();
        }
        // Of a carriage return alone.
        data.retain(|byte| *byte != 0);
        let Ok(text) = core::str::from_utf8(&data) else {
            panic!("{:?} is no text", data.escape_ascii().to_string());
        };
        let is_known = |c: char| text::is_shown(c) || "\r\n\u{8}\u{7}\u{1b}".contains(c);
        assert!(text.chars().all(is_known), "{text:?}");
        if let Some(grid) = &mut self.grid {
            grid.write(&data);
        }
    }
}

impl Machine for Operated {
    type Event = TelnetEvent;
    type Command = TelnetCommand;
    type Error = Error;

    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<TelnetEvent>, Error> {
        if link.eof && core::mem::take(&mut self.is_running) {
            // A command that nobody can interrupt any more.
            let done = TelnetCommand::Console(Command::Done);
            self.console.send(now, done, link)?;
        }
        let step = loop {
            let step = self.console.poll(now, link);
            let said = link.tx.split();
            self.show(&said);
            // It is asked again when its bytes have left.
            if said.is_empty() || !matches!(step, Ok(Step::Wait(_))) {
                break step;
            }
        };
        if let Ok(Step::Event(TelnetEvent::Console(event))) = &step {
            self.answer(now, event, link)?;
            let said = link.tx.split();
            self.show(&said);
        }
        step
    }

    fn send(&mut self, now: Instant, command: TelnetCommand, link: &mut Link) -> Result<(), Error> {
        self.console.send(now, command, link)
    }
}
