//! The level of a wire: who drives it, and what it is when nobody does, or several do.

use super::{
    config::Contention,
    frame::{Frame, Stretch},
    world::{Kind, World},
};

/// Random bits on a pair that nobody drives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Garbage {
    word: u64,
    from: u64,
    bits: u32,
    frame: Frame,
}

impl Garbage {
    pub(super) fn new(seed: u64, from: u64, bits: u32, frame: Frame) -> Self {
        Self {
            word: draw(seed, from),
            from,
            bits: bits.min(64),
            frame,
        }
    }

    pub(super) fn end(&self) -> u64 {
        self.from
            .saturating_add(self.frame.nanos(2 * u64::from(self.bits)))
    }

    /// The level at `at`, and until when it holds.
    fn level(&self, at: u64) -> (bool, u64) {
        if at < self.from {
            return (true, self.from);
        }
        if at >= self.end() {
            return (true, u64::MAX);
        }
        let bit = self.frame.half_bits_in(at - self.from) / 2;
        let until = self.from.saturating_add(self.frame.nanos(2 * (bit + 1)));
        (self.word >> bit.min(63) & 1 == 1, until)
    }
}

impl World {
    /// The level that `ear` (or a tap) sees on `wire` at `at`, and until when it holds at least.
    pub(super) fn level(&self, ear: Option<usize>, wire: usize, at: u64) -> (bool, u64) {
        let mut drivers = Drivers::default();
        for (id, port) in self.ports.iter().enumerate() {
            if port.drives != wire {
                continue;
            }
            let stretch = port.tx.stretch(at);
            if self.is_bus() && ear == Some(id) && !port.echo && stretch.level.is_some() {
                return (true, stretch.until); // its receiver is off
            }
            drivers.add(stretch);
        }
        let high = match (drivers.low, drivers.high) {
            (false, false) => {
                let (high, until) = self.garbage.map_or((true, u64::MAX), |it| it.level(at));
                return (high, until.min(drivers.until));
            }
            (false, true) => true,
            (true, false) => false,
            (true, true) => self.contended(drivers.since),
        };
        (high, drivers.until)
    }

    fn contended(&self, since: u64) -> bool {
        let Kind::Bus(config) = self.kind else {
            return false;
        };
        match config.contention {
            Contention::Low => false,
            Contention::High => true,
            Contention::Undefined { seed } => draw(seed, since) & 1 == 1,
        }
    }
}

/// All who drive a wire at one time.
#[derive(Debug)]
struct Drivers {
    low: bool,
    high: bool,
    /// The last edge of any of them before, and the first after.
    since: u64,
    until: u64,
}

impl Default for Drivers {
    fn default() -> Self {
        Self {
            low: false,
            high: false,
            since: 0,
            until: u64::MAX,
        }
    }
}

impl Drivers {
    fn add(&mut self, stretch: Stretch) {
        self.low |= stretch.level == Some(false);
        self.high |= stretch.level == Some(true);
        self.since = self.since.max(stretch.since);
        self.until = self.until.min(stretch.until);
    }
}

/// One word for each seed and time, whoever asks and in whichever order.
fn draw(seed: u64, at: u64) -> u64 {
    fastrand::Rng::with_seed(seed ^ at.wrapping_mul(0x9E37_79B9_7F4A_7C15)).u64(..)
}
