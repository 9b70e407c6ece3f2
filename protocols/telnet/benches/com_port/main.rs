//! What an access server costs: ours, ser2net where it is installed, and what they stand on, in one run.
//!
//! `cargo bench -p lineside-telnet --bench com_port`
//!
//! The port is a PTY. The device at its other end sends as fast as it is taken, or returns each byte; the
//! client is a blocking socket of this program. The bare PTY is the kernel's own figure for the same
//! bytes, with a blocking thread at each end; its round trip is the sum of one over the PTY and one over
//! TCP. `ms/MB` is the processor time of what reads the port: a busy machine changes it little.

#![expect(clippy::unwrap_used, reason = "a benchmark fails loudly")]
#![expect(clippy::print_stdout, reason = "a benchmark tells its figures")]

use core::{net::SocketAddr, time::Duration};
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::Child,
    thread,
    time::Instant,
};

use rustix::{
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, openpt, ptsname, unlockpt},
    termios::{OptionalActions, tcgetattr, tcsetattr},
};

mod servers;

use servers::{Lineside, Ser2net};

/// How much is measured.
#[derive(Clone, Copy)]
struct Size {
    bytes: usize,
    rounds: usize,
    pipelined: usize,
}

fn main() {
    let size = match std::env::args().any(|word| word == "--bench") {
        true => Size {
            bytes: 16 << 20,
            rounds: 5_000,
            pipelined: 1_000,
        },
        false => Size {
            bytes: 1 << 16,
            rounds: 20,
            pipelined: 20,
        },
    };
    println!(
        "{:28}{:>8}{:>8}{:>14}{:>24}{:>12}",
        "", "MB/s", "ms/MB", "round trip", "SET-BAUDRATE", "pipelined"
    );
    bare(size);
    served("lineside", size, |port| Some(Lineside::start(port)));
    served("ser2net", size, Ser2net::start);
}

