//! A serial port, here or on an access server, at the terminal or in a pipe.
//!
//! ```text
//! cargo run --release --example port_client -- 'rfc2217://127.0.0.1:4001?baud=115200&format=8E1'
//! echo SI | cargo run --release --example port_client -- rfc2217://127.0.0.1:4001
//! cargo run --release --example port_client -- --dtr off --break 250ms --show rfc2217://127.0.0.1:4001
//! ```
//!
//! At a terminal Ctrl-] is for the program: then `b` sends a break, `d` and `r` turn DTR and RTS, `s`
//! shows the port, `q` ends.

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use core::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use std::{
    io::{self, IsTerminal, Read, Write},
    process::{Command, ExitCode, Stdio},
    thread,
};

use lineside_core::Mark;
use lineside_examples::{
    arguments::Arguments,
    program::{self, Ended, run_on_wires},
};
use lineside_io::{
    Clock, Line, Signals,
    address::{Address, Schemes, Wire},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    sync::mpsc,
};
use tracing::Level;

const USAGE: &str = "usage: port_client [options] <port>

Bridges the terminal, or the standard input and output, to a serial port. At a terminal Ctrl-]
is followed by b (break), d (DTR), r (RTS), s (show the port), q (quit).

options:
  --dtr on|off      DTR at the beginning
  --rts on|off      RTS at the beginning
  --break <time>    send a break of this length first, as in 250ms
  --show            show the port and end
  --linger <time>   how long to wait for the port when the standard input has ended; default 1s
";

/// Ctrl-].
const ESCAPE: u8 = 0x1D;
/// A break at the terminal.
const BREAK: Duration = Duration::from_millis(250);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run_on_wires("port_client", USAGE, port_client).await
}

async fn port_client(mut arguments: Arguments, schemes: &Schemes, clock: &Clock) -> Ended {
    program::log(Level::WARN);
    let dtr = level(arguments.value("--dtr")?)?;
    let rts = level(arguments.value("--rts")?)?;
    let pulse = arguments.time("--break")?;
    let linger = arguments.time("--linger")?;
    let is_shown = arguments.flag("--show");
    let words = arguments.words()?;
    let [port] = &words[..] else {
        return Err("one port".into());
    };
    let port: Address = port.parse()?;
    let Wire::Line(mut line) = schemes.open(&port).await? else {
        return Err(format!("{}: no serial port", port.redacted()).into());
    };
    if dtr.is_some() || rts.is_some() {
        line.set_signals(dtr, rts)?;
    }
    if let Some(pulse) = pulse {
        send_break(&mut line, clock, pulse).await?;
    }
    if is_shown {
        // What was done before has its effect on the modem lines first.
        let changes = async { while changed(&mut line).await.is_ok() {} };
        let _ = clock.timeout(Duration::from_millis(200), changes).await;
        println!("{}", shown(&mut line));
        return Ok(line.shutdown().await?);
    }
    let raw = Raw::take()?;
    let mut session = Session {
        line,
        clock: clock.clone(),
        is_terminal: raw.is_some(),
        is_escaped: false,
        levels: (dtr.unwrap_or(true), rts.unwrap_or(true)),
    };
    if raw.is_some() {
        let shown = shown(&mut session.line);
        session.say(&format!("{shown}; Ctrl-] q ends"));
    }
    let ended = session.run(linger.unwrap_or(Duration::from_secs(1))).await;
    drop(raw);
    Ok(ended?)
}

fn level(word: Option<String>) -> Result<Option<bool>, String> {
    match word.as_deref() {
        None => Ok(None),
        Some("on") => Ok(Some(true)),
        Some("off") => Ok(Some(false)),
        Some(word) => Err(format!("{word}: on or off")),
    }
}

/// The terminal and the port.
struct Session {
    line: Box<dyn Line>,
    clock: Clock,
    is_terminal: bool,
    /// Ctrl-] was pressed.
    is_escaped: bool,
    /// DTR and RTS.
    levels: (bool, bool),
}

impl Session {
    async fn run(&mut self, linger: Duration) -> io::Result<()> {
        let mut keys = keys();
        let mut bytes = [0; 4_096];
        loop {
            tokio::select! {
                heard = heard(&mut self.line, &mut bytes) => match heard? {
                    Heard::Data(0) => return Ok(()),
                    Heard::Data(count) => put(bytes.get(..count).unwrap_or_default())?,
                    Heard::Mark(mark) => self.say(name(mark)),
                    Heard::Signals(signals) => self.say(&inputs(signals)),
                },
                typed = keys.recv() => {
                    let Some(typed) = typed else {
                        return self.last(linger).await;
                    };
                    if self.typed(&typed).await?.is_none() {
                        return self.line.shutdown().await;
                    }
                }
            }
        }
    }

    /// What the port still says when there is nothing more to send.
    async fn last(&mut self, linger: Duration) -> io::Result<()> {
        meanwhile(&mut self.line, |line, cx| Pin::new(line).poll_drain(cx)).await?;
        let until = self.clock.now() + linger;
        let mut bytes = [0; 4_096];
        loop {
            let left = until.since(self.clock.now());
            let read = self.clock.timeout(left, self.line.read(&mut bytes)).await;
            let Ok(read) = read else {
                return self.line.shutdown().await;
            };
            match read? {
                0 => return Ok(()),
                count => put(bytes.get(..count).unwrap_or_default())?,
            }
        }
    }

