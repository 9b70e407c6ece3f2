//! Every case must be able to fail: each fails on at least one of the mutants that it names, every
//! mutant is caught by at least one case, and the sound endpoints pass them all.
//!
//! `cargo test -p lineside-conformance --test kill_matrix -- --nocapture` prints the matrix.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test fails loudly, and prints its matrix"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use lineside_conformance::{
    Grade, Instance, Subject, cases,
    reference::{Reference, mutants},
    subjects, suite,
    target::memory,
};

#[test]
fn the_textbook_endpoint_passes_every_case() {
    passes_every_case(&(Arc::new(Reference::sound()) as Arc<dyn Subject>));
}

#[test]
fn our_own_endpoints_pass_every_case() {
    let ours = subjects::all().into_iter().next();
    passes_every_case(&ours.expect("our own endpoints come first"));
}

#[test]
fn every_case_fails_on_a_mutant_that_it_names_and_every_mutant_is_caught() {
    let all = suite::instances(&cases::groups());
    let mut caught: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut toothless = Vec::new();
    for (_, instance) in &all {
        let named = instance.case.killed_by;
        let failed: Vec<_> = named
            .iter()
            .filter(|mutant| fails(instance, mutant))
            .collect();
        if failed.is_empty() {
            toothless.push(instance.id());
        }
        for mutant in failed {
            caught.entry(mutant).or_default().push(instance.id());
        }
    }
    print(&caught);
    let survivors: BTreeSet<_> = mutants()
        .map(|mutant| mutant.id)
        .filter(|id| !caught.contains_key(id))
        .collect();
    assert!(
        toothless.is_empty(),
        "cases that fail on none of the mutants that they name: {toothless:#?}"
    );
    assert!(
        survivors.is_empty(),
        "mutants that nothing catches: {survivors:#?}"
    );
}

#[test]
fn a_case_names_mutants_that_exist() {
    let known: BTreeSet<_> = mutants().map(|mutant| mutant.id).collect();
    for (_, instance) in suite::instances(&cases::groups()) {
        for mutant in instance.case.killed_by {
            assert!(
                known.contains(mutant),
                "{}: no mutant {mutant}",
                instance.id()
            );
        }
    }
}

#[test]
fn identifiers_are_unique_and_each_side_has_its_sixty() {
    let all = suite::instances(&cases::groups());
    let ids: BTreeSet<_> = all.iter().map(|(_, instance)| instance.id()).collect();
    assert_eq!(ids.len(), all.len());
    for side in [".server.", ".client."] {
        let count = ids.iter().filter(|id| id.contains(side)).count();
        assert!(count >= 60, "{count} cases for {side}");
    }
}

fn passes_every_case(subject: &Arc<dyn Subject>) {
    let mut wrong = Vec::new();
    for (_, instance) in suite::instances(&cases::groups()) {
        let run = run(&instance, subject);
        let grade = run.outcome.grade(instance.case.level);
        if grade != Grade::Pass {
            wrong.push(format!("{} {grade}: {:?}", instance.id(), run.outcome));
        }
    }
    assert!(wrong.is_empty(), "{} of the cases: {wrong:#?}", wrong.len());
}

fn fails(instance: &Instance, mutant: &'static str) -> bool {
    let broken = Reference::broken(mutant);
    let subject: Arc<dyn Subject> = Arc::new(broken.clone());
    let grade = run(instance, &subject).outcome.grade(instance.case.level);
    // A mutant that was never reached has shown nothing, whatever the grade.
    let bad = matches!(grade, Grade::Fail | Grade::Warn | Grade::Info);
    bad && broken.reached() > 0
}

fn run(instance: &Instance, subject: &Arc<dyn Subject>) -> lineside_conformance::Run {
    let dialect = instance.speaks().parse().expect("a dialect");
    memory::run(
        *instance,
        &dialect,
        subject,
        &Arc::new(subject.profile()),
        1,
    )
}

fn print(caught: &BTreeMap<&str, Vec<String>>) {
    for mutant in mutants() {
        let by = caught.get(mutant.id).map_or(&[][..], Vec::as_slice);
        println!(
            "{:<36} {:>3}  {}\n{:41}{}",
            mutant.id,
            by.len(),
            mutant.says,
            "",
            by.join(", ")
        );
    }
}
