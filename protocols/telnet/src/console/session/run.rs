//! Commands: called, run, done.

use alloc::{format, string::String, vec::Vec};

use bytes::{BufMut, BytesMut};
use lineside_core::{Error, Instant};

use super::{
    super::{
        builtin::Builtin,
        editor::Entry,
        event::{Event, Reason, Style},
        fault::{Fault, FaultKind},
        invocation::Invocation,
        table::wrapped,
    },
    Console, State,
};

impl Console {
    /// A line was entered.
    pub(super) fn call(&mut self, now: Instant, line: &str, tx: &mut BytesMut) {
        match self.table.parse(line, self.level) {
            Ok(None) => self.ready(tx),
            Ok(Some(invocation)) => {
                self.pager.begin();
                self.is_done = false;
                self.state = State::Running;
                self.run(now, invocation, tx);
            }
            Err(fault) => {
                self.complain(&fault, line, tx);
                self.ready(tx);
            }
        }
    }

    pub(super) fn run(&mut self, now: Instant, invocation: Invocation, tx: &mut BytesMut) {
        match invocation.builtin {
            None => self.events.push_back(Event::Run(invocation)),
            Some(Builtin::Who) => self.events.push_back(Event::Who),
            Some(Builtin::Kick) => {
                let session = invocation.integer("session").unwrap_or_default();
                let session = u32::try_from(session).unwrap_or_default();
                self.events.push_back(Event::Kick(session));
            }
            Some(Builtin::Exit) => {
                self.watch = None;
                self.end(Reason::Exit, "", tx);
            }
            Some(Builtin::Watch) => self.begin_watch(now, &invocation, tx),
            Some(Builtin::Help) => self.help(now, &invocation, tx),
            Some(Builtin::History) => {
                let lines: Vec<String> = self
                    .editor
                    .history()
                    .enumerate()
                    .map(|(index, line)| format!("{:4}  {line}", index + 1))
                    .collect();
                self.print(Style::Plain, &lines.join("\n"), tx);
                self.done_itself(now, tx);
            }
            Some(Builtin::Clear) => {
                if self.editor.terminal().moves {
                    tx.put_slice(b"\x1b[H\x1b[2J");
                }
                self.done_itself(now, tx);
            }
        }
    }

    fn help(&mut self, now: Instant, invocation: &Invocation, tx: &mut BytesMut) {
        let columns = self.editor.window().columns;
        let name = invocation.text("command");
        let help = match name {
            None => Some(self.table.help(self.level, columns)),
            Some(name) => self.table.help_of(name, self.level, columns),
        };
        match help {
            Some(help) => self.print(Style::Plain, &help, tx),
            None => {
                let line = invocation.line();
                let name = name.unwrap_or_default();
                let at = line.len() - line.trim_end().len();
                let end = line.len() - at;
                let fault = Fault {
                    at: end - name.len(),
                    end,
                    kind: FaultKind::Unknown,
                    expected: "a command (help lists them)".into(),
                };
                self.complain(&fault, line, tx);
            }
        }
        self.done_itself(now, tx);
    }

    /// A command of the console's own is done.
    pub(super) fn done_itself(&mut self, now: Instant, tx: &mut BytesMut) {
        self.is_done = true;
        self.finish_if_done(now, tx);
    }

    /// The application has done a command.
    pub(super) fn done(
        &mut self,
        now: Instant,
        message: Option<&str>,
        tx: &mut BytesMut,
    ) -> Result<(), Error> {
        if self.state == State::Asking {
            self.editor.abandon("", tx);
            self.state = State::Running;
        }
        if self.state != State::Running || self.is_done {
            return Err(Error::Misuse("done, and nothing was running"));
        }
        if let Some(message) = message {
            let message = wrapped(message, 0, 0, self.editor.window().columns);
            self.print(Style::Bad, &message, tx);
        }
        self.done_itself(now, tx);
        Ok(())
    }

    /// Ends a command that is done, unless some of its output waits for the operator.
    pub(super) fn finish_if_done(&mut self, now: Instant, tx: &mut BytesMut) {
        if self.is_done && !self.pager.is_stopped() {
            self.finish(now, tx);
        }
    }

    /// A command is done, and its output is shown.
    fn finish(&mut self, now: Instant, tx: &mut BytesMut) {
        // The operator was not waited for while it ran.
        if self.watch.is_none() {
            self.since = now;
        }
        self.looked = 0;
        if self.watch.is_some() {
            self.is_done = false;
            self.show_watched(now, tx);
        } else {
            self.ready(tx);
        }
    }

    /// A command asks its operator.
    pub(super) fn ask(
        &mut self,
        now: Instant,
        prompt: &str,
        entry: Entry,
        tx: &mut BytesMut,
    ) -> Result<(), Error> {
        if self.state != State::Running || self.is_done || self.watch.is_some() {
            return Err(Error::Misuse("a question, and nothing was running"));
        }
        if self.pager.is_stopped() {
            self.pager
                .open(self.editor.window(), self.editor.terminal(), tx);
        }
        (self.state, self.since, self.looked) = (State::Asking, now, 0);
        let entry = if entry == Entry::Command {
            Entry::Answer
        } else {
            entry
        };
        self.editor.begin(prompt, entry, tx);
        Ok(())
    }

    /// The application knows what an argument may be.
    pub(super) fn completions(
        &mut self,
        now: Instant,
        words: Vec<String>,
        tx: &mut BytesMut,
    ) -> Result<(), Error> {
        match core::mem::replace(&mut self.state, State::Ready) {
            State::Completing(query) => {
                (self.since, self.looked) = (now, 0);
                self.offer_asked(&query, words, tx);
                Ok(())
            }
            // The operator did not wait for them.
            state => {
                self.state = state;
                Ok(())
            }
        }
    }
}
