//! The communication event log of a unit: Application protocol 6.10.

use crate::wire::Exception;

/// The most events that a log holds.
pub(super) const EVENTS: usize = 64;

/// Marks a message that came, with [`COMM_ERROR`], [`OVERRUN`], [`LISTEN_ONLY`], [`BROADCAST`].
const RECEIVE: u8 = 0x80;
/// Marks what became of a message.
const SEND: u8 = 0x40;
const COMM_ERROR: u8 = 0x02;
const OVERRUN: u8 = 0x10;
const LISTEN_ONLY: u8 = 0x20;
const BROADCAST: u8 = 0x40;
/// The unit entered listen-only mode. (The specification's example shows 20 hex: an erratum, P51.)
const ENTERED_LISTEN_ONLY: u8 = 0x04;
const RESTARTED: u8 = 0x00;

/// The last 64 events.
#[derive(Clone, Debug)]
pub(super) struct Log {
    /// A ring: the next event goes to `at`.
    events: [u8; EVENTS],
    at: usize,
    count: usize,
}

impl Log {
    pub(super) const fn new() -> Self {
        Self {
            events: [0; EVENTS],
            at: 0,
            count: 0,
        }
    }

    /// A message came for the unit, or for everyone.
    pub(super) fn received(&mut self, is_broadcast: bool, listen_only: bool) {
        self.push(RECEIVE | flag(is_broadcast, BROADCAST) | flag(listen_only, LISTEN_ONLY));
    }

    /// A message came that is none.
    pub(super) fn damaged(&mut self, overrun: bool, listen_only: bool) {
        let bits = flag(overrun, OVERRUN) | flag(listen_only, LISTEN_ONLY);
        self.push(RECEIVE | COMM_ERROR | bits);
    }

    /// A message has been processed, with this exception sent, a normal response or none.
    pub(super) fn processed(&mut self, sent: Option<Exception>, listen_only: bool) {
        let bit = match sent {
            Some(Exception(1..=3)) => 0x01,
            Some(Exception(4)) => 0x02,
            Some(Exception(5 | 6)) => 0x04,
            Some(Exception(7)) => 0x08,
            _ => 0,
        };
        self.push(SEND | bit | flag(listen_only, LISTEN_ONLY));
    }

    pub(super) fn entered_listen_only(&mut self) {
        self.push(ENTERED_LISTEN_ONLY);
    }

    pub(super) fn restarted(&mut self) {
        self.push(RESTARTED);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }

    /// The events, the newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = u8> {
        let (newer, older) = self.events.split_at(self.at.min(EVENTS));
        let all = newer.iter().rev().chain(older.iter().rev());
        all.copied().take(self.count)
    }

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    fn push(&mut self, event: u8) {
        if let Some(place) = self.events.get_mut(self.at) {
            *place = event;
        }
        self.at = (self.at + 1) % EVENTS;
        self.count = (self.count + 1).min(EVENTS);
    }
}

const fn flag(is_set: bool, bit: u8) -> u8 {
    if is_set { bit } else { 0 }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_log_holds_the_last_64_events_the_newest_first() {
        let mut log = Log::new();
        assert_eq!(log.iter().count(), 0);
        for event in 0..3 {
            log.push(event);
        }
        assert_eq!(log.iter().collect::<Vec<_>>(), [2, 1, 0]);
        for event in 3..100 {
            log.push(event);
        }
        assert!(log.iter().eq((36..100).rev()));
        assert_eq!(log.len(), 64);
        log.clear();
        assert_eq!(log.iter().count(), 0);
    }

    #[test]
    fn each_event_has_its_bits() {
        let mut log = Log::new();
        log.received(false, false);
        log.received(true, true);
        log.damaged(false, false);
        log.damaged(true, true);
        log.processed(None, false);
        for code in [1, 3, 4, 5, 6, 7, 8] {
            log.processed(Some(Exception(code)), code == 3);
        }
        log.entered_listen_only();
        log.restarted();
        let mut events: Vec<u8> = log.iter().collect();
        events.reverse();
        assert_eq!(
            events,
            [
                0x80, 0xE0, 0x82, 0xB2, 0x40, 0x41, 0x61, 0x42, 0x44, 0x44, 0x48, 0x40, 0x04, 0x00
            ]
        );
    }
}
