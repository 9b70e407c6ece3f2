//! Who gets in, and when that is told.

use alloc::string::String;

use bytes::BytesMut;
use lineside_core::{Error, Instant};

use super::{
    super::{
        editor::{Edit, Entry},
        event::{Credentials, Event, Reason},
        secret::Secret,
    },
    Console, State,
};

/// What the application says of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Admit(u8),
    Refuse,
}

impl Console {
    pub(super) fn ask_name(&mut self, tx: &mut BytesMut) {
        self.state = State::Name;
        self.editor.begin("login: ", Entry::Answer, tx);
    }

    /// What came of a key at the login.
    pub(super) fn login_edit(&mut self, now: Instant, edit: Edit, tx: &mut BytesMut) {
        match (core::mem::replace(&mut self.state, State::Name), edit) {
            (State::Name, Edit::Line(user)) if !user.trim().is_empty() => {
                let user = String::from(user.trim());
                self.state = State::Password { user };
                self.editor.begin("password: ", Entry::Secret, tx);
            }
            (State::Password { user }, Edit::Line(password)) => {
                let password = Secret::new(password);
                self.state = State::Verifying { since: now };
                self.events
                    .push_back(Event::Login(Credentials { user, password }));
            }
            _ => self.ask_name(tx),
        }
    }

    /// The verdict is shown when its time has come, which does not tell how long it took.
    pub(super) fn verdict(&mut self, now: Instant, verdict: Verdict) -> Result<(), Error> {
        let State::Verifying { since } = self.state else {
            return Err(Error::Misuse("a verdict on nobody"));
        };
        let Some(login) = &self.config.login else {
            return Err(Error::Misuse("a verdict without a login"));
        };
        let wait = match verdict {
            Verdict::Admit(_) => login.answer,
            Verdict::Refuse => login.refusal(self.failures),
        };
        let until = (since + wait).max(now);
        self.state = State::Pause { until, verdict };
        Ok(())
    }

    pub(super) fn judge(&mut self, now: Instant, verdict: Verdict, tx: &mut BytesMut) {
        self.since = now;
        match verdict {
            Verdict::Admit(level) => {
                (self.level, self.failures) = (level, 0);
                self.enter(tx);
            }
            Verdict::Refuse => {
                self.failures += 1;
                let most = self.config.login.as_ref().map_or(1, |login| login.attempts);
                if self.failures >= most {
                    self.end(Reason::Refused, "Login incorrect. Too many attempts.", tx);
                } else {
                    self.lines("Login incorrect.", tx);
                    self.ask_name(tx);
                }
            }
        }
    }
}
