//! `matrix`.

use lineside_conformance::report::{ExitCode, Report, matrix};

use super::{Stop, args, read, say};

/// Prints several reports as one page.
pub(super) fn run(args: &args::Matrix) -> Result<ExitCode, Stop> {
    let load = |path: &std::path::PathBuf| {
        let named = |error| Stop::usage(format!("{}: {error}", path.display()));
        Report::from_json(&read(path)?).map_err(named)
    };
    let reports = args
        .reports
        .iter()
        .map(load)
        .collect::<Result<Vec<_>, _>>()?;
    let page = if args.html {
        matrix::html_page(&reports)
    } else {
        matrix::markdown(&reports)
    };
    say(format_args!("{page}"));
    Ok(ExitCode::AsExpected)
}
