//! `foreign`.

use lineside_conformance::{foreign, report::ExitCode};

use super::say;

/// Runs the suite against other people's crates, and prints the page.
pub(super) fn run() -> ExitCode {
    say(format_args!("{}", foreign::page(&foreign::reports())));
    ExitCode::AsExpected
}
