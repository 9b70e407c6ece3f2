//! What a peer may make us say.

use lineside_core::{Error, Instant};

use crate::error::too_much_negotiation;

/// Bytes that may be said at a peer's asking: so many at once, and so many more each second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    most: u32,
    rate: u32,
    left: u32,
    since: Option<Instant>,
}

impl Budget {
    pub(super) const fn new(most: u32, rate: u32) -> Self {
        Self {
            most,
            rate,
            left: most,
            since: None,
        }
    }

    /// Takes `bytes` from it.
    pub(super) fn spend(&mut self, now: Instant, bytes: u32) -> Result<(), Error> {
        let since = *self.since.get_or_insert(now);
        // Much is asked for in one instant: in that nothing is earned.
        if now > since {
            self.earn(now, since);
        }
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or_else(|| too_much_negotiation(self.most))?;
        Ok(())
    }

    fn earn(&mut self, now: Instant, since: Instant) {
        let earned = now.since(since).as_nanos() * u128::from(self.rate) / 1_000_000_000;
        if earned > 0 {
            let earned = u32::try_from(earned).unwrap_or(u32::MAX);
            self.left = self.left.saturating_add(earned).min(self.most);
            self.since = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_comes_back_with_time() {
        let mut budget = Budget::new(6, 3);
        let at = |millis: u64| Instant::from_micros(millis * 1_000);
        assert!(budget.spend(at(0), 6).is_ok());
        assert!(budget.spend(at(300), 3).is_err());
        assert!(budget.spend(at(1_000), 3).is_ok());
        assert!(budget.spend(at(60_000), 6).is_ok());
        assert!(budget.spend(at(60_000), 3).is_err());
    }
}
