//! Every way to damage one place of a frame, and what may be lost by it.

use lineside_framing::AnyFraming;

use crate::laws::line::{Line, receive};

/// One damage to a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Damage {
    Flip {
        at: usize,
        bit: u8,
    },
    Delete {
        at: usize,
    },
    Insert {
        at: usize,
        byte: u8,
    },
    /// Everything before `at` is missing.
    Join {
        at: usize,
    },
}

impl Damage {
    /// Every damage to a frame of `len` bytes.
    pub(crate) fn all(len: usize) -> impl Iterator<Item = Self> {
        const INSERTED: [u8; 8] = [0x00, 0x02, 0x03, 0x10, 0x0A, 0x7E, 0xC0, 0x55];
        let flips = (0..len).flat_map(|at| (0..8).map(move |bit| Self::Flip { at, bit }));
        let deletes = (0..len).map(|at| Self::Delete { at });
        let joins = (1..len).map(|at| Self::Join { at });
        let inserts = (0..=len).flat_map(|at| INSERTED.map(|byte| Self::Insert { at, byte }));
        flips.chain(deletes).chain(joins).chain(inserts)
    }

    /// Some damage to a frame of `len` bytes.
    pub(crate) fn random(len: usize, random: &mut fastrand::Rng) -> Self {
        let at = random.usize(..len);
        match random.u8(..4) {
            0 => Self::Delete { at },
            1 => Self::Insert {
                at,
                byte: random.u8(..),
            },
            _ => Self::Flip {
                at,
                bit: random.u8(..8),
            },
        }
    }

    pub(crate) fn apply(self, frame: &mut Vec<u8>) {
        match self {
            Self::Flip { at, bit } => frame[at] ^= 1 << bit,
            Self::Delete { at } => drop(frame.remove(at)),
            Self::Insert { at, byte } => frame.insert(at, byte),
            Self::Join { at } => drop(frame.drain(..at)),
        }
    }
}

/// What became of records of which one was damaged.
pub(crate) struct Toll {
    /// Records that were not hit and not delivered.
    pub(crate) lost: usize,
    /// Records that were delivered and never sent.
    pub(crate) invented: usize,
}

pub(crate) fn toll(line: &Line, sent: &[Vec<u8>], hit: usize) -> Toll {
    let delivered: Vec<_> = line.records().collect();
    let mut at = 0;
    let mut toll = Toll {
        lost: 0,
        invented: 0,
    };
    for (index, record) in sent.iter().enumerate() {
        match delivered[at..]
            .iter()
            .position(|delivered| *delivered == record)
        {
            Some(skipped) => {
                toll.invented += skipped;
                at += skipped + 1;
            }
            None if index != hit => toll.lost += 1,
            None => {}
        }
    }
    toll.invented += delivered.len() - at;
    toll
}

/// Sends `frames` with the one at `hit` damaged.
pub(crate) fn damaged(
    framing: &AnyFraming,
    frames: &[Vec<u8>],
    hit: usize,
    damage: Damage,
) -> Line {
    let mut bad = frames[hit].clone();
    damage.apply(&mut bad);
    let frames = frames.iter().enumerate();
    receive(
        framing,
        frames.map(|(index, frame)| if index == hit { &bad[..] } else { frame }),
    )
}
