//! Our own access server and client of RFC 2217, from the crate that applications use.

use core::{
    future::{pending, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};
use std::{collections::VecDeque, io};

use lineside_core::Mark;
use lineside_io::{BoxFuture, Clock, Line as _, Listener, Queue, Signals, Stream};
use lineside_telnet::net::com_port::{
    AccessConfig, AccessServer, Leave, Remote, RemoteConfig, Second,
};
use tokio::{
    io::{AsyncRead, AsyncWriteExt, ReadBuf},
    sync::mpsc::UnboundedReceiver,
};

use crate::{
    dialect::Dialect,
    profile::Profile,
    reference::com_port,
    script::{
        Exit, Line, Report, Step,
        com_port::{Act, inputs},
    },
    subject::{Guest, Setup, Subject},
    wire::End,
};

/// The ports of `lineside-telnet`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ComPort;

impl Subject for ComPort {
    fn name(&self) -> &str {
        "lineside-com-port"
    }

    fn about(&self) -> String {
        concat!(
            "lineside-telnet ",
            env!("CARGO_PKG_VERSION"),
            ", net::com_port"
        )
        .to_owned()
    }

    fn profile(&self) -> Profile {
        let mut profile = Profile::named(self.name());
        let has = com_port::has().map(str::to_owned);
        profile.capabilities.extend(has);
        profile
    }

    fn speaks(&self, dialect: &Dialect) -> bool {
        com_port::speaks(dialect)
    }

    fn server(&self, end: End, setup: Setup) -> BoxFuture<'static, ()> {
        let clock = setup.clock.clone();
        let host = |guests, lines| serve(guests, lines, setup);
        Box::pin(com_port::alone(end, clock, host))
    }

    fn host(
        &self,
        guests: UnboundedReceiver<Guest>,
        lines: Vec<End>,
        setup: Setup,
    ) -> BoxFuture<'static, ()> {
        Box::pin(serve(guests, lines, setup))
    }

    fn client(&self, end: End, script: Vec<Step>, setup: Setup) -> BoxFuture<'static, Report> {
        Box::pin(follow(end, script, setup.clock))
    }
}

/// Shares the port with whoever comes, as the dialect says.
async fn serve(guests: UnboundedReceiver<Guest>, lines: Vec<End>, setup: Setup) {
    let Some(End::Line(line)) = lines.into_iter().next() else {
        return;
    };
    let mut config = AccessConfig::default();
    config.second = match setup.dialect.get("second") {
        Some("share") => Second::Share,
        Some("kick") => Second::Kick,
        _ => Second::Refuse,
    };
    config.leave = match setup.dialect.get("leave") {
        Some("hang-up") => Leave {
            hang_up: true,
            restore: false,
        },
        Some("restore") => Leave {
            hang_up: false,
            restore: true,
        },
        _ => Leave::default(),
    };
    let server = AccessServer::new(line).config(config).clock(setup.clock);
    // A line that has gone shows on the wires.
    let _ = server.serve(Guests(guests), pending()).await;
}

/// Who comes.
struct Guests(UnboundedReceiver<Guest>);

impl Listener for Guests {
    type Addr = &'static str;
    type Stream = Box<dyn Stream>;

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok("memory")
    }

    async fn accept(&mut self) -> io::Result<Self::Stream> {
        match self.0.recv().await {
            Some(guest) => Ok(guest.end.into_stream()),
            None => pending().await,
        }
    }
}

async fn follow(end: End, script: Vec<Step>, clock: Clock) -> Report {
    let mut user = User {
        stream: Some(end.into_stream()),
        port: None,
        clock,
        lines: Vec::new(),
        inbox: VecDeque::new(),
        is_over: false,
    };
    let mut exit = Exit::Did;
    for step in script {
        if let Err(why) = user.step(step).await {
            exit = Exit::Failed(why);
            break;
        }
    }
    let lines = user.lines;
    Report { lines, exit }
}

/// What came from the port.
enum Came {
    Byte(u8),
    Mark(Mark),
}

/// Who uses our remote port.
struct User {
    /// Until the port is open.
    stream: Option<Box<dyn Stream>>,
    port: Option<Remote>,
    clock: Clock,
    lines: Vec<Line>,
    inbox: VecDeque<Came>,
    is_over: bool,
}

impl User {
    async fn step(&mut self, step: Step) -> Result<(), String> {
        let done = match step {
            Step::Port(Act::Set(to)) => {
                let line = self.set(to).await;
                self.lines.push(Line::Other(line));
                return Ok(());
            }
            Step::Recv(count) => {
                self.receive(count).await;
                return Ok(());
            }
            Step::Wait(ms) => {
                self.wait(Duration::from_millis(ms)).await;
                return Ok(());
            }
            Step::Calls(_) | Step::Telnet(_) => return Err("a port has no calls".to_owned()),
            other => self.act(other).await,
        };
        match done {
            // A wire that has ended shows in what is received.
            Ok(()) => Ok(()),
            Err(error) if self.is_over => Err(error.to_string()),
            Err(_) => Ok(()),
        }
    }

