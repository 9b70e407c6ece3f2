use std::{format, string::ToString, vec, vec::Vec};

use core::time::Duration;

use super::*;
use crate::console::{Accounts, Argument, Hints, Login, Spec, grid::Grid};

/// A console and what its operator sees.
struct Desk {
    console: Console,
    link: Link,
    now: Instant,
    grid: Grid,
    sent: Vec<u8>,
    /// When the console wants to be asked again.
    wake: Option<Instant>,
    is_closed: bool,
    most_unsent: usize,
}

fn table() -> Table {
    Table::new([
        Spec::new("get", "Reads a point").with(Argument::word("point").hints(Hints::Asked)),
        Spec::new("speed", "Sets the speed").with(Argument::integer("rpm", 0..=3000)),
        Spec::new("pump", "Turns the pump").with(Argument::switch("state")),
        Spec::new("log", "Shows the log"),
        Spec::new("reset", "Resets the device").level(9),
    ])
    .with_builtins()
    .with_sessions(9)
}

impl Desk {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        Self::at(config, Window::of(60, 10), Terminal::UNKNOWN)
    }

    fn at(config: Config, window: Window, terminal: Terminal) -> Self {
        let mut console = Console::new(Arc::new(table()), Arc::new(config));
        let mut link = Link::default();
        console.resize(window, &mut link.tx);
        console.set_terminal(terminal, &mut link.tx);
        let mut desk = Self {
            console,
            link,
            now: Instant::START,
            grid: Grid::new(window.columns, false, !terminal.moves),
            sent: vec![],
            wake: None,
            is_closed: false,
            most_unsent: 0,
        };
        assert_eq!(desk.poll(), []);
        desk
    }

    fn poll(&mut self) -> Vec<Event> {
        let mut events = vec![];
        loop {
            match self.console.poll(self.now, &mut self.link).unwrap() {
                Step::Event(event) => events.push(event),
                Step::Wait(until) => {
                    assert!(until.is_none_or(|until| until > self.now));
                    self.wake = until;
                    self.most_unsent = self.most_unsent.max(self.link.tx.len());
                    if self.link.tx.is_empty() {
                        break;
                    }
                    // What was said has left.
                    self.look();
                }
                Step::Close => {
                    self.is_closed = true;
                    break;
                }
            }
        }
        self.look();
        events
    }

    fn look(&mut self) {
        let out = self.link.tx.split();
        self.grid.write(&out);
        self.sent.extend_from_slice(&out);
    }

    fn types(&mut self, keys: impl AsRef<[u8]>) -> Vec<Event> {
        self.link.rx.extend_from_slice(keys.as_ref());
        self.poll()
    }

    fn send(&mut self, command: Command) {
        self.console
            .send(self.now, command, &mut self.link)
            .unwrap();
        self.look();
    }

    fn prints(&mut self, text: &str) {
        self.send(Command::Print(text.into()));
    }

    fn passes(&mut self, time: Duration) -> Vec<Event> {
        self.now = self.now + time;
        self.poll()
    }

    /// What runs after a line is typed.
    fn runs(&mut self, line: &str) -> Invocation {
        match self.types([line, "\r"].concat()).as_slice() {
            [Event::Run(called)] => called.clone(),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[track_caller]
    fn shows(&self, rows: &[&str]) {
        assert_eq!(self.grid.screen(), rows);
    }
}

use crate::console::Invocation;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_command_runs_and_its_output_is_shown_before_the_next_prompt() {
    let mut desk = Desk::new();
    let called = desk.runs("speed 100");
    assert_eq!((called.name(), called.integer("rpm")), ("speed", Some(100)));
    desk.prints("faster\nand faster");
    desk.send(Command::Done);
    desk.shows(&["> speed 100", "faster", "and faster", ">"]);
    desk.runs("log");
    desk.send(Command::Failed("no log\x1b[2J".into()));
    desk.shows(&[
        "> speed 100",
        "faster",
        "and faster",
        "> log",
        "no log^[[2J",
        ">",
    ]);
}

#[test]
fn a_mistake_is_pointed_at() {
    let mut desk = Desk::new();
    assert_eq!(desk.types("speed 9999\r"), []);
    desk.shows(&[
        "> speed 9999",
        "        ^^^^",
        "expected <rpm>, a whole number from 0 to 3000",
        ">",
    ]);
    let mut desk = Desk::new();
    desk.types("watch 2 speed x\r");
    desk.shows(&[
        "> watch 2 speed x",
        "                ^",
        "expected <rpm>, a whole number from 0 to 3000",
        ">",
    ]);
    let mut desk = Desk::new();
    desk.types("help  nothing \r");
    desk.shows(&[
        "> help  nothing",
        "        ^^^^^^^",
        "expected a command (help lists them)",
        ">",
    ]);
}

#[test]
fn what_is_typed_while_a_command_runs_waits() {
    let mut desk = Desk::new();
    desk.runs("log");
    assert_eq!(desk.types("speed 1\rspeed"), []);
    desk.send(Command::Done);
    let events = desk.poll();
    assert!(matches!(events.as_slice(), [Event::Run(called)] if called.name() == "speed"));
    desk.send(Command::Done);
    assert_eq!(desk.poll(), []);
    desk.shows(&["> log", "> speed 1", "> speed"]);
}

#[test]
fn an_interrupt_is_found_behind_what_waits() {
    let mut desk = Desk::new();
    desk.runs("log");
    desk.types("never ru");
    assert_eq!(desk.types("n\r\x03pump"), [Event::Interrupt]);
    desk.send(Command::Done);
    assert_eq!(desk.poll(), []);
    desk.shows(&["> log", "^C", "> pump"]);
    let misuse = desk.console.send(desk.now, Command::Done, &mut desk.link);
    assert!(matches!(misuse, Err(Error::Misuse(_))));
}

#[test]
fn a_break_on_a_serial_line_is_an_interrupt() {
    let mut desk = Desk::new();
    desk.runs("log");
    desk.link.mark = Some(Mark::Break);
    assert_eq!(desk.poll(), [Event::Interrupt]);
    desk.link.mark = Some(Mark::Parity(b'x'));
    assert_eq!(desk.poll(), []);
}

#[test]
fn tab_completes_commands_and_asks_for_points() {
    let mut desk = Desk::new();
    desk.types("sp\t");
    desk.shows(&["> speed"]);
    desk.types("\x15g\t");
    let events = desk.types("ta\tnk");
    let [Event::Complete(query)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(
        (&*query.command, &*query.argument, &*query.word),
        ("get", "point", "ta")
    );
    let points = ["tank1.level", "tank1.speed", "pump"].map(String::from);
    desk.send(Command::Completions(points.to_vec()));
    assert_eq!(desk.poll(), []);
    // What was typed meanwhile comes behind.
    desk.shows(&["> get tank1.nk"]);
    desk.types("\x7f\x7f\t");
    desk.send(Command::Completions(points.to_vec()));
    desk.poll();
    desk.shows(&["tank1.level  tank1.speed", "> get tank1."]);
}

#[test]
fn help_and_history_are_made_from_what_there_is() {
    let mut desk = Desk::at(Config::default(), Window::of(60, 0), Terminal::UNKNOWN);
    desk.types("help pump\r");
    desk.shows(&[
        "> help pump",
        "pump on|off",
        "  Turns the pump",
        "  state  on or off",
        ">",
    ]);
    desk.types("history\r");
    assert_eq!(
        desk.grid.screen()[5..],
        ["   1  help pump", "   2  history", ">"]
    );
    desk.types("help\r");
    let screen = desk.grid.screen().join("\n");
    assert!(
        screen.contains("speed <rpm>") && !screen.contains("reset") && !screen.contains("kick")
    );
}

#[test]
fn output_is_shown_by_the_page() {
    let mut desk = Desk::at(Config::default(), Window::of(20, 5), Terminal::UNKNOWN);
    desk.runs("log");
    desk.prints("1\n2\n3\n4\n5\n6\n7\n8\n9");
    desk.send(Command::Done);
    desk.shows(&["> log", "1", "2", "3", "4", "--More--"]);
    desk.types("\r");
    desk.shows(&["> log", "1", "2", "3", "4", "5", "--More--"]);
    desk.types(" ");
    desk.shows(&["> log", "1", "2", "3", "4", "5", "6", "7", "8", "9", ">"]);
    desk.runs("log");
    desk.prints("a\nb\nc\nd\ne");
    assert_eq!(desk.types("q"), [Event::Interrupt]);
    desk.prints("never seen");
    desk.send(Command::Done);
    assert_eq!(desk.grid.screen()[10..], ["> log", "a", "b", "c", "d", ">"]);
}

#[test]
fn a_message_stands_above_the_prompt() {
    let mut desk = Desk::new();
    desk.types("spe");
    desk.send(Command::Notice("The pump has stopped.".into()));
    desk.types("ed");
    desk.shows(&["The pump has stopped.", "> speed"]);
}

fn guarded() -> Config {
    Config {
        banner: "Tank 7".into(),
        greeting: "Welcome.".into(),
        login: Some(Login::default()),
        ..Config::default()
    }
}

/// Types a name and a password, and answers the attempt.
fn log_in(desk: &mut Desk, user: &str, password: &str) {
    let accounts = Accounts::new().with("ann", "hush", 9);
    let events = desk.types(format!("{user}\r{password}\r"));
    let [Event::Login(who)] = events.as_slice() else {
        panic!("{events:?}");
    };
    desk.send(match accounts.check(&who.user, &who.password) {
        Some(level) => Command::Admit { level },
        None => Command::Refuse,
    });
    assert_eq!(desk.poll(), []);
}

#[test]
fn an_operator_logs_in_and_no_password_is_seen() {
    let mut desk = Desk::with(guarded());
    log_in(&mut desk, "ann", "hush");
    desk.shows(&["Tank 7", "login: ann", "password:"]);
    assert_eq!(desk.passes(SECOND), []);
    desk.shows(&["Tank 7", "login: ann", "password:", "Welcome.", ">"]);
    // The level is that of the account.
    assert_eq!(desk.runs("reset").name(), "reset");
}

#[test]
fn an_answer_to_a_login_comes_at_its_time_and_each_failure_makes_it_longer() {
    let mut desk = Desk::with(guarded());
    let mut waits = vec![];
    for password in ["a", "b", "hush"] {
        let before = desk.now;
        log_in(&mut desk, "ann", password);
        let until = desk.wake.unwrap();
        waits.push(until.since(before));
        // A check that takes its time changes nothing.
        desk.now = until - Duration::from_nanos(1);
        assert_eq!(desk.poll(), []);
        desk.now = until;
        desk.poll();
    }
    assert_eq!(waits, [1_300, 2_300, 300].map(Duration::from_millis));
    assert_eq!(desk.grid.screen().last().unwrap(), ">");
}

#[test]
fn too_many_failures_end_the_console() {
    let mut desk = Desk::with(guarded());
    for _ in 0..2 {
        log_in(&mut desk, "eve", "guess");
        assert_eq!(desk.passes(20 * SECOND), []);
    }
    log_in(&mut desk, "eve", "guess");
    assert_eq!(desk.passes(5 * SECOND), [Event::Logout(Reason::Refused)]);
    assert!(desk.is_closed);
    desk.send(Command::Admit { level: 9 });
}

#[test]
fn a_login_must_not_take_for_ever() {
    let mut desk = Desk::with(guarded());
    desk.types("ann\r");
    assert_eq!(desk.wake, Some(Instant::START + 60 * SECOND));
    assert_eq!(
        desk.passes(60 * SECOND),
        [Event::Logout(Reason::LoginTimeout)]
    );
}

#[test]
fn who_types_nothing_is_logged_out_and_a_command_that_runs_is_not() {
    let mut desk = Desk::new();
    desk.passes(599 * SECOND);
    desk.types("lo");
    desk.passes(599 * SECOND);
    desk.types("g\r");
    assert_eq!(desk.passes(6_000 * SECOND), []);
    assert_eq!(desk.wake, None);
    desk.send(Command::Done);
    desk.poll();
    assert_eq!(desk.passes(600 * SECOND), [Event::Logout(Reason::Idle)]);
    desk.shows(&["> log", ">", "Idle for too long."]);
}

#[test]
fn a_watched_command_is_repeated_in_its_place_until_a_key() {
    let mut desk = Desk::new();
    let run = |desk: &mut Desk, events: Vec<Event>, value: &str| {
        assert!(matches!(events.as_slice(), [Event::Run(called)] if called.name() == "log"));
        desk.prints(value);
        desk.send(Command::Done);
        assert_eq!(desk.poll(), []);
    };
    let events = desk.types("watch 2 log\r");
    run(&mut desk, events, "level 1\nspeed 5");
    desk.shows(&["> watch 2 log", "level 1", "speed 5"]);
    assert_eq!(desk.passes(SECOND), []);
    let events = desk.passes(SECOND);
    run(&mut desk, events, "level 2");
    desk.shows(&["> watch 2 log", "level 2"]);
    assert_eq!(desk.types("x"), []);
    desk.shows(&["> watch 2 log", "level 2", ">"]);
    // A watch that is left alone is left alone.
    let events = desk.types("watch log\r");
    run(&mut desk, events, "");
    assert!(
        desk.passes(600 * SECOND)
            .contains(&Event::Logout(Reason::Idle))
    );
}

#[test]
fn a_watch_has_a_time_that_can_be() {
    for line in [
        "watch nan log\r",
        "watch inf log\r",
        "watch -1 log\r",
        "watch log log\r",
    ] {
        let mut desk = Desk::new();
        assert_eq!(desk.types(line), [], "{line}");
        assert!(desk.grid.screen()[2].starts_with("expected"), "{line}");
    }
    for (line, time) in [
        ("watch 1e300 log\r", Duration::from_secs(86_400)),
        ("watch 0 log\r", Duration::from_millis(100)),
        ("watch  0.5   log\r", Duration::from_millis(500)),
    ] {
        let mut desk = Desk::with(Config {
            idle: None,
            ..Config::default()
        });
        assert_eq!(desk.types(line).len(), 1);
        desk.send(Command::Done);
        desk.poll();
        assert_eq!(desk.wake, Some(Instant::START + time), "{line}");
    }
}

#[test]
fn a_watch_fits_the_window() {
    let mut desk = Desk::at(Config::default(), Window::of(20, 4), Terminal::UNKNOWN);
    desk.types("watch log\r");
    desk.prints("1\n2\n3\n4\n5\n6");
    desk.send(Command::Done);
    desk.shows(&["> watch log", "1", "2", "3"]);
}

#[test]
fn a_key_interrupts_a_watched_run() {
    let mut desk = Desk::new();
    desk.types("watch log\r");
    assert_eq!(desk.types(" "), [Event::Interrupt]);
    desk.prints("late");
    desk.send(Command::Done);
    assert_eq!(desk.poll(), []);
    desk.shows(&["> watch log", ">"]);
}

#[test]
fn a_command_may_ask() {
    let mut desk = Desk::new();
    desk.runs("log");
    let prompt = "really? ".to_string();
    desk.send(Command::Ask {
        prompt,
        entry: Entry::Answer,
    });
    assert_eq!(desk.types("yes\r"), [Event::Answer("yes".into())]);
    desk.send(Command::Done);
    desk.shows(&["> log", "really? yes", ">"]);
    // The answer is no command.
    desk.types("\x1b[A");
    assert_eq!(desk.grid.screen()[2], "> log");
}

#[test]
fn who_and_kick_are_events() {
    let mut desk = Desk::with(Config {
        level: 9,
        ..Config::default()
    });
    assert_eq!(desk.types("who\r"), [Event::Who]);
    desk.prints("1 ann");
    desk.send(Command::Done);
    assert_eq!(desk.types("kick 3\r"), [Event::Kick(3)]);
    desk.send(Command::Done);
    desk.types("half a li");
    desk.send(Command::Close("Closed by ann.".into()));
    assert_eq!(desk.poll(), [Event::Logout(Reason::Closed)]);
    assert!(desk.is_closed);
    assert_eq!(desk.grid.screen()[3..], ["> half a li", "Closed by ann."]);
}

#[test]
fn ctrl_d_leaves_one_line_behind() {
    let mut desk = Desk::new();
    assert_eq!(desk.types("\x04"), [Event::Logout(Reason::Exit)]);
    assert_eq!(desk.sent, b"> \r\n");
}

#[test]
fn who_reads_a_page_is_told_why_the_console_ends() {
    let mut desk = Desk::new();
    desk.runs("log");
    desk.prints(&"line\n".repeat(20));
    assert_eq!(desk.grid.screen().last().unwrap(), "--More--");
    desk.send(Command::Close("Closed by ann.".into()));
    assert_eq!(desk.grid.screen().last().unwrap(), "Closed by ann.");
}

#[test]
fn a_window_that_the_application_tells_of_counts() {
    let mut desk = Desk::new();
    let window = Window::of(60, 4);
    desk.send(Command::Resize(window));
    assert_eq!(desk.poll(), [Event::Resized(window)]);
    desk.runs("log");
    desk.prints("1\n2\n3\n4\n5");
    desk.shows(&["> log", "1", "2", "3", "--More--"]);
}

#[test]
fn help_of_watch_says_what_may_stand_before_the_command() {
    let mut desk = Desk::new();
    assert_eq!(desk.types("help watch\r"), []);
    desk.shows(&[
        "> help watch",
        "watch <command>",
        "  Repeats a command until a key is pressed",
        "  command  What is repeated; a number of seconds before it",
        "           is the time between: watch 5 who",
        ">",
    ]);
}

#[test]
fn a_script_over_a_plain_stream_runs_to_its_end() {
    let mut desk = Desk::at(Config::default(), Window::default(), Terminal::DUMB);
    desk.link.eof = true;
    let mut names = vec![];
    let mut events = desk.types("log\nspeed 5\nexi");
    while let Some(event) = events.pop() {
        match event {
            Event::Run(called) => names.push(called.name().to_string()),
            Event::Logout(reason) => {
                assert_eq!(reason, Reason::Eof);
                break;
            }
            other => panic!("{other:?}"),
        }
        desk.send(Command::Done);
        events = desk.poll();
    }
    assert_eq!(names, ["log", "speed"]);
    assert!(desk.is_closed);
}

#[test]
fn colours_come_where_the_terminal_has_them_alone() {
    for (terminal, has) in [
        (Terminal::COLOUR, true),
        (Terminal::UNKNOWN, false),
        (Terminal::DUMB, false),
    ] {
        let mut desk = Desk::at(Config::default(), Window::of(20, 3), terminal);
        desk.types("xyz\r");
        desk.runs("log");
        desk.send(Command::Styled(Style::Bad, "hot\nhot\nhot".into()));
        desk.send(Command::Failed("broken".into()));
        desk.types(" ");
        assert_eq!(desk.grid.colours > 0, has);
        let has_escape = desk.sent.contains(&0x1b);
        assert_eq!(has_escape, terminal.moves);
    }
}

#[test]
fn a_line_that_is_too_long_is_thrown_away() {
    let mut desk = Desk::new();
    assert_eq!(desk.types(["log ".repeat(300).as_str(), "\r"].concat()), []);
    let screen = desk.grid.screen().join("\n");
    assert!(screen.contains("longer than 1024 bytes"), "{screen}");
}

#[test]
fn who_asks_and_does_not_hear_fills_no_memory() {
    let mut desk = Desk::at(Config::default(), Window::default(), Terminal::UNKNOWN);
    assert_eq!(desk.types("help\r".repeat(3_000)), []);
    assert!(
        (16_000..20_000).contains(&desk.most_unsent),
        "{}",
        desk.most_unsent
    );
    assert!(desk.grid.screen().len() > 30_000);
}

/// What an operator may do, at random.
fn some_keys(rng: &mut fastrand::Rng) -> Vec<u8> {
    const PIECES: &[&[u8]] = &[
        b"log\r",
        b"speed 5\r",
        b"speed x\r",
        b"get \t",
        b"help\r",
        b"watch log\r",
        b"who\r",
        b"\t",
        b"\x03",
        b"\x1b[A",
        b"q",
        b" ",
        b"\r",
        b"history\r",
        b"\x12lo",
        b"\xff",
        b"\xc3",
        b"\x1b[200~",
        b"\x1b[201~",
        b"clear\r",
        b"kick 2\r",
    ];
    let mut keys = Vec::new();
    for _ in 0..40 {
        keys.extend_from_slice(rng.choice(PIECES).copied().unwrap_or_default());
    }
    keys
}

#[test]
fn cuts_do_not_matter() {
    for seed in 0..100 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let keys = some_keys(&mut rng);
        let play = |pieces: &mut dyn Iterator<Item = &[u8]>| {
            let mut desk = Desk::at(Config::default(), Window::of(30, 6), Terminal::COLOUR);
            let mut story = vec![];
            for piece in pieces {
                desk.link.rx.extend_from_slice(piece);
                // Nothing is answered before all of it is here: an interrupt throws away what waits.
                story.extend(desk.poll());
            }
            (story, desk.grid.screen())
        };
        let whole = play(&mut [&keys[..]].into_iter());
        let bytewise = play(&mut keys.chunks(1));
        assert_eq!(bytewise, whole, "seed {seed}");
    }
}

#[test]
fn no_keys_and_no_answers_break_it() {
    for seed in 0..300 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let window = Window::of(rng.u16(0..40), rng.u16(0..8));
        let mut config = if rng.bool() {
            guarded()
        } else {
            Config::default()
        };
        config.level = 9;
        let mut desk = Desk::at(config, window, Terminal::COLOUR);
        for _ in 0..60 {
            let keys = some_keys(&mut rng);
            let keys = &keys[..rng.usize(0..keys.len().min(20))];
            desk.link.rx.extend_from_slice(keys);
            let answer = match rng.u8(0..9) {
                0 => Command::Print("x\n".repeat(rng.usize(0..9))),
                1 => Command::Notice("hey".into()),
                2 => Command::Admit { level: 9 },
                3 => Command::Completions(vec!["a".into(), "ab".into()]),
                4 => Command::Ask {
                    prompt: "? ".into(),
                    entry: Entry::Secret,
                },
                5 => Command::Refuse,
                _ => Command::Done,
            };
            // A misuse is told, and changes nothing.
            let _ = desk.console.send(desk.now, answer, &mut desk.link);
            desk.console
                .resize(Window::of(rng.u16(0..40), rng.u16(0..8)), &mut desk.link.tx);
            desk.now = desk.now + Duration::from_millis(rng.u64(0..400));
            for _ in 0..100 {
                if !matches!(
                    desk.console.poll(desk.now, &mut desk.link).unwrap(),
                    Step::Event(_)
                ) {
                    break;
                }
            }
            let Step::Wait(first) = desk.console.poll(desk.now, &mut desk.link).unwrap() else {
                break;
            };
            let said = desk.link.tx.len();
            let again = desk.console.poll(desk.now, &mut desk.link).unwrap();
            assert_eq!(
                (again, desk.link.tx.len()),
                (Step::Wait(first), said),
                "seed {seed}"
            );
            desk.link.tx.clear();
        }
    }
}
