//! JUnit XML, for the CI systems that read it.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use crate::{
    Grade,
    report::{CaseResult, Report, transcript, xml::Xml},
};

/// The whole report: a test suite for each group. What is excused is skipped and has a property
/// `xfail` with the reason; an unexpected pass and the suite's own faults are errors.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut groups: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
    for result in &report.results {
        groups.entry(&result.group).or_default().push(result);
    }
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all = Counts::of(report.results.iter());
    let _ = writeln!(xml, "<testsuites name=\"lineside-conformance\" {all}>");
    for (group, results) in groups {
        let counts = Counts::of(results.iter().copied());
        let _ = writeln!(xml, "<testsuite name=\"{}\" {counts}>", Xml(group));
        properties(&mut xml, report);
        results.iter().for_each(|result| case(&mut xml, result));
        xml.push_str("</testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn properties(xml: &mut String, report: &Report) {
    let suite = &report.suite;
    let rows = [
        ("target", report.target.address.as_str()),
        ("edition", &suite.edition),
        ("suite-version", &suite.version),
        ("suite-hash", &suite.hash),
        ("seed", &report.seed.to_string()),
    ];
    xml.push_str("<properties>\n");
    for (name, value) in rows {
        let _ = writeln!(xml, "<property name=\"{name}\" value=\"{}\"/>", Xml(value));
    }
    xml.push_str("</properties>\n");
}

fn case(xml: &mut String, result: &CaseResult) {
    let seconds = result.took_us as f64 / 1e6;
    let (id, group) = (Xml(&result.id), Xml(&result.group));
    let _ = writeln!(
        xml,
        "<testcase classname=\"{group}\" name=\"{id}\" time=\"{seconds:.6}\">"
    );
    if let Some(reason) = &result.excused {
        let _ = writeln!(
            xml,
            "<properties><property name=\"xfail\" value=\"{}\"/></properties>",
            Xml(reason)
        );
    }
    let headline = result.headline();
    let said = Xml(&headline);
    match Kind::of(result) {
        Kind::Pass => {}
        Kind::Skipped => {
            let why = result
                .excused
                .as_deref()
                .map_or_else(|| headline.clone(), |reason| format!("excused: {reason}"));
            let _ = writeln!(xml, "<skipped message=\"{}\"/>", Xml(&why));
        }
        Kind::Failure => {
            let _ = writeln!(
                xml,
                "<failure type=\"{}\" message=\"{said}\">{}</failure>",
                result.word(),
                Xml(&details(result))
            );
        }
        Kind::Error => {
            let _ = writeln!(
                xml,
                "<error type=\"{}\" message=\"{said}\">{}</error>",
                result.word(),
                Xml(&details(result))
            );
        }
    }
    if matches!(result.grade, Grade::Warn | Grade::Info) {
        let _ = writeln!(xml, "<system-out>{}</system-out>", Xml(&details(result)));
    }
    xml.push_str("</testcase>\n");
}

fn details(result: &CaseResult) -> String {
    let mut text = format!("{} ({})\n", result.title, result.refs.join(", "));
    for check in &result.checks {
        let _ = writeln!(text, "{}: {}: {}", check.grade, check.name, check.message);
    }
    text + &transcript::text(&result.transcript)
}

/// What JUnit can say of a case.
#[derive(PartialEq, Eq)]
enum Kind {
    Pass,
    Skipped,
    Failure,
    Error,
}

impl Kind {
    fn of(result: &CaseResult) -> Self {
        match result.grade {
            _ if result.excused.is_some() => Self::Skipped,
            _ if result.unexpected_pass.is_some() => Self::Error,
            Grade::Pass | Grade::Info | Grade::Warn => Self::Pass,
            Grade::Skip => Self::Skipped,
            Grade::HarnessError | Grade::Blocked => Self::Error,
            Grade::Untestable if !result.unexpected(false) => Self::Skipped,
            Grade::Fail | Grade::Flaky | Grade::Untestable => Self::Failure,
        }
    }
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    seconds: f64,
}

impl Counts {
    fn of<'a>(results: impl Iterator<Item = &'a CaseResult>) -> Self {
        let mut counts = Self::default();
        for result in results {
            counts.tests += 1;
            counts.seconds += result.took_us as f64 / 1e6;
            match Kind::of(result) {
                Kind::Pass => {}
                Kind::Skipped => counts.skipped += 1,
                Kind::Failure => counts.failures += 1,
                Kind::Error => counts.errors += 1,
            }
        }
        counts
    }
}

impl core::fmt::Display for Counts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self {
            tests,
            failures,
            errors,
            skipped,
            seconds,
        } = self;
        write!(
            f,
            "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{seconds:.6}\""
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{tests::sample, wellformed};

    fn rendered(change: fn(&mut CaseResult)) -> String {
        let mut report = sample();
        change(&mut report.results[0]);
        let xml = render(&report);
        wellformed::check(&xml).unwrap();
        xml
    }

    #[test]
    fn hostile_messages_stay_text() {
        let xml = rendered(|_| {});
        assert!(xml.contains("failures=\"1\" errors=\"0\" skipped=\"0\""));
        assert!(xml.contains("name=\"demo.server.echo[a&amp;b]\""));
        assert!(!xml.contains("<script>") && !xml.contains('\u{1b}'));
    }

    #[test]
    fn what_is_excused_is_skipped_and_says_why() {
        let xml = rendered(|result| result.excused = Some("bug <7>".into()));
        assert!(xml.contains("<property name=\"xfail\" value=\"bug &lt;7&gt;\"/>"));
        assert!(xml.contains("<skipped message=\"excused: bug &lt;7&gt;\"/>"));
        assert!(xml.contains("failures=\"0\" errors=\"0\" skipped=\"1\""));
    }

    #[test]
    fn an_unexpected_pass_and_our_own_fault_are_errors() {
        let xpass = rendered(|result| {
            result.grade = Grade::Pass;
            result.unexpected_pass = Some("fixed".into());
        });
        assert!(xpass.contains("<error type=\"xpass\""));
        let harness = rendered(|result| result.grade = Grade::HarnessError);
        assert!(harness.contains("<error type=\"harness-error\""));
    }
}
