//! Holds the workspace to ARCHITECTURE.md: the arrows between crates, no clock and no runtime below
//! `net`, no parser in a public signature, the file plan of protocol crates, the compiler that
//! dependencies may ask for.

#![expect(clippy::expect_used, reason = "a test fails loudly")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Which of our crates a crate may depend on in any build but its tests. Everything is allowed to
/// the three at the end.
const ARROWS: &[(&str, &[&str])] = &[
    ("lineside-core", &[]),
    ("lineside-check", &[]),
    (
        "lineside-framing",
        &["lineside-core", "lineside-check", "lineside-io"],
    ),
    (
        "lineside-modbus",
        &["lineside-core", "lineside-check", "lineside-io"],
    ),
    ("lineside-telnet", &["lineside-core", "lineside-io"]),
    ("lineside-io", &["lineside-core"]),
    ("lineside-tcp", &["lineside-core", "lineside-io"]),
    ("lineside-serial", &["lineside-core", "lineside-io"]),
];
const MAY_USE_ALL: &[&str] = &["lineside-conformance", "lineside-fuzz", "lineside-examples"];

/// The crates that implement a protocol, and so follow the file plan.
const PROTOCOLS: &[&str] = &["framing", "modbus", "telnet"];

#[test]
fn crates_depend_along_the_arrows_only() {
    let metadata = metadata();
    for package in packages(&metadata) {
        let name = text(package, "name");
        if MAY_USE_ALL.contains(&name) {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(krate, _)| *krate == name) else {
            panic!("{name} has no line in ARROWS: decide what it may depend on");
        };
        for dependency in dependencies(package).filter(|d| d.starts_with("lineside-")) {
            assert!(
                allowed.contains(&dependency),
                "{name} may not depend on {dependency}"
            );
        }
    }
}

#[test]
fn a_protocol_reaches_io_and_tokio_through_its_feature_net_alone() {
    let metadata = metadata();
    for package in packages(&metadata).filter(|p| is_protocol(text(p, "name"))) {
        let name = text(package, "name");
        for dependency in array(package, "dependencies")
            .iter()
            .filter(|d| d["kind"].is_null())
        {
            if ["lineside-io", "tokio"].contains(&text(dependency, "name")) {
                assert_eq!(
                    dependency["optional"], true,
                    "{name}: {} is optional",
                    dependency["name"]
                );
            }
        }
        let features = package["features"].as_object().expect("features");
        for (feature, enables) in features
            .iter()
            .filter(|(f, _)| !["net", "default"].contains(&f.as_str()))
        {
            let enables = enables.to_string();
            for far in ["lineside-io", "tokio"] {
                let mut words = enables.split(|c: char| !c.is_alphanumeric() && c != '-');
                let allowed = feature == far || !words.any(|word| word == far);
                assert!(allowed, "{name}: feature {feature} brings {far}");
            }
        }
    }
}

#[test]
fn core_knows_no_runtime() {
    let metadata = metadata();
    let core = packages(&metadata)
        .find(|p| p["name"] == "lineside-core")
        .expect("lineside-core");
    let known: BTreeSet<_> = dependencies(core).collect();
    assert_eq!(known, BTreeSet::from(["bytes", "thiserror"]));
}

#[test]
fn wire_and_machine_have_no_clock_no_runtime_and_no_log() {
    const FAR: &[&str] = &[
        "tokio",
        "std::time",
        "SystemTime",
        "tracing::",
        "log::",
        "println!",
        "std::net",
        "Mutex",
        "std::thread",
    ];
    let mut seen = 0;
    for protocol in PROTOCOLS {
        for part in ["wire", "machine"] {
            for file in part_files(protocol, part) {
                seen += 1;
                for (number, line) in code_lines(&file) {
                    for word in FAR {
                        // A module of our own may be named like one of them: `super::log::Log`.
                        let own = |at: usize| {
                            let before = line.get(..at).unwrap_or_default();
                            before.ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c))
                        };
                        assert!(
                            line.match_indices(word).all(|(at, _)| own(at)),
                            "{}:{number}: {word} in {part}",
                            file.display()
                        );
                    }
                }
            }
        }
    }
    assert!(seen > 2, "no file was read");
}

#[test]
fn a_parser_library_appears_in_no_public_signature() {
    let mut seen = 0;
    for file in rust_files(&root().join("protocols"))
        .into_iter()
        .chain(rust_files(&root().join("transports")))
    {
        seen += 1;
        for (number, line) in code_lines(&file) {
            let public = line.trim_start().starts_with("pub ");
            let parser = ["nom::", "IResult", "ParseError<"]
                .iter()
                .any(|word| line.contains(word));
            assert!(!(public && parser), "{}:{number}: {line}", file.display());
        }
    }
    assert!(seen > 10, "no file was read");
}