/// A PTY: the device's side, and where programs open the other.
fn pty() -> (File, PathBuf, File) {
    let device = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    unlockpt(&device).unwrap();
    let path = ptsname(&device, Vec::new()).unwrap().into_string().unwrap();
    // Held open, so that the device never sees its port hang up.
    let held = open(&path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let mut termios = tcgetattr(&held).unwrap();
    termios.make_raw();
    tcsetattr(&held, OptionalActions::Now, &termios).unwrap();
    (device.into(), path.into(), held.into())
}

/// The kernel's own.
fn bare(size: Size) {
    let (device, _, port) = pty();
    let reader = Processor::of_this_thread();
    let throughput = throughput(&device, size.bytes, &reader, |into| {
        (&port).read(into).unwrap()
    });
    let echoing = Echo::start(device);
    let pty = round_trips(size.rounds, || turn(&port, &port));
    drop(port);
    echoing.end();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server = listener.accept().unwrap().0;
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let echoing = Echo::start(File::from(OwnedFd::from(server)));
    let tcp = round_trips(size.rounds, || turn(&client, &client));
    drop(client);
    echoing.end();
    println!(
        "{:28}{throughput}{:>14}{:>24}{:>12}",
        "PTY, and PTY + TCP",
        format!("{:.1} us", micros(pty.half + tcp.half)),
        "-",
        "-"
    );
}

/// A server in front of a port.
fn served<T>(name: &str, size: Size, start: impl Fn(&Path) -> Option<(SocketAddr, Processor, T)>) {
    let (device, path, _held) = pty();
    let Some((at, processor, server)) = start(&path) else {
        println!("{name:28}skipped: not installed");
        return;
    };
    let mut client = Client::dial(at);
    let throughput = throughput(&device, size.bytes, &processor, |into| {
        client.stream.read(into).unwrap()
    });
    let echoing = Echo::start(device);
    let data = round_trips(size.rounds, || turn(&client.stream, &client.stream));
    let mut rate = 0;
    let sets = round_trips(size.rounds / 5, || {
        rate = if rate == 9_600 { 19_200 } else { 9_600 };
        client.ask(&[rate]);
    });
    let pipelined = client.pipeline(size.pipelined);
    println!(
        "{name:28}{throughput}{:>14}{:>24}{:>12}",
        format!("{:.1} us", micros(data.half)),
        format!("{:.1}, p99 {:.1} us", micros(sets.half), micros(sets.most)),
        pipelined
    );
    drop((client, server));
    drop(_held);
    echoing.end();
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Where processor time is told: threads of ours, or of another program.
struct Processor(PathBuf);

impl Processor {
    fn of_this_thread() -> Self {
        let thread = fs::read_link("/proc/thread-self").unwrap();
        Self(Path::new("/proc").join(thread))
    }

    /// Of all threads of a program.
    fn of(program: &Child) -> Self {
        Self(format!("/proc/{}/task", program.id()).into())
    }

    fn time(&self) -> Duration {
        let nanos = |thread: PathBuf| {
            let stat = fs::read_to_string(thread.join("schedstat")).ok()?;
            stat.split(' ').next()?.parse().ok()
        };
        let times: u64 = match nanos(self.0.clone()) {
            Some(time) => time,
            None => fs::read_dir(&self.0)
                .unwrap()
                .filter_map(|thread| nanos(thread.ok()?.path()))
                .sum(),
        };
        Duration::from_nanos(times)
    }
}

/// Megabytes a second from the device to whoever reads, and milliseconds of `processor` for each: the medians
/// of five.
fn throughput(
    device: &File,
    bytes: usize,
    processor: &Processor,
    mut read: impl FnMut(&mut [u8]) -> usize,
) -> String {
    let (mut times, mut costs): (Vec<Duration>, Vec<Duration>) = (0..5)
        .map(|_| {
            let before = processor.time();
            let taken = taken(device, bytes, &mut read);
            (taken, processor.time().saturating_sub(before))
        })
        .unzip();
    times.sort_unstable();
    costs.sort_unstable();
    let megabytes = f64::from(u32::try_from(bytes).unwrap()) / 1e6;
    let (time, cost) = (times.get(2).unwrap(), costs.get(2).unwrap());
    let speed = megabytes / time.as_secs_f64();
    format!("{speed:>8.1}{:>8.2}", micros(*cost) / 1e3 / megabytes)
}

fn taken(device: &File, bytes: usize, read: &mut impl FnMut(&mut [u8]) -> usize) -> Duration {
    let sending = device.try_clone().unwrap();
    let begun = Instant::now();
    let sender = thread::spawn(move || {
        let chunk = [0x55; 4_096];
        for _ in 0..bytes / chunk.len() {
            (&sending).write_all(&chunk).unwrap();
        }
    });
    let mut into = vec![0; 1 << 16];
    let mut heard = 0;
    while heard < bytes {
        heard += read(&mut into);
    }
    let taken = begun.elapsed();
    sender.join().unwrap();
    taken
}

/// The median, and the 99th of a hundred.
struct Times {
    half: Duration,
    most: Duration,
}

fn round_trips(rounds: usize, mut turn: impl FnMut()) -> Times {
    for _ in 0..rounds / 10 {
        turn();
    }
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            turn();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    let nth = |of: usize| times.get(times.len() * of / 100).copied().unwrap();
    Times {
        half: nth(50),
        most: nth(99),
    }
}

/// A byte there and back.
fn turn(mut into: impl Write, mut from: impl Read) {
    into.write_all(b"x").unwrap();
    let mut heard = [0];
    from.read_exact(&mut heard).unwrap();
    assert_eq!(heard, *b"x");
}

/// Returns each byte, until the other end closes.
struct Echo(thread::JoinHandle<()>);

impl Echo {
    fn start(device: File) -> Self {
        Self(thread::spawn(move || {
            let mut byte = [0; 64];
            while let Ok(count @ 1..) = (&device).read(&mut byte) {
                if (&device).write_all(byte.get(..count).unwrap()).is_err() {
                    return;
                }
            }
        }))
    }

    fn end(self) {
        self.0.join().unwrap();
    }
}

/// A client of RFC 2217 by hand.
struct Client {
    stream: TcpStream,
}

impl Client {
    /// Agrees on BINARY both ways and COM-PORT; what the server offers beside is left alone.
    fn dial(at: SocketAddr) -> Self {
        let stream = (0..200).find_map(|_| {
            thread::sleep(Duration::from_millis(10));
            TcpStream::connect(at).ok()
        });
        let mut stream = stream.unwrap();
        stream.set_nodelay(true).unwrap();
        let said = [
            255, 251, 44, 255, 251, 0, 255, 253, 0, 255, 251, 3, 255, 253, 3,
        ];
        stream.write_all(&said).unwrap();
        let mut client = Self { stream };
        // Until it answers, and has said all that it says by itself.
        client.ask(&[9_600]);
        client
            .stream
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        while client
            .stream
            .read(&mut [0; 1_024])
            .is_ok_and(|count| count > 0)
        {}
        client
            .stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        client
    }

    /// Sets these rates, and waits for their answers: whether they come in this order.
    fn ask(&mut self, rates: &[u32]) -> bool {
        let mut said = Vec::new();
        for rate in rates {
            said.extend([255, 250, 44, 1]);
            said.extend(rate.to_be_bytes());
            said.extend([255, 240]);
        }
        let mut into = self.stream.try_clone().unwrap();
        let saying = (said.len() > 4_096).then(|| {
            let said = said.clone();
            thread::spawn(move || into.write_all(&said).unwrap())
        });
        if saying.is_none() {
            self.stream.write_all(&said).unwrap();
        }
        let mut heard = Vec::new();
        let mut rates = rates.iter();
        let mut next = rates.next();
        while let Some(rate) = next {
            let mut some = [0; 4_096];
            let Ok(count @ 1..) = self.stream.read(&mut some) else {
                return false;
            };
            heard.extend_from_slice(some.get(..count).unwrap());
            let mut wanted = *rate;
            while let Some(at) = heard.windows(10).position(|part| is_answer(part, wanted)) {
                heard.drain(..at + 10);
                next = rates.next();
                let Some(rate) = next else {
                    break;
                };
                wanted = *rate;
            }
        }
        if let Some(saying) = saying {
            saying.join().unwrap();
        }
        true
    }

    /// How many of so many commands, said at once, are answered in order.
    fn pipeline(&mut self, count: usize) -> String {
        self.stream
            .set_read_timeout(Some(Duration::from_secs(2)))
            .unwrap();
        // No byte of these is 255.
        let rates: Vec<u32> = [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200]
            .into_iter()
            .cycle()
            .take(count)
            .collect();
        let begun = Instant::now();
        match self.ask(&rates) {
            true => format!("{:.1} ms", micros(begun.elapsed()) / 1e3),
            false => "not all".to_owned(),
        }
    }
}

fn is_answer(part: &[u8], rate: u32) -> bool {
    let [255, 250, 44, 101, a, b, c, d, 255, 240] = *part else {
        return false;
    };
    u32::from_be_bytes([a, b, c, d]) == rate
}
