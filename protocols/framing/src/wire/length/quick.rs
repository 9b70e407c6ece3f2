//! The usual header without a magic, of one to four bytes of length: one load and one comparison.

use lineside_check::Order;

use super::{Config, Width};

/// Keeps the sums far from overflow.
const MAX_OFFSET: usize = 0xFFFF;

/// The sums of a header, done once.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    /// Where the length stands.
    offset: usize,
    /// Bytes up to the length's last.
    header: usize,
    /// Bits of eight bytes that are not the length's; 64 when the header is not a usual one.
    others: u32,
    little: bool,
    /// From the length to the number of bytes after it.
    adjust: i64,
    /// The most bytes after the header.
    max_body: u64,
}

impl Quick {
    pub(super) const fn of(config: &Config) -> Self {
        let width = match config.width {
            _ if config.magic.is_some() || config.offset > config.max_record => 0,
            _ if config.offset > MAX_OFFSET => 0,
            Width::U8 | Width::U16 | Width::U24 | Width::U32 => config.width.len(0),
            // Eight bytes may overflow, a varint has no one width.
            Width::U64 | Width::Varint => 0,
        };
        let header = config.offset.saturating_add(width);
        let counted = if config.includes_header { header } else { 0 };
        Self {
            offset: config.offset,
            header,
            others: 64 - 8 * width as u32,
            little: matches!(config.order, Order::Little),
            adjust: config.adjust as i64 - counted as i64,
            max_body: config.max_record.saturating_sub(config.offset) as u64,
        }
    }

    /// The header's length, and the number of bytes after it. `None` when that is not allowed, and
    /// when there is more to be seen: fewer than eight bytes from the length on, another header.
    #[inline]
    pub(super) fn header(&self, rx: &[u8]) -> Option<(usize, usize)> {
        let word = rx.get(self.offset..)?.first_chunk::<8>()?;
        let length = if self.little {
            u64::from_le_bytes(*word).checked_shl(self.others)?
        } else {
            u64::from_be_bytes(*word)
        };
        let length = length.checked_shr(self.others)?;
        // At most 32 bits, to which `adjust` adds at most as many: no overflow.
        let body = (length as i64 + self.adjust) as u64;
        (body <= self.max_body).then_some((self.header, body as usize))
    }
}
