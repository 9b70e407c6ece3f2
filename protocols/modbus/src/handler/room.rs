//! Room for data whose length the handler decides.

use crate::wire::Exception;

/// Where a handler writes data of no fixed length: as much as the response can still hold.
#[derive(Debug)]
pub struct Room<'a> {
    bytes: &'a mut [u8],
    used: usize,
}

impl<'a> Room<'a> {
    /// Room in `bytes`, from their beginning.
    #[must_use]
    pub const fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, used: 0 }
    }

    /// Appends `bytes`.
    ///
    /// # Errors
    /// They do not fit: nothing of them was appended. The exception (04) is the one to answer.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), Exception> {
        let end = self.used + bytes.len();
        let room = self.bytes.get_mut(self.used..end);
        room.ok_or(Exception::SERVER_DEVICE_FAILURE)?
            .copy_from_slice(bytes);
        self.used = end;
        Ok(())
    }

    /// The next `count` bytes, set to 0, as appended.
    pub(super) fn take(&mut self, count: usize) -> Result<&mut [u8], Exception> {
        let end = self.used + count;
        let room = self.bytes.get_mut(self.used..end);
        let room = room.ok_or(Exception::SERVER_DEVICE_FAILURE)?;
        room.fill(0);
        self.used = end;
        Ok(room)
    }

    /// How many bytes were appended.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.used
    }

    /// Whether none were.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// How many more fit.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.bytes.len() - self.used
    }
}
