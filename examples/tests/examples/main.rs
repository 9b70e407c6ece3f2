//! Runs every example as a user would, and ends it as a user would.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails loudly, its helpers too")]

use std::{
    path::PathBuf,
    process::{Child, Command},
};

mod plant;
mod tap;

/// An example's program, which cargo builds beside its tests.
fn program(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let target: PathBuf = test.ancestors().nth(2).unwrap().into();
    let program = target.join("examples").join(name);
    assert!(program.exists(), "`cargo build --examples` makes {name}");
    Command::new(program)
}

/// What Ctrl-C does.
fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(killed.success());
}
