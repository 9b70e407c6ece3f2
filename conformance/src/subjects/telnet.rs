//! Our own Telnet endpoints, from the crate that applications use.

use core::time::Duration;

use lineside_io::{BoxFuture, Clock};
use lineside_telnet::{
    Config, Event, Party,
    net::{Client, Error, Server, Session},
    options::{ClientOptions, ServerOptions, Tell, Told, Variable},
    wire::{
        Command, TelnetOption,
        options::{
            FlowControl, ForwardMask, Function, Kind, Level, Mode, Mtts, SlcFlags, Speed, Triplet,
            WindowSize,
        },
    },
};

use crate::{
    dialect::Dialect,
    profile::Profile,
    reference::telnet,
    script::{
        Exit, Line, Report, Step,
        telnet::{Act, Verb},
    },
    subject::{Setup, Subject},
    wire::End,
};

/// `lineside-telnet`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Telnet;

impl Subject for Telnet {
    fn name(&self) -> &str {
        "lineside-telnet"
    }

    fn about(&self) -> String {
        concat!("lineside-telnet ", env!("CARGO_PKG_VERSION")).to_owned()
    }

    fn profile(&self) -> Profile {
        let mut profile = Profile::named(self.name());
        let has = telnet::has().map(str::to_owned);
        profile.capabilities.extend(has);
        profile
    }

    fn speaks(&self, dialect: &Dialect) -> bool {
        telnet::speaks(dialect)
    }

    fn server(&self, end: End, setup: Setup) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            // A wire that fails ends the endpoint; what the peer did shows on the wire.
            let _ = serve(end, &setup).await;
        })
    }

    fn client(&self, end: End, script: Vec<Step>, setup: Setup) -> BoxFuture<'static, Report> {
        Box::pin(follow(end, script, setup))
    }
}

