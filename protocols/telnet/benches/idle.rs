//! What an idle session takes of memory: ours alone, over streams that take none; and served on TCP, beside
//! a task that has nothing but its socket.
//!
//! `cargo bench -p lineside-telnet --bench idle`

#![expect(clippy::unwrap_used, reason = "a benchmark fails loudly")]
#![expect(clippy::print_stdout, reason = "a benchmark tells its figure")]

use core::{
    future::pending,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::{
    env, fs,
    io::{self, Read, Write},
    net,
    process::{self, Child, Stdio},
    sync::Arc,
};

use lineside_io::{Clock, Driver, Limits, Listener, Net};
use lineside_tcp::{Tcp, TcpStream};
use lineside_telnet::{
    Config, OptionSet,
    console::{
        self, Command, Console, Event, Login, Spec, Table, TelnetConsole, TelnetEvent, Terminal,
    },
    net::{Server, Session},
    wire::TelnetOption,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    sync::mpsc::{self, UnboundedSender},
};

const SESSIONS: usize = 10_000;

/// Those who come before the measurement, and pay for what all share.
const FIRST: usize = 100;

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
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["dial", at, count] => Peers::be(at, count),
        ["measure", what, count] => run(what, count.parse().unwrap()),
        // `cargo test --benches` runs a benchmark to see that it runs.
        ref arguments => run_each(if arguments.contains(&"--bench") {
            SESSIONS
        } else {
            FIRST
        }),
    }
}

/// Each in a process of its own: what one has freed would be another's.
fn run_each(count: usize) {
    for what in ["session", "console", "bare task", "served session"] {
        let is_served = what.contains("task") || what.contains("served");
        let count = if is_served { count.min(files()) } else { count };
        let arguments = ["measure", what, &count.to_string()];
        assert!(this_program().args(arguments).status().unwrap().success());
    }
}

/// Sockets that a process may have open, beside the first and what else it has.
fn files() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3));
    // One without a limit says so in a word.
    let most = soft.unwrap().parse().unwrap_or(usize::MAX);
    most.saturating_sub(2 * FIRST)
}

fn this_program() -> process::Command {
    process::Command::new(env::current_exe().unwrap())
}

fn run(what: &str, count: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let each = runtime.unwrap().block_on(async {
        match what {
            "session" => {
                let server = server();
                measure(count, async || idle(&server).await).await
            }
            "console" => {
                let site = Site::new();
                measure(count, async || site.idle().await).await
            }
            "bare task" => served(count, Who::Bare).await,
            _ => served(count, Who::Session).await,
        }
    });
    println!("an idle {what}, of {count}: {each} bytes");
}

fn server() -> Server {
    let mut config = Config::default();
    config.ours = OptionSet::of(&[TelnetOption::ECHO, TelnetOption::SGA]);
    config.offer = config.ours;
    config.theirs = OptionSet::of(&[TelnetOption::NAWS]);
    config.ask = config.theirs;
    let mut limits = lineside_telnet::net::Limits::default();
    limits.connections = 2 * SESSIONS;
    limits.driver.lean = true;
    Server::new(config).limits(limits)
}

/// Who serves.
enum Who {
    /// A task of tokio's that has heard something, and said it again.
    Bare,
    /// A session of a server.
    Session,
}

/// What each of many takes that are connected to from another process.
async fn served(count: usize, who: Who) -> usize {
    let here = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut listener = Tcp::default().listen(here).await.unwrap();
    let at = listener.local_addr().unwrap();
    let (idle, mut are_idle) = mpsc::unbounded_channel();
    let serving = tokio::spawn(async move {
        match who {
            Who::Bare => loop {
                tokio::spawn(bare(listener.accept().await.unwrap(), idle.clone()));
            },
            Who::Session => {
                let each = |session| attend(session, idle.clone());
                server().serve_urgent(listener, each, pending()).await;
            }
        }
    });
    let mut dialled = async |count| {
        let peers = Peers::dial(at, count);
        for _ in 0..count {
            are_idle.recv().await.unwrap();
        }
        peers
    };
    let _first = dialled(FIRST).await;
    let before = resident();
    let _others = dialled(count).await;
    let each = resident().saturating_sub(before) / count;
    serving.abort();
    each
}

async fn bare(mut stream: TcpStream, idle: UnboundedSender<()>) {
    let mut heard = [0; SAID.len()];
    stream.read_exact(&mut heard).await.unwrap();
    stream.write_all(&heard).await.unwrap();
    idle.send(()).unwrap();
    let _ = stream.read_u8().await;
}

async fn attend(mut session: Session<TcpStream>, idle: UnboundedSender<()>) {
    session.settled().await.unwrap();
    let line = session.data().await.unwrap().unwrap();
    session.write(line).await.unwrap();
    idle.send(()).unwrap();
    let _ = session.next().await;
}

/// A process of [`Peer`]s. It ends when its input does.
struct Peers(Child);

impl Peers {
    fn dial(at: SocketAddr, count: usize) -> Self {
        let mut command = this_program();
        command.args(["dial", &at.to_string(), &count.to_string()]);
        Self(command.stdin(Stdio::piped()).spawn().unwrap())
    }

    /// What the process does.
    fn be(at: &str, count: &str) {
        let dial = |_| {
            let mut stream = net::TcpStream::connect(at).unwrap();
            stream.write_all(SAID).unwrap();
            stream
        };
        let _streams: Vec<_> = (0..count.parse().unwrap()).map(dial).collect();
        let _ = io::stdin().read(&mut [0]);
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// What each of many takes.
async fn measure<S>(count: usize, make: impl AsyncFn() -> S) -> usize {
    let mut sessions: Vec<S> = Vec::with_capacity(FIRST + count);
    for _ in 0..FIRST {
        sessions.push(make().await);
    }
    let before = resident();
    for _ in 0..count {
        sessions.push(make().await);
    }
    resident().saturating_sub(before) / count
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
