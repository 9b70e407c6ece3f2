//! What a keystroke takes from the terminal to the application and back, over loopback TCP, beside a bare
//! echo: all servers in one thread, so that none has a better core, and one key at a time, to one of them
//! after the other.
//!
//! `cargo bench -p lineside-telnet --bench keystroke`
//!
//! `bare` is tokio's TCP, which reads and writes back what was read. `session` is a session of
//! [`Server`], whose handler writes back what it was given; `console` a console, which edits a line and
//! shows it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark fails loudly, and prints"
)]

use core::{future::pending, net::SocketAddr, time::Duration};
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, mpsc},
    thread,
    time::Instant,
};

use lineside_io::{Clock, Driver, Listener, Net};
use lineside_tcp::{Tcp, TcpListener, TcpStream as Stream};
use lineside_telnet::{
    Config, OptionSet,
    console::{self, Console, Table, TelnetConsole},
    net::{Server, Session},
    wire::{IAC, TelnetOption, Verb},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::Builder,
};

/// Keys; fewer when the bench is only tried out.
const KEYS: usize = 20_000;

#[derive(Clone, Copy, Debug)]
enum Who {
    Bare,
    Session,
    Console,
}

const ALL: [Who; 3] = [Who::Bare, Who::Session, Who::Console];

fn main() {
    // `cargo test --benches` runs a benchmark to see that it runs.
    let is_test = !std::env::args().any(|argument| argument == "--bench");
    let keys = if is_test { 20 } else { KEYS };
    let (tell, at) = mpsc::channel();
    thread::spawn(move || serve(&tell));
    let mut terminals = ALL.map(|who| Terminal::new(who, at.recv().unwrap()));
    let mut random = fastrand::Rng::with_seed(1);
    for key in 0..keys {
        for terminal in &mut terminals {
            // Every second key takes the last one back, so that the line stays short.
            terminal.press(if key % 2 == 0 { b'a' } else { 0x7f });
        }
        // Whoever is first finds everybody asleep.
        random.shuffle(&mut terminals);
    }
    terminals.sort_by_key(|terminal| terminal.who as u8);
    let [bare, ..] = terminals.each_ref().map(|terminal| terminal.share(50));
    for terminal in &terminals {
        let (median, p99) = (terminal.share(50), terminal.share(99));
        println!(
            "{keys} keys, {:?}: median {median:?}, p99 {p99:?}; over the bare echo {:?}",
            terminal.who,
            median.saturating_sub(bare)
        );
    }
}

/// Somebody at a server.
struct Terminal {
    who: Who,
    stream: TcpStream,
    taken: Vec<Duration>,
}

impl Terminal {
    fn new(who: Who, at: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.set_nodelay(true).unwrap();
        if !matches!(who, Who::Bare) {
            negotiate(&mut stream);
        }
        Self {
            who,
            stream,
            taken: Vec::new(),
        }
    }

    fn press(&mut self, key: u8) {
        let began = Instant::now();
        self.stream.write_all(&[key]).unwrap();
        assert_ne!(self.stream.read(&mut [0; 64]).unwrap(), 0);
        self.taken.push(began.elapsed());
    }

    /// What so many of a hundred keys take at most.
    fn share(&self, of_hundred: usize) -> Duration {
        let mut taken = self.taken.clone();
        taken.sort_unstable();
        *taken.get(taken.len() * of_hundred / 100).unwrap()
    }
}

/// Agrees to what is offered, refuses what is asked for, and waits for what is said at the beginning.
fn negotiate(stream: &mut TcpStream) {
    let mut heard = Vec::new();
    while !heard.ends_with(b"> ") {
        let mut some = [0; 256];
        let length = stream.read(&mut some).unwrap();
        heard.extend_from_slice(some.get(..length).unwrap());
        while let Some((&[IAC, verb, option], rest)) = heard.split_first_chunk() {
            let answer = match Verb::of(verb).unwrap() {
                Verb::Will => Verb::Do,
                Verb::Do => Verb::Wont,
                Verb::Wont | Verb::Dont => unreachable!("nothing is taken back"),
            };
            stream.write_all(&[IAC, answer.byte(), option]).unwrap();
            heard = rest.to_vec();
        }
    }
}

/// Goes on until the program ends.
fn serve(tell: &mpsc::Sender<SocketAddr>) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for who in ALL {
            let here = SocketAddr::from(([127, 0, 0, 1], 0));
            let listener = Tcp::default().listen(here).await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            tokio::spawn(attend(who, listener));
        }
        pending::<()>().await;
    });
}

async fn attend(who: Who, mut listener: TcpListener) {
    match who {
        Who::Bare => bare(listener.accept().await.unwrap()).await,
        Who::Session => session(listener).await,
        Who::Console => console(listener.accept().await.unwrap()).await,
    }
}

async fn bare(mut stream: Stream) {
    let mut some = [0; 256];
    while let Ok(length @ 1..) = stream.read(&mut some).await {
        stream.write_all(some.get(..length).unwrap()).await.unwrap();
    }
}

async fn session(listener: TcpListener) {
    let mut config = Config::default();
    config.ours = OptionSet::of(&[TelnetOption::ECHO, TelnetOption::SGA]);
    config.offer = config.ours;
    let each = async |mut session: Session<Stream>| {
        session.settled().await.unwrap();
        session.write("> ").await.unwrap();
        while let Ok(Some(data)) = session.data().await {
            session.write(data).await.unwrap();
        }
    };
    Server::new(config)
        .serve_urgent(listener, each, pending())
        .await;
}

async fn console(stream: Stream) {
    let table = Arc::new(Table::new([]));
    let console = Console::new(table, Arc::new(console::Config::default()));
    let mut driver = Driver::on_urgent(TelnetConsole::new(console), stream, Clock::tokio());
    while let Ok(Some(_)) = driver.next().await {}
}
