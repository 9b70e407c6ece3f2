//! A transcript for people.

use core::fmt::Write as _;

use crate::{Direction, Entry, What, hex, report::one_line};

/// Time, wire, direction, then the bytes as a dump; one block for each entry.
#[must_use]
pub fn text(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let _ = write!(text, "{} wire {} ", time(entry.at), entry.wire);
        match &entry.what {
            What::Note(note) => {
                let _ = writeln!(text, "-- {}", one_line(note));
            }
            What::Bytes { direction, bytes } => {
                let _ = writeln!(text, "{} {} bytes", arrow(*direction), bytes.len());
                for line in hex::dump(bytes).lines() {
                    let _ = writeln!(text, "    {line}");
                }
            }
        }
    }
    text
}

/// Seconds to the nanosecond.
#[must_use]
pub fn time(nanos: u64) -> String {
    format!("{:>4}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

/// Which way, in words and a sign.
#[must_use]
pub const fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::ToSubject => "-> to the subject",
        Direction::FromSubject => "<- from the subject",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_shows_times_directions_and_bytes() {
        let what = What::Bytes {
            direction: Direction::FromSubject,
            bytes: b"\xc0AB".to_vec(),
        };
        let shown = text(&[Entry {
            at: 1_041_667,
            wire: 0,
            what,
        }]);
        assert!(
            shown.starts_with("   0.001041667 wire 0 <- from the subject 3 bytes\n"),
            "{shown}"
        );
        assert!(shown.contains("c0 41 42"));
    }
}
