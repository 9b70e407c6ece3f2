//! The textbook endpoint: every framing decoded a byte at a time, as its specification reads, and
//! sharing nothing with the library under test.
//!
//! It is three things at once: the suite's tolerant observer of what a subject sends, a sound
//! subject that every case must pass, and, with one [`Mutation`], a subject that is broken in one
//! known way and that some case must fail.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use crate::dialect::Dialect;

mod checked;
mod cobs;
pub mod com_port;
mod endpoint;
mod fixed;
mod gap;
mod hdlc;
mod length;
mod line;
pub mod modbus;
mod mutants;
mod slip;
mod stx;
pub mod telnet;

pub use endpoint::Reference;
pub use mutants::{MUTANTS as FRAMING_MUTANTS, Mutant};

/// Every mutant of every protocol.
pub fn mutants() -> impl Iterator<Item = &'static Mutant> {
    let modbus = modbus::SERVER_MUTANTS.iter().chain(modbus::CLIENT_MUTANTS);
    let telnet = telnet::MUTANTS.iter();
    let com_port = com_port::MUTANTS.iter();
    let framing = FRAMING_MUTANTS.iter();
    framing.chain(modbus).chain(telnet).chain(com_port)
}

/// What a decoder finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A good record.
    Record(Vec<u8>),
    /// Bytes that are no record, and why.
    Damaged(&'static str),
}

/// A framing, a byte at a time.
pub trait Codec: Send {
    /// A record's frame.
    fn encode(&self, record: &[u8]) -> Vec<u8>;

    /// Takes one byte.
    fn byte(&mut self, byte: u8, found: &mut Vec<Item>);

    /// What one read brought ends here. A sound decoder does not care.
    fn boundary(&mut self) {}

    /// The line was silent for long enough to end a frame, where silence does.
    fn silence(&mut self, _found: &mut Vec<Item>) {}

    /// The line reported a damaged character or a break.
    fn mark(&mut self, _found: &mut Vec<Item>) {}

    /// The stream ended.
    fn end(&mut self, _found: &mut Vec<Item>) {}
}

/// Makes the codec of a dialect, for records of at most `max` bytes; `None` when there is none.
#[must_use]
pub fn codec(dialect: &Dialect, max: usize, broken: &Mutation) -> Option<Box<dyn Codec>> {
    let mut dialect = dialect.clone();
    if let Some(check) = dialect.options.remove("check") {
        let inner = codec(&dialect, max + 4, broken)?;
        return checked::codec(inner, &check, broken);
    }
    let broken = broken.clone();
    Some(match dialect.name.as_str() {
        "line" | "delimiter" => Box::new(line::codec(&dialect, max, broken)?),
        "fixed" => Box::new(fixed::codec(&dialect, broken)?),
        "length" => Box::new(length::codec(&dialect, max, broken)?),
        "gap" => Box::new(gap::codec(max, broken)),
        "stx" | "dle" => Box::new(stx::codec(&dialect, max, broken)?),
        "slip" => Box::new(slip::codec(&dialect, max, broken)?),
        "cobs" | "cobsr" => Box::new(cobs::codec(&dialect, max, broken)),
        "hdlc" => Box::new(hdlc::codec(&dialect, max, broken)?),
        _ => return None,
    })
}

/// Decodes all of `bytes` as a stream that then ends.
#[must_use]
pub fn observe(dialect: &Dialect, bytes: &[u8]) -> Option<Vec<Item>> {
    let mut codec = codec(dialect, usize::MAX / 4, &Mutation::none())?;
    let mut found = Vec::new();
    bytes.iter().for_each(|&byte| codec.byte(byte, &mut found));
    codec.silence(&mut found);
    codec.end(&mut found);
    Some(found)
}

/// What is broken, if anything; counts how often it made a difference, so that a mutant that
/// nobody caught can be told from one that nobody reached.
#[derive(Clone, Debug, Default)]
pub struct Mutation(Option<(&'static str, Arc<AtomicU64>)>);

impl Mutation {
    /// Nothing is broken.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// The mutant `id`.
    #[must_use]
    pub fn of(id: &'static str) -> Self {
        Self(Some((id, Arc::default())))
    }

    /// How often it was reached.
    #[must_use]
    pub fn reached(&self) -> u64 {
        self.0
            .as_ref()
            .map_or(0, |(_, count)| count.load(Ordering::Relaxed))
    }

    /// Whether this is the mutant `id`: where the endpoint then does the wrong thing.
    fn is(&self, id: &str) -> bool {
        match &self.0 {
            Some((mine, count)) if *mine == id => {
                count.fetch_add(1, Ordering::Relaxed);
                true
            }
            _ => false,
        }
    }
}

/// A frame that is being received: at most `max` bytes, reported once when there are more.
#[derive(Debug, Default)]
struct Frame {
    bytes: Vec<u8>,
    /// Damage was reported; the rest is dropped in silence.
    lost: bool,
}

impl Frame {
    fn push(&mut self, byte: u8, max: usize, found: &mut Vec<Item>) {
        if self.lost {
            return;
        }
        if self.bytes.len() >= max {
            return self.damage("too long", found);
        }
        self.bytes.push(byte);
    }

    fn damage(&mut self, reason: &'static str, found: &mut Vec<Item>) {
        if !self.lost {
            found.push(Item::Damaged(reason));
        }
        self.lost = true;
        self.bytes.clear();
    }

    /// Its bytes, unless it was damaged; ready for the next.
    fn take(&mut self) -> Option<Vec<u8>> {
        let bytes = core::mem::take(&mut self.bytes);
        (!core::mem::take(&mut self.lost)).then_some(bytes)
    }

    const fn is_idle(&self) -> bool {
        self.bytes.is_empty() && !self.lost
    }
}
