//! What is printed while a run goes on.

use std::{
    io::{IsTerminal, Write, stderr, stdout},
    sync::{Mutex, PoisonError},
};

use lineside_conformance::{Grade, report::text, runner};

/// A line for each case on standard output; on a terminal also a line that counts, on standard error.
pub(super) struct Progress {
    quiet: bool,
    colour: bool,
    counts: Option<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    total: usize,
    done: usize,
    bad: usize,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let colour = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let counts = stderr().is_terminal().then(Mutex::default);
        Self {
            quiet,
            colour,
            counts,
        }
    }

    pub(super) fn tell(&self, what: &runner::Progress<'_>) {
        self.wipe();
        match what {
            runner::Progress::Total(_) => {}
            runner::Progress::Note(note) => eprintln!("{note}"),
            runner::Progress::Case(result) => {
                // What was not run stands in the summary, once for each reason.
                let told = result.notable() && result.grade != Grade::Blocked;
                if !self.quiet || told {
                    // A closed pipe ends the printing, not the run.
                    let _ = writeln!(stdout(), "{}", text::line(result, self.colour));
                }
            }
        }
        self.count(what);
    }

    /// Leaves the counting line's place empty.
    pub(super) fn wipe(&self) {
        if self.counts.is_some() {
            eprint!("\r\x1b[2K");
        }
    }

    fn count(&self, what: &runner::Progress<'_>) {
        let Some(counts) = &self.counts else { return };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        match what {
            runner::Progress::Total(total) => counts.total = *total,
            runner::Progress::Case(result) => {
                counts.done += 1;
                counts.bad += usize::from(result.grade >= Grade::Untestable);
            }
            runner::Progress::Note(_) => {}
        }
        let Counts { total, done, bad } = &*counts;
        eprint!("[{done}/{total}] {bad} not as demanded");
        let _ = stderr().flush();
    }
}
