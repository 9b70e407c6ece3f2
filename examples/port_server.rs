//! Serial ports on the network, each at an address of its own: RFC 2217, Telnet, or bytes alone.
//!
//! ```text
//! cargo run --release --example port_server -- serial:///dev/ttyUSB0?baud=19200 tcp://0.0.0.0:4001
//! cargo run --release --example port_server -- --raw --share serial:///dev/ttyS0 tcp://127.0.0.1:4002
//! cargo run --release --example port_server -- examples/port_server.toml
//! ```
//!
//! A program with RFC 2217 then has the port as its own: pyserial as `rfc2217://host:4001`, our examples
//! as `rfc2217://host:4001?baud=9600`.

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use std::{io, process::ExitCode};

use lineside_examples::{
    arguments::Arguments,
    program::{self, Ended, run_on_wires},
};
use lineside_io::{
    Clock, Line,
    address::{Address, Schemes, Wire},
    tap::{CaptureFile, Interface, watch_wire},
};
use lineside_telnet::{
    OptionSet,
    net::com_port::{AccessConfig, AccessServer, Leave, Second, Speaks},
    wire::TelnetOption,
};
use serde::Deserialize;
use tokio::{sync::watch, task::JoinSet};
use tracing::Level;

const USAGE: &str = "usage: port_server [options] <port> <where to listen>
       port_server <ports.toml>

Shares a serial port on the network until Ctrl-C, with RFC 2217 for those who know it. What was sent
still leaves then, for some seconds; another Ctrl-C ends that. A file names many ports: see port_server.toml beside this example.

options:
  --telnet          Telnet alone: a terminal, without control of the port
  --raw             bytes alone
  --share           a second client shares the port; else it is refused
  --kick            a second client has the port, and the first is closed
  --banner <text>   what each client is sent first
  --hang-up         DTR and RTS drop when the last client leaves
  --restore         the port has its own settings again when the last client leaves
  --per-peer <n>    so many clients from one host; what it has beyond is closed at once
  --capture <file>  everything on the ports' wires, as pcapng
  --quiet           no log of connections
";

/// A file of ports.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Ports {
    /// A pcapng file for what goes over the wires.
    capture: Option<String>,
    port: Vec<Port>,
}

/// One port, and how it is shared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Port {
    line: String,
    listen: String,
    #[serde(default)]
    speaks: Language,
    #[serde(default)]
    second: Other,
    #[serde(default)]
    banner: String,
    #[serde(default)]
    hang_up: bool,
    #[serde(default)]
    restore: bool,
    /// Clients from one host; `None` for as many as there are.
    per_peer: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Language {
    #[default]
    Rfc2217,
    Telnet,
    Raw,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Other {
    Share,
    #[default]
    Refuse,
    Kick,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run_on_wires("port_server", USAGE, port_server).await
}

async fn port_server(mut arguments: Arguments, schemes: &Schemes, clock: &Clock) -> Ended {
    program::log(match arguments.flag("--quiet") {
        true => Level::WARN,
        false => Level::DEBUG,
    });
    let ports = read(arguments)?;
    let capture = match &ports.capture {
        Some(file) => Some(CaptureFile::create(file, clock)?),
        None => None,
    };
    let mut serving: JoinSet<io::Result<()>> = JoinSet::new();
    let (stop, stopped) = watch::channel(());
    for port in ports.port {
        let (line, listen): (Address, Address) = (port.line.parse()?, port.listen.parse()?);
        let mut wire = schemes.open(&line).await?;
        if let Some(capture) = &capture {
            let name = line.redacted().to_string();
            wire = watch_wire(wire, capture.probe(&Interface::named(name)));
        }
        let Wire::Line(wire) = wire else {
            return Err(format!("{}: no serial port", line.redacted()).into());
        };
        let listener = schemes.listen(&listen).await?;
        let settings = wire.settings();
        println!("{} ({settings}) at {}", line.redacted(), listener.local());
        let server = AccessServer::new(wire).config(config(&port));
        let server = server.clock(clock.clone());
        let name = line.redacted().to_string();
        let mut stopped = stopped.clone();
        serving.spawn(async move {
            // Its sender is dropped.
            let stop = async { drop(stopped.changed().await) };
            let ended = server.serve_wires(listener, stop).await;
            ended.map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))
        });
    }
    let interrupted = program::interrupted();
    println!("Ctrl-C ends them.");
    let ended = tokio::select! {
        ended = all(&mut serving) => ended,
        ended = interrupted => ended,
    };
    // What was sent still leaves, and each port is left as it is to be.
    let again = program::interrupted();
    drop(stop);
    let left = tokio::select! {
        left = all(&mut serving) => left,
        again = again => again,
    };
    serving.shutdown().await;
    if let Some(capture) = &capture {
        capture.flush()?;
    }
    Ok(ended.and(left)?)
}

