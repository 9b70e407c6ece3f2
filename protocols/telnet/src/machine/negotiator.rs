//! The states of all options in both directions, and what was asked and not answered.

use alloc::vec::Vec;
use core::time::Duration;

use lineside_core::Instant;

use super::{Party, options::Say, q::State};
use crate::wire::{TelnetOption, Verb, options::Status};

/// What something that was received has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// What is answered.
    pub(super) say: Option<Verb>,
    /// The option came into use, or went out of it.
    pub(super) on: Option<bool>,
    /// The peer does not want what we asked for.
    pub(super) is_refused: bool,
}

/// The states of all options. Those that were never spoken of take no room.
#[derive(Clone, Debug, Default)]
pub(super) struct Negotiator {
    states: Vec<(TelnetOption, Party, State)>,
    /// What we asked for and when, as long as an answer is awaited; the oldest first.
    asked: Vec<(Instant, Party, TelnetOption)>,
    is_settled: bool,
}

impl Negotiator {
    /// Whether an option is in use.
    pub(super) fn is_on(&self, party: Party, option: TelnetOption) -> bool {
        is_on(party, self.state(party, option))
    }

    /// Whether we have said that an option is to be on, and an answer may still come in time.
    pub(super) fn awaits(&self, party: Party, option: TelnetOption) -> bool {
        let is_asked =
            |asked: &(Instant, Party, TelnetOption)| (asked.1, asked.2) == (party, option);
        self.is_unanswered(party, option) && self.asked.iter().any(is_asked)
    }

    /// Whether we have said that an option is to be on, and there is no answer yet.
    pub(super) fn is_unanswered(&self, party: Party, option: TelnetOption) -> bool {
        let state = self.state(party, option);
        matches!(state, State::WantYes | State::WantYesOpposite)
    }

    /// The peer says that an option is to be on or off, or is.
    pub(super) fn receive(
        &mut self,
        party: Party,
        option: TelnetOption,
        on: bool,
        agrees: bool,
        now: Instant,
    ) -> Change {
        let at = self.position(party, option);
        let before = self.state_at(at);
        let received = before.receive(on, agrees);
        if received.state != before {
            self.put(at, party, option, received.state);
        }
        self.answered(party, option);
        if received.state.is_pending() && received.say.is_some() {
            self.asked.push((now, party, option));
        }
        let (was_on, is_on) = (is_on(party, before), is_on(party, received.state));
        Change {
            say: received.say.map(|on| verb(party, on)),
            on: (was_on != is_on).then_some(is_on),
            is_refused: before == State::WantYes && !on,
        }
    }

    /// We want an option on or off.
    pub(super) fn wish(
        &mut self,
        party: Party,
        option: TelnetOption,
        on: bool,
        now: Instant,
    ) -> Option<Verb> {
        let wished = self.state(party, option).wish(on);
        self.set(party, option, wished.state);
        let say = wished.say?;
        self.asked.push((now, party, option));
        Some(verb(party, say))
    }

    /// A timing mark: ours is answered each time it is asked for, the peer's is an answer (RFC 860).
    pub(super) fn mark(&mut self, party: Party, on: bool, agrees: bool) -> Change {
        let option = TelnetOption::TIMING_MARK;
        if party == Party::Us {
            return Change {
                say: on.then_some(verb(party, agrees)),
                ..Change::default()
            };
        }
        let was_asked = self.state(party, option) == State::WantYes;
        self.set(party, option, State::No);
        self.answered(party, option);
        Change {
            on: (was_asked && on).then_some(true),
            is_refused: was_asked && !on,
            ..Change::default()
        }
    }

    /// The next wish that was not answered in time: within `answer`. It is not waited for any longer.
    pub(super) fn overdue(
        &mut self,
        now: Instant,
        answer: Duration,
    ) -> Option<(Party, TelnetOption)> {
        while let Some(&(asked, party, option)) = self.asked.first()
            && asked + answer <= now
        {
            self.asked.remove(0);
            if self.is_unanswered(party, option) {
                // A mark that is not answered is over: the next one is asked for (RFC 860).
                if (party, option) == (Party::Peer, TelnetOption::TIMING_MARK) {
                    self.set(party, option, State::No);
                }
                return Some((party, option));
            }
        }
        None
    }

    /// When the next answer is overdue.
    pub(super) fn deadline(&self, answer: Duration) -> Option<Instant> {
        self.asked.first().map(|asked| asked.0 + answer)
    }

    /// Whether now, for the first time, nothing is asked.
    pub(super) fn has_settled(&mut self) -> bool {
        self.asked.is_empty() && !core::mem::replace(&mut self.is_settled, true)
    }

    /// All that is on, as the payload of an `IS` (RFC 859; T56).
    pub(super) fn status(&self) -> Say {
        let states = self.states.iter();
        let options = states.filter(|(_, party, state)| is_on(*party, *state));
        let mut payload = Vec::new();
        Status::is(
            options.map(|(option, party, _)| (verb(*party, true), *option)),
            |piece| payload.extend_from_slice(piece),
        );
        Say::Payload(TelnetOption::STATUS, payload)
    }

    /// What was asked for is not waited for any longer.
    pub(super) fn answered(&mut self, party: Party, option: TelnetOption) {
        self.asked
            .retain(|(_, asked, of)| (*asked, *of) != (party, option));
    }

    fn state(&self, party: Party, option: TelnetOption) -> State {
        self.state_at(self.position(party, option))
    }

    fn set(&mut self, party: Party, option: TelnetOption, state: State) {
        self.put(self.position(party, option), party, option, state);
    }

    /// Where the state of an option stands, if it is kept.
    fn position(&self, party: Party, option: TelnetOption) -> Option<usize> {
        let mut states = self.states.iter();
        states.position(|known| (known.0, known.1) == (option, party))
    }

    fn state_at(&self, at: Option<usize>) -> State {
        let known = at.and_then(|at| self.states.get(at));
        known.map_or(State::No, |known| known.2)
    }

    /// An option that is off is not kept, so that a peer who names them all takes no room.
    fn put(&mut self, at: Option<usize>, party: Party, option: TelnetOption, state: State) {
        match at {
            Some(at) if state == State::No => {
                self.states.swap_remove(at);
            }
            Some(at) => {
                if let Some(known) = self.states.get_mut(at) {
                    known.2 = state;
                }
            }
            None if state == State::No => {}
            None => self.states.push((option, party, state)),
        }
    }
}

/// We stop using an option when we say so, the peer when it says so.
const fn is_on(party: Party, state: State) -> bool {
    match party {
        Party::Us => matches!(state, State::Yes),
        Party::Peer => state.is_on(),
    }
}

const fn verb(party: Party, on: bool) -> Verb {
    match (party, on) {
        (Party::Us, true) => Verb::Will,
        (Party::Us, false) => Verb::Wont,
        (Party::Peer, true) => Verb::Do,
        (Party::Peer, false) => Verb::Dont,
    }
}
