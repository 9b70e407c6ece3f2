//! The words that name framings.

use core::fmt;

use super::{AnyFraming, Base};
use crate::wire::{
    MAX_RECORD,
    delimiter::{Delimiter, Ends, MAX_DELIMITER, Tail},
};

impl AnyFraming {
    /// What [`FromStr`](core::str::FromStr) takes.
    pub const HELP: &str = "\
line[:lf|cr|crlf|any]   lines; any: whichever ending comes, CRLF is sent (default lf)
delimiter:HEX[,HEX...]  ends with these bytes in order (0d0a), or with any one of a list (0d,0a)
  options of both: keep (the delimiter stays), eof=record|error (what stands after the last one)
all: max=N (longest record, default 4096)";
}

/// A word that names no framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown {
    part: [u8; 32],
    len: usize,
    allowed: &'static str,
}

impl Unknown {
    /// The part of the text that is wrong, at most its first 32 bytes.
    #[must_use]
    pub fn part(&self) -> &str {
        let part = self.part.get(..self.len).unwrap_or_default();
        core::str::from_utf8(part).unwrap_or_default()
    }

    /// What may stand there.
    #[must_use]
    pub const fn allowed(&self) -> &'static str {
        self.allowed
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "framing: {:?} is not {}", self.part(), self.allowed)
    }
}

impl core::error::Error for Unknown {}

fn unknown(part: &str, allowed: &'static str) -> Unknown {
    let mut bytes = [0; 32];
    let len = part.floor_char_boundary(bytes.len());
    for (to, from) in bytes.iter_mut().zip(part.as_bytes().iter().take(len)) {
        *to = *from;
    }
    Unknown {
        part: bytes,
        len,
        allowed,
    }
}

const NAMES: &str = "a framing: line, delimiter";

pub(super) fn parse(text: &str) -> Result<AnyFraming, Unknown> {
    let mut words = Words(text.split(':'));
    let name = words.0.next().unwrap_or_default();
    let base = match name {
        "line" => line(words)?,
        "delimiter" => delimiter(words)?,
        _ => return Err(unknown(name, NAMES)),
    };
    Ok(AnyFraming::Plain(base))
}

/// The words after the name.
struct Words<'a>(core::str::Split<'a, char>);

fn line(words: Words<'_>) -> Result<Base, Unknown> {
    const ENDINGS: &str = "lf, cr, crlf, any, keep, eof=record, eof=error or max=N";
    let mut framing = Delimiter::lf();
    for (at, word) in words.0.enumerate() {
        framing = match (at, word) {
            (0, "lf") => Delimiter::lf(),
            (0, "cr") => Delimiter::cr(),
            (0, "crlf") => Delimiter::crlf(),
            (0, "any") => Delimiter::lines(),
            _ => delimiter_option(framing, word, ENDINGS)?,
        };
    }
    Ok(Base::Delimiter(framing))
}

fn delimiter(mut words: Words<'_>) -> Result<Base, Unknown> {
    const WANT: &str = "a delimiter in hex, such as 03, 0d0a or 0d,0a";
    let ends = words.0.next().unwrap_or_default();
    let mut bytes = [0; 256];
    let framing = if ends.contains(',') {
        let mut count = 0;
        for end in ends.split(',') {
            let to = bytes
                .get_mut(count..=count)
                .ok_or_else(|| unknown(ends, WANT))?;
            if hex(end, to) != Some(1) {
                return Err(unknown(end, WANT));
            }
            count += 1;
        }
        bytes.get(..count).and_then(Delimiter::any_of)
    } else {
        let len = hex(ends, bytes.get_mut(..MAX_DELIMITER).unwrap_or_default());
        len.and_then(|len| Delimiter::sequence(bytes.get(..len)?))
    };
    let mut framing = framing.ok_or_else(|| unknown(ends, WANT))?;
    for word in words.0 {
        framing = delimiter_option(framing, word, "keep, eof=record, eof=error or max=N")?;
    }
    Ok(Base::Delimiter(framing))
}

fn delimiter_option(
    framing: Delimiter,
    word: &str,
    allowed: &'static str,
) -> Result<Delimiter, Unknown> {
    Ok(match word {
        "keep" => framing.keep(),
        "eof=record" => framing.tail(Tail::Record),
        "eof=error" => framing.tail(Tail::Truncated),
        _ => framing.max_record(max(word).ok_or_else(|| unknown(word, allowed))?),
    })
}

fn max(word: &str) -> Option<usize> {
    word.strip_prefix("max=")?.parse().ok()
}

/// Decodes pairs of hex digits; gives their number. `None` when they are not, or do not fit.
fn hex(text: &str, out: &mut [u8]) -> Option<usize> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    for (at, [high, low]) in pairs.iter().enumerate() {
        *out.get_mut(at)? = digit(*high)? << 4 | digit(*low)?;
    }
    (rest.is_empty() && !pairs.is_empty()).then_some(pairs.len())
}

pub(super) fn write(base: &Base, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match base {
        Base::Delimiter(framing) => write_delimiter(framing, f),
    }
}

fn write_delimiter(framing: &Delimiter, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let lines = ["line", "line:cr", "line:crlf", "line:any"];
    let endings = [
        Delimiter::lf(),
        Delimiter::cr(),
        Delimiter::crlf(),
        Delimiter::lines(),
    ];
    let line = lines
        .iter()
        .zip(endings)
        .find(|(_, like)| like.ends == framing.ends);
    match (&framing.ends, &line) {
        (_, Some((word, _))) => f.write_str(word)?,
        (Ends::Sequence(sequence), _) => {
            f.write_str("delimiter:")?;
            write_hex(sequence.as_slice(), f)?;
        }
        (Ends::Set(set), _) => {
            f.write_str("delimiter")?;
            for (at, byte) in set.members().enumerate() {
                write!(f, "{}{byte:02x}", if at == 0 { ":" } else { "," })?;
            }
        }
        (Ends::Lines, None) => {}
    }
    if framing.keep {
        f.write_str(":keep")?;
    }
    match (framing.tail, line.is_some()) {
        (Tail::Truncated, true) => f.write_str(":eof=error")?,
        (Tail::Record, false) => f.write_str(":eof=record")?,
        _ => {}
    }
    write_max(framing.max, f)
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn write_max(max: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if max == MAX_RECORD {
        return Ok(());
    }
    write!(f, ":max={max}")
}
