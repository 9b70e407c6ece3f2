//! Choices that an input makes.

/// Choices from a seed, so that an input means the same run every time.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The choices of `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Splits an input into what it feeds and what its last eight bytes choose. libFuzzer mutates
    /// each without disturbing the other, and a dictionary's words stay whole.
    #[must_use]
    pub fn of(input: &[u8]) -> (&[u8], Self) {
        match input.split_last_chunk() {
            Some((data, seed)) => (data, Self(u64::from_le_bytes(*seed))),
            None => (input, Self(0)),
        }
    }

    /// A number below `end`; zero when `end` is.
    pub fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % end.max(1) as u64).unwrap_or(0)
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    ///
    /// # Panics
    /// There is none.
    pub fn pick<T: Copy, const N: usize>(&mut self, all: [T; N]) -> T {
        let Some(one) = all.get(self.below(N)) else {
            panic!("nothing to pick from");
        };
        *one
    }

    /// Any byte.
    pub fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or(0)
    }

    /// Any bytes, so many.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.byte()).collect()
    }

    /// Cuts `data` into pieces of 1 to `longest` bytes.
    pub fn cut<'d>(&mut self, mut data: &'d [u8], longest: usize) -> Vec<&'d [u8]> {
        let mut pieces = Vec::new();
        while !data.is_empty() {
            let (piece, rest) = data.split_at(1 + self.below(longest.clamp(1, data.len())));
            pieces.push(piece);
            data = rest;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_up_the_whole() {
        let data: Vec<u8> = (0..100).collect();
        for seed in 0..50 {
            for longest in [0, 1, 3, 1_000] {
                let pieces = Dice::new(seed).cut(&data, longest);
                assert_eq!(pieces.concat(), data);
                assert!(
                    pieces
                        .iter()
                        .all(|piece| (1..=longest.max(1)).contains(&piece.len()))
                );
            }
        }
    }

    #[test]
    fn the_last_eight_bytes_choose() {
        let (data, dice) = Dice::of(b"fed\x02\0\0\0\0\0\0\0");
        assert_eq!((data, dice.0), (&b"fed"[..], 2));
        assert_eq!(Dice::of(b"short").0, b"short");
    }
}
