//! A serial port on an access server, as a local tty that any program opens, with its baud rate.
//!
//! ```text
//! cargo run --release --example pty_front -- 'rfc2217://ports.local:4001?format=8E1&reconnect' /tmp/scale
//! picocom -b 57600 /tmp/scale
//! ```
//!
//! What a program sets on the tty is set on the port: baud rate, stop bits, flow control; what it
//! throws away is thrown away there. The kernel does not tell of data bits and parity: these are
//! the address's. A pseudo-terminal has no modem lines and no breaks.

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use core::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::{io, process::ExitCode};

use bytes::{Buf, BytesMut};
use lineside_examples::{
    arguments::Arguments,
    program::{self, Ended, run_on_wires},
};
use lineside_io::{
    Clock, Line, Queue, Settings,
    address::{Address, Schemes, Wire},
};
use lineside_serial::{
    Pty,
    pty::{Heard, PtyOptions},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tracing::Level;

const USAGE: &str = "usage: pty_front <port> [link]

Makes a tty, with a symbolic link to it, whose programs use the port at the settings that they set
on the tty: baud rate, stop bits, flow control. Data bits and parity are the address's.
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run_on_wires("pty_front", USAGE, pty_front).await
}

/// How long what comes from the port waits for the answer to a setting before it is passed on.
const STEP: Duration = Duration::from_millis(20);

async fn pty_front(arguments: Arguments, schemes: &Schemes, clock: &Clock) -> Ended {
    program::log(Level::INFO);
    let words = arguments.words()?;
    let (port, link) = match &words[..] {
        [port] => (port, None),
        [port, link] => (port, Some(link.into())),
        _ => return Err("a port, and where to put the tty".into()),
    };
    let address: Address = port.parse()?;
    let Wire::Line(port) = schemes.open(&address).await? else {
        return Err(format!("{}: no serial port", address.redacted()).into());
    };
    let settings = port.settings();
    let mut options = PtyOptions::default();
    options.link = link;
    options.settings = settings;
    options.requests = true;
    let pty = Pty::open(&options)?;
    println!(
        "{} ({settings}) at {}",
        address.redacted(),
        pty.path().display()
    );
    let interrupted = program::interrupted();
    println!("Ctrl-C ends it.");
    let mut front = Front {
        pty,
        port,
        clock: clock.clone(),
        to_port: BytesMut::new(),
        to_pty: BytesMut::new(),
        failed: false,
    };
    let ended: io::Result<()> = tokio::select! {
        ended = front.run() => ended,
        ended = interrupted => ended,
    };
    Ok(ended?)
}

/// A tty and the port behind it.
struct Front {
    pty: Pty,
    port: Box<dyn Line>,
    clock: Clock,
    to_port: BytesMut,
    to_pty: BytesMut,
    /// The port has failed, and may come back.
    failed: bool,
}

/// What a program wants of the port beside its data.
enum Request {
    Settings(Settings),
    Discard(Queue),
}

impl Front {
    async fn run(&mut self) -> io::Result<()> {
        loop {
            let done = match poll_fn(|cx| self.poll(cx)).await? {
                Request::Settings(asked) => self.configure(asked).await,
                Request::Discard(queue) => self.discard(queue),
            };
            if let Err(error) = done {
                tracing::warn!("the port: {error}");
            }
        }
    }

    /// What the kernel tells of the program's wishes; the rest is as it is. A port that must send much
    /// before it is answered late: what it receives until then is passed on.
    async fn configure(&mut self, asked: Settings) -> io::Result<()> {
        let to = Settings {
            baud: asked.baud,
            stop_bits: asked.stop_bits,
            flow: asked.flow,
            ..self.port.settings()
        };
        loop {
            let configured = self.clock.timeout(STEP, self.port.configure(to)).await;
            if let Ok(settings) = configured {
                tracing::info!("{}", settings?);
                return Ok(());
            }
            poll_fn(|cx| Poll::Ready(self.poll_to_pty(cx))).await?;
        }
    }

    fn discard(&mut self, queue: Queue) -> io::Result<()> {
        if queue != Queue::Output {
            self.to_pty.clear();
        }
        if queue != Queue::Input {
            self.to_port.clear();
        }
        self.port.discard(queue)
    }

    /// Passes data both ways until the program wants something else, in its order.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Request>> {
        let mut bytes = [0; 4_096];
        loop {
            let mut has_moved = false;
            if self.to_port.is_empty()
                && let Poll::Ready(heard) = self.pty.poll_heard(cx, &mut bytes)
            {
                has_moved = true;
                match heard? {
                    Heard::Data(count) => {
                        let data = bytes.get(..count).unwrap_or_default();
                        self.to_port.extend_from_slice(data);
                    }
                    Heard::Settings(settings) => {
                        return Poll::Ready(Ok(Request::Settings(settings)));
                    }
                    Heard::Discard(queue) => return Poll::Ready(Ok(Request::Discard(queue))),
                    _ => {}
                }
            }
            has_moved |= self.poll_to_pty(cx)?;
            match write(&mut self.port, &mut self.to_port, cx) {
                Ok(has_written) => has_moved |= has_written,
                Err(error) => {
                    self.to_port.clear();
                    self.notice(Err(error))?;
                }
            }
            if !has_moved {
                return Poll::Pending;
            }
        }
    }

    /// Passes on what the port has received, as far as the tty takes it; whether that was anything.
    fn poll_to_pty(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let mut bytes = [0; 4_096];
        let mut has_moved = false;
        loop {
            let mut into = ReadBuf::new(&mut bytes);
            if self.to_pty.is_empty() {
                if let Poll::Ready(read) = Pin::new(&mut self.port).poll_read(cx, &mut into) {
                    let count = into.filled().len();
                    self.to_pty.extend_from_slice(into.filled());
                    let read = read.and_then(|()| match count {
                        0 => Err(io::ErrorKind::UnexpectedEof.into()),
                        _ => Ok(()),
                    });
                    self.notice(read)?;
                    has_moved = true;
                    if count == 0 {
                        continue;
                    }
                } else {
                    self.failed = false;
                }
            }
            if !write(&mut self.pty, &mut self.to_pty, cx)? {
                return Ok(has_moved);
            }
            has_moved = true;
        }
    }

    /// A port that comes back by itself says once that it has gone.
    fn notice(&mut self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if !core::mem::replace(&mut self.failed, true) => {
                tracing::warn!("the port: {error}");
                Ok(())
            }
            Ok(()) => {
                self.failed = false;
                Ok(())
            }
            failed => failed,
        }
    }
}

/// Writes what can be written at once; whether that was anything.
fn write<W>(to: &mut W, bytes: &mut BytesMut, cx: &mut Context<'_>) -> io::Result<bool>
where
    W: AsyncWrite + Unpin,
{
    let mut has_written = false;
    while !bytes.is_empty()
        && let Poll::Ready(count) = Pin::new(&mut *to).poll_write(cx, bytes)
    {
        bytes.advance(count?);
        has_written = true;
    }
    Ok(has_written)
}
