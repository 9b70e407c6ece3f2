//! A small plant to talk to: a weighing scale (lines) and a telemetry probe (HDLC-like frames), each
//! on a PTY and on a loopback TCP port. It prints where they are and what reads them; Ctrl-C ends it.
//!
//! ```text
//! cargo run --release --example device
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use std::io;

use lineside_examples::{
    on_line, probe,
    scale::{Load, Scale},
};
use lineside_framing::{AnyFraming, net::Endpoint};
use lineside_io::{Clock, Listener, Net};
use lineside_serial::{Pty, pty::PtyOptions};
use lineside_tcp::Tcp;
use tracing::warn;

const USAGE: &str = "usage: device   (no options: it takes free ports, and prints what reads them)";

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    if std::env::args().len() > 1 {
        println!("{USAGE}");
        return Ok(());
    }
    tracing_subscriber::fmt()
        .with_target(false)
        .with_writer(io::stderr)
        .init();
    let lines = Endpoint::new(any("line:any")).clock(Clock::precise());
    let frames = Endpoint::new(any("hdlc:noac")).clock(Clock::precise());
    let load = Load::default();

    // The same scale and the same probe, reached in two ways each.
    let scale_pty = Pty::open(&PtyOptions::default())?;
    let probe_pty = Pty::open(&PtyOptions::default())?;
    let scale_tcp = Tcp::default().listen(([127, 0, 0, 1], 0).into()).await?;
    let probe_tcp = Tcp::default().listen(([127, 0, 0, 1], 0).into()).await?;
    let (pts, tcp) = (scale_pty.path().display(), scale_tcp.local_addr()?);
    println!(
        "scale  {pts}   picocom -q --omap crcrlf --echo {pts}     (then SI, Enter; Ctrl-A Ctrl-X ends)"
    );
    println!("       tcp://{tcp}   socat - TCP:{tcp},crlf");
    println!("       cargo run --release --example scale -- tcp://{tcp}");
    let (pts, tcp) = (probe_pty.path().display(), probe_tcp.local_addr()?);
    println!("probe  {pts}   socat -x -u {pts},raw /dev/null");
    println!("       tcp://{tcp}   cargo run --release --example scale -- --probe tcp://{tcp}");
    println!("Ctrl-C ends the plant.");

    let mut by_pty = Scale::new("scale on PTY", load.clone());
    let ended: Result<(), lineside_framing::net::Error> = tokio::select! {
        () = load.pour() => Ok(()),
        ended = on_line(&lines, scale_pty, async |wire| wire.run(&mut by_pty).await) => ended,
        ended = on_line(&frames, probe_pty, async |wire| probe::run("probe on PTY", wire).await) => ended,
        () = lines.serve(scale_tcp, || Scale::new("scale on TCP", load.clone()), core::future::pending()) => Ok(()),
        ended = probe::serve("probe on TCP", &frames, probe_tcp) => ended,
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Into::into),
    };
    match &ended {
        Ok(()) => println!("the plant is closed"),
        Err(error) => warn!("the plant failed: {error}"),
    }
    ended.map_err(io::Error::other)
}

fn any(framing: &str) -> AnyFraming {
    framing
        .parse()
        .unwrap_or_else(|unknown| panic!("{unknown}"))
}
