//! Units that do not answer are left alone for a while.

use core::time::Duration;
use std::collections::HashMap;

use lineside_core::Instant;

use crate::{client::Failure, wire::Unit};

/// Tries without an answer after which a unit is left alone.
const STRIKES: u32 = 2;

/// The units that did not answer lately.
#[derive(Debug)]
pub(super) struct Rests {
    silent: HashMap<Unit, Silence>,
    /// How many times as long as it cost a unit is left alone at most.
    most: u32,
}

#[derive(Debug, Default)]
struct Silence {
    /// Tries without an answer, one after the other.
    strikes: u32,
    /// How many times as long as it costs the next rest is.
    times: u32,
    until: Option<Instant>,
}

impl Rests {
    pub(super) fn new(most: u32) -> Self {
        Self {
            silent: HashMap::new(),
            most,
        }
    }

    /// Whether the unit is left alone.
    pub(super) fn is_resting(&self, unit: Unit, now: Instant) -> bool {
        let silence = self.silent.get(&unit);
        silence.is_some_and(|silence| silence.until.is_some_and(|until| now < until))
    }

    /// Whether the unit has not answered lately: it is not worth a second try.
    pub(super) fn is_suspect(&self, unit: Unit) -> bool {
        self.silent.contains_key(&unit)
    }

    /// The unit answered, whatever it was.
    pub(super) fn answered(&mut self, unit: Unit) {
        self.silent.remove(&unit);
    }

    /// The unit did not answer so many tries, each of which cost the line so much.
    pub(super) fn silent(&mut self, unit: Unit, tries: u32, cost: Duration, now: Instant) {
        let silence = self.silent.entry(unit).or_default();
        silence.strikes = silence.strikes.saturating_add(tries);
        if silence.strikes < STRIKES {
            return;
        }
        silence.times = (2 * silence.times)
            .clamp(1, self.most.max(1))
            .min(self.most);
        let rest = cost.saturating_mul(tries).saturating_mul(silence.times);
        silence.until = Some(now + rest);
    }
}

/// Whether this is a failure to answer.
pub(super) const fn is_silence(failure: Failure) -> bool {
    matches!(failure, Failure::Timeout | Failure::Damaged(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_rest_is_what_it_cost_doubled_each_time_and_bounded() {
        let (unit, mut now) = (Unit::new(5), Instant::START);
        let mut rests = Rests::new(100);
        rests.silent(unit, 1, SECOND, now);
        assert!(!rests.is_resting(unit, now) && rests.is_suspect(unit));
        for times in [1, 2, 4, 8, 16, 32, 64, 100, 100] {
            rests.silent(unit, 1, SECOND, now);
            now = now + SECOND * times;
            assert!(rests.is_resting(unit, now - Duration::from_nanos(1)));
            assert!(!rests.is_resting(unit, now));
        }
        rests.answered(unit);
        assert!(!rests.is_suspect(unit));
    }

    #[test]
    fn several_tries_are_several_strikes() {
        let unit = Unit::new(5);
        let mut rests = Rests::new(100);
        rests.silent(unit, 4, SECOND, Instant::START);
        assert!(rests.is_resting(unit, Instant::START + SECOND * 3));
        assert!(!rests.is_resting(unit, Instant::START + SECOND * 4));
    }

    #[test]
    fn none_is_left_alone_where_that_is_not_wanted() {
        let unit = Unit::new(5);
        let mut rests = Rests::new(0);
        for _ in 0..10 {
            rests.silent(unit, 4, SECOND, Instant::START);
        }
        assert!(!rests.is_resting(unit, Instant::START));
    }
}
