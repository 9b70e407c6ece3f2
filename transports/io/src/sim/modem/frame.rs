//! A character in bits and nanoseconds.

use crate::{Parity, Settings};

const SECOND: u64 = 1_000_000_000;

/// Above it, half a bit is only a few nanoseconds, and times can no longer tell bits apart.
pub(super) const MAX_BAUD: u32 = 100_000_000;

/// What two UARTs must agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    baud: u64,
    data_bits: u32,
    parity: Parity,
    half_bits: u64,
}

impl Frame {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            baud: u64::from(settings.baud.clamp(1, MAX_BAUD)),
            data_bits: settings.data_bits.count(),
            parity: settings.parity,
            half_bits: u64::from(settings.half_bits()),
        }
    }

    /// Half bits in a character.
    pub(super) const fn half_bits(self) -> u64 {
        self.half_bits
    }

    /// Bits before the first stop bit.
    pub(super) const fn leading_bits(self) -> u32 {
        1 + self.data_bits + !matches!(self.parity, Parity::None) as u32
    }

    /// Half bits in a second.
    pub(super) const fn half_bits_a_second(self) -> u64 {
        2 * self.baud
    }

    /// How long `half_bits` last in nanoseconds, rounded up.
    pub(super) const fn nanos(self, half_bits: u64) -> u64 {
        half_bits.saturating_mul(SECOND).div_ceil(2 * self.baud)
    }

    /// How many whole half bits have passed after `nanos`.
    pub(super) const fn half_bits_in(self, nanos: u64) -> u64 {
        nanos.saturating_mul(2 * self.baud) / SECOND
    }

    /// How long a character lasts in nanoseconds, rounded up.
    pub(super) const fn character(self) -> u64 {
        self.nanos(self.half_bits)
    }

    /// The data bits that a character carries.
    pub(super) const fn masked(self, byte: u8) -> u8 {
        byte & (0xFF >> (8 - self.data_bits))
    }

    /// The levels of the bits of a character, the start bit lowest; stop bits and all above are ones.
    pub(super) fn encode(self, byte: u8) -> u16 {
        let byte = self.masked(byte);
        let stop = u16::MAX << self.leading_bits();
        let parity = u16::from(self.parity_of(byte)) << (1 + self.data_bits);
        let parity = if matches!(self.parity, Parity::None) {
            0
        } else {
            parity
        };
        stop | parity | (u16::from(byte) << 1)
    }

    /// The data and whether the parity is right, of the sampled bits, the start bit lowest.
    pub(super) fn decode(self, bits: u16) -> (u8, bool) {
        let [low, _] = (bits >> 1).to_le_bytes();
        let byte = self.masked(low);
        let parity = bits >> (1 + self.data_bits) & 1 == 1;
        let right = matches!(self.parity, Parity::None) || parity == self.parity_of(byte);
        (byte, right)
    }

    const fn parity_of(self, byte: u8) -> bool {
        let odd = byte.count_ones() % 2 == 1;
        match self.parity {
            Parity::Odd => !odd,
            Parity::Even => odd,
            Parity::Mark => true,
            Parity::None | Parity::Space => false,
        }
    }
}

/// What a transmitter puts on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Character(u8),
    Break,
}

/// Something that is on the wire now. Times are nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    pub(super) what: What,
    pub(super) frame: Frame,
    /// When the run of characters back to back began, and the half bits in it before this one.
    pub(super) base: u64,
    pub(super) before: u64,
    /// The level of each bit, the first lowest.
    pub(super) levels: u16,
    pub(super) start: u64,
    /// The end of the last stop bit; of a break that goes on, never.
    pub(super) end: u64,
    /// When the driver lets go: `end`, or earlier when it cuts the last character.
    pub(super) driven_end: u64,
    /// When to see whether this is the last character and is cut.
    pub(super) cut_at: Option<u64>,
    /// Nothing disturbs it: a receiver with the same frame need not sample it.
    pub(super) clean: bool,
}

/// A stretch of constant level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// `None`: not driven.
    pub(super) level: Option<bool>,
    pub(super) since: u64,
    pub(super) until: u64,
}

impl Shift {
    /// The level at `at`, which is not before `start`.
    pub(super) fn stretch(&self, at: u64) -> Stretch {
        if at >= self.driven_end {
            return Stretch {
                level: None,
                since: self.driven_end,
                until: u64::MAX,
            };
        }
        if self.what == What::Break {
            return Stretch {
                level: Some(false),
                since: self.start,
                until: self.driven_end,
            };
        }
        let passed = self.frame.half_bits_in(at.saturating_sub(self.base));
        let bit = passed.saturating_sub(self.before) / 2;
        let edge = |bit: u64| {
            self.base
                .saturating_add(self.frame.nanos(self.before + 2 * bit))
        };
        Stretch {
            level: Some(self.levels >> bit.min(15) & 1 == 1),
            since: edge(bit),
            until: edge(bit + 1).min(self.driven_end),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{DataBits, StopBits};

    use super::*;

    fn all_settings() -> impl Iterator<Item = Settings> {
        use DataBits::{Eight, Five, Seven, Six};
        let parities = [
            Parity::None,
            Parity::Odd,
            Parity::Even,
            Parity::Mark,
            Parity::Space,
        ];
        [Five, Six, Seven, Eight]
            .into_iter()
            .flat_map(move |data_bits| {
                parities.into_iter().map(move |parity| Settings {
                    data_bits,
                    parity,
                    stop_bits: StopBits::One,
                    ..Settings::default()
                })
            })
    }

    #[test]
    fn every_byte_of_every_format_survives_its_own_bits() {
        for settings in all_settings() {
            let frame = Frame::of(&settings);
            for byte in 0..=u8::MAX {
                let bits = frame.encode(byte);
                assert_eq!(bits & 1, 0, "a start bit is low");
                assert_eq!(bits >> frame.leading_bits() & 1, 1, "a stop bit is high");
                assert_eq!(
                    frame.decode(bits),
                    (frame.masked(byte), true),
                    "{settings:?}"
                );
            }
        }
    }

    #[test]
    fn one_flipped_data_bit_breaks_odd_and_even_parity_only() {
        for settings in all_settings() {
            let frame = Frame::of(&settings);
            let (_, right) = frame.decode(frame.encode(0x15) ^ 0b10);
            let counted = matches!(settings.parity, Parity::Odd | Parity::Even);
            assert_eq!(right, !counted, "{settings:?}");
        }
    }

    #[test]
    fn seven_even_sends_the_bits_of_the_textbook() {
        let settings = Settings {
            data_bits: DataBits::Seven,
            parity: Parity::Even,
            ..Settings::default()
        };
        // 'A' = 1000001: start 0, then 1000001 lowest first, parity 0, stop 1.
        assert_eq!(Frame::of(&settings).encode(b'A') & 0x3FF, 0b10_1000_0010);
    }
}
