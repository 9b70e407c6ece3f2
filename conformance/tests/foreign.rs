//! The published page of what foreign crates do otherwise is true.

use std::collections::BTreeSet;

use lineside_conformance::{
    Subject as _,
    foreign::{self, ALL, FINDINGS},
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
