//! A transparent tap: two ports, everything between them in a hex log and in a pcapng file.
//!
//! ```text
//! cargo run --example tap -- tcp://127.0.0.1:4001 serial:///dev/ttyUSB0?baud=19200 bus.pcapng
//! ```
//!
//! The first address is where the other program comes to (a TCP port, a Unix socket, a new PTY, a
//! serial port); the second is the device. `->` in the log is what the device was sent, `<-` what
//! it answered. Bytes and ends pass; breaks and damaged characters of the device are logged.

use std::process::ExitCode;

use lineside_examples::{pass, program};
use lineside_io::{
    Clock,
    address::{Address, Context, Schemes, Wire},
    tap::{CaptureFile, Hex, Interface, to_writer, watch_wire},
};

const USAGE: &str = "usage: tap <where to listen> <device> <file.pcapng>";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let clock = Clock::precise();
    let schemes = Schemes::new(Context::new(clock.clone()));
    let schemes = lineside_tcp::address::register(schemes);
    let schemes = lineside_serial::address::register(schemes);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [near, far, file] = &arguments[..] else {
        eprintln!("{USAGE}\n\naddresses:\n{}", schemes.help());
        let helped = arguments.iter().any(|argument| argument == "--help");
        return ExitCode::from(if helped { 0 } else { 2 });
    };
    match tap(&schemes, &clock, near, far, file).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tap: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn tap(
    schemes: &Schemes,
    clock: &Clock,
    near: &str,
    far: &str,
    file: &str,
) -> Result<(), Box<dyn core::error::Error>> {
    let (near, far): (Address, Address) = (near.parse()?, far.parse()?);
    let mut listener = schemes.listen(&near).await?;
    let capture = CaptureFile::create(file, clock)?;
    let interrupted = program::interrupted();
    eprintln!("open {}; Ctrl-C ends the tap", listener.local());
    let sessions = async {
        loop {
            let near = listener.accept().await?;
            let is_line = matches!(near.wire, Wire::Line(_));
            eprintln!("{} is on the tap", near.peer);
            let device = match schemes.open(&far).await {
                Ok(device) => device,
                Err(error) if is_line => return Err(error),
                Err(error) => {
                    eprintln!("{}: {error}", far.redacted());
                    continue;
                }
            };
            let log = Hex::new("device", clock, to_writer(std::io::stdout()));
            let probe =
                capture.probe(&Interface::named(near.peer).description(far.redacted().to_string()));
            match pass(near.wire, watch_wire(device, (log, probe))).await {
                Ok(()) => eprintln!("ended"),
                Err(error) => eprintln!("ended: {error}"),
            }
            if is_line {
                return Ok(()); // A line comes once.
            }
        }
    };
    let ended: std::io::Result<()> = tokio::select! {
        ended = sessions => ended,
        ended = interrupted => ended,
    };
    capture.flush()?;
    Ok(ended?)
}
