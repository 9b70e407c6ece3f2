//! RFC 1143 section 7, as it reads: `him` and `us`, each with a queue bit.

use super::{
    BINARY, DO, DONT, ECHO, SGA, STATUS, TIMING_MARK, WILL, WONT,
    typed::{is_of_client, is_of_server},
};
use crate::reference::Mutation;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    No,
    Yes,
    WantNo,
    WantYes,
}

/// One option in one direction. `opposite` is the queue bit.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    state: State,
    opposite: bool,
}

/// Which side of the connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Server,
    Client,
}

/// All options in both directions.
pub(super) struct Options {
    role: Role,
    us: [Side; 256],
    him: [Side; 256],
    broken: Mutation,
}

/// What something that was said has changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Change {
    /// What is answered.
    pub(super) say: Option<u8>,
    /// The option came into use, or went out of it.
    pub(super) on: Option<bool>,
}

impl Options {
    pub(super) fn new(role: Role, broken: Mutation) -> Self {
        Self {
            role,
            us: [Side::default(); 256],
            him: [Side::default(); 256],
            broken,
        }
    }

    /// Whether we use it.
    pub(super) fn ours(&self, option: u8) -> bool {
        let state = self.us.get(usize::from(option)).map(|side| side.state);
        match state {
            Some(State::Yes) => true,
            Some(State::WantYes) => self.broken.is("telnet.uses-before-it-is-agreed"),
            Some(State::WantNo) => self.broken.is("telnet.uses-until-the-answer"),
            _ => false,
        }
    }

    /// Whether the other side uses it; it goes on until it says otherwise.
    pub(super) fn theirs(&self, option: u8) -> bool {
        let side = self.him.get(usize::from(option));
        matches!(side, Some(side) if matches!(side.state, State::Yes | State::WantNo))
    }

    fn allows_us(&self, option: u8) -> bool {
        let known = match option {
            BINARY | SGA | STATUS => true,
            ECHO => self.role == Role::Server,
            _ if self.role == Role::Server => is_of_server(option),
            _ => is_of_client(option),
        };
        if option == SGA && self.broken.is("telnet.refuses-sga") {
            return false;
        }
        if option == BINARY && self.broken.is("telnet.refuses-binary") {
            return false;
        }
        let echoes_too = option == ECHO && self.broken.is("telnet.both-echo");
        known || echoes_too || self.broken.is("telnet.agrees-to-everything")
    }

    fn allows_him(&self, option: u8) -> bool {
        let known = match option {
            SGA => !self.broken.is("telnet.refuses-sga"),
            BINARY => true,
            ECHO => self.role == Role::Client,
            _ if self.role == Role::Client => is_of_server(option),
            _ => is_of_client(option),
        };
        let echoes_too = option == ECHO && self.broken.is("telnet.both-echo");
        known || echoes_too || self.broken.is("telnet.agrees-to-everything")
    }

    /// The other side says `verb`.
    pub(super) fn heard(&mut self, verb: u8, option: u8) -> Change {
        let of_him = matches!(verb, WILL | WONT) != self.broken.is("telnet.confuses-directions");
        let on = matches!(verb, WILL | DO);
        if option == TIMING_MARK {
            return self.mark(verb);
        }
        let agrees = if of_him {
            self.allows_him(option)
        } else {
            self.allows_us(option)
        };
        let at = usize::from(option);
        let sides = if of_him { &mut self.him } else { &mut self.us };
        let Some(side) = sides.get_mut(at) else {
            return Change::default();
        };
        let was = *side;
        let answer = receive(side, on, agrees, &self.broken);
        let is_on = |side: Side| side.state == State::Yes || of_him && side.state == State::WantNo;
        let changed = (is_on(was) != is_on(*side)).then_some(is_on(*side));
        Change {
            say: answer.map(|on| said(of_him, on)),
            on: changed,
        }
    }

