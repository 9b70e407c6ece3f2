//! Reads the plant: weighs every second, or listens to the probe.
//!
//! ```text
//! cargo run --example scale -- tcp://127.0.0.1:4001
//! cargo run --example scale -- --count 3 serial:///dev/ttyUSB0?baud=9600
//! cargo run --example scale -- --probe tcp://127.0.0.1:4002
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use core::time::Duration;
use std::process::ExitCode;

use lineside_examples::probe::Report;
use lineside_framing::{AnyFraming, net::Endpoint};
use lineside_io::{
    Clock,
    address::{Address, Context, Schemes},
};

const USAGE: &str = "usage: scale [--probe] [--count N] <address>\n\n\
    --probe    listens to the telemetry probe instead of asking the scale\n\
    --count N  ends after N readings";
const PATIENCE: Duration = Duration::from_secs(3);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (mut probe, mut count, mut address) = (false, u64::MAX, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--probe" => probe = true,
            "--count" => count = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(0),
            "--help" => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            _ => address = Some(argument),
        }
    }
    let schemes = Schemes::new(Context::new(Clock::precise()));
    let schemes = lineside_serial::address::register(lineside_tcp::address::register(schemes));
    let Some(address) = address.filter(|_| count > 0) else {
        eprintln!("{USAGE}\n\naddresses:\n{}", schemes.help());
        return ExitCode::from(2);
    };
    match read(&schemes, &address, probe, count).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scale: {address}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn read(
    schemes: &Schemes,
    address: &str,
    probe: bool,
    count: u64,
) -> Result<(), Box<dyn core::error::Error>> {
    let framing: AnyFraming = if probe { "hdlc:noac" } else { "line:any" }.parse()?;
    let wire = schemes.open(&address.parse::<Address>()?).await?;
    let clock = Clock::precise();
    let mut device = Endpoint::new(framing).clock(clock.clone()).on_wire(wire);
    for reading in 0..count {
        if !probe {
            if reading > 0 {
                clock.sleep(Duration::from_secs(1)).await;
            }
            device.send("SI").await?;
        }
        let silent = |_| format!("no answer within {PATIENCE:?}");
        let record = clock
            .timeout(PATIENCE, device.record())
            .await
            .map_err(silent)??;
        let record = record.ok_or("the device closed the wire")?;
        match Report::from_bytes(&record).filter(|_| probe) {
            Some(report) => println!("{report:?}"),
            None => println!("{}", record.escape_ascii()),
        }
    }
    Ok(())
}
