//! Runs every example as a user would, and ends it as a user would.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails loudly, its helpers too")]

use std::{
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
};

mod bus;
mod console;
mod fingerprints;
mod operators;
mod plant;
mod port_bulk;
mod port_peers;
mod port_programs;
mod ports;
mod room;
mod tap;
mod units;

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

/// A program that runs until it is interrupted.
struct Running {
    program: Child,
    says: BufReader<ChildStdout>,
    /// What it writes to the standard error, when that is wanted.
    tells: Option<BufReader<ChildStderr>>,
}

impl Running {
    fn start(program: &mut Command) -> Self {
        Self::spawn(program.stderr(Stdio::null()))
    }

    /// The same, to hear what it tells on the standard error, too.
    fn start_telling(program: &mut Command) -> Self {
        Self::spawn(program.stderr(Stdio::piped()))
    }

    fn spawn(program: &mut Command) -> Self {
        let mut program = program.stdout(Stdio::piped()).spawn().unwrap();
        let says = BufReader::new(program.stdout.take().unwrap());
        let tells = program.stderr.take().map(BufReader::new);
        Self {
            program,
            says,
            tells,
        }
    }

    /// The next line that it prints.
    fn line(&mut self) -> String {
        next_line(&mut self.says)
    }

    /// The next line that it writes to the standard error.
    fn told(&mut self) -> String {
        next_line(self.tells.as_mut().unwrap())
    }

    /// Where it is open, which it tells first.
    fn place(&mut self) -> String {
        let told = self.told();
        let place = told.strip_prefix("open ").unwrap().split(';').next();
        place.unwrap().to_owned()
    }

    /// The lines up to the first that has `word` in it.
    fn until(&mut self, word: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            lines.push(self.line());
            if lines.last().is_some_and(|line| line.contains(word)) {
                return lines;
            }
        }
    }

    /// Interrupts it; gives what else it printed. It says that all was well.
    fn end(mut self) -> String {
        interrupt(&self.program);
        let mut rest = String::new();
        self.says.read_to_string(&mut rest).unwrap();
        assert!(self.program.wait().unwrap().success());
        rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn next_line(says: &mut impl BufRead) -> String {
    let mut line = String::new();
    assert!(says.read_line(&mut line).unwrap() > 0, "it has more to say");
    line.trim_end().to_owned()
}

/// What a program prints that must succeed.
fn output(program: &mut Command) -> String {
    let output = program.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// The exit code of a program and what it says of its failure.
fn failure(program: &mut Command) -> (i32, String) {
    let output = program.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), error)
}

/// Whether a program is installed; says so when it is not.
fn has(name: &str, argument: &str) -> bool {
    let found = Command::new(name).arg(argument).output().is_ok();
    if !found {
        eprintln!("skipped: {name} is not installed");
    }
    found
}

/// Whether Python has a module; says so when it has not.
fn has_module(name: &str) -> bool {
    let import = format!("import {name}");
    let known = Command::new("python3").args(["-c", &import]).output();
    let found = known.is_ok_and(|known| known.status.success());
    if !found {
        eprintln!("skipped: {name} is not installed");
    }
    found
}
