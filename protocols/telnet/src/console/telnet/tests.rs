use alloc::sync::Arc;
use std::{vec, vec::Vec};

use super::*;
use crate::{
    console::{Argument, Config as ConsoleConfig, Login, Reason, Spec, Table, Terminal, Window},
    options::ServerOptions,
};

mod echo;

/// A console over Telnet, and what was said to its operator.
struct Desk {
    console: TelnetConsole,
    link: Link,
    now: Instant,
    wake: Option<Instant>,
}

/// What is said at the beginning: WILL ECHO, WILL SGA, DO TTYPE, DO NAWS.
const HELLO: &[u8] = b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\xff\xfd\x1f";

impl Desk {
    fn new() -> Self {
        Self::with(ConsoleConfig::default())
    }

    fn with(config: ConsoleConfig) -> Self {
        let table = Table::new([
            Spec::new("log", "Shows the log"),
            Spec::new("say", "Says a text").with(Argument::rest("text")),
        ]);
        let console = Console::new(Arc::new(table.with_builtins()), Arc::new(config));
        let mut desk = Self {
            console: TelnetConsole::new(console),
            link: Link::default(),
            now: Instant::START,
            wake: None,
        };
        assert_eq!(desk.hears(b""), []);
        assert_eq!(desk.says(), HELLO);
        desk
    }

    /// One whose client agrees to ECHO and SGA, and has neither window nor type.
    fn open() -> Self {
        let mut desk = Self::new();
        desk.hears(b"\xff\xfd\x01\xff\xfd\x03\xff\xfc\x18\xff\xfc\x1f");
        assert_eq!(desk.says(), b"> ");
        desk
    }

    fn hears(&mut self, bytes: &[u8]) -> Vec<TelnetEvent> {
        self.link.rx.extend_from_slice(bytes);
        let mut events = vec![];
        loop {
            match self.console.poll(self.now, &mut self.link).unwrap() {
                Step::Event(event) => events.push(event),
                Step::Wait(until) => {
                    let is_ahead = until.is_none_or(|until| self.now < until);
                    assert!(is_ahead, "a driver would spin on {until:?}");
                    self.wake = until;
                    return events;
                }
                Step::Close => return events,
            }
        }
    }

    fn says(&mut self) -> Vec<u8> {
        self.link.tx.split().to_vec()
    }

    fn send(&mut self, command: Command) {
        self.console
            .send(self.now, command.into(), &mut self.link)
            .unwrap();
    }

    /// Runs `log`, and leaves it running.
    fn runs(&mut self) {
        let events = self.hears(b"log\r\n");
        assert!(matches!(
            events.as_slice(),
            [TelnetEvent::Console(Event::Run(_))]
        ));
        self.says();
    }
}

#[test]
fn the_prompt_comes_when_all_is_answered_and_what_is_typed_is_echoed() {
    let mut desk = Desk::new();
    desk.hears(b"\xff\xfd\x01\xff\xfd\x03\xff\xfc\x18");
    assert_eq!(desk.says(), b"");
    desk.hears(b"\xff\xfc\x1f");
    assert_eq!(desk.says(), b"> ");
    desk.hears(b"lo");
    assert_eq!(desk.says(), b"lo");
}

#[test]
fn who_answers_nothing_gets_a_prompt_in_time_and_no_echo() {
    let mut desk = Desk::new();
    let settle = ConsoleConfig::default().settle;
    assert_eq!(desk.wake, Some(Instant::START + settle));
    desk.now = desk.wake.unwrap();
    let events = desk.hears(b"log\n");
    assert!(matches!(
        events.as_slice(),
        [TelnetEvent::Console(Event::Run(_))]
    ));
    assert_eq!(desk.says(), b"> ");
}

#[test]
fn who_refuses_our_echo_is_not_echoed() {
    let mut desk = Desk::new();
    desk.hears(b"\xff\xfe\x01\xff\xfd\x03\xff\xfc\x18\xff\xfc\x1f");
    desk.hears(b"log\r\n");
    assert_eq!(desk.says(), b"> ");
}

