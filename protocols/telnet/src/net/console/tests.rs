use core::{
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use std::io;

use lineside_io::{Clock, sim::run};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex},
    task::JoinHandle,
};

use super::*;
use crate::console::{
    Accounts, Config, Console, Event, Login, Reason, Spec, Table, TelnetConsole, Window,
};

/// Consoles where `ann` and `bob` may log in, and what stands there.
#[derive(Clone)]
struct Site {
    consoles: Consoles,
    clock: Clock,
    config: Arc<Config>,
}

impl Site {
    fn new(clock: &Clock) -> Self {
        Self::with(clock, &ConsolesConfig::default())
    }

    fn with(clock: &Clock, config: &ConsolesConfig) -> Self {
        let accounts = Accounts::new().with("ann", "hush", 9).with("bob", "x", 0);
        Self {
            consoles: Consoles::new(config, move |who| accounts.check(&who.user, &who.password)),
            clock: clock.clone(),
            config: Arc::new(Config {
                login: Some(Login::default()),
                ..Config::default()
            }),
        }
    }

    /// The same without a login.
    fn open(clock: &Clock) -> Self {
        let mut site = Self::new(clock);
        site.config = Arc::new(Config {
            level: 9,
            ..Config::default()
        });
        site
    }

    fn console(&self) -> Console {
        let table = Table::new([
            Spec::new("wait", "Takes an hour"),
            Spec::new("flood", "Prints much, and takes an hour"),
        ]);
        let table = Arc::new(table.with_builtins().with_sessions(9));
        Console::new(table, self.config.clone())
    }

    /// An operator comes from there, and is attended; what is at the other end.
    fn comes(&self, from: &str) -> (Terminal, JoinHandle<Ended>) {
        let (near, far) = duplex(1_024);
        let driver = Driver::new(self.console(), near, self.clock.clone());
        let operator = self.consoles.attend(driver, from);
        let serving = tokio::spawn(attend(operator, self.clock.clone()));
        (Terminal(far), serving)
    }
}

type Ended = Result<Option<Reason>, crate::net::Error>;

/// What an application does: `wait` takes an hour.
async fn attend<M: Attended, S: Stream>(mut operator: Operator<M, S>, clock: Clock) -> Ended {
    let mut ended = None;
    while let Some(event) = operator.next().await? {
        match event {
            Event::Run(called) => {
                if called.name() == "flood" {
                    let much = Command::Print("much\n".repeat(100_000));
                    operator.answer(much).map_err(crate::net::Error::Machine)?;
                }
                operator
                    .work(clock.sleep(Duration::from_secs(3_600)))
                    .await?;
                operator
                    .answer(Command::Done)
                    .map_err(crate::net::Error::Machine)?;
            }
            Event::Logout(reason) => ended = Some(reason),
            _ => {}
        }
    }
    Ok(ended)
}

struct Terminal(DuplexStream);

impl Terminal {
    async fn types(&mut self, typed: &str) {
        self.0.write_all(typed.as_bytes()).await.unwrap();
    }

    /// What is shown until these words are.
    async fn sees(&mut self, words: &str) -> String {
        let mut seen = String::new();
        while !seen.ends_with(words) {
            let mut some = [0; 1];
            let count = self.0.read(&mut some).await.unwrap();
            assert!(count > 0, "it ends behind {seen:?}, before {words:?}");
            seen.push(some[0].into());
        }
        seen
    }

    async fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).await.unwrap();
        rest
    }

    async fn logs_in(&mut self, user: &str, password: &str) {
        self.sees("login: ").await;
        self.types(&format!("{user}\r")).await;
        self.sees("password: ").await;
        self.types(&format!("{password}\r")).await;
    }
}

