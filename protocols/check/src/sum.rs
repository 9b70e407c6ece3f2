//! Checks that add.

/// The longitudinal redundancy check of Modbus ASCII: the two's complement of the sum of the bytes.
#[must_use]
pub fn lrc(data: &[u8]) -> u8 {
    sum8(data).wrapping_neg()
}

/// The exclusive or of the bytes: the block check character of STX/ETX protocols (ISO 1155).
#[must_use]
pub fn xor(data: &[u8]) -> u8 {
    data.iter().fold(0, |sum, byte| sum ^ byte)
}

/// The sum of the bytes modulo 256.
#[must_use]
pub fn sum8(data: &[u8]) -> u8 {
    data.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// The sum of the bytes modulo 2^32.
pub(crate) fn sum32(data: &[u8]) -> u32 {
    // A run of bytes that cannot overflow 16 bits adds up at twice the speed of 32-bit lanes.
    data.chunks(256).fold(0, |sum: u32, run| {
        let run: u16 = run.iter().map(|byte| u16::from(*byte)).sum();
        sum.wrapping_add(u32::from(run))
    })
}
