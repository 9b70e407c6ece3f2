//! Records that a silence ends; F27 to F29. On a line with a speed only.
//!
//! An echo of two records is the same bytes as an echo of both as one. So the first is as long as a record
//! may be: what is taken for one record is then too long, and what is taken for two is delivered.

use super::work::{Long, Longest};

group! {
    /// Records that a silence ends.
    pub(super) static GROUP = "gap", "records that a silence ends", speaks "gap",
    alive line { b"ok" => b"ok" }, cases CASES
}

rows! {
    static CASES in "gap";

    paced "t3.5" Must "gap" ["F27", "MODBUS serial line 2.5.1.1"] "a silence of more than 3.5 characters ends a record"
        { Long { before: b"", fill: b'A', over: 0, after: b"<36>two" } => [Longest(b'A'), b"two"] }
        kills ["gap.waits-too-long"]
    paced "silence" Must "gap" ["F27"] "records far apart are records"
        { b"one<100>two<100>three" => [b"one", b"two", b"three"] }
        kills ["gap.sends-a-newline", "gap.ends-at-a-read"]
    paced "t1.5" Must "gap" ["F27", "F29"] "a silence of less than 1.5 characters ends nothing"
        { Long { before: b"", fill: b'A', over: 0, after: b"<12>B<100>ok" } => [b"ok"] }
        kills ["gap.ends-too-early"]
    paced "late-byte" Must "gap?pause=15" ["F29", "MODBUS serial line 2.5.1.1"] "a silence between 1.5 and 3.5 characters spoils the record, and not the next"
        { b"on<25>e<100>two" => [b"two"] }
        kills ["gap.allows-late-bytes"]
    paced "newline" Must "gap" ["F27"] "every byte value is data"
        { b"a\nb\0c\r\n" => [b"a\nb\0c\r\n"] }
        kills ["gap.ends-at-newline"]
    paced "longest" Must "gap" ["F28"] "a record of the longest length is delivered"
        { Long { before: b"", fill: b'A', over: 0, after: b"" } => [Longest(b'A')] }
        kills ["gap.one-too-short"]
    paced "overlong" Must "gap" ["F28"] "nothing of a record that is too long is delivered, and the next is"
        { Long { before: b"", fill: b'A', over: 1, after: b"<100>ok" } => [b"ok"] }
        kills ["gap.splits-overlong"]
    breaks "break" Must "gap" ["F29", "F38"] "a record in which the line broke is not delivered"
        { b"a<break>b" => [] }
        kills ["gap.ignores-line-damage"]
    paced "sent-whole" Must "gap" ["F27"] "a record is sent without a silence inside, and without an addition"
        { b"record" => [b"record"] }
        kills ["gap.sends-a-newline", "gap.ends-at-a-read"]
}
