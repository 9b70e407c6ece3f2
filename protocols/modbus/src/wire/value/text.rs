//! Text in registers, two bytes to each.

use core::fmt;

use super::Order;

/// The bytes of text in registers. Only the order of the bytes in a word counts: text is never
/// stored with its words reversed.
pub fn text(registers: impl IntoIterator<Item = u16>, order: Order) -> impl Iterator<Item = u8> {
    let words = registers.into_iter().map(move |word| order.word(word));
    words.flat_map(u16::to_be_bytes)
}

/// Text to write to registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a>(pub &'a str);

impl Text<'_> {
    /// Writes the text to `registers`, the rest of them 0; `None`, and nothing written, when there
    /// are too few.
    #[must_use]
    pub fn write(self, registers: &mut [u16], order: Order) -> Option<()> {
        if self.0.len() > 2 * registers.len() {
            return None;
        }
        let mut pairs = self.0.as_bytes().chunks(2);
        for register in registers {
            let word = match pairs.next() {
                Some(&[high, low]) => u16::from_be_bytes([high, low]),
                Some(&[high]) => u16::from_be_bytes([high, 0]),
                _ => 0,
            };
            *register = order.word(word);
        }
        Some(())
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
