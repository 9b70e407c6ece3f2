//! A command that is repeated until a key is pressed.

use alloc::{boxed::Box, format, string::String};
use core::time::Duration;

use bytes::{BufMut, BytesMut};
use lineside_core::Instant;

use super::{
    super::{
        builtin::Builtin,
        event::{Event, Style},
        fault::{Fault, FaultKind},
        invocation::Invocation,
        pager::rows_of,
        terminal::Terminal,
        text,
    },
    Console, State,
};

/// The longest time between two runs, in seconds: a day.
const LONGEST: f64 = 86_400.0;

/// A command that is repeated.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    invocation: Invocation,
    period: Duration,
    /// What this run has printed.
    printed: String,
    /// The rows of what was shown last, which stand above the cursor.
    rows: usize,
}

impl Watch {
    /// What was shown stays, and the next run is shown below it.
    pub(super) const fn forget(&mut self) {
        self.rows = 0;
    }

    pub(super) fn print(&mut self, style: Style, printed: &str, most: usize, terminal: Terminal) {
        for line in text::visible(printed).lines() {
            if self.printed.len() + line.len() > most {
                return;
            }
            if terminal.colours && style != Style::Plain {
                self.printed
                    .push_str(&format!("{}{line}\x1b[m\n", style.sequence()));
            } else {
                self.printed.push_str(line);
                self.printed.push('\n');
            }
        }
    }
}

impl Console {
    /// `watch [seconds] command`.
    pub(super) fn begin_watch(&mut self, now: Instant, called: &Invocation, tx: &mut BytesMut) {
        let rest = called.text("command").unwrap_or_default();
        let (period, inner) = match seconds_before(rest) {
            Some((seconds, command)) => (Duration::from_secs_f64(seconds), command),
            None => (self.config.watch, rest),
        };
        let line = called.line().trim_end();
        let at = line.len() - inner.len();
        let none = Fault {
            at: 0,
            end: inner.len(),
            kind: FaultKind::Unknown,
            expected: "a command that can be repeated".into(),
        };
        let invocation = match self.table.parse(inner, self.level) {
            Ok(Some(called)) if may_repeat(called.builtin) => Ok(called),
            Ok(_) => Err(none),
            Err(fault) => Err(fault),
        };
        match invocation {
            Ok(invocation) => {
                self.watch = Some(Box::new(Watch {
                    invocation,
                    period: period.max(self.config.watch_least),
                    printed: String::new(),
                    rows: 0,
                }));
                self.since = now;
                self.run_watched();
            }
            Err(fault) => {
                let fault = Fault {
                    at: fault.at + at,
                    end: fault.end + at,
                    ..fault
                };
                self.complain(&fault, line, tx);
                self.done_itself(now, tx);
            }
        }
    }

    /// Begins a run.
    pub(super) fn run_watched(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.printed.clear();
            let event = match watch.invocation.builtin {
                Some(_) => Event::Who,
                None => Event::Run(watch.invocation.clone()),
            };
            self.state = State::Running;
            self.events.push_back(event);
        }
    }

    /// A run is done: it is shown in the place of the last one.
    pub(super) fn show_watched(&mut self, now: Instant, tx: &mut BytesMut) {
        let (window, terminal) = (self.editor.window(), self.editor.terminal());
        let Some(watch) = &mut self.watch else {
            return;
        };
        // The last row is the cursor's.
        let most = window
            .rows
            .map_or(usize::MAX, |rows| rows.saturating_sub(1).max(1));
        if terminal.moves && watch.rows > 0 {
            tx.put_slice(format!("\x1b[{}A\r\x1b[J", watch.rows).as_bytes());
        }
        watch.rows = 0;
        for line in watch.printed.lines() {
            let rows = rows_of(line, window.columns);
            if watch.rows + rows > most {
                break;
            }
            watch.rows += rows;
            tx.put_slice(line.as_bytes());
            tx.put_slice(b"\r\n");
        }
        let until = now + watch.period;
        self.state = State::Watching { until };
    }
}

/// The number before a command, if there is one, and the command.
fn seconds_before(rest: &str) -> Option<(f64, &str)> {
    let (seconds, command) = rest.split_once(char::is_whitespace)?;
    let seconds = seconds.parse::<f64>().ok()?;
    let is_time = seconds.is_finite() && seconds >= 0.0;
    is_time.then(|| (seconds.min(LONGEST), command.trim_start()))
}

/// What the console runs itself is not repeated, but for `who`.
const fn may_repeat(builtin: Option<Builtin>) -> bool {
    matches!(builtin, None | Some(Builtin::Who))
}
