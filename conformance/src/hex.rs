//! Bytes for people: plain hex, and a shape that can be read in a message.

use core::fmt::Write as _;

/// `c001ff`.
#[must_use]
pub fn plain(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// `c0 01 ff`, shortened in the middle when it is long, with the length.
#[must_use]
pub fn short(bytes: &[u8]) -> String {
    const WHOLE: usize = 40;
    let spaced = |bytes: &[u8]| {
        let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        pairs.join(" ")
    };
    match (bytes.first_chunk::<24>(), bytes.last_chunk::<8>()) {
        _ if bytes.is_empty() => "nothing".to_owned(),
        (Some(head), Some(tail)) if bytes.len() > WHOLE => {
            format!(
                "{} … {} ({} bytes)",
                spaced(head),
                spaced(tail),
                bytes.len()
            )
        }
        _ => spaced(bytes),
    }
}

/// Reads pairs of hex digits; spaces, colons and a leading `0x` do not matter.
///
/// # Errors
/// Says what is wrong where.
pub fn parse(text: &str) -> Result<Vec<u8>, String> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let mut digits = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c.to_digit(16) {
            Some(digit) => digits.push(u8::try_from(digit).unwrap_or_default()),
            None if c.is_whitespace() || c == ':' => {}
            None => return Err(format!("`{c}` at {at} is no hex digit")),
        }
    }
    let (pairs, []) = digits.as_chunks::<2>() else {
        return Err(format!("{} hex digits make no whole bytes", digits.len()));
    };
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// The classic dump: offset, sixteen bytes, their ASCII.
#[must_use]
pub fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (row, chunk) in bytes.chunks(16).enumerate() {
        let hex: String = chunk.iter().map(|byte| format!("{byte:02x} ")).collect();
        let ascii: String = chunk.iter().map(|&byte| printable(byte)).collect();
        let _ = writeln!(text, "{:04x}  {hex:<48} {ascii}", row * 16);
    }
    text
}

const fn printable(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' {
        byte as char
    } else {
        '.'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_survives_and_errors_name_the_place() {
        assert_eq!(parse(&plain(b"\x00\xffA")).unwrap(), b"\x00\xffA");
        assert_eq!(parse("0xC0 01:db").unwrap(), [0xc0, 1, 0xdb]);
        assert_eq!(parse("c0z").unwrap_err(), "`z` at 2 is no hex digit");
        assert_eq!(
            parse("c00").unwrap_err(),
            "3 hex digits make no whole bytes"
        );
    }

    #[test]
    fn a_long_run_is_shortened_and_says_its_length() {
        assert!(short(&[7; 100]).ends_with("(100 bytes)"));
        assert_eq!(short(b"ab"), "61 62");
        assert_eq!(short(b""), "nothing");
    }

    #[test]
    fn a_dump_shows_offsets_and_text() {
        assert_eq!(
            dump(b"AB\x00"),
            "0000  41 42 00                                         AB.\n"
        );
    }
}
