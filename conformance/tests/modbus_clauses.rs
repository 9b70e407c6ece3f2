//! Which clauses of the Modbus specifications have a case, by their identifiers: `modbus-clauses.toml`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use std::collections::BTreeSet;

use lineside_conformance::{Side, cases::modbus, suite};

/// `modbus-clauses.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Clauses {
    all: Vec<String>,
    server: BTreeSet<String>,
    client: BTreeSet<String>,
    elsewhere: Vec<Elsewhere>,
    open: Vec<Open>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    id: String,
    says: String,
    why: String,
    file: String,
    test: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    id: String,
    why: String,
}

fn listed() -> Clauses {
    toml::from_str(include_str!("../modbus-clauses.toml")).unwrap()
}

/// What the cases of a side refer to.
fn referred(side: Side) -> BTreeSet<&'static str> {
    let groups: Vec<_> = modbus::groups().collect();
    let all = suite::instances(&groups);
    let of_side = all.iter().filter(|(_, one)| one.case.side == side);
    let refs = of_side.flat_map(|(_, one)| one.case.refs.iter().copied());
    refs.collect()
}

/// `F04`, and not `RFC 1055`.
fn is_identifier(text: &str) -> bool {
    matches!(text.as_bytes(), [b'A'..=b'Z', tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit())
}

#[test]
fn the_list_of_each_side_is_what_its_cases_refer_to() {
    let listed = listed();
    for (side, list) in [
        (Side::Server, &listed.server),
        (Side::Client, &listed.client),
    ] {
        let referred = referred(side);
        let referred = referred.into_iter().filter(|text| is_identifier(text));
        let referred: BTreeSet<String> = referred.map(str::to_owned).collect();
        let missing: Vec<_> = list.difference(&referred).collect();
        assert!(missing.is_empty(), "no case of the {side:?}: {missing:?}");
        let new: Vec<_> = referred.difference(list).collect();
        assert!(new.is_empty(), "not listed for the {side:?}: {new:?}");
    }
}

#[test]
fn every_identifier_has_a_case_or_a_test_or_is_said_to_be_open() {
    let listed = listed();
    let all: BTreeSet<&String> = listed.all.iter().collect();
    assert_eq!(all.len(), listed.all.len(), "one is listed twice");
    let elsewhere = listed.elsewhere.iter().map(|one| &one.id);
    let cases = listed.server.iter().chain(&listed.client);
    let held: BTreeSet<&String> = cases.chain(elsewhere).collect();
    let open: BTreeSet<&String> = listed.open.iter().map(|one| &one.id).collect();
    assert!(held.is_disjoint(&open), "what is held is not open");
    let known: BTreeSet<&String> = held.union(&open).copied().collect();
    assert_eq!(all, known);
    assert!(listed.open.iter().all(|one| !one.why.is_empty()));
}

#[test]
fn a_clause_that_is_held_elsewhere_is_named_by_that_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for one in listed().elsewhere {
        assert!(!one.says.is_empty() && !one.why.is_empty(), "{}", one.id);
        let text = std::fs::read_to_string(root.join(&one.file));
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", one.file));
        let test = format!("fn {}(", one.test);
        let (before, body) = text.split_once(&test).unwrap_or_else(|| {
            panic!(
                "{}: there is no test `{}` in {}",
                one.id, one.test, one.file
            )
        });
        let body = body.split("\n}").next().unwrap_or_default();
        let comment = before.rsplit("\n\n").next().unwrap_or_default();
        let named = body.contains(&one.id) || comment.contains(&one.id);
        assert!(named, "{} does not name {}", one.test, one.id);
    }
}

/// Identifiers and, where a case rests on more of the text than one has, sections and figures.
#[test]
fn the_cases_refer_to_150_places() {
    let all: BTreeSet<&str> = referred(Side::Server)
        .into_iter()
        .chain(referred(Side::Client))
        .collect();
    assert!(all.len() >= 150, "{}", all.len());
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
