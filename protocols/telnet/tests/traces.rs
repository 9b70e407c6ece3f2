//! Recorded dialogues, `tests/traces/*.trace`, played to a machine, whole and a byte at a time.
//!
//! One step a line; `#` begins a comment. Bytes are the names of the specifications (`IAC DO SGA`),
//! two hexadecimal digits, or `"text"` with `\r`, `\n`, `\0`.
//!
//! ```text
//! server | client           which end, with options that its lines name:
//!     ours|theirs|offer|ask OPTION...
//! rx BYTES                  arrive
//! urgent on|off             the transport tells of urgent data, or that it was read
//! wait MS                   time passes
//! eof
//! send BYTES                data to send
//! want us|peer OPTION on|off
//! tx BYTES                  must stand in tx; is taken
//! data BYTES                must be the next event, as these too:
//! command BYTE
//! synch
//! option us|peer OPTION on|off
//! refused us|peer OPTION
//! settled
//! sub OPTION BYTES
//! dropped OPTION N DEFECT
//! nothing                   there must be no event, and nothing to send
//! close                     the machine must close
//! failed WORDS              the machine must fail, with these words
//! ```
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use core::time::Duration;
use std::{collections::VecDeque, fs, path::Path};

use bytes::Bytes;
use lineside_core::{Instant, Link, Machine, Step};
use lineside_telnet::{
    Command, Config, Event, OptionSet, Party, Role, Telnet,
    wire::{self, TelnetOption, Verb},
};

struct Player {
    role: Role,
    config: Config,
    /// Made with the first step that is no configuration.
    machine: Option<Telnet>,
    link: Link,
    now: Instant,
    events: VecDeque<Event>,
    is_closed: bool,
    failed: Option<String>,
    /// Bytes that arrive at once.
    piece: usize,
}

impl Player {
    fn new(role: Role, piece: usize) -> Self {
        Self {
            role,
            config: Config::default(),
            machine: None,
            link: Link::default(),
            now: Instant::START,
            events: VecDeque::new(),
            is_closed: false,
            failed: None,
            piece,
        }
    }

    fn machine(&mut self) -> &mut Telnet {
        let (role, config) = (self.role, &self.config);
        self.machine
            .get_or_insert_with(|| Telnet::new(role, config.clone()))
    }

    fn poll(&mut self) {
        loop {
            let (now, mut link) = (self.now, core::mem::take(&mut self.link));
            let step = self.machine().poll(now, &mut link);
            self.link = link;
            match step {
                Ok(Step::Event(event)) => self.keep(event),
                Ok(Step::Wait(_)) => return,
                Ok(Step::Close) => return self.is_closed = true,
                Err(error) => return self.failed = Some(error.to_string()),
            }
        }
    }

    /// How data is cut has no meaning.
    fn keep(&mut self, event: Event) {
        match (self.events.back_mut(), event) {
            (Some(Event::Data(data)), Event::Data(more)) => {
                *data = [&data[..], &more].concat().into();
            }
            (_, event) => self.events.push_back(event),
        }
    }

    fn step(&mut self, verb: &str, rest: &str) {
        let set = || OptionSet::of(&rest.split_whitespace().map(option).collect::<Vec<_>>());
        match verb {
            "ours" => self.config.ours = set(),
            "theirs" => self.config.theirs = set(),
            "offer" => self.config.offer = set(),
            "ask" => self.config.ask = set(),
            "rx" => {
                for piece in bytes(rest).chunks(self.piece) {
                    self.link.rx.extend_from_slice(piece);
                    self.poll();
                }
            }
            "wait" => {
                self.now = self.now + Duration::from_millis(rest.parse().unwrap());
                self.poll();
            }
            "eof" => {
                self.link.eof = true;
                self.poll();
            }
            "urgent" => self.link.urgent = rest == "on",
            "synch" if rest == "sent" => self.send(Command::Synch),
            "send" => self.send(Command::Data(bytes(rest))),
            "want" => {
                let [party, option, on] = words(rest);
                self.send(Command::Option {
                    party: self::party(party),
                    option: self::option(option),
                    on: on == "on",
                });
            }
            _ => self.expect(verb, rest),
        }
    }

    fn send(&mut self, command: Command) {
        self.poll();
        let (now, mut link) = (self.now, core::mem::take(&mut self.link));
        self.machine().send(now, command, &mut link).unwrap();
        self.link = link;
        self.poll();
    }

