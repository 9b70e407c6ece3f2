//! Where a byte stands that is near, as the end of a line is.

/// Bytes that are looked at here: a few cycles for a block, where `memchr` takes some ten to begin.
/// Farther away `memchr` wins.
const NEAR: usize = 2 * BLOCK;
const BLOCK: usize = 64;
const SMALL: usize = 16;

/// Where `byte` first stands in `bytes`.
#[inline]
pub(super) fn position(byte: u8, bytes: &[u8]) -> Option<usize> {
    let mut before = 0;
    let near = bytes.get(..NEAR).unwrap_or(bytes);
    for block in near.as_chunks::<BLOCK>().0 {
        if holds(byte, block) {
            return in_words(byte, block).map(|at| before + at);
        }
        before += BLOCK;
    }
    let rest = bytes.get(before..)?;
    let at = if rest.len() < BLOCK {
        in_rest(byte, rest)?
    } else {
        memchr::memchr(byte, rest)?
    };
    Some(before + at)
}

/// Whether `byte` stands in `bytes`, which costs less to say than where.
#[cfg(feature = "machine")]
#[inline]
pub(super) fn contains(byte: u8, bytes: &[u8]) -> bool {
    if bytes.len() > 2 * NEAR {
        return memchr::memchr(byte, bytes).is_some();
    }
    let (blocks, tail) = bytes.as_chunks::<SMALL>();
    let ahead = blocks.iter().any(|block| holds(byte, block));
    ahead
        || match bytes.last_chunk::<SMALL>() {
            Some(last) => holds(byte, last),
            None => tail.contains(&byte),
        }
}

/// Less than a block.
#[inline]
fn in_rest(byte: u8, rest: &[u8]) -> Option<usize> {
    let (blocks, tail) = rest.as_chunks::<SMALL>();
    let mut before = 0;
    for block in blocks {
        if holds(byte, block) {
            return in_words(byte, block).map(|at| before + at);
        }
        before += SMALL;
    }
    let at = tail.iter().position(|here| *here == byte)?;
    Some(before + at)
}

/// All at once, without an early exit: a handful of vector instructions.
#[inline]
fn holds<const N: usize>(byte: u8, block: &[u8; N]) -> bool {
    block.iter().fold(false, |any, here| any | (*here == byte))
}

/// Eight bytes at a time: the lowest bit that is set marks the first byte that is equal.
#[inline]
fn in_words(byte: u8, block: &[u8]) -> Option<usize> {
    const LOW: u64 = u64::MAX / 0xFF;
    const HIGH: u64 = LOW << 7;
    let wanted = LOW * u64::from(byte);
    let words = block.as_chunks::<8>().0.iter().zip((0..).step_by(8));
    words.into_iter().find_map(|(word, before)| {
        let differ = u64::from_le_bytes(*word) ^ wanted;
        let equal = differ.wrapping_sub(LOW) & !differ & HIGH;
        (equal != 0).then(|| before + equal.trailing_zeros() as usize / 8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_two_is_found_wherever_they_stand() {
        for len in [0, 1, 7, 15, 16, 17, 63, 64, 65, 128, 200, 300] {
            for first in 0..len {
                // Neighbours in value, which a borrow from one byte to the next would mistake.
                let mut bytes = [11; 300];
                bytes[first] = 10;
                for second in first..len {
                    bytes[second] = 10;
                    assert_eq!(position(10, &bytes[..len]), Some(first));
                    #[cfg(feature = "machine")]
                    assert!(contains(10, &bytes[..len]));
                    bytes[second] = if second == first { 10 } else { 11 };
                }
                assert_eq!(position(10, &bytes[..first]), None);
                #[cfg(feature = "machine")]
                assert!(!contains(10, &bytes[..first]));
            }
        }
        assert_eq!(position(0, &[0x80; 200]), None);
        assert_eq!(position(0xFF, &[0x7F; 200]), None);
    }
}
