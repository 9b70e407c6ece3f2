//! How late t3.5 is kept: strict RTU between a client and a server over a PTY pair, each on a clock and
//! a thread of its own.
//!
//! `cargo bench -p lineside-modbus --bench line`
//!
//! A PTY carries characters in no time, so a transaction lasts two silences of 1.75 ms and what they
//! overshoot. On a line at 115,200 baud 8E1 the 15 characters of a read of one register take 1.43 ms
//! more: the share of that line which is used follows.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark fails loudly, and prints"
)]

use core::time::Duration;
use std::{sync::mpsc, thread, time::Instant};

use lineside_io::{Clock, DataBits, Parity, Settings, StopBits};
use lineside_modbus::{
    Bank, ClientConfig, Framing,
    net::{Calls, Client, Server},
};
use lineside_serial::{Options, Pty, Tty, pty::PtyOptions};
use tokio::runtime::{Builder, Runtime};

/// What is measured; fewer when the bench is only tried out.
const TRANSACTIONS: usize = 2_000;

fn main() {
    // `cargo test --benches` runs a benchmark to see that it runs.
    let is_test = !std::env::args().any(|argument| argument == "--bench");
    let count = if is_test { 20 } else { TRANSACTIONS };
    let settings = Settings {
        baud: 115_200,
        data_bits: DataBits::Eight,
        parity: Parity::Even,
        stop_bits: StopBits::One,
        ..Settings::default()
    };
    let mut taken = transactions(settings, count);
    taken.sort_unstable();
    let silences = 2 * Duration::from_micros(1_750);
    let line = silences + settings.time_of(15);
    let overshoot = |share: usize| {
        let one = taken.get(taken.len() * share / 100).unwrap();
        one.saturating_sub(silences) / 2
    };
    let median = overshoot(50);
    let used = line.as_secs_f64() / (line + 2 * median).as_secs_f64();
    println!(
        "{count} transactions, overshoot of t3.5: median {median:?}, p90 {:?}",
        overshoot(90)
    );
    println!(
        "line use at 115200 8E1: {:.1} % of {:.1} transactions/s",
        100.0 * used,
        1.0 / line.as_secs_f64()
    );
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// How long each transaction took.
fn transactions(settings: Settings, count: usize) -> Vec<Duration> {
    let (opened, path) = mpsc::channel();
    thread::spawn(move || {
        runtime().block_on(async {
            let mut options = PtyOptions::default();
            options.settings = settings;
            let pty = Pty::open(&options).unwrap();
            opened.send(pty.path().to_owned()).unwrap();
            let mut bank = Bank::new().with_holding_registers(0, [7]);
            let server = Server::new(Framing::Rtu).clock(Clock::precise());
            // It goes on until the program ends.
            let _ = server.on_line(pty).run(&mut bank).await;
        });
    });
    let path = path.recv().unwrap();
    runtime().block_on(async {
        let tty = Tty::open(path, settings, &Options::default()).unwrap();
        let config = ClientConfig::default();
        let mut client = Client::on_line(Framing::Rtu, config, tty, Clock::precise());
        let mut taken = Vec::with_capacity(count);
        for _ in 0..count {
            let began = Instant::now();
            client.unit(1).read_holding_registers(0, 1).await.unwrap();
            taken.push(began.elapsed());
        }
        taken
    })
}
