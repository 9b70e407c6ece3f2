//! Overhears Modbus, and says nothing: every request and response with its time, and a capture file.
//!
//! ```text
//! cargo run --release --example monitor -- 'modbus-rtu+serial:///dev/ttyUSB0?baud=9600'
//! cargo run --release --example monitor -- modbus-tcp://127.0.0.1:5020 modbus-tcp://10.0.0.7 --write plc.pcapng
//! ```
//!
//! With one address it listens to a line that it is on, as a third station. With two it stands between
//! the client, which comes to the first, and the server at the second, and passes everything.

use std::{io, process::ExitCode};

use lineside_examples::{
    arguments::Arguments,
    overheard::{Overhearing, Scribe},
    pass,
    place::Place,
    program::{self, Ended, run},
};
use lineside_io::{
    Clock,
    address::{Schemes, Wire},
    tap::{CaptureFile, to_writer, watch_wire},
};
use lineside_modbus::net::Monitor;

const USAGE: &str = "usage: monitor <line> [--write FILE]
       monitor <where clients come to> <server> [--write FILE]

Prints what is asked and answered, by the time of the last byte; -> is a request, <- a response.

  --write FILE   writes the frames to a pcapng file, as a Modbus TCP conversation whatever they were
                 on the wire: Wireshark and tshark then tell requests from responses
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run("monitor", USAGE, monitor).await
}

async fn monitor(mut arguments: Arguments, schemes: &Schemes, clock: &Clock) -> Ended {
    let file: Option<String> = arguments.value("--write")?;
    let places = arguments.words()?;
    let places: Vec<Place> = places
        .iter()
        .map(|word| word.parse())
        .collect::<Result<_, _>>()?;
    let capture = file.map(|file| {
        let capture = CaptureFile::create(&file, clock);
        capture.map_err(|error| format!("{file}: {error}"))
    });
    let capture = capture.transpose()?;
    let interrupted = program::interrupted();
    let listening = async {
        match &places[..] {
            [line] => overhear(line, schemes, clock, capture.as_ref()).await,
            [near, far] => between(near, far, schemes, clock, capture.as_ref()).await,
            _ => Err("one address, or two".into()),
        }
    };
    tokio::select! {
        ended = listening => ended?,
        ended = interrupted => ended?,
    }
    capture.map_or(Ok(()), |capture| Ok(capture.flush()?))
}

/// Listens to a line that others speak on.
async fn overhear(
    place: &Place,
    schemes: &Schemes,
    clock: &Clock,
    capture: Option<&CaptureFile>,
) -> Ended {
    let mut wire = schemes.open(&place.wire).await?;
    if wire.as_line().is_none() {
        return Err(
            "a stream has two ends and no third: give where clients come to as well".into(),
        );
    }
    let (framing, line) = (place.framing, place.line);
    let mut monitor = Monitor::on_wire(framing, line, wire, clock.clone());
    let mut scribe = Scribe::new(place.to_string(), framing, to_writer(io::stdout()), capture);
    eprintln!("listening to {place}; Ctrl-C ends");
    while let Some(heard) = monitor.next().await? {
        scribe.heard(&heard);
    }
    Ok(())
}

/// Stands between a client and a server.
async fn between(
    near: &Place,
    far: &Place,
    schemes: &Schemes,
    clock: &Clock,
    capture: Option<&CaptureFile>,
) -> Ended {
    if near.framing != far.framing {
        return Err("both sides must be framed alike: a monitor passes bytes as they are".into());
    }
    let mut listener = schemes.listen(&near.wire).await?;
    let here = Place {
        wire: listener.local(),
        ..near.clone()
    };
    eprintln!("open {here}; Ctrl-C ends");
    loop {
        let client = listener.accept().await?;
        let is_line = matches!(client.wire, Wire::Line(_));
        let mut server = match schemes.open(&far.wire).await {
            Ok(server) => server,
            Err(error) if is_line => return Err(format!("{far}: {error}").into()),
            Err(error) => {
                eprintln!("{far}: {error}");
                continue;
            }
        };
        eprintln!("{} is here", client.peer);
        let has_room = server.as_line().is_none();
        let (name, sink) = (client.peer.clone(), to_writer(io::stdout()));
        let scribe = Scribe::new(name, far.framing, sink, capture);
        let overhearing = Overhearing::new(far, clock, scribe);
        let passing = pass(client.wire, watch_wire(server, overhearing));
        let told = async move {
            let how = passing.await;
            let how = how.map_or_else(|error| error.to_string(), |()| "ended".to_owned());
            eprintln!("{}: {how}", client.peer);
        };
        if has_room && !is_line {
            tokio::spawn(told);
            continue;
        }
        told.await; // A line has room for one client at a time.
        if is_line {
            return Ok(()); // And as a client it comes once.
        }
    }
}