    fn expect(&mut self, verb: &str, rest: &str) {
        if self.machine.is_none() {
            self.poll();
        }
        let expected = match verb {
            "tx" => return assert_eq!(self.link.tx.split().freeze(), bytes(rest)),
            "nothing" => {
                assert_eq!(self.events, []);
                return assert_eq!(self.link.tx, "");
            }
            "close" => return assert!(self.is_closed),
            "failed" => return assert_eq!(self.failed.as_deref(), Some(rest)),
            "data" => Event::Data(bytes(rest)),
            "command" => Event::Command(wire::Command(*bytes(rest).first().unwrap())),
            "synch" => Event::Synch,
            "settled" => Event::Settled,
            "option" => {
                let [party, option, on] = words(rest);
                Event::Option {
                    party: self::party(party),
                    option: self::option(option),
                    on: on == "on",
                }
            }
            "refused" => {
                let [party, option] = words(rest);
                Event::Refused {
                    party: self::party(party),
                    option: self::option(option),
                }
            }
            "sub" => {
                let (option, payload) = rest.split_once(' ').unwrap_or((rest, ""));
                Event::Subnegotiation {
                    option: self::option(option),
                    payload: bytes(payload),
                }
            }
            "dropped" => {
                let Some(Event::Dropped {
                    option,
                    bytes,
                    defect,
                }) = self.events.pop_front()
                else {
                    panic!("nothing was dropped")
                };
                return assert_eq!(format!("{option} {bytes} {defect:?}"), rest);
            }
            _ => panic!("no such step: {verb}"),
        };
        assert_eq!(self.events.pop_front(), Some(expected));
    }
}

fn words<const N: usize>(text: &str) -> [&str; N] {
    let words: Vec<_> = text.split_whitespace().collect();
    words.try_into().unwrap()
}

fn party(name: &str) -> Party {
    match name {
        "us" => Party::Us,
        "peer" => Party::Peer,
        _ => panic!("no such party: {name}"),
    }
}

fn option(name: &str) -> TelnetOption {
    let all = (0..=255).map(TelnetOption);
    let named = all.clone().find(|option| option.name() == Some(name));
    named.unwrap_or_else(|| TelnetOption(name.parse().unwrap()))
}

fn command(name: &str) -> Option<wire::Command> {
    let all = (0..=255).map(wire::Command);
    all.into_iter().find(|command| command.name() == Some(name))
}

/// A name of the specifications, an option's last: `EOR` is a command and an option.
fn named(word: &str) -> u8 {
    let verbs = [Verb::Will, Verb::Wont, Verb::Do, Verb::Dont];
    let verb = verbs
        .into_iter()
        .find(|verb| format!("{verb:?}").to_uppercase() == word);
    match (word, verb, command(word)) {
        ("IAC", ..) => wire::IAC,
        (_, Some(verb), _) => verb.byte(),
        (_, None, Some(command)) => command.0,
        _ => option(word).0,
    }
}

fn bytes(text: &str) -> Bytes {
    let mut bytes = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (inside, behind) = quoted.split_once('"').unwrap();
            let inside = inside.replace("\\r", "\r").replace("\\n", "\n");
            bytes.extend(inside.replace("\\0", "\0").bytes());
            rest = behind.trim_start();
            continue;
        }
        let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        let byte = u8::from_str_radix(word, 16)
            .ok()
            .filter(|_| word.len() == 2);
        // `DO` and its like are no hexadecimal digits; no name is two of them.
        bytes.push(byte.unwrap_or_else(|| named(word)));
        rest = behind.trim_start();
    }
    bytes.into()
}

fn play(path: &Path, piece: usize) -> usize {
    let text = fs::read_to_string(path).unwrap();
    let mut player: Option<Player> = None;
    let mut steps = 0;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split(" #").next().unwrap().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        eprintln!("{}:{number}: {line}", path.display());
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "server" => player = Some(Player::new(Role::Server, piece)),
            "client" => player = Some(Player::new(Role::Client, piece)),
            _ => player.as_mut().unwrap().step(verb, rest.trim()),
        }
        steps += 1;
    }
    steps
}

#[test]
fn every_trace_plays_however_it_is_cut() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces");
    let mut steps = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        for piece in [usize::MAX, 1, 2, 3] {
            steps += play(&path, piece);
        }
    }
    assert!(steps > 100, "{steps} steps");
}
