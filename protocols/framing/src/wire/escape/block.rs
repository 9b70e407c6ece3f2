//! Blocks of bytes small enough for a bit each in a word.

/// Bytes in a block.
pub(in crate::wire) const BLOCK: usize = 64;

/// The longest run that is copied without a look at its length.
pub(super) const RUN: usize = 32;

/// A block, and as much behind it as the copy of a run may touch.
pub(super) type Padded = [u8; BLOCK + RUN];

/// The last bytes of a part, with zeros behind.
#[inline(always)]
pub(super) fn pad(bytes: &[u8]) -> Padded {
    let mut padded = [0; BLOCK + RUN];
    if let Some(room) = padded.get_mut(..bytes.len()) {
        room.copy_from_slice(bytes);
    }
    padded
}

/// A bit for each of the first `len` of `bytes`, which are at least a block, that `is` holds for, the first byte's
/// lowest.
#[inline(always)]
pub(in crate::wire) fn mask(bytes: &[u8], len: usize, is: impl Fn(u8) -> bool) -> u64 {
    // Gathers bytes of 0 or 1 into the top byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut lanes = [0_u8; BLOCK];
    for (lane, byte) in lanes.iter_mut().zip(bytes) {
        *lane = u8::from(is(*byte));
    }
    let (words, _) = lanes.as_chunks::<8>();
    let bits = words
        .iter()
        .map(|word| u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56);
    let mask = bits.rev().fold(0, |mask, bits| mask << 8 | bits);
    if len < BLOCK {
        mask & ((1 << len) - 1)
    } else {
        mask
    }
}

/// Copies [`RUN`] bytes from `from` of `source` to `to` of `target`, both of which are long enough.
#[inline(always)]
pub(super) fn copy_run(source: &[u8], from: usize, target: &mut [u8], to: usize) {
    let run = source.get(from..).and_then(<[u8]>::first_chunk::<RUN>);
    let room = target.get_mut(to..).and_then(<[u8]>::first_chunk_mut);
    if let (Some(run), Some(room)) = (run, room) {
        *room = *run;
    }
}