#[test]
fn failures_count_over_all_connections_from_one_host() {
    run(|clock| async move {
        let config = ConsolesConfig {
            sessions: 99,
            ..ConsolesConfig::default()
        };
        let site = Site::with(&clock, &config);
        let mut terminals = Vec::new();
        for port in 1..=40 {
            let from = SocketAddr::from(([10, 0, 0, 7], port)).to_string();
            terminals.push(site.comes(&from).0);
        }
        for terminal in &mut terminals {
            terminal.logs_in("ann", "wrong").await;
            terminal.sees("Login incorrect.\r\n").await;
        }
        // The right password does not help, but from elsewhere, and later.
        let (mut same, _) = site.comes("10.0.0.7:99");
        same.logs_in("ann", "hush").await;
        same.sees("Login incorrect.\r\n").await;
        let (mut other, _) = site.comes("10.0.0.8:99");
        other.logs_in("ann", "hush").await;
        other.sees("> ").await;
        clock.sleep(ThrottleLimits::default().time).await;
        let (mut later, _) = site.comes("10.0.0.7:100");
        later.logs_in("ann", "hush").await;
        later.sees("> ").await;
    });
}

#[test]
fn a_session_that_is_dropped_in_the_middle_of_a_command_leaves_its_place() {
    run(|clock| async move {
        let config = ConsolesConfig {
            sessions: 1,
            ..ConsolesConfig::default()
        };
        let mut site = Site::with(&clock, &config);
        site.config = Site::open(&clock).config;
        for _ in 0..3 {
            let (mut terminal, serving) = site.comes("here");
            terminal.sees("> ").await;
            terminal.types("wait\r").await;
            terminal.sees("wait\r\n").await;
            assert_eq!(site.consoles.sessions(), 1);
            serving.abort();
            assert!(serving.await.unwrap_err().is_cancelled());
            assert_eq!(site.consoles.sessions(), 0);
        }
    });
}

/// A stream whose end is a reset.
struct Resets(DuplexStream);

impl AsyncRead for Resets {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.get_mut().0).poll_read(cx, into))?;
        match into.filled().len() > before {
            true => Poll::Ready(Ok(())),
            false => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
        }
    }
}

impl AsyncWrite for Resets {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}

#[test]
fn a_wire_that_fails_in_the_middle_of_a_command_leaves_its_place() {
    run(|clock| async move {
        let site = Site::open(&clock);
        let (near, far) = duplex(1_024);
        let driver = Driver::new(site.console(), Resets(near), clock.clone());
        let operator = site.consoles.attend(driver, "here");
        let serving = tokio::spawn(attend(operator, clock.clone()));
        let mut terminal = Terminal(far);
        terminal.types("wait\r").await;
        terminal.sees("wait\r\n").await;
        let began = clock.now();
        drop(terminal);
        serving.await.unwrap().unwrap_err();
        assert_eq!((clock.now(), site.consoles.sessions()), (began, 0));
    });
}

#[test]
fn one_more_than_there_are_places_is_told_so() {
    run(|clock| async move {
        let config = ConsolesConfig {
            sessions: 1,
            ..ConsolesConfig::default()
        };
        let site = Site::with(&clock, &config);
        let (mut first, serving) = site.comes("a");
        first.sees("login: ").await;
        let (mut second, refused) = site.comes("b");
        assert_eq!(second.rest().await, "Too many sessions.\r\n");
        assert_eq!(refused.await.unwrap().unwrap(), Some(Reason::Closed));
        drop(first);
        serving.await.unwrap().unwrap();
        site.comes("c").0.sees("login: ").await;
    });
}

#[test]
fn one_too_many_over_telnet_is_told_so_at_once() {
    run(|clock| async move {
        let config = ConsolesConfig {
            sessions: 0,
            ..ConsolesConfig::default()
        };
        let site = Site::with(&clock, &config);
        let (near, mut far) = duplex(1_024);
        let machine = TelnetConsole::new(site.console());
        let driver = Driver::new(machine, near, clock.clone());
        let began = clock.now();
        let operator = site.consoles.attend(driver, "10.0.0.7:4711");
        assert_eq!(
            attend(operator, clock.clone()).await.unwrap(),
            Some(Reason::Closed)
        );
        assert_eq!(
            clock.now(),
            began,
            "it answers nothing, and is not waited for"
        );
        let mut said = Vec::new();
        far.read_to_end(&mut said).await.unwrap();
        assert!(said.ends_with(b"Too many sessions.\r\n"), "{said:?}");
    });
}

