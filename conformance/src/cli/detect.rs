//! `detect`.

use lineside_conformance::{detect, report::ExitCode};

use super::{Stop, args, profile, say};

/// Prints a profile of a live target.
pub(super) fn run(args: &args::Detect) -> Result<ExitCode, Stop> {
    let start = profile(args.profile.as_ref())?;
    let found = detect::run(&args.target, start, args.seed, &|note| eprintln!("{note}"));
    let found = found.map_err(Stop::usage)?;
    match found {
        Some(profile) => {
            say(format_args!("{profile}"));
            Ok(ExitCode::AsExpected)
        }
        None => Err(Stop::harness(format!(
            "{} answers nothing that the suite understands: check the address and the line's settings; for a \
             device that is no echo, write an [[exchange]] into a file and give it with --profile",
            args.target
        ))),
    }
}
