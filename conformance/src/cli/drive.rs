//! `drive`: plays a script at a program that copies what is typed to its wire, and its wire to its output.

use core::time::Duration;
use std::process::Stdio;

use lineside_conformance::{
    report::ExitCode,
    script::{Line, Step, telnet::Act},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use super::{Stop, args, endpoint, say};

/// How much a program may say before what is to be waited for comes.
const MAX_BEFORE: usize = 64 * 1024;

/// Starts the program, and does what the script says.
pub(super) fn run(args: &args::Drive) -> Result<ExitCode, Stop> {
    let script = endpoint::script()?;
    let cannot = |step: &&Step| match step {
        Step::Send(_) | Step::Telnet(Act::Line(_)) => args.no_input,
        Step::Recv(_) | Step::Wait(_) => false,
        _ => true,
    };
    if let Some(step) = script.iter().find(cannot) {
        endpoint::cannot(&format!("nobody can type {step:?}"));
    }
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Stop::usage("there is no program to drive"));
    };
    let play = async {
        let child = Command::new(program)
            .args(arguments)
            .stdin(if args.no_input {
                Stdio::null()
            } else {
                Stdio::piped()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let failed = |error| Stop::harness(format!("cannot start `{program}`: {error}"));
        let mut driven = Driven::new(child.map_err(failed)?, args.before.clone())?;
        if let Some(text) = &args.after {
            driven.skip(text.as_bytes()).await;
        }
        for step in script {
            driven.step(step).await;
        }
        Ok(ExitCode::AsExpected)
    };
    endpoint::runtime()?.block_on(play)
}

/// A program at work. Dropped, it is ended.
struct Driven {
    _child: Child,
    /// What it is typed.
    keys: Option<ChildStdin>,
    /// What it shows.
    screen: ChildStdout,
    /// Shown, and not yet reported.
    shown: Vec<u8>,
    /// What it says when its wire has ended.
    farewell: Option<String>,
}

impl Driven {
    fn new(mut child: Child, farewell: Option<String>) -> Result<Self, Stop> {
        let none = || Stop::harness("the program has no output");
        Ok(Self {
            keys: child.stdin.take(),
            screen: child.stdout.take().ok_or_else(none)?,
            _child: child,
            shown: Vec::new(),
            farewell,
        })
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Send(data) => self.type_keys(&data).await,
            Step::Telnet(Act::Line(mut text)) => {
                text.push(b'\n');
                self.type_keys(&text).await;
            }
            Step::Recv(count) => self.report(count).await,
            Step::Wait(ms) => {
                let wait = tokio::time::sleep(Duration::from_millis(ms));
                tokio::pin!(wait);
                while tokio::select! {
                    () = &mut wait => false,
                    more = show(&mut self.screen, &mut self.shown) => more,
                } {}
                if !wait.is_elapsed() {
                    wait.await;
                }
            }
            // Such a script was not begun.
            _ => {}
        }
    }

    async fn type_keys(&mut self, keys: &[u8]) {
        // A program that has ended shows in what it reports.
        if let Some(input) = &mut self.keys {
            let _ = input.write_all(keys).await;
            let _ = input.flush().await;
        }
    }

    async fn report(&mut self, count: usize) {
        while self.shown.len() < count {
            if !show(&mut self.screen, &mut self.shown).await {
                self.leave();
                break;
            }
        }
        let rest = self.shown.split_off(count.min(self.shown.len()));
        let data = core::mem::replace(&mut self.shown, rest);
        say(format_args!("{}\n", Line::Record(data)));
    }

    /// The wire has ended: forgets what it says of that.
    fn leave(&mut self) {
        let Some(text) = self.farewell.take() else {
            return;
        };
        let mut parts = self.shown.windows(text.len().max(1));
        if let Some(at) = parts.rposition(|part| part == text.as_bytes()) {
            self.shown.truncate(at);
        }
    }

    /// Throws away what is shown up to the end of `text`.
    async fn skip(&mut self, text: &[u8]) {
        while self.shown.len() < MAX_BEFORE {
            let at = self
                .shown
                .windows(text.len().max(1))
                .position(|part| part == text);
            if let Some(at) = at {
                self.shown.drain(..at + text.len());
                return;
            }
            if !show(&mut self.screen, &mut self.shown).await {
                return;
            }
        }
    }
}

/// Reads once. `false`: nothing more will be shown.
async fn show(screen: &mut ChildStdout, shown: &mut Vec<u8>) -> bool {
    screen.read_buf(shown).await.is_ok_and(|count| count > 0)
}
