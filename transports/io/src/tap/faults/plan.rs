//! What is to go wrong, and what went wrong.

use core::{fmt, time::Duration};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lineside_core::Instant;

use crate::tap::Direction;

/// What is to go wrong on a stream. The default is nothing at all.
///
/// The same plan on the same bytes damages the same bytes in the same way, whatever the sizes of
/// reads and writes. Where pieces are cut and when polls are refused follows the seed, and the
/// order of the calls.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultPlan {
    /// Where all chance comes from. Print it when a test fails: `Debug` does.
    pub seed: u64,
    /// What happens to what we receive.
    pub input: Disturbance,
    /// What happens to what we send.
    pub output: Disturbance,
    /// Most bytes of each direction, before damage, that wait for their time; at least 1. A mark
    /// counts as one. A full buffer is back-pressure. Default 4 KiB.
    pub buffer: usize,
    /// Most events that the record keeps: the first ones. Default 1,024.
    pub events: usize,
}

impl Default for FaultPlan {
    fn default() -> Self {
        Self {
            seed: 0,
            input: Disturbance::default(),
            output: Disturbance::default(),
            buffer: 4 * 1024,
            events: 1_024,
        }
    }
}

/// What is to go wrong in one direction. Offsets count the bytes of this direction from 0, before
/// any damage. The default is nothing at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Disturbance {
    /// Splits what passes into pieces of 1 to this many bytes. No read gives, and no write carries,
    /// more than one piece.
    pub cut: Option<usize>,
    /// Every piece comes this much later.
    pub delay: Duration,
    /// And by chance up to this much more. The order of bytes stays.
    pub jitter: Duration,
    /// Bytes that are lost.
    pub drop: Odds,
    /// Bytes that come twice.
    pub duplicate: Odds,
    /// Bytes before which another, of any value, is put.
    pub insert: Odds,
    /// Bytes in which one bit is turned.
    pub flip: Odds,
    /// Pauses.
    pub stall: Vec<Stall>,
    /// After this many bytes both directions fail with `ConnectionReset`. The peer learns of it
    /// when the stream is dropped.
    pub reset_at: Option<u64>,
    /// After this many bytes this direction ends: reads give the end of the stream; the peer's do,
    /// and writes fail with `BrokenPipe`.
    pub eof_at: Option<u64>,
    /// How probable it is, from 0 to 1, that a poll answers `Pending` and wakes its task at once,
    /// as after `EAGAIN`.
    pub refuse: f64,
    /// How probable it is, from 0 to 1, that a poll which has to wait wakes its task without reason.
    pub wake: f64,
    /// Most of `refuse`, and of `wake`, in a row, so that a probability of 1 does not stop the
    /// world. Default 16.
    pub in_a_row: u32,
}

impl Default for Disturbance {
    fn default() -> Self {
        Self {
            cut: None,
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            drop: Odds::Never,
            duplicate: Odds::Never,
            insert: Odds::Never,
            flip: Odds::Never,
            stall: Vec::new(),
            reset_at: None,
            eof_at: None,
            refuse: 0.0,
            wake: 0.0,
            in_a_row: 16,
        }
    }
}

/// Which bytes a fault meets.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Odds {
    /// None.
    #[default]
    Never,
    /// Each with this probability, from 0 to 1.
    Chance(f64),
    /// Those at these offsets.
    At(BTreeSet<u64>),
}

impl Odds {
    /// The bytes at these offsets.
    pub fn at(offsets: impl IntoIterator<Item = u64>) -> Self {
        Self::At(offsets.into_iter().collect())
    }

    pub(super) fn hit(&self, offset: u64, rng: &mut fastrand::Rng) -> bool {
        match self {
            Self::Never => false,
            Self::Chance(probability) => rng.f64() < *probability,
            Self::At(offsets) => offsets.contains(&offset),
        }
    }
}

