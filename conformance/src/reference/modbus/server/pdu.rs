//! Pieces of PDUs.

pub(super) const fn word(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high, low])
}

pub(super) fn echo(code: u8, data: &[u8]) -> Vec<u8> {
    let mut reply = vec![code];
    reply.extend_from_slice(data);
    reply
}

/// Code, byte count, bytes.
pub(super) fn counted(code: u8, bytes: Vec<u8>) -> Vec<u8> {
    let mut reply = vec![code, u8::try_from(bytes.len()).unwrap_or(u8::MAX)];
    reply.extend(bytes);
    reply
}
