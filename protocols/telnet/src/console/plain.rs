//! Command lines without a terminal: what many instruments speak over raw TCP and serial lines.

use alloc::{
    borrow::ToOwned,
    collections::VecDeque,
    string::{String, ToString},
    sync::Arc,
};
use core::time::Duration;

use bytes::{Buf, BufMut};
use lineside_core::{Error, Instant, Link, Machine, Step};

use super::{
    fault::{Fault, FaultKind},
    invocation::Invocation,
    table::{Table, fault},
};

mod scpi;
#[cfg(test)]
mod tests;

use scpi::Report;

/// How a peer without a terminal speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// A command in a line, in words, as at a console. An error is answered as `ERROR 7: expected ...`,
    /// with the column.
    #[default]
    Words,
    /// As SCPI: the names in the table are headers such as `MEASure:VOLTage[:DC]?`, each node of which may be
    /// written in its short form, the capitals; arguments are separated by commas, and several commands
    /// in a line by semicolons, each with the path of the one before it. What the commands of a line answer
    /// comes in one line. An error is `-113,"Undefined header;expected ..."`.
    Scpi,
}

/// Where errors go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Errors {
    /// They are answers.
    #[default]
    Answered,
    /// In SCPI: so many wait at most until they are asked for by `SYSTem:ERRor[:NEXT]?`, and are forgotten at
    /// `*CLS`; instead of one too many the last one says `-350,"Queue overflow"`.
    Queued(usize),
}

/// How a plain peer is spoken to, and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlainConfig {
    /// How the peer speaks. Default [`Dialect::Words`].
    pub dialect: Dialect,
    /// Where errors go. Default [`Errors::Answered`].
    pub errors: Errors,
    /// What ends an answer. Default CR LF.
    pub end: String,
    /// The longest line, in bytes; a longer one is thrown away, and that is an error. Default 1,024.
    pub line: usize,
    /// The longest answer of a line in SCPI, in bytes; a longer one is an error. Default 64 KiB.
    pub answer: usize,
    /// May run the commands of this level and below. Default 0.
    pub level: u8,
    /// How long the peer may be silent while nothing runs; then the dialogue ends. Default for ever.
    pub idle: Option<Duration>,
}

impl Default for PlainConfig {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            errors: Errors::default(),
            end: "\r\n".into(),
            line: 1_024,
            answer: 64 * 1_024,
            level: 0,
            idle: None,
        }
    }
}

/// What the application answers to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlainCommand {
    /// An answer: a line, or more.
    Print(String),
    /// The command is done.
    Done,
    /// The command is done, and has failed with this message.
    Failed(String),
}

/// The commands of a [`Table`] over any stream, without editing, echo or prompt: lines in, answers out.
///
/// Its event is a command to run, answered by any number of [`PlainCommand::Print`], then
/// [`PlainCommand::Done`] or [`PlainCommand::Failed`]; until then nothing more is read. CR, LF and CR LF end
/// a line.
#[derive(Clone, Debug)]
pub struct Plain {
    table: Arc<Table>,
    config: PlainConfig,
    /// What of a line is still to be done.
    line: Option<Line>,
    is_running: bool,
    /// How much of `rx` has no line end.
    looked: usize,
    /// A line is too long, and its end has not come.
    is_too_long: bool,
    /// Errors that wait to be asked for.
    errors: VecDeque<Report>,
    since: Option<Instant>,
    is_over: bool,
}

/// A line that is worked on.
#[derive(Clone, Debug)]
struct Line {
    text: String,
    /// Where its next command begins.
    at: usize,
    /// The path of the last header.
    path: String,
    /// What its commands have answered.
    answers: String,
}

impl Plain {
    /// The commands of a table.
    #[must_use]
    pub const fn new(table: Arc<Table>, config: PlainConfig) -> Self {
        Self {
            table,
            config,
            line: None,
            is_running: false,
            looked: 0,
            is_too_long: false,
            errors: VecDeque::new(),
            since: None,
            is_over: false,
        }
    }

    /// The next command of the line, or of the next line; `None` when there is none.
    fn next(&mut self, now: Instant, link: &mut Link) -> Option<Invocation> {
        loop {
            if let Some(mut line) = self.line.take() {
                let called = match self.config.dialect {
                    Dialect::Words => self.words(&mut line, link),
                    Dialect::Scpi => self.scpi(&mut line),
                };
                let is_over = called.is_none();
                if is_over {
                    self.finish(&line, link);
                } else {
                    self.line = Some(line);
                    return called;
                }
            }
            let text = self.read(now, link)?;
            self.line = Some(Line {
                text,
                at: 0,
                path: String::new(),
                answers: String::new(),
            });
        }
    }

    /// The next line that can be read, without its end.
    fn read(&mut self, now: Instant, link: &mut Link) -> Option<String> {
        loop {
            let new = link.rx.get(self.looked..).unwrap_or_default();
            if !new.is_empty() {
                self.since = Some(now);
            }
            let Some(end) = memchr::memchr2(b'\r', b'\n', new) else {
                self.looked = link.rx.len();
                self.is_too_long |= self.looked > self.config.line;
                if self.is_too_long {
                    link.rx.clear();
                    self.looked = 0;
                }
                return None;
            };
            let line = link.rx.split_to(self.looked + end);
            link.rx.advance(1);
            self.looked = 0;
            if core::mem::take(&mut self.is_too_long) || line.len() > self.config.line {
                let most = ["at most ", &self.config.line.to_string(), " bytes"].concat();
                let wrong = fault(self.config.line, line.len(), FaultKind::TooLong, most);
                self.wrong(Report::of(&wrong), Some(&wrong), None, link);
                continue;
            }
            match core::str::from_utf8(&line) {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => return Some(text.to_owned()),
                Err(error) => {
                    let at = error.valid_up_to();
                    let wrong = fault(at, at + 1, FaultKind::Kind, "a text in UTF-8".into());
                    self.wrong(
                        Report::CHARACTER.about(&wrong.to_string()),
                        Some(&wrong),
                        None,
                        link,
                    );
                }
            }
        }
    }

