//! A machine that speaks, on a wire that takes its time, in company.

use core::{
    fmt::{Debug, Display},
    time::Duration,
};
use std::collections::{BTreeMap, VecDeque};

use lineside_core::{Instant, Machine};

use super::{Bounds, Heard, LONG, Pace, Player, Story};
use crate::Dice;

/// What happens next.
#[derive(Clone, Debug)]
pub enum Act<C> {
    /// These characters come, back to back: the first of them alone, since a driver that waited has
    /// nothing else yet.
    Bytes(Vec<u8>),
    /// The line is silent, or reports what is no data.
    Heard(Heard<'static>),
    /// The application asks for something.
    Ask(C),
}

/// Who is at the other ends: of the wire, and above the machine.
pub trait Company<M: Machine> {
    /// What the application does about an event: commands, each after a while that is not zero.
    fn told(&mut self, event: &M::Event) -> Vec<(Duration, M::Command)>;

    /// What others do about what the machine has said, as soon as its last byte has left.
    fn said(&mut self, at: Instant, bytes: &[u8]) -> Vec<Act<M::Command>>;

    /// A command was refused.
    fn refused(&mut self) {}
}

/// A machine in company.
pub struct Talk<M: Machine, C> {
    player: Player<M>,
    company: C,
    pace: Pace,
    /// The least silence before it may speak.
    quiet: Duration,
    acts: VecDeque<Act<M::Command>>,
    /// How many of them, at the front, the company has added during the last one.
    fresh: usize,
    /// What it says, and when that has left.
    leaving: Option<(Instant, Vec<u8>)>,
    due: BTreeMap<(Instant, usize), M::Command>,
    scheduled: usize,
    told: usize,
    /// The end of the last character, either way.
    busy: Option<Instant>,
    /// All that it said.
    said: Vec<u8>,
    /// Something else was due while several characters came at once: how they are cut matters.
    is_racy: bool,
    in_turns: bool,
}

impl<M, C> Talk<M, C>
where
    M: Machine<Error: Display, Event: Debug>,
    C: Company<M>,
{
    /// A talk that begins with `acts`. Before it speaks, the wire is silent for at least `quiet`.
    pub fn new(
        machine: M,
        company: C,
        bounds: Bounds,
        pace: Pace,
        quiet: Duration,
        acts: impl IntoIterator<Item = Act<M::Command>>,
    ) -> Self {
        Self {
            player: Player::new(machine, bounds),
            company,
            pace,
            quiet,
            acts: acts.into_iter().collect(),
            fresh: 0,
            leaving: None,
            due: BTreeMap::new(),
            scheduled: 0,
            told: 0,
            busy: None,
            said: Vec::new(),
            is_racy: false,
            in_turns: false,
        }
    }

    /// The same on a wire without silences where one speaks at a time: what comes behind the machine's
    /// words is not what was there before them, so that there a cut may matter.
    #[must_use]
    pub const fn in_turns(mut self, in_turns: bool) -> Self {
        self.in_turns = in_turns;
        self
    }

    /// The machine's player.
    pub const fn player(&self) -> &Player<M> {
        &self.player
    }

    /// The company.
    pub const fn company(&self) -> &C {
        &self.company
    }

    /// The company, to change.
    pub const fn company_mut(&mut self) -> &mut C {
        &mut self.company
    }

    /// Plays all acts, those that the company adds included, and a long silence; `cut` gives the
    /// length of the next piece of what is left of some bytes.
    pub fn play(&mut self, cut: &mut dyn FnMut(&[u8]) -> usize) {
        let mut end = None;
        for _ in 0..20_000 {
            match self.acts.pop_front() {
                Some(act) => {
                    end = None;
                    self.act(act, cut);
                }
                None => {
                    self.fresh = 0;
                    let end = *end.get_or_insert(self.player.now() + LONG);
                    self.advance(end, true);
                    if self.player.now() == end && self.acts.is_empty() {
                        return;
                    }
                }
            }
        }
        panic!("the talk does not come to an end");
    }

    /// More acts, to be played.
    pub fn then(&mut self, acts: impl IntoIterator<Item = Act<M::Command>>) {
        self.acts.extend(acts);
    }

    /// The stream ends. Gives the story, all that was said, and the company.
    pub fn end(mut self) -> (Story<M::Event>, Vec<u8>, C) {
        self.player.end();
        self.react();
        (self.player.into_story(), self.said, self.company)
    }

    fn act(&mut self, act: Act<M::Command>, cut: &mut dyn FnMut(&[u8]) -> usize) {
        self.fresh = 0;
        match act {
            Act::Bytes(bytes) => {
                // The first character comes alone.
                let (mut piece, mut rest) = bytes.split_at(bytes.len().min(1));
                loop {
                    self.piece(piece);
                    if rest.is_empty() {
                        break;
                    }
                    self.is_racy |= self.in_turns && self.is_speaking();
                    (piece, rest) = rest.split_at(cut(rest).clamp(1, rest.len()));
                }
            }
            Act::Heard(Heard::Bytes(bytes)) => self.act(Act::Bytes(bytes.to_vec()), cut),
            Act::Heard(Heard::Mark(mark)) => {
                self.advance(self.player.now() + self.pace.char_time, false);
                self.busy = Some(self.player.now());
                self.player.mark(mark);
            }
            Act::Heard(Heard::Idle(time)) => {
                let end = self.player.now() + time;
                self.advance(end, true);
                let left = end.since(self.player.now());
                if !left.is_zero() {
                    // Somebody has something to say meanwhile.
                    let behind = self.fresh.min(self.acts.len());
                    self.acts.insert(behind, Act::Heard(Heard::Idle(left)));
                }
            }
            Act::Ask(command) => self.command(command),
        }
        self.react();
    }

    fn is_speaking(&self) -> bool {
        self.leaving.is_some() || self.player.unsent() > 0
    }

    fn piece(&mut self, piece: &[u8]) {
        if piece.is_empty() {
            return;
        }
        let count = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        let end = self.player.now() + self.pace.char_time * count;
        if count > 1
            && self.next().is_some_and(|next| next <= end)
            && !self.pace.char_time.is_zero()
        {
            self.is_racy = true;
        }
        self.advance(end, false);
        self.busy = Some(end);
        self.player.feed(piece);
        self.react();
    }

    fn command(&mut self, command: M::Command) {
        if self.player.send(command).is_err() {
            self.company.refused();
        }
        self.react();
    }

    /// When something happens by itself.
    fn next(&self) -> Option<Instant> {
        let leaves = self.leaving.as_ref().map(|(at, _)| *at);
        let due = self.due.keys().next().map(|(at, _)| *at);
        [self.player.wake(), leaves, due]
            .into_iter()
            .flatten()
            .min()
    }

    /// Lets time pass until `end`, or until the company adds acts.
    fn advance(&mut self, end: Instant, stops: bool) {
        self.react();
        loop {
            if stops && self.fresh > 0 {
                return;
            }
            let next = self.next().filter(|next| *next <= end);
            let at = next.unwrap_or(end).max(self.player.now());
            self.player.pass(at.since(self.player.now()));
            if let Some((_, bytes)) = self.leaving.take_if(|(leaves, _)| *leaves <= at) {
                self.left(&bytes);
            }
            while let Some(entry) = self.due.first_entry()
                && entry.key().0 <= at
            {
                let command = entry.remove();
                self.command(command);
            }
            self.react();
            if next.is_none() {
                return;
            }
        }
    }

    fn left(&mut self, bytes: &[u8]) {
        self.busy = Some(self.player.now());
        self.player.departed();
        let acts = self.company.said(self.player.now(), bytes);
        self.fresh += acts.len();
        for act in acts.into_iter().rev() {
            self.acts.push_front(act);
        }
        self.react();
    }

    /// Hands on what the machine has told, and takes what it has to say.
    fn react(&mut self) {
        while let Some(event) = self.player.events().get(self.told) {
            self.told += 1;
            for (after, command) in self.company.told(event) {
                self.scheduled += 1;
                let at = self.player.now() + after;
                self.due.insert((at, self.scheduled), command);
            }
        }
        if self.leaving.is_some() || self.player.unsent() == 0 {
            return;
        }
        let now = self.player.now();
        if let Some(busy) = self.busy {
            let silence = now.since(busy);
            assert!(silence >= self.quiet, "speaks {silence:?} after the last");
        }
        let bytes = self.player.take(usize::MAX).to_vec();
        let count = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.said.extend(&bytes);
        self.leaving = Some((now + self.pace.char_time * count, bytes));
    }
}

/// The same talk, with what is heard a character at a time, in random pieces and in the longest that
/// `pace` allows, has the same events in the same order, and the same is said. Gives that; `None`
/// where cuts must matter, since something else was due while characters came.
pub fn cuts_do_not_matter_in_a_talk<M, C>(
    start: impl Fn() -> Talk<M, C>,
    may_end: impl Fn(u8) -> bool,
    dice: &mut Dice,
) -> Option<(Story<M::Event>, Vec<u8>, C)>
where
    M: Machine<Error: Display, Event: Debug + PartialEq>,
    C: Company<M>,
{
    let longest = start().pace.longest;
    let play = |cut: &mut dyn FnMut(&[u8]) -> usize| {
        let mut talk = start();
        talk.play(&mut |rest| {
            let most = rest.iter().position(|byte| may_end(*byte));
            cut(rest.get(..=most.unwrap_or(rest.len())).unwrap_or(rest))
        });
        (talk.is_racy, talk.end())
    };
    let in_turns = start().in_turns;
    let (single_racy, single) = play(&mut |_| 1);
    let (racy, whole) = play(&mut |rest| rest.len().min(longest));
    if racy || in_turns && single_racy {
        return None;
    }
    let (racy, random) = play(&mut |rest| 1 + dice.below(rest.len().min(longest).min(9)));
    let same = |one: &(Story<M::Event>, Vec<u8>, C), cuts: &str| {
        assert_eq!(one.0, whole.0, "left: {cuts}; right: in the longest pieces");
        assert_eq!(
            one.1, whole.1,
            "said, left: {cuts}; right: in the longest pieces"
        );
    };
    same(&single, "a character at a time");
    if !racy {
        same(&random, "in random pieces");
    }
    Some(whole)
}
