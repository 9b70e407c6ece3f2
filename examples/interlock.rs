//! Two machines on a line, with no network and no person: a level on one drives a valve on the
//! other, and the valve closes by itself when the line falls silent.
//!
//! ```text
//! cargo run --example interlock                                       both, on a simulated null modem
//! cargo run --example interlock -- sensor serial:///dev/ttyS0?baud=19200
//! cargo run --example interlock -- valve serial:///dev/ttyS1?baud=19200
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use core::time::Duration;

use lineside_framing::{
    AnyFraming,
    net::{Connection, Endpoint},
};
use lineside_io::{
    Clock, Settings,
    address::{Context, Schemes, Wire},
    sim::{NullModem, NullModemConfig},
};

type Failure = Box<dyn core::error::Error>;

/// COBS with a CRC: a level is believed only when it came whole.
const FRAMING: &str = "cobs+crc-16/modbus";
const BEAT: Duration = Duration::from_millis(200);
/// So long without a level, and the valve closes.
const SILENCE: Duration = Duration::from_secs(2);
/// Opens above the first, closes below the second: tenths of a percent.
const LIMITS: (u16, u16) = (800, 600);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let clock = Clock::precise();
    let schemes = lineside_serial::address::register(Schemes::new(Context::new(clock.clone())));
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let (one, other) = NullModem::pair(&clock, NullModemConfig::new(Settings::default()));
            let (one, other) = (Wire::Line(Box::new(one)), Wire::Line(Box::new(other)));
            // One filling and draining; then the sensor's end of the line is dropped.
            let ((), ()) = tokio::try_join!(sensor(one, &clock, 25), valve(other, &clock))?;
            Ok(())
        }
        ["sensor", port] => sensor(schemes.open(&port.parse()?).await?, &clock, u16::MAX).await,
        ["valve", port] => valve(schemes.open(&port.parse()?).await?, &clock).await,
        _ => Err("usage: interlock [sensor <port> | valve <port>]".into()),
    }
}

/// Tells the level of a tank that fills and drains.
async fn sensor(line: Wire, clock: &Clock, readings: u16) -> Result<(), Failure> {
    let mut line = records(line, clock)?;
    for reading in 0..readings {
        let phase = reading % 24;
        let level = 80 * if phase < 12 { phase } else { 24 - phase };
        line.send(level.to_be_bytes().to_vec()).await?;
        clock.sleep(BEAT).await;
    }
    Ok(())
}

/// Opens and closes with the level; closed is the safe state.
async fn valve(line: Wire, clock: &Clock) -> Result<(), Failure> {
    let mut line = records(line, clock)?;
    let mut open = false;
    loop {
        let heard = clock.timeout(SILENCE, line.record()).await;
        let level = match &heard {
            Ok(Ok(Some(record))) => record.first_chunk().copied().map(u16::from_be_bytes),
            _ => None, // silence, or the end of the line
        };
        let (upper, lower) = LIMITS;
        let next = level.is_some_and(|level| level > if open { lower } else { upper });
        if core::mem::replace(&mut open, next) != next {
            println!(
                "level {level:?}: the valve {}",
                if next { "opens" } else { "closes" }
            );
        }
        if let Ok(ended @ (Ok(None) | Err(_))) = heard {
            return ended.map(drop).map_err(Into::into);
        }
    }
}

fn records(line: Wire, clock: &Clock) -> Result<Connection<AnyFraming, Wire>, Failure> {
    Ok(Endpoint::new(FRAMING.parse()?)
        .clock(clock.clone())
        .on_wire(line))
}
