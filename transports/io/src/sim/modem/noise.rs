//! Seeded damage: what the wire does to characters, and how long the sender pauses.

use fastrand::Rng;

use super::config::{Gap, Noise};

/// Draws damage as [`Noise`] says.
#[derive(Clone, Debug)]
pub(super) struct Damage {
    noise: Noise,
    rng: Rng,
    /// Sound bits before the next inverted one.
    sound_bits: u64,
}

impl Damage {
    pub(super) fn new(noise: Noise) -> Self {
        let mut this = Self {
            noise,
            rng: Rng::with_seed(noise.seed),
            sound_bits: 0,
        };
        this.sound_bits = this.draw_sound_bits();
        this
    }

    pub(super) fn drops(&mut self) -> bool {
        self.happens(self.noise.drop_rate)
    }

    pub(super) fn duplicates(&mut self) -> bool {
        self.happens(self.noise.duplicate_rate)
    }

    /// The character to send before the next, if any.
    pub(super) fn inserts(&mut self) -> Option<u8> {
        self.happens(self.noise.insert_rate)
            .then(|| self.rng.u8(..))
    }

    /// Which of the next `bits` bits are inverted, the first lowest.
    pub(super) fn flips(&mut self, bits: u32) -> u16 {
        let mut flips = 0;
        let mut left = u64::from(bits);
        while self.sound_bits < left {
            let bit = u64::from(bits) - left + self.sound_bits;
            flips |= 1_u16
                .checked_shl(u32::try_from(bit).unwrap_or(u32::MAX))
                .unwrap_or(0);
            left -= self.sound_bits + 1;
            self.sound_bits = self.draw_sound_bits();
        }
        self.sound_bits -= left;
        flips
    }

    fn happens(&mut self, rate: f64) -> bool {
        rate > 0.0 && self.rng.f64() < rate
    }

    /// Geometric: one draw per inverted bit, not per bit.
    fn draw_sound_bits(&mut self) -> u64 {
        let rate = self.noise.bit_error_rate;
        if rate >= 1.0 {
            return 0;
        }
        if rate.is_nan() || rate <= 0.0 {
            return u64::MAX;
        }
        // From the open interval: the logarithm of zero is no number of bits.
        let draw = 1.0 - self.rng.f64();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the quotient of two negative numbers, and `as` saturates"
        )]
        let bits = (draw.ln() / (-rate).ln_1p()) as u64;
        bits
    }
}

/// Draws pauses as [`Gap`] says.
#[derive(Clone, Debug)]
pub(super) struct Pauses {
    gap: Gap,
    rng: Rng,
}

impl Pauses {
    pub(super) fn new(gap: Gap) -> Self {
        let seed = match gap {
            Gap::Random { seed, .. } => seed,
            Gap::None | Gap::Fixed(_) => 0,
        };
        Self {
            gap,
            rng: Rng::with_seed(seed),
        }
    }

    /// The pause after the character that has just gone, in nanoseconds.
    pub(super) fn next(&mut self) -> u64 {
        let nanos =
            |pause: core::time::Duration| u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX);
        match self.gap {
            Gap::None => 0,
            Gap::Fixed(pause) => nanos(pause),
            Gap::Random { min, max, .. } => {
                let (min, max) = (nanos(min), nanos(max));
                self.rng.u64(min.min(max)..=max.max(min))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_of_inverted_bits_is_the_one_asked_for() {
        let mut damage = Damage::new(Noise {
            seed: 7,
            bit_error_rate: 0.01,
            ..Noise::default()
        });
        let flipped: u32 = (0..100_000).map(|_| damage.flips(10).count_ones()).sum();
        assert!((9_500..10_500).contains(&flipped), "{flipped} of a million");
    }

    #[test]
    fn rates_that_are_no_probabilities_do_no_harm() {
        for rate in [f64::NAN, f64::NEG_INFINITY, -1.0, 0.0] {
            let mut damage = Damage::new(Noise {
                bit_error_rate: rate,
                drop_rate: rate,
                insert_rate: rate,
                ..Noise::default()
            });
            assert_eq!(damage.flips(12), 0);
            assert!(!damage.drops());
            assert_eq!(damage.inserts(), None);
        }
        let mut all = Damage::new(Noise {
            bit_error_rate: f64::INFINITY,
            ..Noise::default()
        });
        assert_eq!(all.flips(12), 0xFFF);
    }

    #[test]
    fn a_random_pause_keeps_its_bounds_in_whichever_order_they_came() {
        use core::time::Duration;
        let mut pauses = Pauses::new(Gap::Random {
            min: Duration::from_nanos(20),
            max: Duration::from_nanos(10),
            seed: 1,
        });
        assert!((0..100).all(|_| (10..=20).contains(&pauses.next())));
    }
}
