//! Who gets what is typed.

use alloc::{boxed::Box, string::String};

use bytes::{Buf, BytesMut};
use lineside_core::Instant;

use super::{
    super::{
        editor::{Edit, bell},
        event::{Event, Reason},
        keys::Key,
        table::{Completion, Query, common},
    },
    Console, State,
};

impl Console {
    /// Takes what it can of what was typed. Gives whether something came of it.
    pub(super) fn listen(&mut self, now: Instant, rx: &mut BytesMut, tx: &mut BytesMut) -> bool {
        if self.pager.is_stopped() {
            return self.turn_page(now, rx, tx);
        }
        match self.state {
            State::Name | State::Password { .. } | State::Ready | State::Asking => {
                self.edit(now, rx, tx)
            }
            State::Watching { .. } => self.end_watch(now, rx, tx),
            State::Running if self.watch.is_some() => self.end_watch(now, rx, tx),
            State::Running | State::Completing(_) => self.find_interrupt(now, rx, tx),
            State::New | State::Verifying { .. } | State::Pause { .. } | State::Ended => false,
        }
    }

    /// The next key of what was typed.
    fn key(&mut self, now: Instant, rx: &mut BytesMut) -> Option<Key> {
        let mut rest = &rx[..];
        let key = self.editor.key(&mut rest);
        let taken = rx.len() - rest.len();
        self.take(now, taken, rx);
        key
    }

    fn take(&mut self, now: Instant, bytes: usize, rx: &mut BytesMut) {
        if bytes > 0 {
            rx.advance(bytes);
            (self.since, self.looked) = (now, 0);
        }
    }

    fn turn_page(&mut self, now: Instant, rx: &mut BytesMut, tx: &mut BytesMut) -> bool {
        let Some(key) = self.key(now, rx) else {
            return false;
        };
        let (window, terminal) = (self.editor.window(), self.editor.terminal());
        let is_enough = self.pager.press(key, window, terminal, tx);
        if is_enough && !self.is_done {
            self.events.push_back(Event::Interrupt);
        }
        self.finish_if_done(now, tx);
        true
    }

    /// Any key ends a watch; a run that has begun is interrupted.
    fn end_watch(&mut self, now: Instant, rx: &mut BytesMut, tx: &mut BytesMut) -> bool {
        if self.key(now, rx).is_none() {
            return false;
        }
        if self.state == State::Running {
            self.events.push_back(Event::Interrupt);
            self.watch = None;
            self.pager.quit(self.editor.terminal(), tx);
        } else {
            self.watch = None;
            self.ready(tx);
        }
        true
    }

    fn edit(&mut self, now: Instant, rx: &mut BytesMut, tx: &mut BytesMut) -> bool {
        let mut rest = &rx[..];
        let edit = self.editor.input(&mut rest, tx);
        let taken = rx.len() - rest.len();
        self.take(now, taken, rx);
        let Some(edit) = edit else {
            return false;
        };
        match (&self.state, edit) {
            (State::Ready, Edit::Line(line)) => self.call(now, &line, tx),
            (State::Asking, Edit::Line(line)) => {
                self.state = State::Running;
                self.events.push_back(Event::Answer(line));
            }
            (State::Asking, _) => {
                self.state = State::Running;
                self.events.push_back(Event::Interrupt);
            }
            (State::Ready, Edit::TooLong) => {
                self.complain_of_length(tx);
                self.ready(tx);
            }
            (State::Ready, Edit::Complete) => self.complete(now, tx),
            (State::Ready, Edit::Interrupt) => self.ready(tx),
            (_, Edit::Eof) => {
                // The editor has left the line already.
                self.state = State::Ended;
                self.end(Reason::Exit, "", tx);
            }
            (_, edit) => self.login_edit(now, edit, tx),
        }
        true
    }

    fn complete(&mut self, now: Instant, tx: &mut BytesMut) {
        match self.table.complete(self.editor.head(), self.level) {
            Completion::Words { from, words } => self.offer(from, &words, tx),
            Completion::Ask(query) => {
                self.since = now;
                self.events.push_back(Event::Complete(query.clone()));
                self.state = State::Completing(Box::new(query));
            }
        }
    }

    /// The words that the application knows.
    pub(super) fn offer_asked(
        &mut self,
        query: &Query,
        words: impl IntoIterator<Item = String>,
        tx: &mut BytesMut,
    ) {
        if let Completion::Words { from, words } = Completion::among(query.from, &query.word, words)
        {
            self.offer(from, &words, tx);
        }
    }

    /// Puts in what the words have in common, or lists them when that is there already.
    fn offer(&mut self, from: usize, words: &[String], tx: &mut BytesMut) {
        let common = common(words);
        let there = self.editor.head().get(from..).unwrap_or_default().len();
        if words.len() == 1 || common.len() > there {
            self.editor.complete(from, &common, tx);
        } else if words.is_empty() {
            bell(tx);
        } else {
            self.list(words, tx);
        }
        self.editor.paint(tx);
    }
}
