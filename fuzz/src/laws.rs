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
//! [`duel`].

use core::fmt::{Debug, Display};

use lineside_core::Machine;

use crate::Dice;

mod duel;
mod player;

pub use duel::{Outcome, Wire, duel};
pub use player::{Bounds, End, Player, Story};

/// An hour: longer than any silence that a machine waits for in these runs.
pub const LONG: core::time::Duration = core::time::Duration::from_secs(3_600);

/// The same bytes in one piece, one at a time and in random pieces give the same events in the same
/// order, and the same end. Gives that story.
///
/// All bytes come at the same time; a long silence and the end of the stream follow.
pub fn cuts_do_not_matter<M>(
    make: impl Fn() -> M,
    bounds: Bounds,
    bytes: &[u8],
    dice: &mut Dice,
) -> Story<M::Event>
where
    M: Machine<Error: Display>,
    M::Event: Debug + PartialEq,
{
    let play = |pieces: &[&[u8]]| {
        let mut player = Player::new(make(), bounds);
        pieces.iter().for_each(|piece| player.feed(piece));
        player.pass(LONG);
        player.end();
        player.into_story()
    };
    let whole = play(&[bytes]);
    let singles: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(
        play(&singles),
        whole,
        "one byte at a time, then in one piece"
    );
    let pieces = dice.cut(bytes, 9);
    assert_eq!(
        play(&pieces),
        whole,
        "cut into {pieces:02x?}, then in one piece"
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
