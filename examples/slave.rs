//! Modbus units described in a file, at any addresses: a stand-in for devices that are not there.
//!
//! ```text
//! cargo run --release --example slave -- examples/slave.toml modbus-tcp://127.0.0.1:5020
//! cargo run --release --example slave -- examples/slave.toml modbus-rtu+pty:/tmp/meter modbus-tcp://127.0.0.1:5020
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use std::process::ExitCode;

use lineside_examples::{
    arguments::Arguments,
    logged::Logged,
    map::Map,
    place::Place,
    program::{self, Ended, run},
};
use lineside_io::{Clock, address::Schemes};
use lineside_modbus::{
    Bank, ServerConfig,
    net::{Server, Shared, Stations},
};
use tokio::task::JoinSet;
use tracing::Level;

const USAGE: &str = "usage: slave <map.toml> <address>...

Serves the units of the map at every address, the same units at each, until Ctrl-C. What is asked
and answered goes to the standard error; --quiet leaves it out.
What a map can say stands in slave.toml and src/map.rs, beside this example.
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run("slave", USAGE, slave).await
}

async fn slave(mut arguments: Arguments, schemes: &Schemes, clock: &Clock) -> Ended {
    program::log(match arguments.flag("--quiet") {
        true => Level::WARN,
        false => Level::INFO,
    });
    let mut words = arguments.words()?.into_iter();
    let file = words.next().ok_or("no map")?;
    let places: Vec<Place> = words.map(|word| word.parse()).collect::<Result<_, _>>()?;
    let map = Map::open(&file)?;
    let stations: Shared<Stations<Bank>> = Shared::new(map.stations()?);
    if places.is_empty() {
        return Err("no address".into());
    }
    let mut servers = JoinSet::new();
    for place in places {
        let units = stations.lock().units().collect();
        let config = ServerConfig::default().line(place.line).units(units);
        let server = Server::new(place.framing)
            .clock(clock.clone())
            .config(config);
        let listener = schemes.listen(&place.wire).await;
        let listener = listener.map_err(|error| format!("{place}: {error}"))?;
        let here = Place {
            wire: listener.local(),
            ..place
        };
        println!("units {} at {here}", listed(&stations));
        let service = Logged::new(here.to_string(), stations.clone());
        servers.spawn(async move {
            let ended = server.serve_wires(listener, || service.clone(), core::future::pending());
            ended.await;
        });
    }
    let interrupted = program::interrupted();
    println!("Ctrl-C ends them.");
    Ok(interrupted.await?)
}

fn listed(stations: &Shared<Stations<Bank>>) -> String {
    let units: Vec<_> = stations
        .lock()
        .units()
        .map(|unit| unit.to_string())
        .collect();
    units.join(", ")
}