    async fn set(&mut self, to: lineside_io::Settings) -> String {
        let set = match (&mut self.port, self.stream.take()) {
            (Some(port), _) => port.configure(to).await,
            (None, Some(stream)) => {
                let config = RemoteConfig::default();
                let opened = Remote::connect(stream, to, config, self.clock.clone()).await;
                opened.map(|port| self.port.insert(port).settings())
            }
            (None, None) => Err(io::ErrorKind::NotConnected.into()),
        };
        match set {
            Ok(settings) => format!("settings {settings}"),
            Err(error) => {
                let class = match error.kind() {
                    io::ErrorKind::Unsupported => "refused",
                    io::ErrorKind::TimedOut => "timeout",
                    _ => "closed",
                };
                format!("failed {class}")
            }
        }
    }

    async fn act(&mut self, step: Step) -> io::Result<()> {
        let port = self.port.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        match step {
            Step::Send(data) => {
                port.write_all(&data).await?;
                return port.flush().await;
            }
            Step::Port(Act::Inputs) => {
                let line = inputs(port.signals().ok().map(bits));
                self.lines.push(Line::Other(line));
                return Ok(());
            }
            Step::Port(Act::Dtr(on)) => port.set_signals(Some(on), None)?,
            Step::Port(Act::Rts(on)) => port.set_signals(None, Some(on))?,
            Step::Port(Act::Break(on)) => port.set_break(on)?,
            Step::Port(Act::Purge(1)) => port.discard(Queue::Input)?,
            Step::Port(Act::Purge(2)) => port.discard(Queue::Output)?,
            Step::Port(Act::Purge(_)) => port.discard(Queue::Both)?,
            _ => {}
        }
        port.flush().await
    }

    async fn receive(&mut self, count: usize) {
        let is_byte = |came: &&Came| matches!(came, Came::Byte(_));
        while self.inbox.iter().filter(is_byte).count() < count && !self.is_over {
            self.hear().await;
        }
        let mut data = Vec::new();
        while data.len() < count
            && let Some(came) = self.inbox.pop_front()
        {
            match came {
                Came::Byte(byte) => data.push(byte),
                Came::Mark(mark) => {
                    let name = match mark {
                        Mark::Parity(_) => "parity",
                        Mark::Framing(_) => "framing",
                        Mark::Break => "break",
                        Mark::Overrun => "overrun",
                    };
                    self.lines.push(Line::Other(format!("mark {name}")));
                }
            }
        }
        self.lines.push(Line::Record(data));
    }

    async fn wait(&mut self, time: Duration) {
        let clock = self.clock.clone();
        let until = clock.now() + time;
        while !self.is_over
            && clock
                .timeout(until.since(clock.now()), self.hear())
                .await
                .is_ok()
        {}
        clock.sleep(until.since(clock.now())).await;
    }

    /// Takes what comes next: data or a mark.
    async fn hear(&mut self) {
        let Some(port) = &mut self.port else {
            self.is_over = true;
            return;
        };
        let mut chunk = [0; 2_048];
        let came = poll_fn(|cx| {
            if let Some(mark) = port.take_mark() {
                return Poll::Ready(Ok(Some(mark)));
            }
            let mut into = ReadBuf::new(&mut chunk);
            let read = Pin::new(&mut *port).poll_read(cx, &mut into);
            let count = into.filled().len();
            match (read, port.take_mark()) {
                (Poll::Ready(_), Some(mark)) if count == 0 => Poll::Ready(Ok(Some(mark))),
                (Poll::Ready(_), None) if count == 0 => Poll::Ready(Ok(None)),
                (Poll::Ready(_), mark) => Poll::Ready(Err((count, mark))),
                (Poll::Pending, Some(mark)) => Poll::Ready(Ok(Some(mark))),
                (Poll::Pending, None) => Poll::Pending,
            }
        })
        .await;
        match came {
            Ok(Some(mark)) => self.inbox.push_back(Came::Mark(mark)),
            Ok(None) => self.is_over = true,
            Err((count, mark)) => {
                let data = chunk.get(..count).unwrap_or_default();
                self.inbox.extend(data.iter().copied().map(Came::Byte));
                self.inbox.extend(mark.map(Came::Mark));
            }
        }
    }
}

/// CTS, DSR, RI and DCD in bits 4 to 7.
fn bits(signals: Signals) -> u8 {
    let all = [
        (signals.cts, 16),
        (signals.dsr, 32),
        (signals.ri, 64),
        (signals.dcd, 128),
    ];
    all.into_iter()
        .filter_map(|(on, bit)| on.then_some(bit))
        .sum()
}
