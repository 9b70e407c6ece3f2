//! Which clauses of RFC 2217 have a case, by their identifiers, and that each has a mutant.

use std::collections::BTreeSet;

use lineside_conformance::{Case, Side, cases::com_port, reference, suite};

/// Those that concern an access server.
const SERVER: &[&str] = &[
    "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15",
    "R16", "R17", "R18", "R19", "R20", "R21", "R22", "R23", "R24", "R25", "R26", "R27", "R28",
    "R29", "R30", "R31",
];

/// Those that concern a client, but for R38, connecting again: a case has one connection. README.md
/// says where that is tested.
const CLIENT: &[&str] = &[
    "R1", "R2", "R3", "R5", "R6", "R7", "R8", "R9", "R10", "R12", "R13", "R14", "R16", "R17",
    "R18", "R19", "R20", "R21", "R22", "R23", "R24", "R25", "R27", "R28", "R29", "R32", "R33",
    "R34", "R35", "R36", "R37", "R39", "R40", "R41",
];

#[test]
fn every_clause_of_a_server_has_a_case_that_a_mutant_fails() {
    assert_eq!(missing(Side::Server, SERVER), [""; 0]);
}

#[test]
fn every_clause_of_a_client_has_a_case_that_a_mutant_fails() {
    assert_eq!(missing(Side::Client, CLIENT), [""; 0]);
}

#[test]
fn a_server_is_asked_at_least_70_things_and_a_client_50() {
    for (side, least) in [(Side::Server, 70), (Side::Client, 50)] {
        let all = suite::instances(com_port::GROUPS);
        let count = all.iter().filter(|(_, one)| one.case.side == side).count();
        assert!(count >= least, "{count} cases for a {side:?}");
    }
}

#[test]
fn every_mutant_of_rfc_2217_is_named_by_a_case() {
    let named: BTreeSet<&str> = cases().flat_map(|case| case.killed_by).copied().collect();
    let unnamed: Vec<_> = reference::com_port::MUTANTS
        .iter()
        .map(|mutant| mutant.id)
        .filter(|id| !named.contains(id))
        .collect();
    assert_eq!(unnamed, [""; 0]);
}

fn cases() -> impl Iterator<Item = &'static Case> {
    com_port::GROUPS.iter().flat_map(|group| group.cases)
}

/// That the mutants do fail, `kill_matrix.rs` shows.
fn missing(side: Side, wanted: &[&'static str]) -> Vec<&'static str> {
    let with_mutants = cases().filter(|case| case.side == side && !case.killed_by.is_empty());
    let refs: BTreeSet<&str> = with_mutants.flat_map(|case| case.refs).copied().collect();
    let missing = wanted.iter().filter(|id| !refs.contains(*id));
    missing.copied().collect()
}