/// Ends when every port has gone, and says of each that it has.
async fn all(serving: &mut JoinSet<io::Result<()>>) -> io::Result<()> {
    let mut last = Ok(());
    while let Some(ended) = serving.join_next().await {
        last = ended.unwrap_or(Ok(()));
        if let Err(error) = &last {
            tracing::error!("{error}");
        }
    }
    last
}

/// What the command line asks for.
fn read(mut arguments: Arguments) -> Result<Ports, Box<dyn core::error::Error>> {
    let (is_telnet, is_raw) = (arguments.flag("--telnet"), arguments.flag("--raw"));
    let (is_shared, is_kicked) = (arguments.flag("--share"), arguments.flag("--kick"));
    let (hang_up, restore) = (arguments.flag("--hang-up"), arguments.flag("--restore"));
    let banner: Option<String> = arguments.value("--banner")?;
    let per_peer = arguments.value("--per-peer")?;
    let capture = arguments.value("--capture")?;
    let words = arguments.words()?;
    let [line, listen] = match &words[..] {
        [file] if !file.contains(':') => {
            return Ok(toml::from_str(&std::fs::read_to_string(file)?)?);
        }
        [line, listen] => [line, listen].map(String::clone),
        _ => return Err("a port and where to listen, or a file of ports".into()),
    };
    let port = Port {
        line,
        listen,
        speaks: match (is_telnet, is_raw) {
            (false, false) => Language::Rfc2217,
            (true, false) => Language::Telnet,
            (false, true) => Language::Raw,
            (true, true) => return Err("either --telnet or --raw".into()),
        },
        second: match (is_shared, is_kicked) {
            (false, false) => Other::Refuse,
            (true, false) => Other::Share,
            (false, true) => Other::Kick,
            (true, true) => return Err("either --share or --kick".into()),
        },
        banner: banner.unwrap_or_default(),
        hang_up,
        restore,
        per_peer,
    };
    Ok(Ports {
        capture,
        port: vec![port],
    })
}

fn config(port: &Port) -> AccessConfig {
    let mut config = AccessConfig::default();
    config.second = match port.second {
        Other::Share => Second::Share,
        Other::Refuse => Second::Refuse,
        Other::Kick => Second::Kick,
    };
    config.leave = Leave {
        hang_up: port.hang_up,
        restore: port.restore,
    };
    config.limits.per_peer = port.per_peer;
    if !port.banner.is_empty() {
        config.banner = format!("{}\r\n", port.banner).into();
    }
    match port.speaks {
        Language::Rfc2217 => {}
        Language::Raw => config.speaks = Speaks::Raw,
        Language::Telnet => {
            use TelnetOption as Opt;
            // The device at the line echoes, and each character goes to it at once.
            let telnet = &mut config.server.telnet;
            telnet.ours = OptionSet::of(&[Opt::BINARY, Opt::SGA, Opt::ECHO, Opt::TIMING_MARK]);
            telnet.theirs = OptionSet::of(&[Opt::BINARY, Opt::SGA]);
            telnet.offer = OptionSet::of(&[Opt::BINARY, Opt::SGA, Opt::ECHO]);
            telnet.ask = OptionSet::of(&[Opt::BINARY, Opt::SGA]);
        }
    }
    config
}
