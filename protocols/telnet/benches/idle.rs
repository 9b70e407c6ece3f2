//! What an idle session takes of memory: ours alone, over streams that take none.
//!
//! `cargo bench -p lineside-telnet --bench idle`

#![expect(clippy::unwrap_used, reason = "a benchmark fails loudly")]
#![expect(clippy::print_stdout, reason = "a benchmark tells its figure")]

use core::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::{fs, io, sync::Arc};

use lineside_io::{Clock, Driver, Limits};
use lineside_telnet::{
    Config, OptionSet,
    console::{
        self, Command, Console, Event, Login, Spec, Table, TelnetConsole, TelnetEvent, Terminal,
    },
    net::{Server, Session},
    wire::TelnetOption,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const SESSIONS: usize = 10_000;

/// A peer that agrees to what a console asks for, says a line, and then nothing.
struct Peer(&'static [u8]);

const SAID: &[u8] = b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x1fhello\r\n";

impl AsyncRead for Peer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0.is_empty() {
            return Poll::Pending;
        }
        into.put_slice(self.0);
        self.0 = &[];
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Peer {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        said: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(said.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let mut config = Config::default();
        config.ours = OptionSet::of(&[TelnetOption::ECHO, TelnetOption::SGA]);
        config.offer = config.ours;
        config.theirs = OptionSet::of(&[TelnetOption::NAWS]);
        config.ask = config.theirs;
        let server = Server::new(config);
        measure("an idle session", async || idle(&server).await).await;
        let site = Site::new();
        measure("an idle console", async || site.idle().await).await;
    });
}

/// What each of many takes.
async fn measure<S>(what: &str, make: impl AsyncFn() -> S) {
    // The first few pay for what all share.
    let mut sessions: Vec<S> = Vec::with_capacity(SESSIONS + 100);
    for _ in 0..100 {
        sessions.push(make().await);
    }
    let before = resident();
    for _ in 0..SESSIONS {
        sessions.push(make().await);
    }
    let each = (resident() - before) / SESSIONS;
    println!(
        "{what}: {each} bytes, of them {} on the stack of its task",
        size_of::<S>()
    );
}

/// A session that has negotiated, heard a line and answered it.
async fn idle(server: &Server) -> Session<Peer> {
    let mut session = server.over(Peer(SAID));
    session.settled().await.unwrap();
    let line = session.data().await.unwrap().unwrap();
    session.write(line).await.unwrap();
    // As where a server waits for the next.
    let next = core::future::poll_fn(|cx| Poll::Ready(session.poll_next(cx).is_pending())).await;
    assert!(next, "the peer says no more");
    session
}

/// An operator at a terminal that tells its window and its type, logs in and calls for help.
const OPERATOR: &[u8] = b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\
    \xff\xfa\x18\x00XTERM-256COLOR\xff\xf0\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0\
    operator\r\0guest\r\0help\r\0show\r\0";

/// What the consoles share.
struct Site {
    table: Arc<Table>,
    console: Arc<console::Config>,
    telnet: Arc<Config>,
    clock: Clock,
}

impl Site {
    fn new() -> Self {
        let table = Table::new([Spec::new("show", "Shows a value")]);
        let mut console = console::Config::default();
        console.greeting = "help lists the commands.".into();
        let mut login = Login::default();
        login.answer = Duration::ZERO;
        console.login = Some(login);
        Self {
            table: Arc::new(table.with_builtins()),
            console: Arc::new(console),
            telnet: Arc::new(TelnetConsole::telnet()),
            clock: Clock::tokio(),
        }
    }

    /// A console whose operator has done that, and then nothing.
    async fn idle(&self) -> Driver<TelnetConsole, Peer> {
        let console = Console::new(self.table.clone(), self.console.clone());
        let machine = TelnetConsole::with(console, self.telnet.clone());
        let mut limits = Limits::default();
        limits.lean = true;
        let driver = Driver::new(machine, Peer(OPERATOR), self.clock.clone());
        let mut driver = driver.limits(limits);
        loop {
            let next = core::future::poll_fn(|cx| Poll::Ready(driver.poll_next(cx))).await;
            let answers = match next {
                Poll::Ready(Ok(Some(TelnetEvent::Console(event)))) => match event {
                    Event::Login(_) => vec![Command::Admit { level: 0 }],
                    Event::Run(_) => vec![Command::Print("17 rpm".into()), Command::Done],
                    _ => Vec::new(),
                },
                Poll::Ready(_) => panic!("it goes on"),
                Poll::Pending => break,
            };
            for answer in answers {
                driver.submit(answer.into()).unwrap();
            }
        }
        assert!(driver.machine().console().terminal() == Terminal::COLOUR);
        driver
    }
}

/// Bytes in memory.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096
}
