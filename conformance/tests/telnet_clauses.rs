//! Which clauses of Telnet have a case, by their identifiers; and what can be held of the page of others.

#![expect(clippy::panic, reason = "a test fails loudly")]

use std::collections::BTreeSet;

use lineside_conformance::{Side, cases::telnet, suite};

/// Those that concern a server and show on a wire to one. README.md says why the others do not.
const SERVER: &[&str] = &[
    "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "T13", "T14", "T15",
    "T16", "T17", "T18", "T19", "T20", "T21", "T22", "T23", "T24", "T25", "T26", "T27", "T31",
    "T32", "T34", "T35", "T36", "T38", "T39", "T40", "T41", "T42", "T43", "T44", "T45", "T46",
    "T48", "T49", "T50", "T51", "T52", "T53", "T54", "T55", "T56", "T57", "T58", "T59", "T60",
    "T61", "T62", "T63", "T64", "T65", "T66", "T67", "T68", "T69", "T70", "T72", "T73", "T74",
    "T75", "T76",
];

/// The same for a client.
const CLIENT: &[&str] = &[
    "T1", "T2", "T3", "T4", "T5", "T6", "T9", "T10", "T11", "T12", "T13", "T14", "T15", "T16",
    "T17", "T19", "T20", "T21", "T22", "T23", "T24", "T25", "T26", "T27", "T32", "T33", "T34",
    "T35", "T36", "T37", "T38", "T39", "T40", "T41", "T42", "T43", "T44", "T45", "T46", "T47",
    "T49", "T50", "T51", "T53", "T54", "T55", "T57", "T58", "T59", "T60", "T61", "T62", "T63",
    "T66", "T69", "T70", "T71", "T72", "T74", "T75", "T77",
];

/// Those that no case carries: README.md says why.
const ELSEWHERE: &[&str] = &[
    "T28", "T29", "T30", "T78", "T79", "T80", "T81", "T82", "T83", "T84",
];

#[test]
fn every_clause_has_a_case_or_is_excused_in_words() {
    let readme = include_str!("../README.md");
    for clause in (1..=84).map(|number| format!("T{number}")) {
        let is_of = |list: &[&str]| list.contains(&clause.as_str());
        let has_case = is_of(SERVER) || is_of(CLIENT);
        assert_ne!(has_case, is_of(ELSEWHERE), "{clause}");
        assert!(
            has_case || readme.contains(&clause),
            "{clause}: not a word in README.md"
        );
    }
}

#[test]
fn every_clause_that_a_server_shows_has_a_case() {
    assert_eq!(missing(Side::Server, SERVER), [""; 0]);
}

#[test]
fn every_clause_that_a_client_shows_has_a_case() {
    assert_eq!(missing(Side::Client, CLIENT), [""; 0]);
}

#[test]
fn a_server_is_asked_at_least_120_things_and_a_client_60() {
    for (side, least) in [(Side::Server, 120), (Side::Client, 60)] {
        let all = suite::instances(telnet::GROUPS);
        let count = all.iter().filter(|(_, one)| one.case.side == side).count();
        assert!(count >= least, "{count} cases for a {side:?}");
    }
}

/// The page of other people's servers and clients is written by hand; this is what can be held of it: its cases are
/// cases, its sums add up.
#[test]
fn the_page_of_servers_and_clients_names_cases_that_there_are_and_adds_up() {
    let page = include_str!("../FOREIGN-TELNET.md");
    let known: BTreeSet<&str> = suite::instances(telnet::GROUPS)
        .iter()
        .map(|(_, one)| one.case.id)
        .collect();
    let (mut named, mut side) = (0, "server");
    for line in page.lines() {
        if line.starts_with("# ") && line.contains(" Telnet clients ") {
            side = "client";
        }
        if !line.starts_with("| `") {
            continue;
        }
        let cell = line.split('|').nth(1).unwrap_or_default();
        let mut group = "";
        for name in cell.split('`').skip(1).step_by(2) {
            let (first, case) = name.split_once('.').unwrap_or_default();
            group = if first.is_empty() { group } else { first };
            let id = format!("telnet.{group}.{side}.{case}");
            assert!(known.contains(id.as_str()), "{name}: no case {id}");
            named += 1;
        }
    }
    assert!(named >= 80 && side == "client", "{named} cases");
    for line in page.lines().filter(|line| line.starts_with("| [")) {
        let counts = line.split('|').filter_map(|cell| cell.trim().parse().ok());
        let counts: Vec<u32> = counts.collect();
        let &[ran, passed, faults, open] = counts.as_slice() else {
            panic!("not four counts: {line}");
        };
        assert_eq!(ran, passed + faults + open, "{line}");
    }
}

fn missing(side: Side, wanted: &[&'static str]) -> Vec<&'static str> {
    let all = suite::instances(telnet::GROUPS);
    let of_side = all.iter().filter(|(_, one)| one.case.side == side);
    let refs: BTreeSet<&str> = of_side
        .flat_map(|(_, one)| one.case.refs.iter().copied())
        .collect();
    let missing = wanted.iter().filter(|id| !refs.contains(*id));
    missing.copied().collect()
}
