//! Which clauses of the Modbus specifications have a case, by their identifiers.

use std::collections::BTreeSet;

use lineside_conformance::{Side, cases::modbus, suite};

/// Those that concern a server and show on a wire to one. README.md says why the others do not.
const SERVER: &[&str] = &[
    "F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09", "F10", "F11", "F12", "F13",
    "F14", "F15", "F17", "F18", "F19", "F20", "F21", "F22", "F24", "F25", "S01", "S02", "S03",
    "S04", "S05", "S06", "S07", "S08", "S09", "S10", "A01", "A02", "A03", "A04", "A05", "A06",
    "A07", "A08", "A09", "A10", "P01", "P02", "P03", "P04", "P05", "P06", "P07", "P08", "P10",
    "P11", "P12", "P13", "P14", "P15", "P20", "P21", "P22", "P23", "P24", "P25", "P26", "P30",
    "P31", "P32", "P33", "P34", "P40", "P41", "P42", "P43", "P44", "P45", "P46", "P47", "P48",
    "P49", "P50", "P51", "P52", "P60", "P61", "P62", "P63", "P64", "P65", "P66", "P67", "P68",
    "P69", "P70", "P71", "P72", "P73", "T01", "T02", "T05", "T06", "T09", "T11", "T12",
];

/// The same for a client.
const CLIENT: &[&str] = &[
    "F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09", "F10", "F11", "F12", "F13",
    "F14", "F15", "F17", "F18", "F19", "F20", "F21", "F22", "F24", "A01", "A02", "A03", "A04",
    "A05", "A06", "A07", "A08", "A09", "A10", "M01", "M02", "M03", "M04", "M05", "M06", "M07",
    "M08", "M09", "M10", "M11", "M12", "M13", "M14", "M15", "M16", "M17", "M18", "M19", "M20",
    "M21", "M23", "P07", "P10", "P13", "P15", "P20", "P23", "P32", "P33", "P63", "P65", "P66",
    "P70", "P72", "T01", "T02", "T04", "T05", "T06", "T09", "T11", "T12", "T13",
];

#[test]
fn every_clause_that_a_server_shows_has_a_case() {
    assert_eq!(missing(Side::Server, SERVER), [""; 0]);
}

#[test]
fn every_clause_that_a_client_shows_has_a_case() {
    assert_eq!(missing(Side::Client, CLIENT), [""; 0]);
}

fn missing(side: Side, wanted: &[&'static str]) -> Vec<&'static str> {
    let groups: Vec<_> = modbus::groups().collect();
    let all = suite::instances(&groups);
    let of_side = all.iter().filter(|(_, one)| one.case.side == side);
    let refs: BTreeSet<&str> = of_side
        .flat_map(|(_, one)| one.case.refs.iter().copied())
        .collect();
    let missing = wanted.iter().filter(|id| !refs.contains(*id));
    missing.copied().collect()
}

#[test]
fn a_case_that_writes_says_so() {
    // The functions that write, as the first byte of what a table asks.
    let groups: Vec<_> = modbus::groups().collect();
    for (_, one) in suite::instances(&groups) {
        let case = one.case;
        let writes =
            case.side == Side::Server && case.needs.iter().any(|need| need.ends_with(".write.1"));
        let harmless = case.hazard == lineside_conformance::Hazard::None;
        assert!(!(writes && harmless), "{}", case.id);
    }
}
