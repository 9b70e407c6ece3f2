//! How long to wait before something is tried again.

use core::time::Duration;

/// How long to wait before a port is opened, or a server dialled, again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backoff {
    /// Before the first attempt. Default 100 ms.
    pub first: Duration,
    /// Each wait is this many times the one before. Default 2.
    pub factor: u32,
    /// But never longer than this. Default 5 s.
    pub longest: Duration,
    /// Give up after so many attempts; then every call gives the error. Default `None`: never.
    pub attempts: Option<u32>,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            factor: 2,
            longest: Duration::from_secs(5),
            attempts: None,
        }
    }
}

impl Backoff {
    /// The wait before attempt `number`, counted from 0.
    #[must_use]
    pub fn before(&self, number: u32) -> Duration {
        let times = self.factor.max(1).saturating_pow(number);
        self.first.saturating_mul(times).min(self.longest)
    }

    /// Whether `attempts` are as many as there are to be.
    #[must_use]
    pub fn is_over(&self, attempts: u32) -> bool {
        self.attempts.is_some_and(|most| attempts >= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_the_one_before_up_to_the_longest() {
        let backoff = Backoff::default();
        let waits: Vec<u128> = (0..8).map(|n| backoff.before(n).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        assert_eq!(backoff.before(u32::MAX), backoff.longest);
        assert!(!backoff.is_over(u32::MAX));
        let short = Backoff {
            factor: 0,
            attempts: Some(2),
            ..backoff
        };
        assert_eq!(short.before(9), backoff.first);
        assert!(!short.is_over(1) && short.is_over(2));
    }
}
