//! A gateway: Modbus TCP clients on one side, the units of serial lines on the other.
//!
//! ```text
//! cargo run --release --example gateway -- modbus-tcp://0.0.0.0:502 1-30=modbus-rtu+serial:///dev/ttyUSB0
//! cargo run --release --example gateway -- modbus-tcp://127.0.0.1:5020 '1-9=modbus-rtu+serial:///dev/ttyUSB0?baud=9600' 101-109:1=modbus-ascii+serial:///dev/ttyUSB1
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use core::future::pending;
use std::process::ExitCode;

use lineside_examples::{
    arguments::Arguments,
    logged::Logged,
    place::Place,
    program::{self, Ended, run},
    routes::Route,
};
use lineside_io::{Clock, address::Schemes};
use lineside_modbus::{
    ClientConfig, ServerConfig,
    net::{Bus, BusConfig, Client, Gateway, Server, gateway::Routes},
};
use tracing::{Level, warn};

const USAGE: &str = "usage: gateway <where clients come to> <units>=<bus>...

UNITS are 1-10, 17, or both as in 1-10,17; 101-110:1 are units 1 to 10 of their bus. A unit of no bus
is answered with exception 0A, one that does not answer with 0B. A broadcast (unit 0) goes to all.

  --timeout TIME       how long a unit's response may take (1s)
  --retries N          how often a read is sent again (3); writes never are
  --answer-broadcasts  answers them, for clients that wait for it
  --log                tells every request and response

The clients' side is any address too: modbus-rtu+pty: makes a serial port of several.
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run("gateway", USAGE, gateway).await
}

async fn gateway(mut arguments: Arguments, schemes: &Schemes, clock: &Clock) -> Ended {
    program::log(Level::INFO);
    let mut config = ClientConfig::default();
    if let Some(timeout) = arguments.time("--timeout")? {
        config = config.response(timeout);
    }
    if let Some(retries) = arguments.number("--retries")? {
        config = config.retries(retries);
    }
    let answers = arguments.flag("--answer-broadcasts");
    let log = arguments.flag("--log");
    let mut words = arguments.words()?.into_iter();
    let here: Place = words.next().ok_or("no address for clients")?.parse()?;
    let mut routes = Routes::new();
    for word in words {
        let Route { units, bus } = word.parse()?;
        println!("units {units} at {bus}");
        let id = routes.bus(open(bus, config, schemes, clock));
        units.add_to(&mut routes, id)?;
    }
    if answers {
        routes = routes.answering_broadcasts();
    }
    let gateway = Gateway::new(routes);
    let server = Server::new(here.framing)
        .clock(clock.clone())
        .config(gateway.config(ServerConfig::default().line(here.line)));
    let listener = schemes.listen(&here.wire).await;
    let listener = listener.map_err(|error| format!("{here}: {error}"))?;
    let here = Place {
        wire: listener.local(),
        ..here
    };
    let interrupted = program::interrupted();
    println!("clients at {here}; Ctrl-C ends the gateway.");
    let serving = async {
        if log {
            let logged = || Logged::new(here.to_string(), gateway.clone());
            server.serve_wires(listener, logged, pending()).await;
        } else {
            server
                .serve_wires(listener, || gateway.clone(), pending())
                .await;
        }
    };
    tokio::select! {
        () = serving => {}
        ended = interrupted => ended?,
    }
    Ok(())
}

/// A bus whose wire is opened when it can be, and again when it was lost.
fn open(place: Place, config: ClientConfig, schemes: &Schemes, clock: &Clock) -> Bus {
    let (schemes, its_clock) = (schemes.clone(), clock.clone());
    let config = config.line(place.line);
    Bus::spawn(BusConfig::default(), clock.clone(), move || {
        let (place, schemes, clock) = (place.clone(), schemes.clone(), its_clock.clone());
        async move {
            let wire = schemes.open(&place.wire).await;
            let wire = wire.inspect_err(|error| warn!("{place}: {error}"))?;
            Ok(Client::on_wire(place.framing, config, wire, clock))
        }
    })
}
