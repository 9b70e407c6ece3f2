//! Runs every target over its committed corpus and its regressions, without a fuzzer.

#![expect(
    clippy::unwrap_used,
    reason = "a corpus that cannot be read fails the test"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use lineside_fuzz::{Dice, TARGETS};

/// The committed inputs of all targets together stay below these: fourteen for each, as `merge.sh` keeps.
const MAX_FILES: usize = 14 * TARGETS.len();
const MAX_BYTES: usize = 200 * 1_024;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The names of what is in a folder; none when there is no such folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn inputs(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = names(folder).into_iter().map(|name| folder.join(name));
    paths
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

#[test]
fn every_committed_input_keeps_the_laws() {
    for target in TARGETS {
        let corpus = inputs(&folder("corpus").join(target.name));
        assert!(!corpus.is_empty(), "{} has no corpus", target.name);
        let regressions = inputs(&folder("regressions").join(target.name));
        for (path, input) in corpus.into_iter().chain(regressions) {
            // The panic's own message comes first; this names the input.
            let run = std::panic::catch_unwind(|| (target.body)(&input));
            assert!(run.is_ok(), "{} breaks a law", path.display());
        }
    }
}

/// A smoke test: the fuzzer proper is `fuzz/run.sh`.
#[test]
fn random_inputs_keep_the_laws() {
    let mut dice = Dice::new(1);
    for target in TARGETS {
        // A bus of machines is slow without optimisation.
        let is_slow = target.name.starts_with("modbus_");
        for _ in 0..if is_slow { 40 } else { 300 } {
            let len = 8 + dice.below(60);
            // Few different bytes, so that they meet again.
            let input: Vec<u8> = (0..len)
                .map(|at| dice.below(if at % 2 == 0 { 4 } else { 256 }) as u8)
                .collect();
            let run = std::panic::catch_unwind(|| (target.body)(&input));
            assert!(run.is_ok(), "{}: {input:02x?} breaks a law", target.name);
        }
    }
}

#[test]
fn every_target_has_a_file_a_dictionary_and_a_corpus_and_no_more() {
    let targets: Vec<String> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    let with = |suffix: &str| -> Vec<String> {
        targets
            .iter()
            .map(|name| format!("{name}{suffix}"))
            .collect()
    };
    assert_eq!(names(&folder("fuzz_targets")), with(".rs"));
    assert_eq!(names(&folder("dictionaries")), with(".dict"));
    assert_eq!(names(&folder("corpus")), targets);
    for name in names(&folder("regressions")) {
        assert!(targets.contains(&name), "regressions/{name} is no target's");
    }
    for name in &targets {
        let text = fs::read_to_string(folder("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(
            text.contains(&format!("run(\"{name}\"")),
            "{name}.rs runs something else"
        );
    }
}

#[test]
fn the_committed_inputs_are_few_and_small() {
    let all: Vec<Vec<u8>> = TARGETS
        .iter()
        .flat_map(|target| inputs(&folder("corpus").join(target.name)))
        .map(|(_, input)| input)
        .collect();
    let bytes: usize = all.iter().map(Vec::len).sum();
    assert!(all.len() <= MAX_FILES, "{} files", all.len());
    assert!(bytes <= MAX_BYTES, "{bytes} bytes");
}