/// Sends data back, and says that it is there: what a server under test does.
async fn serve(end: End, setup: &Setup) -> Result<(), Error> {
    use TelnetOption as Opt;
    let mut config = Config::default();
    config.ours = config.ours.with(Opt::ECHO).with(Opt::EOR).with(Opt::LOGOUT);
    config = config.with_server(asks());
    config.offer = config.offer.with(Opt::ECHO).with(Opt::SGA);
    let server = Server::new(config).clock(setup.clock.clone());
    let mut session = match end {
        End::Urgent(_) => server.over_urgent(end),
        plain => server.over(plain),
    };
    let mut echo = Echo::default();
    while let Some(event) = session.next().await? {
        match event {
            Event::Data(data) => {
                let binary = session.is_on(Party::Peer, TelnetOption::BINARY);
                session.write(echo.of(&data, binary)).await?;
            }
            Event::Command(Command::AO) => {
                let sent = session.submit(lineside_telnet::Command::Synch);
                sent.map_err(Error::Machine)?;
            }
            Event::Command(Command::AYT) => {
                session.write("\r\n[yes]\r\n").await?;
                if session.is_on(Party::Us, Opt::EOR) {
                    session.command(Command::EOR).await?;
                }
            }
            Event::Option {
                party: Party::Us,
                option: Opt::LOGOUT,
                on: true,
            } => return session.close().await,
            Event::Told(told) => {
                for line in told_lines(&told) {
                    session.write(format!("{line}\r\n")).await?;
                }
            }
            Event::Subnegotiation {
                option: TelnetOption::STATUS,
                payload,
            } if *payload == [SEND] => {
                let told = session.submit(status(&session));
                told.map_err(Error::Machine)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What it asks of whoever connects.
fn asks() -> ServerOptions {
    use TelnetOption as Opt;
    let mut asks = ServerOptions::default();
    for option in [Opt::TSPEED, Opt::XDISPLOC, Opt::LFLOW, Opt::LINEMODE] {
        asks.ask = asks.ask.with(option);
    }
    asks.charsets = vec!["UTF-8".into(), "US-ASCII".into()];
    asks.flow = Some(FlowControl::On);
    asks.mode = Mode::EDIT.with(Mode::TRAPSIG);
    asks.forward = Some(ForwardMask::of(b"\x1b"));
    asks.characters = characters();
    asks
}

/// What it tells of itself.
fn tells() -> ClientOptions {
    let mut tells = ClientOptions::default();
    tells.terminal_types = vec!["LINESIDE".into(), "XTERM".into()];
    tells.capabilities = Some(Mtts(13));
    tells.window = Some(WindowSize {
        columns: 80,
        rows: 24,
    });
    tells.speed = Some(Speed {
        transmit: 38_400,
        receive: 38_400,
    });
    tells.display = Some("lineside.example:0.0".into());
    let variable = |kind, name: &'static str, value: &'static str| Variable {
        kind,
        name: name.into(),
        value: Some(value.into()),
    };
    tells.environment = vec![
        variable(Kind::Known, "USER", "joe"),
        variable(Kind::User, "LANG", "C"),
    ];
    tells.charsets = vec!["UTF-8".into(), "US-ASCII".into()];
    (tells.flow, tells.linemode) = (true, true);
    tells.characters = characters();
    tells
}

/// Interrupt, end of file, erase.
fn characters() -> Vec<Triplet> {
    let triplet = |(function, value)| Triplet {
        function,
        level: Level::Value,
        flags: SlcFlags::default(),
        is_ack: false,
        value,
    };
    let all = [(Function::IP, 3), (Function::EOF, 4), (Function::EC, 127)];
    all.map(triplet).to_vec()
}

/// What was told, in the words of a report.
fn told_lines(told: &Told) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match told {
        Told::WindowSize(size) => vec![format!("window {} {}", size.columns, size.rows)],
        Told::TerminalTypes { names, .. } => {
            let names: Vec<String> = names.iter().map(|name| text(name)).collect();
            vec![format!("types {}", names.join(" "))]
        }
        Told::TerminalSpeed(speed) => vec![format!("speed {} {}", speed.transmit, speed.receive)],
        Told::DisplayLocation(at) => vec![format!("display {}", text(at))],
        Told::Environment { variables, .. } => {
            let line = |it: &Variable| {
                let value = it.value.as_deref()?;
                Some(format!("variable {}={}", text(&it.name), text(value)))
            };
            variables.iter().filter_map(line).collect()
        }
        Told::Charset(Some(name)) => vec![format!("charset {}", text(name))],
        Told::Flow(flow) => vec![format!("flow {}", flow.encode()[0])],
        _ => Vec::new(),
    }
}

/// `STATUS SEND` (RFC 859).
const SEND: u8 = 1;
/// `STATUS IS`.
const IS: u8 = 0;

/// Which options are in use, of ours as `WILL`, of the client's as `DO`.
fn status(session: &Session<End>) -> lineside_telnet::Command {
    let mut list = vec![IS];
    for option in (0..=254).map(TelnetOption) {
        for (party, verb) in [(Party::Us, telnet::WILL), (Party::Peer, telnet::DO)] {
            if session.is_on(party, option) {
                list.extend([verb, option.0]);
            }
        }
    }
    lineside_telnet::Command::Subnegotiation {
        option: TelnetOption::STATUS,
        payload: list.into(),
    }
}

/// What is sent back: on the network virtual terminal each Enter as CR LF, whether CR LF or CR NUL came.
#[derive(Default)]
struct Echo {
    after_cr: bool,
}

impl Echo {
    fn of(&mut self, data: &[u8], binary: bool) -> Vec<u8> {
        if binary {
            self.after_cr = false;
            return data.to_vec();
        }
        let mut text = Vec::with_capacity(data.len() + 1);
        for &byte in data {
            let behind_cr = core::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if behind_cr => {}
                b'\r' | b'\n' => text.extend(*b"\r\n"),
                _ => text.push(byte),
            }
        }
        text
    }
}

async fn follow(end: End, script: Vec<Step>, setup: Setup) -> Report {
    let mut config = Config::default();
    config.theirs = config.theirs.with(TelnetOption::ECHO);
    config = config.with_client(tells());
    let client = Client::new(config).clock(setup.clock.clone());
    let session = match end {
        End::Urgent(_) => client.over_urgent(end),
        plain => client.over(plain),
    };
    let mut user = User {
        session,
        clock: setup.clock,
        lines: Vec::new(),
        data: Vec::new(),
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

/// Who uses our client.
struct User {
    session: Session<End>,
    clock: Clock,
    lines: Vec<Line>,
    /// Received, and not yet reported.
    data: Vec<u8>,
}

impl User {
    async fn step(&mut self, step: Step) -> Result<(), String> {
        let sent = match step {
            Step::Send(data) => self.session.write(data.into_owned()).await,
            Step::Recv(count) => self.receive(count).await,
            Step::Wait(ms) => self.wait(Duration::from_millis(ms)).await,
            Step::Telnet(Act::Line(mut text)) => {
                text.push(b'\n');
                self.session.write(text).await
            }
            Step::Telnet(Act::Command(command)) => self.session.command(Command(command)).await,
            Step::Telnet(Act::Window(columns, rows)) => {
                let size = WindowSize { columns, rows };
                self.session.tell(Tell::WindowSize(size)).await
            }
            Step::Telnet(Act::Variable(name, value)) => {
                let (name, value) = (name.into(), Some(value.into()));
                let kind = Kind::User;
                let told = Tell::Variable(Variable { kind, name, value });
                self.session.tell(told).await
            }
            Step::Telnet(Act::Type(keys)) => self.session.tell(Tell::Typed(keys.into())).await,
            Step::Telnet(Act::Synch(244)) => self.session.interrupt().await,
            Step::Telnet(Act::Synch(command)) => self.synch(Command(command)).await,
            Step::Telnet(Act::Want(verb, option)) => self.want(verb, TelnetOption(option)).await,
            Step::Calls(_) | Step::Port(_) => return Err("Telnet has no calls".to_owned()),
        };
        match sent {
            // A wire that has ended shows in what is received.
            Ok(()) | Err(Error::Io(_)) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn synch(&mut self, command: Command) -> Result<(), Error> {
        self.session.command(command).await?;
        let sent = self.session.submit(lineside_telnet::Command::Synch);
        sent.map_err(Error::Machine)?;
        self.session.flush().await
    }

    async fn want(&mut self, verb: Verb, option: TelnetOption) -> Result<(), Error> {
        let (party, on) = match verb {
            Verb::Will => (Party::Us, true),
            Verb::Wont => (Party::Us, false),
            Verb::Do => (Party::Peer, true),
            Verb::Dont => (Party::Peer, false),
        };
        let wanted = self.session.want(party, option, on);
        wanted.map_err(Error::Machine)?;
        self.session.flush().await
    }

    async fn receive(&mut self, count: usize) -> Result<(), Error> {
        while self.data.len() < count {
            match self.session.next().await {
                Ok(Some(event)) => self.saw(event),
                Ok(None) | Err(Error::Io(_)) => break,
                Err(error) => return Err(error),
            }
        }
        let rest = self.data.split_off(count.min(self.data.len()));
        let data = core::mem::replace(&mut self.data, rest);
        self.lines.push(Line::Record(data));
        Ok(())
    }

    async fn wait(&mut self, time: Duration) -> Result<(), Error> {
        let clock = self.clock.clone();
        let until = clock.now() + time;
        loop {
            let left = until.since(clock.now());
            match clock.timeout(left, self.session.next()).await {
                Ok(Ok(Some(event))) => self.saw(event),
                Ok(Ok(None)) => {
                    clock.sleep(until.since(clock.now())).await;
                    return Ok(());
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => return Ok(()),
            }
        }
    }

    fn saw(&mut self, event: Event) {
        match event {
            Event::Data(data) => self.data.extend_from_slice(&data),
            Event::Command(command) => {
                self.lines
                    .push(Line::Other(format!("command {}", command.0)));
            }
            Event::Told(told) => {
                let lines = told_lines(&told).into_iter().map(Line::Other);
                self.lines.extend(lines);
            }
            Event::Option { party, option, on } => {
                let party = match party {
                    Party::Us => "us",
                    Party::Peer => "peer",
                };
                let on = if on { "on" } else { "off" };
                let line = format!("option {party} {} {on}", option.0);
                self.lines.push(Line::Other(line));
            }
            _ => {}
        }
    }
}