#[test]
fn a_protocol_crate_has_the_files_that_the_plan_names() {
    const PLAN: &[&str] = &[
        "README.md",
        "src/lib.rs",
        "src/wire.rs",
        "src/machine.rs",
        "src/config.rs",
        "src/error.rs",
        "src/net.rs",
        "benches/wire.rs",
        "tests/duel.rs",
        "tests/traces.rs",
        "tests/net.rs",
    ];
    for protocol in PROTOCOLS {
        let folder = root().join("protocols").join(protocol);
        for file in PLAN {
            assert!(
                folder.join(file).is_file(),
                "protocols/{protocol} has no {file}"
            );
        }
        let traces = fs::read_dir(folder.join("tests/traces"))
            .expect("tests/traces")
            .count();
        assert!(traces > 0, "protocols/{protocol}/tests/traces is empty");
    }
}

#[test]
fn every_crate_says_what_it_is_for_and_carries_the_lints() {
    for manifest in manifests() {
        let text = fs::read_to_string(&manifest).expect("a manifest");
        let shown = manifest.display();
        assert!(
            text.contains("\ndescription = "),
            "{shown} has no description"
        );
        assert!(
            text.contains("\nrust-version.workspace = true"),
            "{shown} has no rust-version"
        );
        assert!(text.contains("\n[lints"), "{shown} has no lints");
    }
}

#[test]
fn unsafe_code_stands_in_one_file() {
    let mut found = BTreeSet::new();
    for file in rust_files(&root()) {
        for (_, line) in code_lines(&file) {
            if ["unsafe {", "unsafe impl", "unsafe fn"]
                .iter()
                .any(|word| line.contains(word))
                && !line.contains('"')
            {
                found.insert(
                    file.strip_prefix(root())
                        .expect("below the root")
                        .to_path_buf(),
                );
            }
        }
    }
    let allowed = BTreeSet::from([PathBuf::from("transports/serial/src/ioctl.rs")]);
    assert!(found.is_subset(&allowed), "unsafe code in {found:?}");
}

#[test]
fn no_dependency_asks_for_a_newer_compiler() {
    // For this machine's platform alone: cargo would fetch the others' packages to look at them.
    let rustc = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let about = String::from_utf8(rustc.stdout).expect("rustc -vV is text");
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("a host line");
    let metadata = cargo_metadata(&["--filter-platform", host]);
    let ours = packages(&metadata)
        .find(|p| p["name"] == "lineside-core")
        .expect("lineside-core");
    let oldest = version(text(ours, "rust_version"));
    let mut newer = BTreeMap::new();
    for package in packages(&metadata) {
        if let Some(wanted) = package["rust_version"]
            .as_str()
            .filter(|v| version(v) > oldest)
        {
            newer.insert(text(package, "name").to_owned(), wanted.to_owned());
        }
    }
    assert!(newer.is_empty(), "newer than rust-version: {newer:?}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace")
}

fn metadata() -> Value {
    cargo_metadata(&["--no-deps"])
}

fn cargo_metadata(more: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(more)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let problem = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "cargo metadata: {problem}");
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    array(metadata, "packages").iter()
}

/// What a package needs outside of its tests.
fn dependencies(package: &Value) -> impl Iterator<Item = &str> {
    array(package, "dependencies")
        .iter()
        .filter(|d| d["kind"].is_null())
        .map(|d| text(d, "name"))
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key]
        .as_array()
        .unwrap_or_else(|| panic!("{key} is an array"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} is text"))
}

fn is_protocol(name: &str) -> bool {
    PROTOCOLS
        .iter()
        .any(|protocol| name.strip_prefix("lineside-") == Some(protocol))
}

fn version(text: &str) -> Vec<u32> {
    let mut parts: Vec<_> = text
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect();
    parts.resize(3, 0);
    parts
}

/// `src/<part>.rs` and everything below `src/<part>/`.
fn part_files(protocol: &str, part: &str) -> Vec<PathBuf> {
    let source = root().join("protocols").join(protocol).join("src");
    let mut files = rust_files(&source.join(part));
    files.push(source.join(part).with_extension("rs"));
    files
}

fn manifests() -> Vec<PathBuf> {
    let ids = metadata();
    packages(&ids)
        .map(|p| PathBuf::from(text(p, "manifest_path")))
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return files;
    };
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        let hidden = path
            .file_name()
            .is_some_and(|n| n == "target" || n.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

/// The lines that are neither comments nor tests, which stand at a file's end.
fn code_lines(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    text.lines()
        .enumerate()
        .take_while(|(_, line)| *line != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line.to_owned()))
        .collect()
}