    /// Each request for a timing mark is answered, and it is never on (RFC 860).
    fn mark(&mut self, verb: u8) -> Change {
        let once = self.broken.is("telnet.marks-once");
        let Some(side) = self.us.get_mut(usize::from(TIMING_MARK)) else {
            return Change::default();
        };
        let before = core::mem::replace(&mut side.state, State::Yes);
        let answers = verb == DO && !(once && before == State::Yes);
        Change {
            say: answers.then_some(WILL),
            on: None,
        }
    }

    /// We want `verb` to be so; what is said for it.
    pub(super) fn wish(&mut self, verb: u8, option: u8) -> Option<u8> {
        let of_him = matches!(verb, DO | DONT);
        let sides = if of_him { &mut self.him } else { &mut self.us };
        let side = sides.get_mut(usize::from(option))?;
        ask(side, matches!(verb, WILL | DO), &self.broken).map(|on| said(of_him, on))
    }
}

const fn said(of_him: bool, on: bool) -> u8 {
    match (of_him, on) {
        (true, true) => DO,
        (true, false) => DONT,
        (false, true) => WILL,
        (false, false) => WONT,
    }
}

/// Upon receipt of on or off.
fn receive(side: &mut Side, on: bool, agrees: bool, broken: &Mutation) -> Option<bool> {
    use State::{No, WantNo, WantYes, Yes};
    let was = *side;
    let (state, answer) = match (was.state, was.opposite, on) {
        (No, _, true) if broken.is("telnet.answers-no-request") => (No, None),
        (No, _, true) if agrees => (Yes, Some(true)),
        (No, _, true) => (
            No,
            (!broken.is("telnet.refuses-in-silence")).then_some(false),
        ),
        (No, _, false) => (No, broken.is("telnet.answers-refusals").then_some(false)),
        (Yes, _, true) => (Yes, broken.is("telnet.acknowledges-again").then_some(true)),
        (Yes, _, false) if broken.is("telnet.never-stops") => (Yes, None),
        (Yes, _, false) => (No, (!broken.is("telnet.stops-silently")).then_some(false)),
        // "Error: DONT answered by WILL" and its three kin.
        (WantNo, false, true) => (No, acknowledged(true, broken)),
        (WantNo, true, true) => (Yes, acknowledged(true, broken)),
        (WantNo, false, false) => (No, acknowledged(false, broken)),
        (WantNo, true, false) if broken.is("telnet.forgets-the-queue") => (No, None),
        (WantNo, true, false) => (WantYes, Some(true)),
        (WantYes, false, true) => (Yes, acknowledged(true, broken)),
        (WantYes, true, true) if broken.is("telnet.forgets-the-queue") => (Yes, None),
        (WantYes, true, true) => (WantNo, Some(false)),
        (WantYes, _, false) if broken.is("telnet.takes-no-for-yes") => (Yes, None),
        (WantYes, _, false) => (No, acknowledged(false, broken)),
    };
    *side = Side {
        state,
        opposite: false,
    };
    answer
}

/// An answer is not answered.
fn acknowledged(on: bool, broken: &Mutation) -> Option<bool> {
    broken.is("telnet.answers-answers").then_some(on)
}

/// If we decide to ask.
fn ask(side: &mut Side, on: bool, broken: &Mutation) -> Option<bool> {
    use State::{No, WantNo, WantYes, Yes};
    let (rests, pending) = if on { (No, WantNo) } else { (Yes, WantYes) };
    let target = if on { WantYes } else { WantNo };
    if side.state == rests {
        if broken.is("telnet.never-asks") {
            return None;
        }
        side.state = target;
        return Some(on);
    }
    if side.state == pending && !side.opposite {
        if broken.is("telnet.has-no-queue") {
            return Some(on);
        }
        side.opposite = true;
        return None;
    }
    if side.state == target && side.opposite && !broken.is("telnet.never-unqueues") {
        side.opposite = false;
    }
    broken.is("telnet.asks-needlessly").then_some(on)
}
