//! A device's console: one table of commands, over Telnet, raw TCP, a serial line, and at this terminal.
//!
//! ```text
//! cargo run --example console                                     at this terminal
//! cargo run --example console -- telnet tcp://127.0.0.1:2323      then: telnet 127.0.0.1 2323
//! cargo run --example console -- raw tcp://127.0.0.1:2324         then: socat -,raw,echo=0 TCP:127.0.0.1:2324
//! cargo run --example console -- raw 'serial:///dev/ttyUSB0?baud=115200'
//! cargo run --example console -- raw pty:/tmp/farm                then: picocom -q /tmp/farm
//! cargo run --example console -- plain tcp://127.0.0.1:5025       command lines for programs
//! ```
//!
//! But for this terminal one logs in: `operator` and `guest`, or `engineer` and `hush`, who may do more. A
//! serial line stays when its operator has left: a key begins the next session.

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use core::{future::pending, time::Duration};
use std::{
    process::{Command as Program, Stdio},
    sync::Arc,
};

use lineside_examples::{
    farm::{ENGINEER, ENGINEERS, Farm, OPERATOR},
    place, program,
};
use lineside_io::{
    Clock, Driver, Limits, Listener, Net, Socket, Stream,
    address::{Address, Schemes, Wire},
    serve::{self, serve},
};
use lineside_tcp::{Tcp, TcpListener};
use lineside_telnet::{
    Config as TelnetConfig,
    console::{
        Attended, Command, Config, Console, Event, Plain, PlainCommand, PlainConfig, Table,
        TelnetConsole, Terminal, Window,
    },
    net::console::Origin,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::lookup_host,
    sync::mpsc,
};

type Failure = Box<dyn core::error::Error + Send + Sync>;

/// What the consoles are made of, and what they are of.
#[derive(Clone)]
struct Site {
    farm: Arc<Farm>,
    table: Arc<Table>,
    config: Arc<Config>,
    telnet: Arc<TelnetConfig>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let clock = Clock::precise();
    let site = Site {
        farm: Arc::new(Farm::new(clock.clone())),
        table: Arc::new(Farm::table().with_builtins().with_sessions(ENGINEERS)),
        config: Arc::new(Farm::config()),
        telnet: Arc::new(TelnetConsole::telnet()),
    };
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => here(site).await,
        [how @ ("telnet" | "raw" | "plain"), ref addresses @ ..] if !addresses.is_empty() => {
            let schemes = place::schemes(&clock);
            let interrupted = program::interrupted();
            for address in addresses {
                listen(how, address.parse()?, &schemes, &site).await?;
            }
            if how != "plain" {
                let [(one, guest), (other, hush)] = [OPERATOR, ENGINEER];
                println!("log in as {one}, {guest}, or as {other}, {hush}; Ctrl-C ends it");
            }
            Ok(interrupted.await?)
        }
        _ => Err("usage: console [telnet | raw | plain <address>...]".into()),
    }
}

/// Serves what comes to an address.
async fn listen(
    how: &str,
    address: Address,
    schemes: &Schemes,
    site: &Site,
) -> Result<(), Failure> {
    let site = site.clone();
    // A Synch is urgent data, which TCP has and an address does not tell of.
    if how == "telnet" && address.scheme() == "tcp" {
        let mut at = lookup_host(address.host_and_port_only()?).await?;
        let at = at.next().ok_or("the host has no address")?;
        let listener = Tcp::default().listen(at).await?;
        println!("telnet at tcp://{}", listener.local_addr()?);
        tokio::spawn(over_tcp(listener, site));
        return Ok(());
    }
    let mut acceptor = schemes.listen(&address).await?;
    println!("{how} at {}", acceptor.local());
    let how = how.to_owned();
    tokio::spawn(async move {
        while let Ok(accepted) = acceptor.accept().await {
            let (site, how) = (site.clone(), how.clone());
            tokio::spawn(async move {
                let ended = over_wire(&how, accepted.wire, accepted.peer, &site).await;
                tell(ended);
            });
        }
    });
    Ok(())
}

async fn over_tcp(listener: TcpListener, site: Site) {
    let clock = site.farm.clock().clone();
    let session = |stream: <Tcp as Net>::Stream, place| {
        let site = site.clone();
        async move {
            let Ok(peer) = stream.peer_addr() else {
                // It has gone already.
                return;
            };
            let machine = TelnetConsole::with(console(&site), site.telnet.clone());
            let driver = Driver::on_urgent(machine, stream, site.farm.clock().clone());
            let driver = driver.limits(lean());
            tell(attend(driver, peer, no_sizes(), &site).await.map(drop));
            drop(place);
        }
    };
    serve(
        listener,
        &serve::Limits::default(),
        &clock,
        session,
        pending(),
    )
    .await;
}

async fn over_wire(how: &str, wire: Wire, peer: String, site: &Site) -> Result<(), Failure> {
    let clock = site.farm.clock().clone();
    match how {
        "telnet" => {
            let machine = TelnetConsole::with(console(site), site.telnet.clone());
            let driver = Driver::on_wire(machine, wire, clock).limits(lean());
            attend(driver, peer, no_sizes(), site).await.map(drop)
        }
        "raw" => raw(wire, peer, site).await,
        _ => {
            let plain = Plain::new(Arc::new(Farm::table()), PlainConfig::default());
            answer(Driver::on_wire(plain, wire, clock), site).await
        }
    }
}

