//! The published page of what foreign crates do otherwise is true.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::{collections::BTreeSet, sync::Arc};

use lineside_conformance::{
    Grade, Level, Side, Subject,
    cases::modbus,
    foreign::{self, ALL, FINDINGS},
    suite,
    target::memory,
};

#[test]
fn the_page_says_what_the_crates_do_and_every_finding_was_checked() {
    let reports = foreign::reports();
    let mut seen = BTreeSet::new();
    for (foreign, report) in ALL.iter().zip(&reports) {
        let ran = report.results.iter().filter(|result| result.ran()).count();
        assert!(ran >= 6, "{}: {ran} cases", foreign.name);
        let notable = report.results.iter().filter(|result| result.notable());
        seen.extend(notable.map(|result| (foreign.name.to_owned(), foreign::sideless(&result.id))));
    }
    let checked: BTreeSet<_> = FINDINGS
        .iter()
        .map(|finding| (finding.subject.to_owned(), finding.case.to_owned()))
        .collect();
    let unchecked: Vec<_> = seen.difference(&checked).collect();
    let stale: Vec<_> = checked.difference(&seen).collect();
    assert!(unchecked.is_empty(), "check these by hand: {unchecked:#?}");
    assert!(stale.is_empty(), "these pass now: {stale:#?}");
    let page = foreign::page(&reports);
    assert!(
        page == include_str!("../FOREIGN.md"),
        "the page is not what `cargo conform foreign > conformance/FOREIGN.md` prints now"
    );
}

#[test]
fn the_versions_are_those_that_are_linked() {
    let lock = include_str!("../../Cargo.lock");
    for foreign in ALL {
        let entry = format!(
            "name = \"{}\"\nversion = \"{}\"\n",
            foreign.package, foreign.version
        );
        assert!(lock.contains(&entry), "{}", foreign.about());
    }
}

/// That page is written by hand, so this is what can be held of it: its cases are cases, its sums add up.
#[test]
fn the_page_of_modbus_servers_names_cases_that_there_are_and_counts_its_rows() {
    let page = include_str!("../FOREIGN-MODBUS.md");
    let groups: Vec<_> = modbus::groups().collect();
    let instances = suite::instances(&groups);
    let cases: Vec<_> = instances.iter().map(|(_, one)| one.case).collect();
    for (server, ran, passed, faults, open) in totals(page) {
        assert_eq!(ran, passed + faults + open, "{server}");
        let (section, rows) = section(page, server);
        let of = |verdict: &str| rows.iter().filter(|row| row.2 == verdict).count();
        assert_eq!(
            (of("**fault**"), of("left open")),
            (faults, open),
            "{server}"
        );
        assert_eq!(rows.len(), faults + open, "{server}");
        for (id, level, _, why) in rows {
            let named = cases.iter().find(|case| case.id == id);
            let case = named.unwrap_or_else(|| panic!("{server}: {id} is no case"));
            let says = match case.level {
                Level::Must => "MUST",
                Level::Should => "SHOULD",
                Level::May => "MAY",
            };
            assert_eq!(level, says, "{server}: {id}");
            for cause in why.split(", ").filter(|cause| !cause.is_empty()) {
                let told = section.contains(&format!("\n- **{cause}**: "));
                assert!(told, "{server}: {id} has a cause {cause}");
            }
        }
    }
}

/// There one row has several cases, each in backquotes with its wire, and the level of all of them.
#[test]
fn the_section_of_serial_lines_names_cases_that_there_are_and_their_level() {
    let page = include_str!("../FOREIGN-MODBUS.md");
    let (_, section) = page.split_once("\n## Servers on a serial line\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let groups: Vec<_> = modbus::groups().collect();
    let instances = suite::instances(&groups);
    let mut named = 0;
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        for id in cells[1].split('`').filter(|id| id.ends_with(']')) {
            let id = format!("modbus.server.{id}");
            let found = instances.iter().find(|(_, one)| one.id() == id);
            let (_, one) = found.unwrap_or_else(|| panic!("{id} is no case"));
            let is_must = one.case.level == Level::Must;
            assert_eq!(cells[3], if is_must { "MUST" } else { "SHOULD" }, "{id}");
            named += 1;
        }
    }
    assert!(named > 90, "{named} cases");
}

/// The first table: server, cases that ran, passed, faults, left open.
fn totals(page: &str) -> Vec<(&str, usize, usize, usize, usize)> {
    let totals: Vec<_> = page.lines().filter_map(total).collect();
    assert_eq!(totals.len(), 4);
    totals
}

fn total(line: &str) -> Option<(&str, usize, usize, usize, usize)> {
    let mut cells = line.strip_prefix("| [")?.split('|').map(str::trim);
    let (server, _) = cells.next()?.split_once(']')?;
    let counts: Vec<usize> = cells.filter_map(|cell| cell.parse().ok()).collect();
    let &[ran, passed, faults, open] = counts.as_slice() else {
        panic!("not four counts: {line}");
    };
    Some((server, ran, passed, faults, open))
}

/// A peer's section, and its rows.
fn section<'a>(page: &'a str, peer: &str) -> (&'a str, Vec<Row<'a>>) {
    let (_, section) = page.split_once(&format!("\n## {peer}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let side = if peer.ends_with(" client") {
        Side::Client
    } else {
        Side::Server
    };
    let rows = section.lines().filter_map(|line| row(side, line));
    (section, rows.collect())
}

/// Case, level, verdict, causes.
type Row<'a> = (String, &'a str, &'a str, &'a str);

/// A row of a peer's table.
fn row(side: Side, line: &str) -> Option<Row<'_>> {
    let cells: Vec<_> = line
        .strip_prefix("| `")?
        .split('|')
        .map(str::trim)
        .collect();
    let &[case, _, level, _, verdict, why, ""] = cells.as_slice() else {
        panic!("not six cells: {line}");
    };
    let id = case.split(['[', '`']).next()?;
    let side = match side {
        Side::Server => "server",
        Side::Client => "client",
    };
    Some((format!("modbus.{side}.{id}"), level, verdict, why))
}

#[test]
fn the_client_of_tokio_modbus_does_what_the_page_says() {
    let subject: Arc<dyn Subject> = Arc::new(foreign::TokioModbusClient);
    let profile = Arc::new(subject.profile());
    let groups: Vec<_> = modbus::groups().collect();
    let (mut ran, mut failed) = (BTreeSet::new(), BTreeSet::new());
    for (_, one) in suite::instances(&groups) {
        let dialect = one.speaks().parse().unwrap();
        let has_all = one.needs().iter().all(|need| profile.has(need));
        if one.case.side != Side::Client || !has_all || !subject.speaks(&dialect) {
            continue;
        }
        let run = memory::run(one, &dialect, &subject, &profile, 1);
        let grade = run.outcome.grade(one.case.level);
        if grade != Grade::Skip {
            ran.insert(one.case.id.to_owned());
        }
        if grade > Grade::Skip {
            failed.insert(one.case.id.to_owned());
        }
    }
    let page = include_str!("../FOREIGN-MODBUS.md");
    let name = "tokio-modbus client";
    let (_, rows) = section(page, name);
    let told: BTreeSet<_> = rows.into_iter().map(|row| row.0).collect();
    assert_eq!(told, failed);
    let total = totals(page).into_iter().find(|total| total.0 == name);
    assert_eq!(total.unwrap().1, ran.len());
}
