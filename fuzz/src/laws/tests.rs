//! The laws hold a sound machine sound, and catch each kind of broken one.

use bytes::Bytes;
use lineside_core::{Error, Instant, Link, Machine, Step};

use super::*;

/// How a [`Lines`] breaks the laws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fault {
    #[default]
    None,
    /// Forgets half a line when the poll ends.
    Forgets,
    /// Keeps any number of bytes.
    Hoards,
    /// Forgets its error.
    Heals,
    /// Says something new when asked twice.
    Babbles,
    /// Waits for a time that has passed.
    Spins,
    /// Tells a line before it is whole.
    Hurries,
    /// Puts more on the wire than a command is worth.
    Gushes,
}

/// Says "ok" to every line, some time later.
struct Polite(Duration);

impl Company<Lines> for Polite {
    fn told(&mut self, line: &Bytes) -> Vec<(Duration, Bytes)> {
        vec![(self.0, Bytes::from(["ok".as_bytes(), line].concat()))]
    }

    /// Somebody else says the same once more, but for what was said a second time.
    fn said(&mut self, _: Instant, bytes: &[u8]) -> Vec<Act<Bytes>> {
        let again = bytes
            .strip_prefix(b"ok")
            .filter(|line| line.len() > 1 && !line.starts_with(b"ok"));
        let idle = Act::Heard(Heard::Idle(Duration::from_millis(4)));
        again.map_or(vec![], |line| {
            vec![idle, Act::Bytes([b"ok", line].concat())]
        })
    }
}

/// Lines of at most seven bytes; a longer one is an error.
#[derive(Clone, Debug, Default)]
struct Lines {
    fault: Fault,
    error: Option<Error>,
    polls: usize,
}

impl Lines {
    fn with(fault: Fault) -> Self {
        Self {
            fault,
            ..Self::default()
        }
    }
}

impl Machine for Lines {
    type Event = Bytes;
    type Command = Bytes;
    type Error = Error;

    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Bytes>, Error> {
        self.polls += 1;
        if let Some(error) = self.error {
            return Err(error);
        }
        if let Some(at) = link.rx.iter().position(|byte| *byte == b'\n') {
            let line = link.rx.split_to(at + 1).freeze();
            return Ok(Step::Event(line.slice(..at)));
        }
        match self.fault {
            Fault::Forgets => link.rx.clear(),
            Fault::Babbles if self.polls > 4 => return Ok(Step::Event(Bytes::new())),
            Fault::Spins => return Ok(Step::Wait(Some(now))),
            Fault::Hurries if link.rx.len() > 3 => {
                return Ok(Step::Event(link.rx.split().freeze()));
            }
            Fault::Hoards => {}
            _ if link.rx.len() > 7 => {
                let error = Error::Limit {
                    what: "line",
                    max: 7,
                };
                if self.fault == Fault::Heals {
                    link.rx.clear();
                } else {
                    self.error = Some(error);
                }
                return Err(error);
            }
            _ => {}
        }
        Ok(if link.eof {
            Step::Close
        } else {
            Step::Wait(None)
        })
    }

    fn send(&mut self, _now: Instant, line: Bytes, link: &mut Link) -> Result<(), Error> {
        let times = if self.fault == Fault::Gushes { 40 } else { 1 };
        for _ in 0..times {
            link.tx.extend_from_slice(&line);
            link.tx.extend_from_slice(b"\n");
        }
        Ok(())
    }
}

const BOUNDS: Bounds = Bounds {
    unread: 7,
    unsent: 8,
    own: 0,
};

const PACE: Pace = Pace {
    char_time: Duration::ZERO,
    longest: usize::MAX,
};

fn tried(fault: Fault, bytes: &[u8]) -> Story<Bytes> {
    let mut dice = Dice::new(1);
    a_prefix_tells_no_other_story(|| Lines::with(fault), BOUNDS, bytes, &mut dice);
    cuts_do_not_matter(
        || Lines::with(fault),
        BOUNDS,
        &[Heard::Bytes(bytes)],
        PACE,
        &mut dice,
    )
}

