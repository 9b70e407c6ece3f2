//! Reads and writes the points of a Modbus unit, once or again and again.
//!
//! ```text
//! cargo run --release --example poll -- modbus-tcp://127.0.0.1:5020 input:0/i16 input:2/f32 coil:0
//! cargo run --release --example poll -- 'modbus-rtu+serial:///dev/ttyUSB0?baud=9600&parity=n' --unit 17 holding:0/i16=400
//! cargo run --release --example poll -- modbus-tcp://127.0.0.1:5020 --every 1s --csv input:2/f32 >room.csv
//! cargo run --release --example poll -- modbus-tcp://127.0.0.1:5020 --identify
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use core::{error::Error, time::Duration};
use std::{
    io::{self, Write},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use lineside_examples::{
    arguments::Arguments,
    map::Map,
    place::{self, Place},
    points::{self, Point},
    show,
};
use lineside_io::{
    Clock,
    address::{Schemes, Wire},
};
use lineside_modbus::{
    ClientConfig,
    client::Failure,
    net::{CallError, Calls, Client, ClientUnit},
    wire::ReadCode,
};

const USAGE: &str = "usage: poll <address> [options] [point]...

Writes the points that have a value, then reads the others. Ends with 0 when all of it worked,
with 1 when not, and with 2 when it was asked for what cannot be.

  --unit N       the unit's address, 0 to everyone on a serial line (1, or unit=N of the address)
  --identify     asks what the device is, first
  --map FILE     reads all points that the file has for the unit (see slave.toml), by their names
  --every TIME   reads again and again, as in 500ms or 1s
  --count N      ends after so many times
  --csv          one line each time, the seconds since 1970 first
  --timeout TIME how long a response may take (1s)
  --retries N    how often a read is sent again (3); writes never are
";

/// What is to be done.
struct Job {
    place: Place,
    unit: u8,
    identify: bool,
    points: Vec<Point>,
    every: Option<Duration>,
    count: u64,
    csv: bool,
    config: ClientConfig,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let clock = Clock::precise();
    let schemes = place::schemes(&clock);
    let arguments = Arguments::of_program();
    if arguments.wants_help() {
        let (points, places) = (points::HELP, place::help(&schemes));
        println!("{USAGE}\npoints: {points}\naddresses:\n{places}");
        return ExitCode::SUCCESS;
    }
    let job = match Job::read(arguments) {
        Ok(job) => job,
        Err(error) => {
            eprintln!(
                "poll: {error}\n\n{USAGE}\npoll --help says how points and addresses are written"
            );
            return ExitCode::from(2);
        }
    };
    let mut poll = Poll::new(job, schemes, clock);
    let ended = tokio::select! {
        ended = poll.run() => ended,
        interrupted = tokio::signal::ctrl_c() => interrupted,
    };
    match ended {
        Ok(()) if poll.failed == 0 => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        // Nobody reads us any more, as in `poll … | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("poll: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Job {
    fn read(mut arguments: Arguments) -> Result<Self, Box<dyn Error>> {
        let mut config = ClientConfig::default();
        if let Some(timeout) = arguments.time("--timeout")? {
            config = config.response(timeout);
        }
        if let Some(retries) = arguments.number("--retries")? {
            config = config.retries(retries);
        }
        let (unit, every) = (arguments.number("--unit")?, arguments.time("--every")?);
        let (identify, csv) = (arguments.flag("--identify"), arguments.flag("--csv"));
        let count = arguments.number("--count")?;
        let map: Option<String> = arguments.value("--map")?;
        let mut words = arguments.words()?.into_iter();
        let mut place: Place = words.next().ok_or("no address")?.parse()?;
        let (mut mine, wire) = place.wire.split(&["unit"]);
        place.wire = wire;
        let unit = unit.or(mine.take("unit")?).unwrap_or(1);
        let mut points: Vec<Point> = words.map(|word| word.parse()).collect::<Result<_, _>>()?;
        if let Some(file) = map {
            points.extend(Map::open(&file)?.points(unit)?);
        }
        if points.is_empty() && !identify {
            return Err("no point".into());
        }
        let reads = points.iter().any(|point| !point.is_write());
        if every.is_some() && !reads {
            return Err("--every reads again and again: name a point to read".into());
        }
        let once = if every.is_some() { u64::MAX } else { 1 };
        Ok(Self {
            config: config.line(place.line),
            place,
            unit,
            identify,
            points,
            every,
            count: count.unwrap_or(once),
            csv,
        })
    }
}

struct Poll {
    job: Job,
    schemes: Schemes,
    clock: Clock,
    client: Option<Client<Wire>>,
    failed: u64,
}

impl Poll {
    const fn new(job: Job, schemes: Schemes, clock: Clock) -> Self {
        Self {
            job,
            schemes,
            clock,
            client: None,
            failed: 0,
        }
    }

    /// All that is to be done. The error is that of our own output; others are told, and counted.
    async fn run(&mut self) -> io::Result<()> {
        if self.job.identify {
            let code = ReadCode::Extended;
            let what = "identification";
            let asked = self.with(what, async |unit| {
                unit.read_device_identification(code).await
            });
            if let Some(identity) = asked.await {
                write!(io::stdout(), "{}", show::identity(&identity))?;
            }
        }
        let (writes, reads) = self.job.points.drain(..).partition(Point::is_write);
        self.write(writes).await;
        self.read(reads).await
    }

    async fn write(&mut self, writes: Vec<Point>) {
        for point in writes {
            let label = point.labels().next().unwrap_or_default();
            self.with(&label, async |unit| point.write(unit).await)
                .await;
        }
    }

    async fn read(&mut self, reads: Vec<Point>) -> io::Result<()> {
        let labels: Vec<_> = reads.iter().flat_map(Point::labels).collect();
        if reads.is_empty() {
            return Ok(());
        }
        if self.job.csv {
            writeln!(io::stdout(), "time,{}", show::row(&labels))?;
        }
        let every = self.job.every.unwrap_or_default();
        let mut next = self.clock.now();
        for turn in 0..self.job.count {
            self.clock.sleep_until(next).await;
            // What took too long is not made up for.
            next = (next + every).max(self.clock.now());
            let mut values = Vec::new();
            for point in &reads {
                let label = point.labels().next().unwrap_or_default();
                let read = self.with(&label, async |unit| point.read(unit).await).await;
                let none = || point.labels().map(|_| String::new()).collect();
                values.extend(read.unwrap_or_else(none));
            }
            self.show(turn, &labels, &values)?;
        }
        Ok(())
    }

    fn show(&self, turn: u64, labels: &[String], values: &[String]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.job.csv {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let now = now.unwrap_or_default().as_secs_f64();
            return writeln!(out, "{now:.3},{}", show::row(values));
        }
        let gap = if turn > 0 { "\n" } else { "" };
        write!(out, "{gap}{}", show::table(labels, values))
    }

    /// Asks the unit, over a new wire where there is none. What fails is told, with who is to blame.
    async fn with<T>(
        &mut self,
        what: &str,
        ask: impl AsyncFnOnce(&mut ClientUnit<'_, Wire>) -> Result<T, CallError>,
    ) -> Option<T> {
        let place = &self.job.place;
        let mut client = match self.client.take() {
            Some(client) => client,
            None => match self.schemes.open(&place.wire).await {
                Ok(wire) => {
                    Client::on_wire(place.framing, self.job.config, wire, self.clock.clone())
                }
                Err(error) => {
                    eprintln!("poll: {place}: {error}");
                    self.failed += 1;
                    return None;
                }
            },
        };
        let asked = ask(&mut client.unit(self.job.unit)).await;
        if !matches!(
            asked,
            Err(CallError::Wire(_) | CallError::Failed(Failure::Closed))
        ) {
            self.client = Some(client);
        }
        match asked {
            Ok(answer) => Some(answer),
            Err(error) => {
                eprintln!("poll: {place}, unit {}, {what}: {error}", self.job.unit);
                self.failed += 1;
                None
            }
        }
    }
}