/// A pause: the byte at an offset, and all after it, come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stall {
    /// The offset of the first byte that waits.
    pub at: u64,
    /// How long from its arrival; `None` is for ever.
    pub time: Option<Duration>,
}

/// What was done to a byte, or at a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// This byte was lost.
    Dropped(u8),
    /// This byte came twice.
    Duplicated(u8),
    /// This byte was put before it.
    Inserted(u8),
    /// One bit was turned.
    Flipped {
        /// The byte as it was.
        from: u8,
        /// As it became.
        to: u8,
    },
    /// It, and all after it, waited this long; `None` is for ever.
    Stalled(Option<Duration>),
    /// Both directions failed here.
    Reset,
    /// The direction ended here.
    Ended,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dropped(byte) => write!(f, "0x{byte:02x} dropped"),
            Self::Duplicated(byte) => write!(f, "0x{byte:02x} duplicated"),
            Self::Inserted(byte) => write!(f, "0x{byte:02x} inserted"),
            Self::Flipped { from, to } => write!(f, "0x{from:02x} became 0x{to:02x}"),
            Self::Stalled(Some(time)) => write!(f, "stalled for {time:?}"),
            Self::Stalled(None) => f.write_str("stalled for ever"),
            Self::Reset => f.write_str("reset"),
            Self::Ended => f.write_str("ended"),
        }
    }
}

/// A fault, where and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultEvent {
    /// When the byte came to the tap.
    pub at: Instant,
    /// Its direction.
    pub direction: Direction,
    /// Its offset in that direction, before damage.
    pub offset: u64,
    /// What was done.
    pub fault: Fault,
}

impl fmt::Display for FaultEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::In => "received",
            Direction::Out => "sent",
        };
        let Self {
            at, offset, fault, ..
        } = self;
        write!(f, "{at} {direction} byte {offset}: {fault}")
    }
}

/// What was done to a stream, kept while the stream and after it. A handle: clones see the same.
///
/// It displays as the seed, then a line per event.
#[derive(Clone, Debug)]
pub struct FaultRecord(Arc<Mutex<Log>>);

#[derive(Debug)]
struct Log {
    seed: u64,
    max: usize,
    events: Vec<FaultEvent>,
    all: u64,
    pieces: u64,
    refusals: u64,
    wakes: u64,
}

impl FaultRecord {
    pub(super) fn new(plan: &FaultPlan) -> Self {
        Self(Arc::new(Mutex::new(Log {
            seed: plan.seed,
            max: plan.events,
            events: Vec::new(),
            all: 0,
            pieces: 0,
            refusals: 0,
            wakes: 0,
        })))
    }

    /// The first events, at most [`FaultPlan::events`].
    #[must_use]
    pub fn events(&self) -> Vec<FaultEvent> {
        self.lock().events.clone()
    }

    /// How many events there were, kept or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.lock().all
    }

    /// How many pieces passed; see [`Disturbance::cut`].
    #[must_use]
    pub fn pieces(&self) -> u64 {
        self.lock().pieces
    }

    /// How many polls were refused; see [`Disturbance::refuse`].
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.lock().refusals
    }

    /// How many wake-ups had no reason; see [`Disturbance::wake`].
    #[must_use]
    pub fn wakes(&self) -> u64 {
        self.lock().wakes
    }

    pub(super) fn push(&self, event: FaultEvent) {
        let mut log = self.lock();
        log.all += 1;
        if log.events.len() < log.max {
            log.events.push(event);
        }
    }

    pub(super) fn piece(&self) {
        self.lock().pieces += 1;
    }

    pub(super) fn refusal(&self) {
        self.lock().refusals += 1;
    }

    pub(super) fn wake(&self) {
        self.lock().wakes += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for FaultRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let log = self.lock();
        writeln!(f, "seed {}: {} faults", log.seed, log.all)?;
        for event in &log.events {
            writeln!(f, "{event}")?;
        }
        Ok(())
    }
}
