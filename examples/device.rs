//! A small plant to talk to: a weighing scale (lines), a telemetry probe (HDLC-like frames) and a heated
//! room with a fan (Modbus), each on a PTY and on a loopback TCP port; a console of all of it (Telnet); and
//! the scale's serial line on the network (RFC 2217). It prints where they are and what reads and writes
//! them; Ctrl-C ends it.
//!
//! ```text
//! cargo run --release --example device
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use core::{future::pending, net::SocketAddr};
use std::io;

use lineside_examples::{
    answer_on_line,
    logged::Logged,
    on_line,
    panel::{OPERATOR, Panel},
    plant::Plant,
    probe, program,
    scale::{Load, Scale},
};
use lineside_framing::{AnyFraming, net::Endpoint};
use lineside_io::{
    Clock, Listener, Net, Settings, Socket,
    serve::{Limits, serve},
};
use lineside_modbus::{
    Framing, Line, Reception, ServerConfig,
    net::{Server, Shared},
};
use lineside_serial::{Options, Pty, Tty, pty::PtyOptions};
use lineside_tcp::{Tcp, TcpListener, TcpStream};
use lineside_telnet::net::com_port::AccessServer;
use tracing::{Level, warn};

const USAGE: &str = "usage: device   (no options: it takes free ports, and prints what reads them)";

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    if std::env::args().len() > 1 {
        println!("{USAGE}");
        return Ok(());
    }
    program::log(Level::INFO);
    let lines = Endpoint::new(any("line:any")).clock(Clock::precise());
    let frames = Endpoint::new(any("hdlc:noac")).clock(Clock::precise());
    // A PTY has no silences to trust, and neither has a USB adapter.
    let tolerant = ServerConfig::default().line(Line::default().reception(Reception::Tolerant));
    let rtu = Server::new(Framing::Rtu).clock(Clock::precise());
    let rtu = rtu.config(tolerant);
    let ascii = Server::new(Framing::Ascii).clock(Clock::precise());
    let modbus_tcp = Server::new(Framing::Tcp).clock(Clock::precise());
    let (load, plant) = (Load::default(), Shared::new(Plant::new()));

    // The same scale, the same probe and the same room, reached in several ways.
    let scale_pty = Pty::open(&PtyOptions::default())?;
    let probe_pty = Pty::open(&PtyOptions::default())?;
    let scale_tcp = Tcp::default().listen(([127, 0, 0, 1], 0).into()).await?;
    let probe_tcp = Tcp::default().listen(([127, 0, 0, 1], 0).into()).await?;
    let room_rtu = Pty::open(&PtyOptions::default())?;
    let room_ascii = Pty::open(&PtyOptions::default())?;
    let room_tcp = Tcp::default().listen(([127, 0, 0, 1], 0).into()).await?;
    let console_tcp = Tcp::default().listen(([127, 0, 0, 1], 0).into()).await?;
    // Another scale, whose serial port is not here but on the network.
    let far_pty = Pty::open(&PtyOptions::default())?;
    let far_tty = Tty::open(far_pty.path(), Settings::default(), &Options::default())?;
    let port_tcp = Tcp::default().listen(([127, 0, 0, 1], 0).into()).await?;
    let (pts, tcp) = (scale_pty.path().display(), scale_tcp.local_addr()?);
    println!(
        "scale  {pts}   picocom -q --omap crcrlf --echo {pts}     (then SI, Enter; Ctrl-A Ctrl-X ends)"
    );
    println!("       tcp://{tcp}   socat - TCP:{tcp},crlf");
    println!("       cargo run --release --example scale -- tcp://{tcp}");
    let (pts, tcp) = (probe_pty.path().display(), probe_tcp.local_addr()?);
    println!("probe  {pts}   socat -x -u {pts},raw /dev/null");
    println!("       tcp://{tcp}   cargo run --release --example scale -- --probe tcp://{tcp}");
    let [on_rtu, on_ascii] = [&room_rtu, &room_ascii].map(|pty| pty.path().display().to_string());
    show_room(&on_rtu, &on_ascii, room_tcp.local_addr()?);
    show_network(console_tcp.local_addr()?, port_tcp.local_addr()?);
    let interrupted = program::interrupted();
    println!("Ctrl-C ends the plant.");

    let panel = Panel::new(plant.clone(), load.clone(), Clock::precise());
    let port = AccessServer::new(far_tty).clock(Clock::precise());
    let mut by_far = Scale::new("scale by RFC 2217", load.clone());
    let mut by_pty = Scale::new("scale on PTY", load.clone());
    let room = |by: &str| Logged::new(format!("room by {by}"), plant.clone());
    let [mut by_rtu, mut by_ascii] = ["RTU", "ASCII"].map(room);
    let ended: io::Result<()> = tokio::select! {
        () = load.pour() => Ok(()),
        () = Plant::run(&plant) => Ok(()),
        ended = answer_on_line(&rtu, room_rtu, &mut by_rtu) => ended.map_err(io::Error::other),
        ended = answer_on_line(&ascii, room_ascii, &mut by_ascii) => ended.map_err(io::Error::other),
        () = modbus_tcp.serve(room_tcp, || room("TCP"), pending()) => Ok(()),
        ended = on_line(&lines, scale_pty, async |wire| wire.run(&mut by_pty).await) => ended.map_err(io::Error::other),
        ended = on_line(&frames, probe_pty, async |wire| probe::run("probe on PTY", wire).await) => ended.map_err(io::Error::other),
        () = lines.serve(scale_tcp, || Scale::new("scale on TCP", load.clone()), pending()) => Ok(()),
        ended = on_line(&lines, far_pty, async |wire| wire.run(&mut by_far).await) => ended.map_err(io::Error::other),
        ended = port.serve(port_tcp, pending()) => ended,
        () = operators(console_tcp, panel) => Ok(()),
        ended = probe::serve("probe on TCP", &frames, probe_tcp) => ended.map_err(io::Error::other),
        ended = interrupted => ended,
    };
    match &ended {
        Ok(()) => println!("the plant is closed"),
        Err(error) => warn!("the plant failed: {error}"),
    }
    ended
}

