//! What the programs do around their work: help, a log, an error at the end.

use core::{
    error::Error,
    future::Future,
    task::{Context, Poll, Waker},
};
use std::{io, process::ExitCode};

use lineside_io::{Clock, address::Schemes};
use tracing::Level;

use crate::{arguments::Arguments, place};

/// What a program may end with.
pub type Ended = Result<(), Box<dyn Error>>;

/// Runs the program `name`, whose arguments are options and addresses: `--help` prints `usage` and
/// how addresses are written, and an error is said on the standard error and ends it with 1.
pub async fn run(
    name: &str,
    usage: &str,
    work: impl AsyncFnOnce(Arguments, &Schemes, &Clock) -> Ended,
) -> ExitCode {
    run_with(name, usage, place::help, work).await
}

/// The same for a program that knows wires alone, and no Modbus.
pub async fn run_on_wires(
    name: &str,
    usage: &str,
    work: impl AsyncFnOnce(Arguments, &Schemes, &Clock) -> Ended,
) -> ExitCode {
    run_with(name, usage, Schemes::help, work).await
}

#[expect(clippy::print_stdout, reason = "help is for the user")]
async fn run_with(
    name: &str,
    usage: &str,
    help: impl FnOnce(&Schemes) -> String,
    work: impl AsyncFnOnce(Arguments, &Schemes, &Clock) -> Ended,
) -> ExitCode {
    let clock = Clock::precise();
    let schemes = place::schemes(&clock);
    let arguments = Arguments::of_program();
    if arguments.wants_help() {
        println!("{usage}\naddresses:\n{}", help(&schemes));
        return ExitCode::SUCCESS;
    }
    match work(arguments, &schemes, &clock).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}\n{name} --help says what can be");
            ExitCode::FAILURE
        }
    }
}

/// Ready when the user interrupts the program (Ctrl-C) from now on: made before he is told that he may.
pub fn interrupted() -> impl Future<Output = io::Result<()>> {
    let mut interrupted = Box::pin(tokio::signal::ctrl_c());
    // The first poll is what begins to listen; until then the system's default holds.
    let first = interrupted
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    async move {
        match first {
            Poll::Ready(done) => done,
            Poll::Pending => interrupted.await,
        }
    }
}

/// Writes what is logged from `level` on to the standard error.
pub fn log(level: Level) {
    tracing_subscriber::fmt()
        .with_target(false)
        .with_max_level(level)
        .with_writer(io::stderr)
        .init();
}
