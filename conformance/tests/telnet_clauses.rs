//! Which clauses of Telnet have a case, by their identifiers.

use std::collections::BTreeSet;

use lineside_conformance::{Side, cases::telnet, suite};

/// Those that concern a server and show on a wire to one. README.md says why the others do not.
const SERVER: &[&str] = &[
    "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "T13", "T14", "T15",
    "T16", "T17", "T18", "T19", "T20", "T21", "T22", "T23", "T24", "T25", "T26", "T27", "T31",
    "T32", "T34", "T35", "T36", "T38", "T39", "T40", "T41", "T42", "T43", "T44", "T46", "T50",
    "T51", "T52", "T53", "T54", "T55", "T56", "T57",
];

/// The same for a client.
const CLIENT: &[&str] = &[
    "T1", "T2", "T3", "T4", "T5", "T6", "T9", "T10", "T11", "T12", "T13", "T14", "T15", "T16",
    "T17", "T19", "T20", "T21", "T22", "T23", "T24", "T25", "T26", "T27", "T32", "T33", "T34",
    "T35", "T36", "T37", "T38", "T39", "T40", "T41", "T42", "T43", "T44", "T46", "T50", "T51",
    "T53", "T54", "T55", "T57",
];

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

fn missing(side: Side, wanted: &[&'static str]) -> Vec<&'static str> {
    let all = suite::instances(telnet::GROUPS);
    let of_side = all.iter().filter(|(_, one)| one.case.side == side);
    let refs: BTreeSet<&str> = of_side
        .flat_map(|(_, one)| one.case.refs.iter().copied())
        .collect();
    let missing = wanted.iter().filter(|id| !refs.contains(*id));
    missing.copied().collect()
}