#[test]
fn one_who_is_kicked_is_out_whatever_runs_there() {
    run(|clock| async move {
        let site = Site::open(&clock);
        let (mut idle, idles) = site.comes("idle");
        idle.sees("> ").await;
        let (mut busy, works) = site.comes("busy");
        busy.sees("> ").await;
        busy.types("wait\r").await;
        busy.sees("wait\r\n").await;
        let (mut boss, _) = site.comes("boss");
        boss.sees("> ").await;
        let began = clock.now();
        boss.types("kick 1\rkick 2\rkick 9\r").await;
        boss.sees("There is no such session.\r\n> ").await;
        assert_eq!(idle.rest().await, "\r\nYour session was ended.\r\n");
        assert_eq!(busy.rest().await, "Your session was ended.\r\n");
        for kicked in [idles, works] {
            kicked.await.unwrap().unwrap();
        }
        assert_eq!(clock.now(), began);
        assert_eq!(site.consoles.sessions(), 1);
    });
}

#[test]
fn one_who_is_kicked_and_takes_no_bytes_has_no_place_and_soon_no_connection() {
    run(|clock| async move {
        let site = Site::open(&clock);
        let (mut deaf, works) = site.comes("gone");
        // From here on it takes nothing, and its driver asks its console nothing.
        deaf.types("flood\r").await;
        deaf.sees("much\r\n").await;
        let (mut boss, _) = site.comes("boss");
        boss.sees("> ").await;
        boss.types("kick 1\r").await;
        boss.sees("kick 1\r\n> ").await;
        boss.types("who\r").await;
        let who = boss.sees("\r\n> ").await;
        assert!(!who.contains("gone"), "{who}");
        let limit = lineside_io::Limits::default().write_stall.unwrap();
        let ended = clock.timeout(limit * 2, works).await.unwrap();
        ended.unwrap().unwrap();
    });
}

#[test]
fn a_second_operator_takes_over_or_is_told_who_is_in() {
    for (second, first_sees, second_sees) in [
        (Second::Takes, "Another operator has logged in.\r\n", "> "),
        (Second::Denied, "", "Another operator is in.\r\n"),
    ] {
        run(move |clock| async move {
            let config = ConsolesConfig {
                second,
                ..ConsolesConfig::default()
            };
            let site = Site::with(&clock, &config);
            let (mut ann, _) = site.comes("a");
            ann.logs_in("ann", "hush").await;
            ann.sees("> ").await;
            let (mut bob, _) = site.comes("b");
            bob.logs_in("bob", "x").await;
            bob.sees(second_sees).await;
            ann.sees(first_sees).await;
            assert_eq!(site.consoles.sessions(), 1, "{second:?}");
        });
    }
}

#[test]
fn a_window_that_changes_and_a_watch_are_no_use_of_the_keyboard() {
    run(|clock| async move {
        let site = Site::open(&clock);
        let (near, far) = duplex(1_024);
        let driver = Driver::new(site.console(), near, clock.clone());
        let mut operator = site.consoles.attend(driver, "resized");
        let mut terminal = Terminal(far);
        let resizing = async {
            for columns in 40.. {
                let window = Window::of(columns, 24);
                operator.answer(Command::Resize(window)).unwrap();
                let events = async { while operator.next().await.unwrap().is_some() {} };
                let _ = clock.timeout(Duration::from_secs(1), events).await;
            }
        };
        let watching = async {
            let (mut watcher, _) = site.comes("watches");
            watcher.sees("> ").await;
            watcher.types("watch 20 who\r").await;
            let (mut boss, _) = site.comes("boss");
            boss.sees("> ").await;
            clock.sleep(Duration::from_millis(60_500)).await;
            boss.types("who\r").await;
            let who = boss.sees("\r\n> ").await;
            let idle = |from: &str| {
                let row = who.lines().find(|row| row.contains(from)).unwrap();
                row.trim_end().ends_with("1 min  1 min")
            };
            assert!(idle("resized") && idle("watches"), "{who}");
            assert!(!idle("boss"), "{who}");
        };
        let reading = async { terminal.0.read_to_end(&mut Vec::new()).await };
        tokio::select! { () = resizing => {}, () = watching => {}, _ = reading => {} }
    });
}
