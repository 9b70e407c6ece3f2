use super::*;
use crate::{Direction, What};

/// A report with one failure and hostile bytes in everything that a target controls.
pub(crate) fn sample() -> Report {
    let bytes = b"\xc0<script>alert(1)</script>\x00\x1b[31m".to_vec();
    let what = What::Bytes {
        direction: Direction::FromSubject,
        bytes,
    };
    let hostile = "got </script><b>& \"quotes\" \u{1b}[31m ]]> \u{0}";
    Report {
        schema: SCHEMA,
        suite: Suite {
            version: "0.1.0".into(),
            edition: "2026.1".into(),
            hash: "00".into(),
        },
        target: TargetInfo {
            address: "slip+tcp://10.0.0.7:4001".into(),
            about: hostile.into(),
            profile: Profile::named("<x>"),
        },
        seed: 7,
        began: 1_795_000_000,
        took_ms: 12,
        results: vec![CaseResult {
            id: "demo.server.echo[a&b]".into(),
            group: "demo".into(),
            title: "a <record> comes back".into(),
            refs: vec!["F1".into(), "RFC 1055".into()],
            level: Level::Must,
            side: Side::Server,
            speaks: "slip".into(),
            grade: Grade::Fail,
            message: String::new(),
            checks: vec![
                Check {
                    name: "echo".into(),
                    grade: Grade::Fail,
                    message: hostile.into(),
                },
                Check {
                    name: "silence".into(),
                    grade: Grade::Pass,
                    message: "got nothing".into(),
                },
            ],
            took_us: 1_500,
            transcript: vec![
                Entry {
                    at: 0,
                    wire: 0,
                    what: What::Note("opened".into()),
                },
                Entry {
                    at: 1_041_667,
                    wire: 0,
                    what,
                },
            ],
            decoded: vec![hostile.into()],
            again: None,
            excused: None,
            unexpected_pass: None,
        }],
        stale_excuses: Vec::new(),
        unreachable: None,
    }
}

#[test]
fn a_report_survives_its_json() {
    let report = sample();
    assert_eq!(
        Report::from_json(&report.to_json().unwrap()).unwrap(),
        report
    );
}

#[test]
fn a_report_of_another_schema_is_refused_with_what_to_do() {
    let json = sample()
        .to_json()
        .unwrap()
        .replace("\"schema\": 1", "\"schema\": 99");
    assert!(
        Report::from_json(&json)
            .unwrap_err()
            .contains("run the suite again")
    );
    assert!(
        Report::from_json("{}")
            .unwrap_err()
            .contains("no report of this suite")
    );
}

#[test]
fn each_way_to_end_has_its_own_exit_code() {
    let code = |change: fn(&mut Report)| {
        let mut report = sample();
        report.results[0].grade = Grade::Pass;
        change(&mut report);
        report.exit(false) as u8
    };
    assert_eq!(code(|_| {}), 0);
    assert_eq!(code(|report| report.results[0].grade = Grade::Fail), 1);
    assert_eq!(code(|report| report.results[0].grade = Grade::Flaky), 1);
    assert_eq!(
        code(|report| report.results[0].grade = Grade::Untestable),
        1
    );
    assert_eq!(code(|report| report.results[0].grade = Grade::Warn), 0);
    assert_eq!(code(|report| report.stale_excuses.push("x".into())), 2);
    assert_eq!(
        code(|report| report.results[0].grade = Grade::HarnessError),
        3
    );
    assert_eq!(code(|report| report.unreachable = Some("x".into())), 3);
    assert_eq!(code(|report| report.results[0].grade = Grade::Skip), 5);
    assert_eq!(code(|report| report.results.clear()), 5);
}

#[test]
fn a_terminal_is_not_at_the_targets_mercy() {
    let line = text::line(&sample().results[0], false);
    assert!(!line.contains('\u{1b}'), "{line:?}");
}