fn talk(fault: Fault) -> (Outcome<Bytes>, Outcome<Bytes>) {
    let lines = |first: u8| {
        vec![
            Bytes::from(vec![first; 3]),
            Bytes::new(),
            Bytes::from_static(b"z"),
        ]
    };
    let wire = Wire {
        char_time: LONG,
        longest: 4,
        stalls: true,
    };
    let (first, second) = (Lines::with(fault), Lines::default());
    duel(
        (first, lines(b'a')),
        (second, lines(b'b')),
        BOUNDS,
        wire,
        &mut Dice::new(3),
    )
}

#[test]
fn a_sound_machine_keeps_the_laws() {
    let story = tried(Fault::None, b"one\n\ntwo\nrest");
    assert_eq!(story.events, ["one", "", "two"]);
    assert_eq!(story.end, End::Closed);
    let story = tried(Fault::None, b"one\nmuch too long");
    assert_eq!(story.events, ["one"]);
    assert!(matches!(story.end, End::Failed(_)));
}

#[test]
fn a_duel_delivers_both_sides_in_order() {
    let (first, second) = talk(Fault::None);
    assert_eq!(first.story.events, ["bbb", "", "z"]);
    assert_eq!(second.story.events, ["aaa", "", "z"]);
    assert!(first.refused.is_empty() && second.refused.is_empty());
}

#[test]
#[should_panic(expected = "a character at a time")]
fn who_forgets_half_a_line_is_caught() {
    let line = [Heard::Bytes(b"one\ntwo\n")];
    cuts_do_not_matter(
        || Lines::with(Fault::Forgets),
        BOUNDS,
        &line,
        PACE,
        &mut Dice::new(1),
    );
}

#[test]
#[should_panic(expected = "bytes unread")]
fn who_hoards_is_caught() {
    tried(Fault::Hoards, b"much too long");
}

#[test]
#[should_panic(expected = "an error is sticky")]
fn who_forgets_its_error_is_caught() {
    tried(Fault::Heals, b"much too long");
}

#[test]
#[should_panic(expected = "a second poll with nothing new gave")]
fn who_babbles_is_caught() {
    tried(Fault::Babbles, b"one\ntwo\nthr");
}

#[test]
#[should_panic(expected = "which has passed")]
fn who_spins_is_caught() {
    tried(Fault::Spins, b"one\n");
}

#[test]
#[should_panic(expected = "a character at a time")]
fn who_hurries_is_caught() {
    tried(Fault::Hurries, b"onetwo\n");
}

#[test]
#[should_panic(expected = "bytes to send")]
fn who_gushes_is_caught() {
    let _ = talk(Fault::Gushes);
}

const CHARACTER: Duration = Duration::from_millis(1);

fn company(
    fault: Fault,
    after: Duration,
    quiet: Duration,
) -> Option<(Story<Bytes>, Vec<u8>, Polite)> {
    let bounds = Bounds {
        unread: 7,
        unsent: 16,
        own: 0,
    };
    let pace = Pace {
        char_time: CHARACTER,
        longest: 3,
    };
    let pause = || Act::Heard(Heard::Idle(CHARACTER * 200));
    let acts = ["one\n", "two\n"].map(|line| [Act::Bytes(line.into()), pause()]);
    let acts = acts.as_flattened().to_vec();
    let start = || {
        let machine = Lines::with(fault);
        Talk::new(machine, Polite(after), bounds, pace, quiet, acts.clone())
    };
    cuts_do_not_matter_in_a_talk(start, |_| false, &mut Dice::new(1))
}

#[test]
fn a_talk_has_what_company_adds_at_its_time() {
    let (story, said, _) = company(Fault::None, CHARACTER * 50, CHARACTER * 9).unwrap();
    assert_eq!(story.events, ["one", "okone", "two", "oktwo"]);
    assert_eq!(said, b"okone\nokokone\noktwo\nokoktwo\n");
}

#[test]
#[should_panic(expected = "after the last")]
fn who_speaks_too_early_is_caught() {
    company(Fault::None, CHARACTER, CHARACTER * 9);
}

#[test]
#[should_panic(expected = "a character at a time")]
fn who_forgets_in_company_is_caught() {
    company(Fault::Forgets, CHARACTER * 50, Duration::ZERO);
}

#[test]
fn where_cuts_must_matter_there_is_no_story() {
    // The answer to the first line has left, and its own answer is due, while the second one comes.
    let due = CHARACTER * 202 + CHARACTER / 2;
    assert!(company(Fault::None, due, Duration::ZERO).is_none());
}
