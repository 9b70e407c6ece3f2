//! A check of data that arrives in parts.

use crate::{Algorithm, algorithm::Rule, sum};

/// A check of data that arrives in parts; any parts give what the whole gives.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Digest {
    algorithm: Algorithm,
    state: u32,
}

impl Digest {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let state = match algorithm.rule() {
            Rule::Crc8(crc) => crc.start(),
            Rule::Crc16(crc) => crc.start(),
            Rule::Crc32(crc) => crc.start(),
            Rule::Lrc | Rule::Xor | Rule::Sum8 | Rule::Sum16 => 0,
        };
        Self { algorithm, state }
    }

    /// Takes the next part.
    pub fn update(&mut self, data: &[u8]) {
        self.state = match self.algorithm.rule() {
            Rule::Crc8(crc) => crc.update(self.state, data),
            Rule::Crc16(crc) => crc.update(self.state, data),
            Rule::Crc32(crc) => crc.update(self.state, data),
            Rule::Xor => self.state ^ u32::from(sum::xor(data)),
            Rule::Lrc | Rule::Sum8 | Rule::Sum16 => self.state.wrapping_add(sum::sum32(data)),
        };
    }

    /// The check of all parts so far. More may follow.
    #[must_use]
    pub fn finish(&self) -> u64 {
        let check = match self.algorithm.rule() {
            Rule::Crc8(crc) => crc.finish(self.state).into(),
            Rule::Crc16(crc) => crc.finish(self.state).into(),
            Rule::Crc32(crc) => crc.finish(self.state),
            Rule::Lrc => self.state.wrapping_neg() & 0xFF,
            Rule::Xor => self.state,
            Rule::Sum8 => self.state & 0xFF,
            Rule::Sum16 => self.state & 0xFFFF,
        };
        check.into()
    }
}
