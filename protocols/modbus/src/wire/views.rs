//! Registers and coils as they stand in a PDU.

/// Consecutive elements: `quantity` of them from `address` (counted from 0, as on the wire).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first element.
    pub address: u16,
    /// How many.
    pub quantity: u16,
}

impl Span {
    /// `quantity` elements from `address`.
    #[must_use]
    pub const fn new(address: u16, quantity: u16) -> Self {
        Self { address, quantity }
    }

    /// One past the last element.
    #[must_use]
    pub const fn end(self) -> u32 {
        self.address as u32 + self.quantity as u32
    }

    /// Whether all of it lies in the 65,536 elements that can be addressed.
    #[must_use]
    pub const fn is_addressable(self) -> bool {
        self.end() <= 0x1_0000
    }
}

/// Bytes that hold `count` bits.
pub(crate) const fn packed(count: u16) -> usize {
    (count as usize).div_ceil(8)
}

/// Coils or discrete inputs: eight to a byte, the first in the lowest bit.
#[derive(Clone, Copy, Debug)]
pub struct Bits<'a> {
    packed: &'a [u8],
    count: u16,
}

impl<'a> Bits<'a> {
    /// The first `count` bits of `packed`, which is exactly as long as they need.
    #[must_use]
    pub const fn new(packed: &'a [u8], count: u16) -> Option<Self> {
        if packed.len() == self::packed(count) {
            Some(Self { packed, count })
        } else {
            None
        }
    }

    /// How many.
    #[must_use]
    pub const fn len(self) -> u16 {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.count == 0
    }

    /// Bit `index`, counted from 0.
    #[must_use]
    pub fn get(self, index: u16) -> Option<bool> {
        let byte = *self.packed.get(usize::from(index / 8))?;
        (index < self.count).then_some(byte >> (index % 8) & 1 == 1)
    }

    /// Each bit, the first first.
    pub fn iter(self) -> impl Iterator<Item = bool> + 'a {
        let all = self.packed.iter();
        all.flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1))
            .take(self.count.into())
    }

    /// The bytes, the unused bits of the last one as the peer sent them.
    #[must_use]
    pub const fn packed(self) -> &'a [u8] {
        self.packed
    }
}

/// The same bits; what fills up the last byte does not count.
impl PartialEq for Bits<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.iter().eq(other.iter())
    }
}

impl Eq for Bits<'_> {}

/// Room for coils or discrete inputs in a response: all off until set.
#[derive(Debug)]
pub struct BitsMut<'a> {
    packed: &'a mut [u8],
    count: u16,
}

impl<'a> BitsMut<'a> {
    /// Room for `count` bits in `packed`, which is cleared; `None` when that has another length
    /// than they need.
    #[must_use]
    pub fn new(packed: &'a mut [u8], count: u16) -> Option<Self> {
        if packed.len() != self::packed(count) {
            return None;
        }
        packed.fill(0);
        Some(Self { packed, count })
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> u16 {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Sets bit `index`; one outside is ignored.
    pub fn set(&mut self, index: u16, value: bool) {
        let Some(byte) = self.packed.get_mut(usize::from(index / 8)) else {
            return;
        };
        if index < self.count {
            let mask = 1 << (index % 8);
            *byte = if value { *byte | mask } else { *byte & !mask };
        }
    }

    /// Sets all of them in order, as far as `values` goes.
    pub fn fill(&mut self, values: impl IntoIterator<Item = bool>) {
        let mut values = values.into_iter().take(self.count.into());
        for byte in self.packed.iter_mut() {
            *byte = (0..8)
                .zip(values.by_ref())
                .fold(0, |byte, (bit, value)| byte | u8::from(value) << bit);
        }
    }
}

/// Registers: sixteen bits each, the high byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words<'a>(&'a [u8]);

impl<'a> Words<'a> {
    /// The registers that `bytes` holds; `None` when half a register is left over.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len().is_multiple_of(2) {
            Some(Self(bytes))
        } else {
            None
        }
    }

    /// How many.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.len() / 2
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Register `index`, counted from 0.
    #[must_use]
    pub fn get(self, index: usize) -> Option<u16> {
        let (words, _) = self.0.as_chunks();
        words.get(index).map(|word| u16::from_be_bytes(*word))
    }

    /// Each register, the first first.
    pub fn iter(self) -> impl ExactSizeIterator<Item = u16> + DoubleEndedIterator + 'a {
        let (words, _) = self.0.as_chunks();
        words.iter().map(|word| u16::from_be_bytes(*word))
    }

    /// The bytes, as on the wire.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }
}

/// Room for registers in a response.
#[derive(Debug)]
pub struct WordsMut<'a>(&'a mut [u8]);

impl<'a> WordsMut<'a> {
    /// Room for as many registers as `bytes` holds; `None` when half a register is left over.
    #[must_use]
    pub const fn new(bytes: &'a mut [u8]) -> Option<Self> {
        if bytes.len().is_multiple_of(2) {
            Some(Self(bytes))
        } else {
            None
        }
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len() / 2
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets register `index`; one outside is ignored.
    pub fn set(&mut self, index: usize, value: u16) {
        let (words, _) = self.0.as_chunks_mut();
        if let Some(word) = words.get_mut(index) {
            *word = value.to_be_bytes();
        }
    }

    /// Sets all of them in order, as far as `values` goes.
    pub fn fill(&mut self, values: impl IntoIterator<Item = u16>) {
        let (words, _) = self.0.as_chunks_mut();
        for (word, value) in words.iter_mut().zip(values) {
            *word = value.to_be_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn bits_are_packed_from_the_lowest() {
        // The example of Application protocol 6.1: coils 20 to 38.
        let bits = Bits::new(&[0xCD, 0x6B, 0x05], 19).unwrap();
        let on: Vec<u16> = (0..19).filter(|&at| bits.get(at) == Some(true)).collect();
        assert_eq!(on, [0, 2, 3, 6, 7, 8, 9, 11, 13, 14, 16, 18]);
        assert_eq!(bits.get(19), None);
        let mut copy = [0xFF; 3];
        BitsMut::new(&mut copy, 19).unwrap().fill(bits.iter());
        assert_eq!(copy, [0xCD, 0x6B, 0x05]);
        assert_eq!(Bits::new(&[0xCD, 0x6B, 0xFD], 19), Some(bits));
        assert!(Bits::new(&[0; 2], 19).is_none());
    }

    #[test]
    fn a_bit_outside_is_ignored() {
        let mut packed = [0; 1];
        let mut bits = BitsMut::new(&mut packed, 3).unwrap();
        bits.set(2, true);
        bits.set(3, true);
        bits.set(99, true);
        assert_eq!(packed, [0b100]);
    }

    #[test]
    fn words_have_the_high_byte_first() {
        let words = Words::new(&[0x02, 0x2B, 0x00, 0x64]).unwrap();
        assert_eq!(words.iter().collect::<Vec<_>>(), [0x022B, 100]);
        assert_eq!((words.get(1), words.get(2)), (Some(100), None));
        assert!(Words::new(&[0; 3]).is_none());
        let mut copy = [0; 4];
        let mut room = WordsMut::new(&mut copy).unwrap();
        room.fill(words.iter());
        room.set(9, 1);
        assert_eq!(copy, *words.bytes());
    }

    #[test]
    fn a_span_may_end_at_the_last_element() {
        assert!(Span::new(0xFFFF, 1).is_addressable());
        assert!(!Span::new(0xFFFF, 2).is_addressable());
    }
}
