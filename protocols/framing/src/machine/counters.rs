//! What a line has carried.

use crate::wire::Reason;

/// Totals since the machine was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Records that were delivered.
    pub records: u64,
    /// Records that were sent, or wait to be.
    pub sent: u64,
    /// Bytes that were dropped without an event: idle fill, and what followed a damage until the
    /// framing was back in step.
    pub skipped: u64,
    /// Bytes that were dropped with an event.
    pub lost: u64,
    /// Damages by reason.
    pub damage: Damage,
}

/// How often each [`Reason`] was reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field has its reason's name")]
pub struct Damage {
    pub too_long: u64,
    pub too_short: u64,
    pub escape: u64,
    pub byte: u64,
    pub length: u64,
    pub check: u64,
    pub aborted: u64,
    pub truncated: u64,
    pub gap: u64,
    pub line: u64,
    pub noise: u64,
}

impl Damage {
    /// How often `reason` was reported, whatever its offsets and lengths.
    #[must_use]
    pub const fn of(mut self, reason: Reason) -> u64 {
        *self.count(reason)
    }

    /// Damages of all reasons.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.too_long
            + self.too_short
            + self.escape
            + self.byte
            + self.length
            + self.check
            + self.aborted
            + self.truncated
            + self.gap
            + self.line
            + self.noise
    }

    const fn count(&mut self, reason: Reason) -> &mut u64 {
        match reason {
            Reason::TooLong { .. } => &mut self.too_long,
            Reason::TooShort { .. } => &mut self.too_short,
            Reason::Escape { .. } => &mut self.escape,
            Reason::Byte { .. } => &mut self.byte,
            Reason::Length { .. } => &mut self.length,
            Reason::Check => &mut self.check,
            Reason::Aborted => &mut self.aborted,
            Reason::Truncated => &mut self.truncated,
            Reason::Gap => &mut self.gap,
            Reason::Line => &mut self.line,
            Reason::Noise => &mut self.noise,
        }
    }
}

impl Counters {
    pub(super) fn damage(&mut self, reason: Reason, bytes: usize) {
        *self.damage.count(reason) += 1;
        self.lost += bytes as u64;
    }
}
