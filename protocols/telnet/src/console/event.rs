//! What a console tells its application, and what that answers.

use alloc::{string::String, vec::Vec};
use core::fmt;

use bytes::Bytes;

use super::{
    editor::Entry, invocation::Invocation, secret::Secret, table::Query, terminal::Window,
};

/// What the operator wants.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// To get in. Answered by [`Command::Admit`] or [`Command::Refuse`].
    Login(Credentials),
    /// To run a command. Answered by any number of [`Command::Print`] and its like, then
    /// [`Command::Done`] or [`Command::Failed`].
    Run(Invocation),
    /// To see who is here (`who`). Answered like [`Run`](Self::Run).
    Who,
    /// To end the session of this number (`kick`). Answered like [`Run`](Self::Run).
    Kick(u32),
    /// To stop the command that runs. It is still to be answered.
    Interrupt,
    /// The answer to [`Command::Ask`].
    Answer(String),
    /// To have an argument completed. Answered by [`Command::Completions`].
    Complete(Query),
    /// The window has another size. Not answered.
    Resized(Window),
    /// The console has ended. Not answered.
    Logout(Reason),
}

/// Who wants to get in.
#[derive(Clone, Debug, PartialEq)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Why a console has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The operator has left (`exit`, Ctrl-D).
    Exit,
    /// The other end sends no more.
    Eof,
    /// Nothing was typed for [`Config::idle`](super::Config::idle).
    Idle,
    /// Too many attempts to log in have failed.
    Refused,
    /// The login took longer than it may.
    LoginTimeout,
    /// The application wants it so ([`Command::Close`]).
    Closed,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exit => "the operator has left",
            Self::Eof => "the other end has closed",
            Self::Idle => "nothing was typed for too long",
            Self::Refused => "too many attempts to log in have failed",
            Self::LoginTimeout => "the login took too long",
            Self::Closed => "the session was ended",
        })
    }
}

/// What the application answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// Output: whole lines (a line end is added where it is missing). Control characters but line feeds
    /// and tabs are made visible. Where no command runs it is a [`Notice`](Self::Notice).
    Print(String),
    /// Output in a style, where the terminal has colours.
    Styled(Style, String),
    /// Bytes for the terminal as they are, not paged. The cursor must be in the first column afterwards.
    Raw(Bytes),
    /// The command is done.
    Done,
    /// The command is done, and has failed with this message.
    Failed(String),
    /// The command that runs asks its operator; [`Event::Answer`] follows, or [`Event::Interrupt`].
    Ask {
        /// The question.
        prompt: String,
        /// Whether the answer is shown: [`Entry::Answer`] or [`Entry::Secret`].
        entry: Entry,
    },
    /// A message at any time; it stands above the line that is edited.
    Notice(String),
    /// The operator is in.
    Admit {
        /// May run the commands of this level and below.
        level: u8,
    },
    /// The operator is not in.
    Refuse,
    /// The words that an argument may be.
    Completions(Vec<String>),
    /// Another prompt from the next line on.
    Prompt(String),
    /// The window has this size, where the application learns of it and the console does not: at a local
    /// terminal.
    Resize(Window),
    /// The console ends, with this message below what is shown.
    Close(String),
}

/// How output is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Style {
    /// As any text.
    #[default]
    Plain,
    /// As a heading.
    Heading,
    /// As good news.
    Good,
    /// As a warning.
    Warning,
    /// As an error.
    Bad,
}

impl Style {
    /// The control sequence that turns it on.
    pub(super) const fn sequence(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Heading => "\x1b[1m",
            Self::Good => "\x1b[32m",
            Self::Warning => "\x1b[33m",
            Self::Bad => "\x1b[31m",
        }
    }
}