    fn words(&mut self, line: &mut Line, link: &mut Link) -> Option<Invocation> {
        if core::mem::replace(&mut line.at, line.text.len()) > 0 {
            return None;
        }
        match self.table.parse(&line.text, self.config.level) {
            Ok(called) => called,
            Err(fault) => {
                self.wrong(Report::of(&fault), Some(&fault), Some(line), link);
                None
            }
        }
    }

    fn scpi(&mut self, line: &mut Line) -> Option<Invocation> {
        while let Some((command, at)) = scpi::next(&line.text, &mut line.at) {
            let asks = matches!(self.config.errors, Errors::Queued(_));
            match scpi::own(command).filter(|_| asks) {
                Some(scpi::Own::Error) => {
                    let next = self.errors.pop_front().unwrap_or(Report::NONE);
                    line.answer(&next.to_string(), self.config.answer);
                    continue;
                }
                Some(scpi::Own::Clear) => {
                    self.errors.clear();
                    continue;
                }
                None => {}
            }
            match scpi::parse(&self.table, command, at, &mut line.path, self.config.level) {
                Ok(called) => return Some(called),
                Err(fault) => self.note(Report::of(&fault), line),
            }
        }
        None
    }

    /// An error outside of a SCPI line.
    fn wrong(
        &mut self,
        report: Report,
        fault: Option<&Fault>,
        line: Option<&mut Line>,
        link: &mut Link,
    ) {
        match (self.config.dialect, line) {
            (Dialect::Scpi, Some(line)) => self.note(report, line),
            (Dialect::Scpi, None) if self.queue(&report) => {}
            (Dialect::Scpi, None) => self.say(&report.to_string(), link),
            (Dialect::Words, _) => {
                let place = fault.map(|fault| [" ", &(fault.at + 1).to_string()].concat());
                let place = place.unwrap_or_default();
                self.say(&["ERROR", &place, ": ", report.text()].concat(), link);
            }
        }
    }

    /// An error of a SCPI command.
    fn note(&mut self, report: Report, line: &mut Line) {
        if !self.queue(&report) {
            line.answer(&report.to_string(), self.config.answer);
        }
    }

    /// Lets an error wait, where errors do.
    fn queue(&mut self, report: &Report) -> bool {
        let Errors::Queued(most) = self.config.errors else {
            return false;
        };
        if self.errors.len() < most {
            self.errors.push_back(report.clone());
        } else if let Some(last) = self.errors.back_mut() {
            *last = Report::OVERFLOW;
        }
        true
    }

    /// A line is done.
    fn finish(&mut self, line: &Line, link: &mut Link) {
        if line.answers.len() > self.config.answer {
            self.wrong(Report::TOO_MUCH, None, None, link);
        } else if !line.answers.is_empty() {
            self.say(&line.answers, link);
        }
    }

    fn say(&self, text: &str, link: &mut Link) {
        link.tx.put_slice(text.as_bytes());
        link.tx.put_slice(self.config.end.as_bytes());
    }

    fn print(&mut self, printed: &str, link: &mut Link) {
        for answer in printed.lines() {
            match (&mut self.line, self.config.dialect) {
                (Some(line), Dialect::Scpi) => line.answer(answer, self.config.answer),
                _ => self.say(answer, link),
            }
        }
    }

    fn failed(&mut self, message: &str, link: &mut Link) {
        let report = Report::EXECUTION.about(message);
        match self.line.take() {
            Some(mut line) if self.config.dialect == Dialect::Scpi => {
                self.note(report, &mut line);
                self.line = Some(line);
            }
            line => {
                self.line = line;
                self.wrong(report, None, None, link);
            }
        }
    }
}

impl Line {
    /// Adds an answer; one that is too long shows by its length.
    fn answer(&mut self, answer: &str, most: usize) {
        if self.answers.len() > most {
            return;
        }
        if !self.answers.is_empty() {
            self.answers.push(';');
        }
        self.answers.push_str(answer);
    }
}

impl Machine for Plain {
    type Event = Invocation;
    type Command = PlainCommand;
    type Error = Error;

    /// Never fails.
    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Invocation>, Error> {
        if self.is_over {
            link.rx.clear();
            return Ok(Step::Close);
        }
        if self.is_running {
            return Ok(Step::Wait(None));
        }
        let since = *self.since.get_or_insert(now);
        if let Some(called) = self.next(now, link) {
            self.is_running = true;
            return Ok(Step::Event(called));
        }
        let idle = self
            .config
            .idle
            .map(|idle| self.since.unwrap_or(since) + idle);
        if link.eof || idle.is_some_and(|until| until <= now) {
            self.is_over = true;
            link.rx.clear();
            return Ok(Step::Close);
        }
        Ok(Step::Wait(idle))
    }

    fn send(&mut self, now: Instant, command: PlainCommand, link: &mut Link) -> Result<(), Error> {
        if !self.is_running {
            return Err(Error::Misuse("an answer, and nothing was running"));
        }
        match command {
            PlainCommand::Print(printed) => self.print(&printed, link),
            PlainCommand::Done => self.is_running = false,
            PlainCommand::Failed(message) => {
                self.failed(&message, link);
                self.is_running = false;
            }
        }
        self.since = Some(now);
        Ok(())
    }
}
