//! The one shape that every protocol has.

use crate::{Instant, Link};

/// A protocol without its input and output: bytes and time go in, events, bytes and the time of the
/// next call come out.
///
/// # Laws
/// - Call [`poll`](Self::poll) until it answers [`Step::Wait`] or [`Step::Close`].
/// - Whatever stands in [`Link::tx`] after any call is the peer's, errors included: the last words
///   go first, then the error. An error is sticky: every later call returns it again.
/// - No clock, no log, no task, no lock inside. Effects (open a data connection, start TLS, change
///   the baud rate) are events; their outcomes come back as commands.
/// - Cuts do not matter: the same bytes in one piece or one at a time give the same events.
/// - Memory is bounded: [`Step::Wait`] means that `rx` is shorter than the longest legal frame, or
///   that a request is with the application. The latter is the back-pressure: the driver stops
///   reading when `rx` is full.
/// - `poll` with nothing new gives the same `Wait` again, and changes nothing.
///
/// `fuzz/src/laws.rs` holds every machine to these.
pub trait Machine {
    /// What the application learns.
    type Event;
    /// What the application asks for, and the outcomes of effects.
    type Command;
    /// Who is to blame, and for what.
    type Error: core::error::Error;

    /// Advances until there is an event, or nothing to do before [`Step::Wait`]'s time or more input.
    ///
    /// `now` never goes back.
    ///
    /// # Errors
    /// The protocol cannot go on. Sticky.
    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Self::Event>, Self::Error>;

    /// Takes a command; what it puts on the wire stands in `link.tx` afterwards or appears there
    /// in a later poll.
    ///
    /// # Errors
    /// The command does not fit the machine's state (misuse: the machine is unchanged), or the
    /// protocol cannot go on (sticky).
    fn send(
        &mut self,
        now: Instant,
        command: Self::Command,
        link: &mut Link,
    ) -> Result<(), Self::Error>;

    /// Whether the next call, and what is put into [`Link::received`] and [`Link::sent`] before it,
    /// must tell the present time. Else it may be any earlier time, but none that is earlier than
    /// one that was told before: looking at the clock costs as much as a short frame.
    ///
    /// When the time of a [`Step::Wait`] has come, the machine is told the present time whatever
    /// stands here. Default: always.
    fn needs_time(&self) -> bool {
        true
    }
}

/// What a machine answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step<E> {
    /// Something for the application. Poll again.
    Event(E),
    /// Nothing to do until more input, a command, a change of [`Link::sent`], or this time.
    Wait(Option<Instant>),
    /// The dialogue is over: send what is in `tx`, then close.
    Close,
}

impl<E> Step<E> {
    /// The step with its event put through `f`.
    pub fn map<F, G: FnOnce(E) -> F>(self, f: G) -> Step<F> {
        match self {
            Self::Event(event) => Step::Event(f(event)),
            Self::Wait(at) => Step::Wait(at),
            Self::Close => Step::Close,
        }
    }
}
