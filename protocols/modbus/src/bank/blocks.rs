//! One table: blocks of consecutive elements.

use alloc::vec::Vec;

use crate::wire::{
    Exception, Span,
    value::{self, Number, Order, Scalar, Text, Type},
};

/// The elements of one table: blocks that are sorted, and do not touch each other.
#[derive(Clone, Debug)]
pub struct Blocks<T> {
    blocks: Vec<Block<T>>,
    /// What cannot be written, and the exception that says so.
    refusals: Vec<(Span, Exception)>,
}

#[derive(Clone, Debug)]
struct Block<T> {
    first: u16,
    values: Vec<T>,
}

impl<T> Block<T> {
    /// One past its last address.
    fn end(&self) -> usize {
        usize::from(self.first) + self.values.len()
    }
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self {
            blocks: Vec::new(),
            refusals: Vec::new(),
        }
    }
}

impl<T: Copy> Blocks<T> {
    /// Whether the table has no element.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The element at `address`.
    #[must_use]
    pub fn get(&self, address: u16) -> Option<T> {
        self.slice(Span::new(address, 1))?.first().copied()
    }

    /// Changes the element at `address`; `None` when there is none.
    pub fn set(&mut self, address: u16, value: T) -> Option<()> {
        *self.slice_mut(Span::new(address, 1))?.first_mut()? = value;
        Some(())
    }

    /// The elements of `span`; `None` when one of them is not there.
    #[inline]
    #[must_use]
    pub fn slice(&self, span: Span) -> Option<&[T]> {
        let block = self.blocks.get(self.at(span.address)?)?;
        let from = usize::from(span.address - block.first);
        block.values.get(from..from + usize::from(span.quantity))
    }

    /// The elements of `span`, to change; `None` when one of them is not there.
    #[inline]
    pub fn slice_mut(&mut self, span: Span) -> Option<&mut [T]> {
        let at = self.at(span.address)?;
        let block = self.blocks.get_mut(at)?;
        let from = usize::from(span.address - block.first);
        block
            .values
            .get_mut(from..from + usize::from(span.quantity))
    }

    /// Each block: its first address and its elements, by address.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &[T])> {
        let blocks = self.blocks.iter();
        blocks.map(|block| (block.first, block.values.as_slice()))
    }

    /// The elements of `span` for a client to change, or the exception that it is answered.
    pub(super) fn writable(&mut self, span: Span) -> Result<&mut [T], Exception> {
        if self.slice(span).is_none() {
            return Err(Exception::ILLEGAL_DATA_ADDRESS);
        }
        let refusal = self.refusals.iter().find(|(refused, _)| {
            u32::from(refused.address) < span.end() && u32::from(span.address) < refused.end()
        });
        match refusal {
            Some((_, exception)) => Err(*exception),
            None => self.slice_mut(span).ok_or(Exception::ILLEGAL_DATA_ADDRESS),
        }
    }

    /// Puts elements from `first` on, over what is there, and joins blocks that touch.
    pub(super) fn add(&mut self, first: u16, values: impl IntoIterator<Item = T>) {
        let most = 0x1_0000 - usize::from(first);
        let values: Vec<T> = values.into_iter().take(most).collect();
        if values.is_empty() {
            return;
        }
        let mut new = Block { first, values };
        let (joined, apart) = core::mem::take(&mut self.blocks)
            .into_iter()
            .partition::<Vec<_>, _>(|block| {
                block.end() >= usize::from(new.first) && usize::from(block.first) <= new.end()
            });
        self.blocks = apart;
        for old in joined {
            new = join(old, new);
        }
        let at = self.blocks.partition_point(|block| block.first < new.first);
        self.blocks.insert(at, new);
    }

    /// Refuses writes to `span`. Refusals are asked in the order in which they were made.
    pub(super) fn refuse(&mut self, span: Span, exception: Exception) {
        self.refusals.push((span, exception));
    }

    /// The only block that can hold `address`.
    #[inline]
    fn at(&self, address: u16) -> Option<usize> {
        self.blocks
            .partition_point(|block| block.first <= address)
            .checked_sub(1)
    }
}

/// Two blocks that touch or overlap as one; where both have an element, the new one's holds.
fn join<T: Copy>(old: Block<T>, new: Block<T>) -> Block<T> {
    let before = usize::from(new.first.saturating_sub(old.first)).min(old.values.len());
    let behind = old.end().saturating_sub(new.end()).min(old.values.len());
    let first = old.first.min(new.first);
    let (head, rest) = old.values.split_at_checked(before).unwrap_or_default();
    let skip = rest.len().saturating_sub(behind);
    let tail = rest.get(skip..).unwrap_or_default();
    Block {
        first,
        values: [head, &new.values, tail].concat(),
    }
}

impl Blocks<u16> {
    /// The number whose first register is at `address`; `None` when one of its registers is not there.
    #[must_use]
    pub fn read<T: Scalar>(&self, address: u16, order: Order) -> Option<T> {
        let registers = self.slice(Span::new(address, T::TYPE.registers()))?;
        T::read(registers.iter().copied(), order)
    }

    /// Writes a number to the registers from `address` on; `None`, and nothing written, when one of
    /// them is not there.
    pub fn write<T: Scalar>(&mut self, address: u16, order: Order, value: T) -> Option<()> {
        value.write(
            self.slice_mut(Span::new(address, T::TYPE.registers()))?,
            order,
        )
    }

    /// The number of a type that is known at run time only; `None` for text too.
    #[must_use]
    pub fn number(&self, kind: Type, address: u16, order: Order) -> Option<Number> {
        let registers = self.slice(Span::new(address, kind.registers()))?;
        Number::read(kind, registers.iter().copied(), order)
    }

    /// Writes a number of a type that is known at run time only; `None`, and nothing written, when
    /// one of its registers is not there.
    pub fn set_number(&mut self, address: u16, order: Order, number: Number) -> Option<()> {
        let span = Span::new(address, number.kind().registers());
        number.write(self.slice_mut(span)?, order).map(drop)
    }

    /// The bytes of the text in `span`, those that fill it up included.
    pub fn text(&self, span: Span, order: Order) -> Option<impl Iterator<Item = u8>> {
        let registers = self.slice(span)?;
        Some(value::text(registers.iter().copied(), order))
    }

    /// Writes text to `span`, and 0 to the rest of it; `None`, and nothing written, when a register
    /// is not there or the text is longer.
    pub fn set_text(&mut self, span: Span, order: Order, text: &str) -> Option<()> {
        Text(text).write(self.slice_mut(span)?, order)
    }
}
