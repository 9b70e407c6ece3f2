//! The commands, and what they print.

use std::{
    fmt,
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::{Parser, error::ErrorKind};
use lineside_conformance::{Excuses, Profile, report::ExitCode};

mod args;
mod detect;
mod drive;
mod endpoint;
mod foreign;
mod list;
mod matrix;
mod progress;
mod test;

use args::{Args, Command};

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Whoever closed our output does not want to hear of it.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::AsExpected,
                _ => ExitCode::Usage,
            };
        }
    };
    lineside_conformance::quiet_panics();
    let done = match &args.command {
        Some(Command::Serve(serve)) => endpoint::serve(serve),
        Some(Command::Act(act)) => endpoint::act(act),
        Some(Command::Drive(drive)) => drive::run(drive),
        Some(Command::Detect(detect)) => detect::run(detect),
        Some(Command::Matrix(matrix)) => matrix::run(matrix),
        Some(Command::Foreign) => Ok(foreign::run()),
        None if args.list => list::run(&args),
        None => test::run(&args),
    };
    done.unwrap_or_else(|Stop { code, message }| {
        eprintln!("lineside-conform: {message}");
        code
    })
}

/// Prints to standard output. A closed pipe ends the printing, not the program.
fn say(text: fmt::Arguments<'_>) {
    let _ = std::io::stdout().write_fmt(text);
}

/// Why a command cannot go on.
pub(crate) struct Stop {
    code: ExitCode,
    message: String,
}

impl Stop {
    fn usage(message: impl ToString) -> Self {
        Self {
            code: ExitCode::Usage,
            message: message.to_string(),
        }
    }

    fn harness(message: impl ToString) -> Self {
        Self {
            code: ExitCode::Harness,
            message: message.to_string(),
        }
    }
}

fn read(path: &Path) -> Result<String, Stop> {
    let named = |error| Stop::usage(format!("cannot read {}: {error}", path.display()));
    std::fs::read_to_string(path).map_err(named)
}

fn profile(path: Option<&PathBuf>) -> Result<Option<Profile>, Stop> {
    let Some(path) = path else { return Ok(None) };
    let named = |error| Stop::usage(format!("the profile {}: {error}", path.display()));
    Profile::from_toml(&read(path)?).map(Some).map_err(named)
}

fn excuses(path: Option<&PathBuf>) -> Result<Excuses, Stop> {
    let Some(path) = path else {
        return Ok(Excuses::default());
    };
    let named = |error| Stop::usage(format!("the excuses {}: {error}", path.display()));
    Excuses::from_toml(&read(path)?).map_err(named)
}