/// Where the room is, and what reads and writes it.
fn show_room(rtu: &str, ascii: &str, tcp: SocketAddr) {
    let (ip, port) = (tcp.ip(), tcp.port());
    let mbpoll = "mbpoll -m rtu -b 19200 -P none -a 1 -0 -1 -q";
    let poll = "cargo run --release --example poll --";
    println!("room   {rtu}   {mbpoll} -t 3 -r 0 {rtu}   (temperature, 0.1 °C)");
    println!("       {mbpoll} -t 4 -r 0 {rtu} 400   (heats to 40.0 °C)");
    println!("       {poll} modbus-rtu+serial://{rtu} input:2/f32 discrete:0+3");
    println!("       {poll} modbus-ascii+serial://{ascii} input:0/i16");
    let mbpoll = format!("mbpoll -p {port} -a 1 -0 -1 -q");
    println!("       tcp://{tcp}   {mbpoll} -t 3:float -B -r 2 {ip}   (temperature, °C)");
    println!("       {mbpoll} -t 0 -r 0 {ip} 1   (switches the fan on)");
    println!("       {poll} modbus-tcp://{tcp} --identify input:0/i16 input:4+3/u32");
    println!("       {poll} modbus-tcp://{tcp} holding:0/i16=400 coil:0=on");
    println!("       (what is where: examples/src/plant/registers.rs)");
}

/// Where the console is, and the scale's serial port.
fn show_network(console: SocketAddr, port: SocketAddr) {
    let (name, password) = OPERATOR;
    let at = format!("{} {}", console.ip(), console.port());
    println!("plant  telnet://{console}   telnet {at}   (log in as {name}, {password})");
    let port_client = "cargo run --release --example port_client --";
    println!(
        "scale  rfc2217://{port}   {port_client} 'rfc2217://{port}?baud=9600'   (then SI, Enter)"
    );
    println!("       python3 -m serial.tools.miniterm rfc2217://{port} 9600");
}

/// Serves so many operators at the console at once.
async fn operators(listener: TcpListener, panel: Panel) {
    let clock = Clock::precise();
    let attend = |stream: TcpStream, place| {
        let panel = panel.clone();
        async move {
            if let Ok(peer) = stream.peer_addr() {
                panel.attend(stream, peer).await;
            }
            drop(place);
        }
    };
    serve(listener, &Limits::default(), &clock, attend, pending()).await;
}

fn any(framing: &str) -> AnyFraming {
    framing
        .parse()
        .unwrap_or_else(|unknown| panic!("{unknown}"))
}
