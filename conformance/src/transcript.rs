//! What passed on a case's wires, recorded as it happens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lineside_core::Instant;
use serde::{Deserialize, Serialize};

/// The way a run of bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the suite to the subject.
    ToSubject,
    /// From the subject to the suite.
    FromSubject,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Nanoseconds since the case began.
    pub at: u64,
    /// Which of the case's wires, counted from 0.
    pub wire: usize,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Bytes passed.
    Bytes {
        /// Which way.
        direction: Direction,
        /// As plain hex.
        #[serde(with = "hexed")]
        bytes: Vec<u8>,
    },
    /// Anything else: opened, closed, a break, a client's report.
    Note(String),
}

/// A record that its copies share. Bounded: beyond [`Transcript::MAX_BYTES`] it notes that the rest
/// is left out.
#[derive(Clone, Debug, Default)]
pub struct Transcript(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    start: Option<Instant>,
    entries: Vec<Entry>,
    bytes: usize,
}

impl Transcript {
    /// How many bytes and notes' characters one transcript holds at most.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// An empty one whose times count from `start`.
    #[must_use]
    pub fn starting(start: Instant) -> Self {
        let this = Self::default();
        this.lock().start = Some(start);
        this
    }

    /// Records bytes.
    pub fn bytes(&self, now: Instant, wire: usize, direction: Direction, bytes: &[u8]) {
        let bytes = bytes.to_vec();
        self.push(now, wire, bytes.len(), What::Bytes { direction, bytes });
    }

    /// Records a note.
    pub fn note(&self, now: Instant, wire: usize, note: impl Into<String>) {
        let note = note.into();
        self.push(now, wire, note.len(), What::Note(note));
    }

    /// What has been recorded so far.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    fn push(&self, now: Instant, wire: usize, size: usize, what: What) {
        let mut state = self.lock();
        let at = now.since(state.start.unwrap_or_default()).as_nanos();
        let at = u64::try_from(at).unwrap_or(u64::MAX);
        let before = state.bytes;
        state.bytes = before.saturating_add(size.max(1));
        if state.bytes <= Self::MAX_BYTES {
            state.entries.push(Entry { at, wire, what });
        } else if before <= Self::MAX_BYTES {
            let note = format!("the rest is left out: more than {} bytes", Self::MAX_BYTES);
            state.entries.push(Entry {
                at,
                wire,
                what: What::Note(note),
            });
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

mod hexed {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&crate::hex::plain(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        crate::hex::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_is_bounded_and_says_so() {
        let transcript = Transcript::default();
        for _ in 0..10 {
            transcript.bytes(Instant::START, 0, Direction::FromSubject, &[0; 64 * 1024]);
        }
        let entries = transcript.entries();
        assert_eq!(entries.len(), 5);
        assert!(matches!(&entries[4].what, What::Note(note) if note.contains("left out")));
    }
}
