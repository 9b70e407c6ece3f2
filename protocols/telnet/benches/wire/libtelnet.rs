//! The C peer, in a process of its own: no library of the system is needed to build the workspace.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

/// How often it goes through a stream each time it is asked, so that asking costs nothing beside that.
pub(crate) const ROUNDS: usize = 4;

/// What it does with a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// Finds what stands in it, and answers nothing.
    Scan,
    /// Negotiates too, and refuses every option.
    Answer,
    /// Sends it as data.
    Escape,
}

/// The program, or why it cannot be made. Made once.
pub(crate) fn program() -> Result<&'static Path, &'static str> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let made = PROGRAM.get_or_init(compile).as_ref();
    made.map(PathBuf::as_path).map_err(String::as_str)
}

fn compile() -> Result<PathBuf, String> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/wire/libtelnet.c");
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("libtelnet");
    let compiled = Command::new("cc")
        .args(["-O2", "-o"])
        .arg(&program)
        .args([source, "-ltelnet"])
        .output();
    let compiled = compiled.map_err(|error| format!("no cc: {error}"))?;
    if !compiled.status.success() {
        let said = String::from_utf8_lossy(&compiled.stderr);
        let first = said.lines().find(|line| line.contains("error"));
        return Err(first.unwrap_or("cc failed").to_owned());
    }
    Ok(program)
}

/// A process that holds one stream.
pub(crate) struct Libtelnet {
    child: Child,
    ask: Option<ChildStdin>,
    answer: ChildStdout,
}

impl Libtelnet {
    pub(crate) fn start(work: Work, stream: &[u8], read: usize) -> io::Result<Self> {
        let program = program().map_err(io::Error::other)?;
        let work = match work {
            Work::Scan => "scan",
            Work::Answer => "answer",
            Work::Escape => "escape",
        };
        let numbers = [stream.len(), read, ROUNDS].map(|number| number.to_string());
        let mut child = Command::new(program)
            .arg(work)
            .args(numbers)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(mut ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        ask.write_all(stream)?;
        Ok(Self {
            child,
            ask: Some(ask),
            answer,
        })
    }

    /// Goes through the stream [`ROUNDS`] times.
    pub(crate) fn go(&mut self) -> io::Result<()> {
        let ask = self.ask.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        ask.write_all(&[0])?;
        self.answer.read_exact(&mut [0])
    }
}

impl Drop for Libtelnet {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.ask = None;
        let _ = self.child.wait();
    }
}
