//! Listening to a simulated wire: who sent what, exact to a bit.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use lineside_core::Instant;

use super::{
    frame::{Shift, What},
    world::World,
};

use crate::Clock;

/// What a tap notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A station sent a character, as it meant it: noise, collisions and cuts do not show here.
    Character {
        /// The end of a null modem (0 and 1), or the station in the order of joining.
        station: usize,
        /// The character.
        byte: u8,
        /// Its start bit's beginning.
        start: Instant,
        /// Its last stop bit's end.
        end: Instant,
    },
    /// A station sent a break.
    Break {
        /// As above.
        station: usize,
        /// The falling edge.
        start: Instant,
        /// The rising edge.
        end: Instant,
    },
    /// The level of a wire changed, with all that disturbs it.
    Level {
        /// The wire that end 0 or 1 of a null modem drives; 0 on a bus.
        wire: usize,
        /// When.
        at: Instant,
        /// Mark, or space.
        high: bool,
    },
}

/// Records what goes over a wire, up to a limit; characters and breaks when they have ended.
///
/// Nothing is recorded any more once it is dropped.
#[derive(Debug)]
pub struct Tap {
    world: Arc<Mutex<World>>,
    clock: Clock,
    id: u64,
}

impl Tap {
    pub(super) fn new(world: Arc<Mutex<World>>, clock: Clock, limit: usize, levels: bool) -> Self {
        let mut guard = world.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock.now().as_nanos();
        guard.advance(now);
        let id = guard.recorders.last().map_or(0, |last| last.id + 1);
        guard.recorders.push(Recorder {
            id,
            heard: VecDeque::new(),
            limit,
            lost: 0,
            levels: levels.then_some(Levels {
                at: now,
                high: [true; 2],
            }),
        });
        drop(guard);
        Self { world, clock, id }
    }

    /// Takes what was recorded up to now, in the order of the ends.
    #[must_use]
    pub fn take(&self) -> Vec<Heard> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now().as_nanos();
        world.advance(now);
        world.record_levels(now);
        let mine = world.recorders.iter_mut().find(|it| it.id == self.id);
        mine.map_or_else(Vec::new, |it| it.heard.drain(..).collect())
    }

    /// How much did not fit since the start.
    #[must_use]
    pub fn lost(&self) -> u64 {
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = world.recorders.iter().find(|it| it.id == self.id);
        mine.map_or(0, |it| it.lost)
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.recorders.retain(|it| it.id != self.id);
    }
}

/// The tap's part of the world.
#[derive(Debug)]
pub(super) struct Recorder {
    id: u64,
    heard: VecDeque<Heard>,
    limit: usize,
    lost: u64,
    levels: Option<Levels>,
}

/// The levels of the wires, and up to when they are recorded.
#[derive(Clone, Copy, Debug)]
struct Levels {
    at: u64,
    high: [bool; 2],
}

impl Recorder {
    fn add(&mut self, heard: Heard) {
        if self.heard.len() < self.limit {
            self.heard.push_back(heard);
        } else {
            self.lost += 1;
        }
    }
}

impl World {
    pub(super) fn record(&mut self, station: usize, shift: &Shift) {
        let (start, end) = (
            Instant::from_nanos(shift.start),
            Instant::from_nanos(shift.end),
        );
        let heard = match shift.what {
            What::Character(byte) => Heard::Character {
                station,
                byte: shift.frame.masked(byte),
                start,
                end,
            },
            What::Break => Heard::Break {
                station,
                start,
                end,
            },
        };
        self.recorders.iter_mut().for_each(|it| it.add(heard));
    }

    /// Looks at the wires up to `to`; before anything that happens then is forgotten.
    pub(super) fn record_levels(&mut self, to: u64) {
        let mut recorders = core::mem::take(&mut self.recorders);
        for recorder in &mut recorders {
            let Some(mut levels) = recorder.levels else {
                continue;
            };
            let (from, wires) = (levels.at, if self.is_bus() { 1 } else { 2 });
            for (wire, last) in levels.high.iter_mut().enumerate().take(wires) {
                let mut at = from;
                while at < to {
                    let (high, until) = self.level(None, wire, at);
                    if high != *last {
                        *last = high;
                        recorder.add(Heard::Level {
                            wire,
                            at: Instant::from_nanos(at),
                            high,
                        });
                    }
                    at = until.min(to);
                }
            }
            levels.at = levels.at.max(to);
            recorder.levels = Some(levels);
        }
        self.recorders = recorders;
    }
}
