//! Finds out whether a silent peer is still there.

use core::time::Duration;

use lineside_core::{Instant, Link};

/// When a silent peer is asked for a sign of life, and when it is given up. It is asked by `DO
/// TIMING-MARK`, which every Telnet answers, also one that does not know it (RFC 860, RFC 855).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeConfig {
    /// After so long without a byte. Default 60 s; `None` never asks.
    pub idle: Option<Duration>,
    /// How long it may take to answer. Default 30 s.
    pub answer: Duration,
}

impl Default for ProbeConfig {
    fn default() -> Self {
        Self {
            idle: Some(Duration::from_secs(60)),
            answer: Duration::from_secs(30),
        }
    }
}

/// What is to be done about a silent peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Nothing before this time.
    Wait(Option<Instant>),
    /// Ask it.
    Ask,
    /// Give it up.
    Gone,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    config: ProbeConfig,
    /// When the connection was first looked at.
    begun: Option<Instant>,
    asked: Option<Instant>,
}

impl Probe {
    pub(super) const fn new(config: ProbeConfig) -> Self {
        Self {
            config,
            begun: None,
            asked: None,
        }
    }

    pub(super) fn look(&mut self, now: Instant, link: &Link) -> Sign {
        let Some(idle) = self.config.idle else {
            return Sign::Wait(None);
        };
        let begun = *self.begun.get_or_insert(now);
        let heard = link.received.map_or(begun, |received| received.max(begun));
        if let Some(asked) = self.asked.filter(|asked| heard < *asked) {
            let until = asked + self.config.answer;
            return if now < until {
                Sign::Wait(Some(until))
            } else {
                Sign::Gone
            };
        }
        self.asked = None;
        let until = heard + idle;
        if now < until {
            return Sign::Wait(Some(until));
        }
        self.asked = Some(now);
        Sign::Ask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_peer_is_asked_and_given_up_and_a_word_saves_it() {
        let mut probe = Probe::new(ProbeConfig::default());
        let mut link = Link::default();
        let at = |seconds: u64| Instant::START + Duration::from_secs(seconds);
        assert_eq!(probe.look(at(0), &link), Sign::Wait(Some(at(60))));
        assert_eq!(probe.look(at(60), &link), Sign::Ask);
        assert_eq!(probe.look(at(61), &link), Sign::Wait(Some(at(90))));
        link.received = Some(at(89));
        assert_eq!(probe.look(at(90), &link), Sign::Wait(Some(at(149))));
        assert_eq!(probe.look(at(149), &link), Sign::Ask);
        assert_eq!(probe.look(at(179), &link), Sign::Gone);
    }
}
