//! What every [`Machine`] keeps, whatever its peer sends. Each law panics with what was broken.
//!
//! [`Player`] holds a machine to the laws that need one machine alone, at every call:
//! - polling again with nothing new changes nothing and gives the same `Wait`;
//! - a `Wait` names a time that is not past: a driver would spin on it;
//! - what waits in `rx` and `tx` stays within the [`Bounds`] that the target declares;
//! - there are at most as many events as there is input;
//! - an error and a close are for ever.
//!
//! The functions compare whole runs: [`cuts_do_not_matter`], [`a_prefix_tells_no_other_story`],
//! [`duel`]. [`Talk`] is for machines that answer: a wire that takes time for what is said, and company
//! at both ends; [`cuts_do_not_matter_in_a_talk`] is the law for it.

use core::{
    fmt::{Debug, Display},
    time::Duration,
};

use lineside_core::{Machine, Mark};

use crate::Dice;

mod duel;
mod player;
mod talk;

pub use duel::{Outcome, Wire, duel};
pub use player::{Bounds, End, Player, Story};
pub use talk::{Act, Company, Talk, cuts_do_not_matter_in_a_talk};

/// An hour: longer than any silence that a machine waits for in these runs.
pub const LONG: Duration = Duration::from_secs(3_600);

/// What comes down a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard<'d> {
    /// Characters, back to back.
    Bytes(&'d [u8]),
    /// What a serial line reports beside data. It takes a character's time.
    Mark(Mark),
    /// Nothing, for this long.
    Idle(Duration),
}

/// The time of a character, and the longest piece in which a driver hands over characters that
/// come back to back.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long a character takes.
    pub char_time: Duration,
    /// Characters in a piece at most: fewer than make a silence, where silence has a meaning.
    pub longest: usize,
}

/// The same line heard a character at a time, in random pieces and in the longest that `pace`
/// allows gives the same events in the same order, and the same end. Gives that story.
///
/// A long silence and the end of the stream follow.
pub fn cuts_do_not_matter<M>(
    make: impl Fn() -> M,
    bounds: Bounds,
    line: &[Heard<'_>],
    pace: Pace,
    dice: &mut Dice,
) -> Story<M::Event>
where
    M: Machine<Error: Display>,
    M::Event: Debug + PartialEq,
{
    let play = |cut: &mut dyn FnMut(&[u8]) -> usize| {
        let mut player = Player::new(make(), bounds);
        line.iter().for_each(|heard| player.hear(heard, pace, cut));
        player.pass(LONG);
        player.end();
        player.into_story()
    };
    let whole = play(&mut |rest| rest.len().min(pace.longest));
    assert_eq!(
        play(&mut |_| 1),
        whole,
        "left: a character at a time; right: in the longest pieces"
    );
    let random = play(&mut |rest| 1 + dice.below(rest.len().min(pace.longest).min(9)));
    assert_eq!(
        random, whole,
        "left: in random pieces; right: in the longest pieces"
    );
    whole
}

/// The events of a beginning of the bytes are the first events of all the bytes.
pub fn a_prefix_tells_no_other_story<M>(
    make: impl Fn() -> M,
    bounds: Bounds,
    bytes: &[u8],
    dice: &mut Dice,
) where
    M: Machine<Error: Display>,
    M::Event: Debug + PartialEq,
{
    let (head, tail) = bytes.split_at(dice.below(bytes.len() + 1));
    let mut short = Player::new(make(), bounds);
    short.feed(head);
    let mut long = Player::new(make(), bounds);
    long.feed(head);
    long.feed(tail);
    let (short, long) = (short.into_story(), long.into_story());
    assert!(
        long.events.starts_with(&short.events),
        "after {head:02x?}: {:?}; then after {tail:02x?}: {:?}",
        short.events,
        long.events
    );
}

#[cfg(test)]
mod tests;
