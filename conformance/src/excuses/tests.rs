use super::*;
use crate::{Check, selftest, suite};

fn result(id: &str, grade: Grade) -> CaseResult {
    let mut report = crate::report::tests::sample();
    let mut result = report.results.remove(0);
    result.id = id.to_owned();
    result.grade = grade;
    result.checks = vec![Check {
        name: "echo".into(),
        grade,
        message: "got nothing".into(),
    }];
    result
}

fn applied(excuses: &str, results: Vec<CaseResult>) -> Report {
    let known: Vec<_> = suite::instances(&[&selftest::GROUP])
        .into_iter()
        .map(|(_, one)| one.id())
        .collect();
    let mut report = crate::report::tests::sample();
    report.results = results;
    Excuses::from_toml(excuses)
        .unwrap()
        .apply_on(&mut report, &known, "2026-11-22");
    report
}

const ECHO: &str = "[[excuse]]\nid = 'suite.server.echo'\nreason = 'bug 7'\n";

#[test]
fn an_excused_failure_is_not_red() {
    let report = applied(ECHO, vec![result("suite.server.echo[one]", Grade::Fail)]);
    assert_eq!(report.results[0].word(), "excused");
    assert_eq!(report.exit(false) as u8, 0);
}

#[test]
fn an_excuse_for_a_case_that_passes_is_stale() {
    let report = applied(ECHO, vec![result("suite.server.echo[one]", Grade::Pass)]);
    assert_eq!(report.results[0].word(), "xpass");
    assert!(
        report.stale_excuses[0].contains("remove the excuse"),
        "{:?}",
        report.stale_excuses
    );
    assert_eq!(report.exit(false) as u8, 2);
}

#[test]
fn an_excuse_for_no_case_is_stale() {
    let unknown = "[[excuse]]\nid = 'suite.server.ecko'\nreason = 'x'\n";
    let report = applied(unknown, vec![result("suite.server.echo[one]", Grade::Pass)]);
    assert!(report.stale_excuses[0].contains("no case has this identifier"));
}

#[test]
fn an_excuse_for_a_case_that_was_not_run_is_not_judged() {
    let report = applied(ECHO, vec![result("suite.server.quiet", Grade::Pass)]);
    assert!(report.stale_excuses.is_empty());
}

#[test]
fn an_excuse_covers_only_its_check_and_its_words() {
    let check =
        "[[excuse]]\nid = 'suite.server.echo[one]:echo'\nmessage = 'nothing'\nreason = 'x'\n";
    let mut failed = result("suite.server.echo[one]", Grade::Fail);
    assert_eq!(
        applied(check, vec![failed.clone()]).results[0].word(),
        "excused"
    );
    failed.checks.push(Check {
        name: "other".into(),
        grade: Grade::Fail,
        message: "too".into(),
    });
    assert_eq!(
        applied(check, vec![failed.clone()]).results[0].word(),
        "fail"
    );
    failed.checks[0].message = "got 00".into();
    let report = applied(check, vec![failed]);
    assert!(report.stale_excuses[0].contains("nothing that went wrong fits"));
}

#[test]
fn an_excuse_ends_on_its_day() {
    let until = |day: &str| format!("{ECHO}until = '{day}'\n");
    let failed = || vec![result("suite.server.echo[one]", Grade::Fail)];
    assert_eq!(applied(&until("2026-11-22"), failed()).exit(false) as u8, 0);
    let report = applied(&until("2026-11-21"), failed());
    assert_eq!(report.exit(false) as u8, 1);
    assert!(report.stale_excuses[0].contains("ended on 2026-11-21"));
}

#[test]
fn an_excuse_without_a_reason_is_refused() {
    assert!(Excuses::from_toml("[[excuse]]\nid = 'a'\nreason = ' '\n").is_err());
    assert!(
        Excuses::from_toml("[[excuse]]\nid = 'a'\n")
            .unwrap_err()
            .contains("reason")
    );
    assert!(
        Excuses::from_toml("[[excuse]]\nid='a'\nreason='b'\nuntil='soon'")
            .unwrap_err()
            .contains("YYYY-MM-DD")
    );
}

#[test]
fn days_are_counted_by_the_calendar() {
    assert_eq!(day_of(0), "1970-01-01");
    assert_eq!(day_of(11_016), "2000-02-29");
    assert_eq!(day_of(20_779), "2026-11-22");
}
