//! What is fuzzed: a name and a function that panics when a law is broken.

mod address;
mod check;

/// Takes an input; panics when a law is broken.
pub type Body = fn(&[u8]);

/// Something that is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of its file in `fuzz_targets/`, of its corpus and of its dictionary.
    pub name: &'static str,
    /// What it does with an input.
    pub body: Body,
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "address",
        body: address::run,
    },
    Target {
        name: "check",
        body: check::run,
    },
];

/// Runs the target `name`.
///
/// # Panics
/// A law is broken, or there is no such target.
pub fn run(name: &str, input: &[u8]) {
    let found = TARGETS.iter().find(|target| target.name == name);
    let Some(target) = found else {
        panic!("no target {name}");
    };
    (target.body)(input);
}
