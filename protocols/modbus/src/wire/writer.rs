//! Writes a PDU or a frame into a caller's buffer.

use super::pdu::Misfit;

/// What is written so far, and the room that is left.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    room: &'a mut [u8],
    at: usize,
}

impl<'a> Writer<'a> {
    pub(super) const fn new(room: &'a mut [u8]) -> Self {
        Self { room, at: 0 }
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Result<Self, Misfit> {
        let end = self.at + bytes.len();
        let room = self.room.get_mut(self.at..end).ok_or(Misfit::Room)?;
        room.copy_from_slice(bytes);
        self.at = end;
        Ok(self)
    }

    pub(super) fn u8(self, byte: u8) -> Result<Self, Misfit> {
        self.bytes(&[byte])
    }

    pub(super) fn u16(self, word: u16) -> Result<Self, Misfit> {
        self.bytes(&word.to_be_bytes())
    }

    /// A byte count: the field has eight bits.
    pub(super) fn count(self, count: usize) -> Result<Self, Misfit> {
        self.u8(u8::try_from(count).map_err(|_| Misfit::TooLong)?)
    }

    /// How much was written.
    pub(super) const fn done(self) -> usize {
        self.at
    }
}