#[test]
fn the_window_and_the_type_become_known() {
    let mut desk = Desk::new();
    desk.hears(b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f");
    assert_eq!(desk.says(), b"\xff\xfa\x18\x01\xff\xf0> ");
    let events = desk.hears(b"\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0");
    let window = Window::of(255, 24);
    assert_eq!(events, [TelnetEvent::Console(Event::Resized(window))]);
    assert_eq!(desk.console.console().window(), window);
    desk.says();
    // A type that tells nothing is asked for again.
    desk.hears(b"\xff\xfa\x18\x00VT100\xff\xf0");
    assert_eq!(desk.console.console().terminal(), Terminal::UNKNOWN);
    assert_eq!(desk.says(), b"\xff\xfa\x18\x01\xff\xf0");
    desk.hears(b"\xff\xfa\x18\x00XTERM\xff\xf0");
    assert_eq!(desk.console.console().terminal(), Terminal::COLOUR);
    assert!(!desk.says().windows(2).any(|said| said == b"\xff\xfa"));
}

#[test]
fn with_options_of_ones_own_the_window_and_the_type_become_known_all_the_same() {
    let mut desk = Desk::new();
    let console = desk.console.console().clone();
    let config = TelnetConsole::telnet().with_server(ServerOptions::default());
    desk.console = TelnetConsole::with(console, config);
    desk.hears(b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\xff\xfc\x27");
    let said = desk.says();
    let sends = said
        .windows(6)
        .filter(|it| it == b"\xff\xfa\x18\x01\xff\xf0");
    assert_eq!(sends.count(), 1, "asked once: {said:?}");
    let events = desk.hears(b"\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0");
    assert_eq!(
        events,
        [TelnetEvent::Console(Event::Resized(Window::of(255, 24)))]
    );
    desk.hears(b"\xff\xfa\x18\x00XTERM\xff\xf0");
    assert_eq!(desk.console.console().terminal(), Terminal::COLOUR);
}

#[test]
fn a_client_that_repeats_its_type_is_asked_no_more() {
    let mut desk = Desk::new();
    desk.hears(b"\xff\xfb\x18");
    for _ in 0..2 {
        desk.says();
        desk.hears(b"\xff\xfa\x18\x00VT100\xff\xf0");
    }
    assert_eq!(desk.says(), b"");
    desk.hears(b"\xff\xfa\x18\x00dumb\xff\xf0");
    assert_eq!(desk.console.console().terminal(), Terminal::UNKNOWN);
}

#[test]
fn an_interrupt_reaches_the_command_that_runs() {
    for command in [b"\xff\xf4", b"\xff\xf3", b"\xff\xee"] {
        let mut desk = Desk::open();
        desk.runs();
        desk.hears(b"typed ahead\r\n");
        let events = desk.hears(command);
        assert_eq!(events, [TelnetEvent::Console(Event::Interrupt)]);
        desk.send(Command::Done);
        desk.hears(b"");
        assert_eq!(desk.says(), b"^C\r\n> ");
    }
}

#[test]
fn characters_and_lines_are_erased_in_their_order() {
    let mut desk = Desk::open();
    let events = desk.hears(b"x\x1b[D\xff\xf8logg\xff\xf7\r\0");
    let [TelnetEvent::Console(Event::Run(called))] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(called.name(), "log");
}

#[test]
fn are_you_there_is_answered_at_any_time() {
    let mut desk = Desk::open();
    desk.hears(b"lo\xff\xf6");
    assert_eq!(desk.says(), b"lo\r\x00\x1b[K[Yes, here]\r\n> lo");
    desk.hears(b"g\r\n");
    desk.says();
    desk.hears(b"\xff\xf6");
    assert_eq!(desk.says(), b"[Yes, here]\r\n");
}

#[test]
fn output_that_is_aborted_is_not_sent_and_a_synch_is() {
    let mut desk = Desk::open();
    desk.runs();
    assert_eq!(desk.hears(b"\xff\xf5"), []);
    // Its data mark is urgent.
    assert_eq!(desk.link.tx_urgent, Some(2));
    assert_eq!(desk.says(), b"\xff\xf2");
    desk.send(Command::Print("unseen".into()));
    desk.send(Command::Done);
    assert_eq!(desk.says(), b"> ");
}

#[test]
fn a_synch_takes_away_what_was_typed_ahead_and_answers_its_marks() {
    let mut desk = Desk::open();
    desk.runs();
    desk.hears(b"say it\r\n\xff\xfd\x06");
    desk.link.urgent = true;
    assert_eq!(desk.hears(b"say more\r\n\xff"), []);
    desk.link.urgent = false;
    assert_eq!(desk.hears(b"\xf2"), []);
    desk.send(Command::Done);
    assert_eq!(desk.hears(b""), []);
    assert_eq!(desk.says(), b"> \xff\xfb\x06");
}

#[test]
fn a_timing_mark_is_answered_when_what_came_before_it_is_done() {
    let mut desk = Desk::open();
    desk.runs();
    desk.hears(b"say it\r\n\xff\xfd\x06\xff\xfd\x06");
    assert_eq!(desk.says(), b"");
    desk.send(Command::Done);
    assert_eq!(desk.hears(b"").len(), 1);
    assert_eq!(desk.says(), b"> say it\r\n");
    desk.send(Command::Done);
    desk.hears(b"");
    assert_eq!(desk.says(), b"> \xff\xfb\x06\xff\xfb\x06");
    desk.hears(b"\xff\xfd\x06");
    assert_eq!(desk.says(), b"\xff\xfb\x06");
}

#[test]
fn what_is_typed_ahead_is_bounded_and_none_of_it_is_lost() {
    let mut desk = Desk::open();
    desk.runs();
    for _ in 0..2_000 {
        desk.hears(b"log\r\n");
    }
    assert!(desk.console.data.len() < 5 * 1_024);
    let mut runs = 0;
    loop {
        desk.send(Command::Done);
        match desk.hears(b"").len() {
            0 => break,
            new => runs += new,
        }
    }
    assert_eq!(runs, 2_000);
}

#[test]
fn who_answers_nothing_and_types_much_is_served_in_time_all_the_same() {
    let config = ConsoleConfig {
        login: Some(Login::default()),
        ..ConsoleConfig::default()
    };
    let (settle, within) = (config.settle, Login::default().within);
    let mut desk = Desk::with(config);
    assert_eq!(desk.hears(&b"y".repeat(100_000)), []);
    assert_eq!(desk.wake, Some(Instant::START + settle));
    desk.now = desk.wake.unwrap();
    assert_eq!(desk.hears(b""), []);
    assert!(desk.says().starts_with(b"login: "));
    assert!(desk.link.rx.is_empty(), "it is listened to");
    desk.now = desk.now + within;
    let timeout = Event::Logout(Reason::LoginTimeout);
    assert_eq!(desk.hears(b""), [TelnetEvent::Console(timeout)]);
}

/// A desk where a command runs, and no more may be typed.
fn crammed() -> Desk {
    let mut desk = Desk::open();
    desk.runs();
    for _ in 0..2_000 {
        desk.hears(b"log\r\n");
    }
    assert!(!desk.link.rx.is_empty());
    assert_eq!(desk.hears(b"\xff\xf4"), [], "what is not urgent waits");
    desk
}

#[test]
fn an_interrupt_in_a_synch_overtakes_what_was_typed_ahead() {
    let mut desk = crammed();
    desk.link.urgent = true;
    let interrupt = TelnetEvent::Console(Event::Interrupt);
    let heard = desk.hears(b"\xff\xf4\xff");
    assert_eq!(heard, [interrupt.clone(), interrupt]);
    desk.link.urgent = false;
    desk.hears(b"\xf2");
    desk.send(Command::Done);
    assert_eq!(desk.hears(b""), [], "nothing is left of what was typed");
    assert_eq!(desk.says(), b"^C\r\n^C\r\n> ");
}

#[test]
fn an_interrupt_behind_a_synch_is_heard() {
    let mut desk = Desk::open();
    desk.runs();
    desk.hears(b"typed ahead");
    desk.link.urgent = true;
    desk.hears(b"\xff");
    desk.link.urgent = false;
    assert_eq!(
        desk.hears(b"\xf2\xff\xf4"),
        [TelnetEvent::Console(Event::Interrupt)]
    );
}

#[test]
fn a_synch_without_an_interrupt_takes_away_what_was_typed_ahead_however_much() {
    let mut desk = crammed();
    desk.link.rx.clear();
    desk.link.urgent = true;
    assert_eq!(desk.hears(b"log\r\n\xff"), []);
    desk.link.urgent = false;
    assert_eq!(desk.hears(b"\xf2"), []);
    desk.send(Command::Done);
    assert_eq!(desk.hears(b""), []);
    assert_eq!(desk.says(), b"> ");
}

#[test]
fn a_synch_without_end_takes_no_room() {
    // A login is being checked: nothing is listened to, not even an interrupt.
    let config = ConsoleConfig {
        login: Some(Login::default()),
        ..ConsoleConfig::default()
    };
    let mut desk = Desk::with(config);
    desk.hears(b"\xff\xfd\x01\xff\xfd\x03\xff\xfc\x18\xff\xfc\x1fann\r\nx\r\n");
    desk.link.urgent = true;
    for _ in 0..1_000 {
        desk.hears(
            b"x\xff\xf4\xff\xf3\xff\xee\xff\xf7\xff\xf8\xff\xec\xff\xf1"
                .repeat(9)
                .as_slice(),
        );
    }
    assert!(desk.console.data.len() < 5 * 1_024);
    assert!(desk.link.rx.is_empty());
}

#[test]
fn an_interrupt_is_heard_after_a_synch_where_the_client_did_not_read() {
    let mut desk = Desk::open();
    desk.runs();
    desk.link.tx.extend_from_slice(&b"x".repeat(20_000));
    desk.link.urgent = true;
    assert_eq!(desk.hears(b"typed\xff\xf4\xff"), []);
    desk.link.urgent = false;
    assert_eq!(desk.hears(b"\xf2"), []);
    desk.says();
    assert_eq!(
        desk.hears(b""),
        [TelnetEvent::Console(Event::Interrupt)],
        "and nothing else"
    );
}

#[test]
fn an_end_is_said_before_the_connection_closes() {
    let mut desk = Desk::open();
    let events = desk.hears(b"exit\r\n");
    assert_eq!(events, [TelnetEvent::Console(Event::Logout(Reason::Exit))]);
    assert_eq!(desk.says(), b"exit\r\n");
    let step = desk.console.poll(desk.now, &mut desk.link);
    assert_eq!(step, Ok(Step::Close));
}

#[test]
fn cuts_do_not_matter() {
    let typed: &[u8] = b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\xff\xfa\x1f\x00\x28\x00\x18\xff\xf0sa\xff\xf7ay h\xc3\xa9\
        \xff\xf1llo\r\0log\r\n\xff\xf4\xff\xfdCsay \xff\xff\r\n\xff\xed";
    let play = |chunk: usize| {
        let mut desk = Desk::new();
        let mut events = vec![];
        for piece in typed.chunks(chunk) {
            events.extend(desk.hears(piece));
        }
        for _ in 0..4 {
            desk.send(Command::Notice("x".into()));
            let _ = desk
                .console
                .send(desk.now, Command::Done.into(), &mut desk.link);
            events.extend(desk.hears(b""));
        }
        events
    };
    let whole = play(typed.len());
    assert!(whole.len() >= 4, "{whole:?}");
    for chunk in [1, 2, 3, 7] {
        assert_eq!(play(chunk), whole, "{chunk}");
    }
}

/// Anything that may come, whole and broken.
fn some_stream(rng: &mut fastrand::Rng) -> Vec<u8> {
    const PIECES: &[&[u8]] = &[
        b"\xff\xfd\x01",
        b"\xff\xfe\x01",
        b"\xff\xfd\x03",
        b"\xff\xfb\x18",
        b"\xff\xfb\x1f",
        b"\xff\xfc\x1f",
        b"\xff\xfa\x1f\x00\x09\x00\x05\xff\xf0",
        b"\xff\xfa\x1f\x00\xff\xf0",
        b"\xff\xfa\x18\x00xterm\xff\xf0",
        b"\xff\xfa\x18\x00vt100\xff\xf0",
        b"\xff\xf4",
        b"\xff\xf5",
        b"\xff\xf6",
        b"\xff\xf7",
        b"\xff\xf8",
        b"\xff\xf3",
        b"\xff\xfd\x06",
        b"\xff\xed",
        b"\xff\xec",
        b"\xff\xf2",
        b"\xff\xfb\x22",
        b"\xff\xfc\x22",
        b"\xff\xfa\x22\x01\x02\xff\xf0",
        b"\xff\xfa\x22\x01\x07\xff\xf0",
        b"log\r\n",
        b"say hi\r\0",
        b"help\r\n",
        b"\x1b[A",
        b"\x1b[",
        b"\xe6\xbc\xa2",
        b"\xff\xff",
        b"watch log\r",
        b"\t",
        b"\x12lo",
        b" ",
        b"q",
        b"\x04",
        b"login",
    ];
    let mut stream = b"\xff\xfc\x18".to_vec();
    for _ in 0..rng.usize(1..60) {
        stream.extend_from_slice(rng.choice(PIECES).copied().unwrap_or_default());
    }
    stream
}

#[test]
fn no_cut_of_any_stream_changes_what_the_operator_wants() {
    for seed in 0..300 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let stream = some_stream(&mut rng);
        let mut play = |longest: usize| {
            let mut desk = Desk::new();
            // The window and the type never change what was asked for at the beginning.
            desk.hears(b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f");
            let (mut rest, mut events) = (&stream[..], vec![]);
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at(rng.usize(1..=longest).min(rest.len()));
                rest = behind;
                desk.link.rx.extend_from_slice(piece);
                loop {
                    match desk.console.poll(desk.now, &mut desk.link).unwrap() {
                        Step::Event(event) => {
                            let is_run = matches!(event, TelnetEvent::Console(Event::Run(_)));
                            events.push(event);
                            if is_run {
                                desk.send(Command::Print("1\n2\n3\n4\n5\n6\n7".into()));
                                desk.send(Command::Done);
                            }
                        }
                        Step::Wait(_) if desk.link.tx.is_empty() => break,
                        Step::Wait(_) => desk.link.tx.clear(),
                        Step::Close => break,
                    }
                }
            }
            events
        };
        let whole = play(usize::MAX - 1);
        assert_eq!(play(1), whole, "seed {seed}: {:?}", stream.escape_ascii());
        assert_eq!(play(9), whole, "seed {seed}: {:?}", stream.escape_ascii());
    }
}