/// A stream ends with its session; a line is there for the next one.
async fn raw(mut wire: Wire, peer: String, site: &Site) -> Result<(), Failure> {
    loop {
        let clock = site.farm.clock().clone();
        let driver = Driver::on_wire(console(site), wire, clock).limits(lean());
        let driver = attend(driver, &*peer, no_sizes(), site).await?;
        let has_ended = driver.has_ended();
        wire = driver.into_parts().1;
        if has_ended || wire.as_line().is_none() {
            return Ok(());
        }
        wire.write_all(b"Press Enter.\r\n").await?;
        if wire.read(&mut [0; 64]).await? == 0 {
            return Ok(());
        }
    }
}

/// The console at this terminal, whose own editing is off meanwhile.
async fn here(mut site: Site) -> Result<(), Failure> {
    let before = String::from_utf8(stty(&["-g"])?)?;
    stty(&["raw", "-echo"])?;

    let mut config = Farm::config();
    (config.login, config.level, config.idle) = (None, ENGINEERS, None);
    config.banner.clear();
    site.config = Arc::new(config);
    let mut console = console(&site);
    let mut begin = bytes::BytesMut::new();
    console.resize(window()?, &mut begin);
    console.set_terminal(
        Terminal::named(&std::env::var("TERM").unwrap_or_default()),
        &mut begin,
    );
    let terminal = tokio::io::join(tokio::io::stdin(), tokio::io::stdout());
    let driver = Driver::new(console, terminal, site.farm.clock().clone());
    let (changes, sizes) = mpsc::channel(1);
    tokio::spawn(resized(changes));
    let ended = attend(driver, "this terminal", sizes, &site).await;

    stty(&[before.trim()])?;
    tell(ended.map(drop));
    // A thread of tokio's still reads the standard input.
    std::process::exit(0)
}

fn stty(words: &[&str]) -> std::io::Result<Vec<u8>> {
    let mut stty = Program::new("stty");
    let stty = stty.args(words).stdin(Stdio::inherit());
    stty.output().map(|output| output.stdout)
}

/// The size of this terminal.
fn window() -> Result<Window, Failure> {
    let size = String::from_utf8(stty(&["size"])?)?;
    let mut size = size
        .split_whitespace()
        .map(|number| number.parse().unwrap_or(0));
    let (rows, columns) = (size.next().unwrap_or(0), size.next().unwrap_or(0));
    Ok(Window::of(columns, rows))
}

/// Tells the console of each new size of this terminal.
#[cfg(unix)]
async fn resized(console: mpsc::Sender<Window>) {
    use tokio::signal::unix::{SignalKind, signal};

    let Ok(mut changes) = signal(SignalKind::window_change()) else {
        return;
    };
    while changes.recv().await.is_some() {
        if let Ok(window) = window() {
            let _ = console.send(window).await;
        }
    }
}

#[cfg(not(unix))]
async fn resized(_: mpsc::Sender<Window>) {}

fn console(site: &Site) -> Console {
    Console::new(site.table.clone(), site.config.clone())
}

/// Many operators, of whom few type.
fn lean() -> Limits {
    let mut limits = Limits::default();
    limits.lean = true;
    limits
}

fn tell(ended: Result<(), Failure>) {
    if let Err(error) = ended {
        eprintln!("console: {error}");
    }
}

/// Does what an operator wants, until the console ends; `sizes` are those of a terminal that does not tell
/// its console itself. Gives the driver, whose wire may serve another.
async fn attend<M: Attended, S: Stream>(
    driver: Driver<M, S>,
    from: impl Into<Origin>,
    mut sizes: mpsc::Receiver<Window>,
    site: &Site,
) -> Result<Driver<M, S>, Failure> {
    let mut operator = site.farm.consoles().attend(driver, from);
    loop {
        let event = tokio::select! {
            Some(window) = sizes.recv() => {
                operator.answer(Command::Resize(window))?;
                continue;
            }
            event = operator.next() => event?,
        };
        match event {
            None => return Ok(operator.into_driver()),
            Some(Event::Run(called)) if called.name() == "wait" => {
                let seconds = called.number("seconds").unwrap_or_default();
                let wait = site.farm.clock().sleep(Duration::from_secs_f64(seconds));
                operator.work(wait).await?;
                operator.answer(Command::Done)?;
            }
            Some(event) => {
                for command in site.farm.wanted(event) {
                    operator.answer(command)?;
                }
            }
        }
    }
}

/// The sizes of a terminal that tells its console itself, or has none.
fn no_sizes() -> mpsc::Receiver<Window> {
    mpsc::channel(1).1
}

/// The same commands for a program.
async fn answer<S: Stream>(mut driver: Driver<Plain, S>, site: &Site) -> Result<(), Failure> {
    while let Some(called) = driver.next().await? {
        let done = match site.farm.run(&called) {
            Ok(answer) => {
                driver.submit(PlainCommand::Print(answer))?;
                PlainCommand::Done
            }
            Err(message) => PlainCommand::Failed(message),
        };
        driver.submit(done)?;
    }
    Ok(())
}
