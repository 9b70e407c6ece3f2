//! A report for a terminal: a line for each case, and a summary.

use core::fmt::Write as _;

use crate::{
    Grade,
    report::{CaseResult, Report},
};

/// The line of one case.
#[must_use]
pub fn line(result: &CaseResult, colour: bool) -> String {
    let word = result.word();
    let padded = format!("{word:<13}");
    let painted = if colour {
        format!("\x1b[{}m{padded}\x1b[0m", paint(result))
    } else {
        padded
    };
    let mut line = format!("{painted} {}", result.id);
    if result.grade != Grade::Pass {
        let _ = write!(
            line,
            "\n{:14}{}",
            "",
            crate::report::one_line(&result.headline())
        );
    }
    line
}

const fn paint(result: &CaseResult) -> &'static str {
    match (&result.excused, result.grade) {
        (Some(_), _) | (None, Grade::Skip | Grade::Info) => "2",
        (None, Grade::Pass) => "32",
        (None, Grade::Warn) => "33",
        (None, _) => "31",
    }
}

/// What stands under the lines.
#[must_use]
pub fn summary(report: &Report) -> String {
    let mut text = String::new();
    for alarm in report.alarms() {
        let _ = writeln!(text, "{}", crate::report::one_line(&alarm));
    }
    let counts: Vec<String> = report
        .counts()
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let checks: usize = report
        .results
        .iter()
        .map(|result| result.checks.len())
        .sum();
    let _ = writeln!(
        text,
        "{} cases, {checks} checks against {} in {} ms (seed {}): {}",
        report.results.len(),
        report.target.address,
        report.took_ms,
        report.seed,
        if counts.is_empty() {
            "nothing selected".to_owned()
        } else {
            counts.join(", ")
        },
    );
    text
}
