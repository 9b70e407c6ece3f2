//! Recorded dialogues, `tests/traces/*.trace`, played to a machine.
//!
//! One step a line; `#` begins a comment. Bytes are hexadecimal or `"text"`, with `\r`, `\n`.
//!
//! ```text
//! framing WORD              which machine, 100 us a character
//! rx BYTES                  arrive, each taking a character
//! mark parity|framing|break|overrun
//! wait US                   time passes
//! sent                      everything in tx has left the line
//! eof
//! send BYTES                a record to send
//! tx BYTES                  must stand in tx; is taken
//! record BYTES              must be the next event
//! damaged N WORDS           must be the next event: N bytes, and the reason's text
//! nothing                   there must be no event
//! close                     the machine must close
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may fail loudly"
)]

use core::time::Duration;
use std::{collections::VecDeque, fs, path::Path};

use bytes::Bytes;
use lineside_core::{Instant, Link, Machine, Mark, Step};
use lineside_framing::{AnyFraming, Command, Config, Event, Records};

const CHARACTER: Duration = Duration::from_micros(100);

struct Player {
    machine: Records<AnyFraming>,
    link: Link,
    now: Instant,
    events: VecDeque<Event>,
    closed: bool,
}

impl Player {
    fn new(framing: &str) -> Self {
        let framing = framing
            .parse()
            .unwrap_or_else(|unknown| panic!("{unknown}"));
        Self {
            machine: Records::new(framing, Config::default().char_time(CHARACTER)),
            link: Link::default(),
            now: Instant::START,
            events: VecDeque::new(),
            closed: false,
        }
    }

    fn poll(&mut self) {
        loop {
            match self.machine.poll(self.now, &mut self.link).unwrap() {
                Step::Event(event) => self.events.push_back(event),
                Step::Wait(_) => return,
                Step::Close => return self.closed = true,
            }
        }
    }

    fn step(&mut self, verb: &str, rest: &str) {
        match verb {
            "rx" => {
                let bytes = bytes(rest);
                self.now = self.now + CHARACTER * u32::try_from(bytes.len()).unwrap();
                self.link.rx.extend_from_slice(&bytes);
                self.link.received = Some(self.now);
            }
            "mark" => {
                self.link.mark = Some(mark(rest));
                self.link.received = Some(self.now);
            }
            "wait" => self.now = self.now + Duration::from_micros(rest.parse().unwrap()),
            "sent" => self.link.sent = Some(self.now),
            "eof" => self.link.eof = true,
            "send" => {
                let record = Command::Record(bytes(rest));
                self.machine.send(self.now, record, &mut self.link).unwrap();
            }
            _ => return self.expect(verb, rest),
        }
        self.poll();
    }

    fn expect(&mut self, verb: &str, rest: &str) {
        match verb {
            "tx" => assert_eq!(self.link.tx.split().freeze(), bytes(rest)),
            "record" => assert_eq!(self.events.pop_front(), Some(Event::Record(bytes(rest)))),
            "damaged" => match self.events.pop_front() {
                Some(Event::Damaged { reason, bytes }) => {
                    assert_eq!(format!("{bytes} {reason}"), rest);
                }
                other => panic!("{other:?} instead of damage"),
            },
            "nothing" => assert_eq!(self.events, []),
            "close" => assert!(self.closed),
            _ => panic!("no such step: {verb}"),
        }
    }
}

fn mark(name: &str) -> Mark {
    match name {
        "parity" => Mark::Parity(0),
        "framing" => Mark::Framing(0),
        "break" => Mark::Break,
        "overrun" => Mark::Overrun,
        _ => panic!("no such mark: {name}"),
    }
}

fn bytes(text: &str) -> Bytes {
    if let Some(text) = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        return text.replace("\\r", "\r").replace("\\n", "\n").into();
    }
    let digits = text.split_whitespace();
    digits
        .map(|pair| u8::from_str_radix(pair, 16).expect("two hexadecimal digits"))
        .collect()
}

fn play(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let mut player: Option<Player> = None;
    let mut expected = 0;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split(" #").next().unwrap().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = format!("{}:{number}: {line}", path.display());
        eprintln!("{at}");
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        expected += usize::from(["record", "damaged", "tx"].contains(&verb));
        match (&mut player, verb) {
            (player, "framing") => {
                assert!(
                    player
                        .as_ref()
                        .is_none_or(|player| player.events.is_empty()),
                    "{at}"
                );
                *player = Some(Player::new(rest));
            }
            (Some(player), _) => player.step(verb, rest),
            (None, _) => panic!("{at}: before any framing"),
        }
    }
    assert_eq!(
        player.expect("a framing").events,
        [],
        "{}: events left",
        path.display()
    );
    assert!(expected > 0, "{} expects nothing", path.display());
}

#[test]
fn every_recorded_dialogue_goes_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces");
    let mut traces: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    traces.retain(|path| path.extension().is_some_and(|end| end == "trace"));
    traces.sort();
    assert!(traces.len() >= 8, "{} traces", traces.len());
    traces.iter().for_each(|path| play(path));
}
