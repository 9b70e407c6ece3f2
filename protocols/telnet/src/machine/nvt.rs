//! The carriage returns of the network virtual terminal (RFC 854, The NVT printer and keyboard).

use bytes::{Buf, BytesMut};

/// Takes out the NUL behind each carriage return. `is_after_cr` tells whether the data before ended in
/// one, and then whether this does.
pub(super) fn without_nul(data: &mut BytesMut, is_after_cr: &mut bool) {
    let ends_in_cr = data.last() == Some(&b'\r');
    if core::mem::replace(is_after_cr, ends_in_cr) && data.first() == Some(&0) {
        data.advance(1);
    }
    let mut from = 0;
    while let Some(at) = memchr::memchr(0, data.get(from..).unwrap_or_default()) {
        let at = from + at;
        from = at + 1;
        if at.checked_sub(1).and_then(|before| data.get(before)) == Some(&b'\r') {
            squeeze(data, at);
            return;
        }
    }
}

/// Takes out every NUL that stands behind a carriage return; the first is at `at`.
fn squeeze(data: &mut BytesMut, at: usize) {
    let (mut read, mut write) = (at + 1, at);
    while read < data.len() {
        let rest = data.get(read..).unwrap_or_default();
        let plain = memchr::memchr(0, rest).unwrap_or(rest.len());
        data.copy_within(read..read + plain, write);
        (read, write) = (read + plain, write + plain);
        let Some(&nul) = data.get(read) else {
            break;
        };
        let is_after_cr = read
            .checked_sub(1)
            .and_then(|before| data.get(before))
            .is_some_and(|before| *before == b'\r');
        if !is_after_cr {
            if let Some(room) = data.get_mut(write) {
                *room = nul;
            }
            write += 1;
        }
        read += 1;
    }
    data.truncate(write);
}