    /// What was typed: to the port, but for what Ctrl-] announces. `None` to end.
    async fn typed(&mut self, typed: &[u8]) -> io::Result<Option<()>> {
        if !self.is_terminal {
            let mut rest = typed;
            while !rest.is_empty() {
                let write = |line: &mut Box<dyn Line>, cx: &mut Context<'_>| {
                    Pin::new(line).poll_write(cx, rest)
                };
                let count = meanwhile(&mut self.line, write).await?;
                rest = rest.get(count..).unwrap_or_default();
            }
            return Ok(Some(()));
        }
        for &key in typed {
            match (core::mem::take(&mut self.is_escaped), key) {
                (false, ESCAPE) => self.is_escaped = true,
                (false, key) | (true, key @ ESCAPE) => self.line.write_all(&[key]).await?,
                (true, b'q') => return Ok(None),
                (true, b'b') => send_break(&mut self.line, &self.clock, BREAK).await?,
                (true, b'd') => {
                    self.levels.0 = !self.levels.0;
                    self.line.set_signals(Some(self.levels.0), None)?;
                }
                (true, b'r') => {
                    self.levels.1 = !self.levels.1;
                    self.line.set_signals(None, Some(self.levels.1))?;
                }
                (true, _) => {
                    let shown = shown(&mut self.line);
                    self.say(&shown);
                }
            }
        }
        Ok(Some(()))
    }

    fn say(&self, what: &str) {
        if self.is_terminal {
            eprint!("\r\n[{what}]\r\n");
        }
    }
}

/// Does `work` with the port, and shows what comes meanwhile: one that echoes takes nothing more while nobody
/// listens.
async fn meanwhile<T>(
    line: &mut Box<dyn Line>,
    mut work: impl FnMut(&mut Box<dyn Line>, &mut Context<'_>) -> Poll<io::Result<T>>,
) -> io::Result<T> {
    let mut bytes = [0; 4_096];
    poll_fn(|cx| {
        loop {
            if let Poll::Ready(done) = work(line, cx) {
                return Poll::Ready(done);
            }
            let mut into = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut *line).poll_read(cx, &mut into))?;
            match into.filled() {
                [] => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                heard => put(heard)?,
            }
        }
    })
    .await
}

async fn send_break(line: &mut Box<dyn Line>, clock: &Clock, length: Duration) -> io::Result<()> {
    line.set_break(true)?;
    clock.sleep(length).await;
    line.set_break(false)
}

/// What a port brings.
enum Heard {
    /// So many bytes; none at its end.
    Data(usize),
    Mark(Mark),
    Signals(Signals),
}

async fn heard(line: &mut Box<dyn Line>, bytes: &mut [u8]) -> io::Result<Heard> {
    poll_fn(|cx| {
        let mut into = ReadBuf::new(bytes);
        if let Poll::Ready(read) = Pin::new(&mut *line).poll_read(cx, &mut into) {
            return Poll::Ready(read.map(|()| Heard::Data(into.filled().len())));
        }
        if let Some(mark) = line.take_mark() {
            return Poll::Ready(Ok(Heard::Mark(mark)));
        }
        match Pin::new(&mut *line).poll_signals(cx) {
            Poll::Ready(Ok(signals)) => Poll::Ready(Ok(Heard::Signals(signals))),
            // A port without modem lines has no changes of them.
            _ => Poll::Pending,
        }
    })
    .await
}

const fn name(mark: Mark) -> &'static str {
    match mark {
        Mark::Break => "break",
        Mark::Parity(_) => "parity error",
        Mark::Framing(_) => "framing error",
        Mark::Overrun => "overrun",
    }
}

async fn changed(line: &mut Box<dyn Line>) -> io::Result<Signals> {
    poll_fn(|cx| Pin::new(&mut *line).poll_signals(cx)).await
}

/// The settings, and the modem lines where there are any.
fn shown(line: &mut Box<dyn Line>) -> String {
    let settings = line.settings();
    match line.signals() {
        Ok(signals) => {
            let level = |on| if on { "on" } else { "off" };
            let (dtr, rts) = (level(signals.dtr), level(signals.rts));
            format!("{settings}; DTR {dtr}, RTS {rts}; {}", inputs(signals))
        }
        Err(_) => format!("{settings}; no modem lines"),
    }
}

fn inputs(signals: Signals) -> String {
    let level = |on| if on { "on" } else { "off" };
    format!(
        "CTS {}, DSR {}, DCD {}, RI {}",
        level(signals.cts),
        level(signals.dsr),
        level(signals.dcd),
        level(signals.ri)
    )
}

fn put(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// The standard input. A thread of its own, which nobody waits for: a read cannot be given up.
fn keys() -> mpsc::Receiver<Vec<u8>> {
    let (typed, keys) = mpsc::channel(4);
    thread::spawn(move || {
        let mut bytes = [0; 4_096];
        while let Ok(count @ 1..) = io::stdin().read(&mut bytes) {
            let some = bytes.get(..count).unwrap_or_default().to_vec();
            if typed.blocking_send(some).is_err() {
                return;
            }
        }
    });
    keys
}

/// The terminal without its line editing; as it was when dropped.
struct Raw(String);

impl Raw {
    /// Takes the terminal, where the standard input is one.
    fn take() -> io::Result<Option<Self>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let before = stty(&["-g"])?;
        stty(&["raw", "-echo"])?;
        Ok(Some(Self(before.trim().to_owned())))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = stty(&[&self.0]);
    }
}

fn stty(words: &[&str]) -> io::Result<String> {
    let stty = Command::new("stty")
        .args(words)
        .stdin(Stdio::inherit())
        .output()?;
    Ok(String::from_utf8_lossy(&stty.stdout).into_owned())
}
