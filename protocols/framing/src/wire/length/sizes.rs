//! What the header of a record that is sent says, and how long it is.

use super::{Length, MAX_VARINT, Width};
use crate::wire::{EncodeError, total};

/// What a record is sent with.
pub(super) struct Sizes {
    /// Its length.
    pub(super) record: usize,
    /// What the length field says.
    pub(super) length: u64,
    /// The length of the length field.
    pub(super) width: usize,
}

impl Length {
    /// What a record of `parts` is sent with.
    pub(super) fn sizes(&self, parts: &[&[u8]]) -> Result<Sizes, EncodeError> {
        let (max, prefix) = (self.config.max_record, self.prefix());
        let record = total(parts);
        if record > max {
            return Err(EncodeError::TooLong { max });
        }
        let body = record
            .checked_sub(prefix)
            .ok_or(EncodeError::TooShort { min: prefix })?;
        let (length, width) = self.length_of(body).ok_or(EncodeError::TooLong { max })?;
        Ok(Sizes {
            record,
            length,
            width,
        })
    }

    /// What the length field holds for `body` bytes after it, and how long it is.
    fn length_of(&self, body: usize) -> Option<(u64, usize)> {
        let width = self.config.width;
        let widths = if width == Width::Varint {
            1..=MAX_VARINT
        } else {
            width.len(0)..=width.len(0)
        };
        widths.into_iter().find_map(|len| {
            let counted = if self.config.includes_header {
                self.offset() + len
            } else {
                0
            };
            let length = body as i128 + counted as i128 - i128::from(self.config.adjust);
            let length = u64::try_from(length).ok()?;
            let fits = width == Width::Varint || len == 8 || length >> (8 * len) == 0;
            (fits && width.len(length) == len).then_some((length, len))
        })
    }
}
