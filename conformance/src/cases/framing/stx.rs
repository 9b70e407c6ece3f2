//! STX … ETX, and DLE STX … DLE ETX; F26 and F30.

use super::work::{Long, Longest};

group! {
    /// STX … ETX.
    pub(super) static STX = "stx", "STX … ETX with a block check", speaks "stx",
    alive stream { b"\x02ok\x03" => b"ok" }, cases STX_CASES
}

group! {
    /// DLE STX … DLE ETX.
    pub(super) static DLE = "dle", "DLE STX … DLE ETX, transparent", speaks "dle",
    alive stream { b"\x10\x02ok\x10\x03" => b"ok" }, cases DLE_CASES
}

rows! {
    static STX_CASES in "stx";

    hears "plain" Must "stx" ["F26"] "what stands between STX and ETX is the record"
        { b"\x02one\x03\x02two\x03" => [b"one", b"two"] }
        kills ["stx.forgets-frame-at-a-cut"]
    hears "noise" Must "stx" ["F26", "F32"] "bytes outside are no record"
        { b"xy\x03z\x02one\x03\r\n\x02two\x03" => [b"one", b"two"] }
        kills ["stx.takes-noise"]
    hears "stx-restarts" Must "stx" ["F26", "F32"] "an STX inside a record begins a new one"
        { b"\x02on\x02two\x03" => [b"two"] }
        kills ["stx.stx-inside-is-data", "stx.forgets-frame-at-a-cut"]
    hears "bcc" Must "stx?bcc=xor" ["F26", "F33"] "the block check is over the record and its ETX"
        { b"\x02one\x03\x67\x02two\x03\x6f" => [b"one", b"two"] }
        kills ["stx.check-without-etx", "stx.forgets-check-at-a-cut"]
    hears "bcc-is-etx" Must "stx?bcc=xor" ["F26"] "a check that happens to be ETX is a check"
        { b"\x02aa\x03\x03\x02ok\x03\x07" => [b"aa", b"ok"] }
        kills ["stx.etx-is-never-a-check"]
    hears "bcc-wrong" Must "stx?bcc=xor" ["F26"] "a record whose check does not fit is not delivered, and the next is"
        { b"\x02one\x03\x66\x02two\x03\x6f" => [b"two"] }
        kills ["stx.ignores-check", "endpoint.closes-on-damage"]
    hears "lrc" Must "stx?bcc=lrc" ["F26", "F30"] "the LRC is the two's complement of the sum"
        { b"\x02one\x03\xbb\x02two\x03\xa2\x02ok\x03\x23" => [b"one", b"ok"] }
        kills ["stx.check-without-etx", "stx.ignores-check"]
    hears "longest" Must "stx" ["F35"] "a record of the longest length is delivered"
        { Long { before: b"\x02", fill: b'A', over: 0, after: b"\x03" } => [Longest(b'A')] }
        kills ["endpoint.limit-one-short"]
    hears "overlong" Must "stx" ["F35"] "nothing of a record that is too long is delivered, and the next is"
        { Long { before: b"\x02", fill: b'A', over: 1, after: b"\x03\x02ok\x03" } => [b"ok"] }
        kills ["endpoint.closes-on-damage"]
    hears_at_end "remainder" Must "stx" ["F22"] "what the end of the stream cuts off is no record"
        { b"\x02one\x03\x02tw" => [b"one"] }
        kills ["stx.delivers-remainder-at-end"]
    sends "sends-plain" Must "stx" ["F26"] "a record goes between STX and ETX"
        { b"one" => [b"\x02one\x03"] }
        kills ["stx.never-ends"]
    sends "sends-bcc" Must "stx?bcc=xor" ["F26"] "the check goes behind the ETX"
        { b"aa" => [b"\x02aa\x03\x03"] }
        kills ["stx.check-without-etx"]
    sends "sends-lrc" Must "stx?bcc=lrc" ["F26", "F30"] "the LRC goes behind the ETX"
        { b"abc" => [b"\x02abc\x03\xd7"] }
        kills ["stx.check-without-etx"]
    breaks "break" Must "stx" ["F32", "F38"] "a record in which the line broke is not delivered"
        { b"\x02a\x03\x02b<break>c\x03\x02d\x03" => [b"a", b"d"] }
        kills ["stx.ignores-line-damage"]
}

rows! {
    static DLE_CASES in "dle";

    hears "doubled" Must "dle" ["F26", "F33"] "a doubled DLE is one DLE of the record"
        { b"\x10\x02a\x10\x10b\x10\x03" => [b"a\x10b"] }
        kills ["dle.keeps-both", "dle.forgets-escape-at-a-cut"]
    hears "transparent" Must "dle" ["F26"] "STX and ETX without a DLE are data"
        { b"\x10\x02\x02a\x03b\x10\x03" => [b"\x02a\x03b"] }
        kills ["dle.bare-etx-ends"]
    hears "doubled-before-etx" Must "dle" ["F26"] "a doubled DLE before an ETX does not end the record"
        { b"\x10\x02a\x10\x10\x03b\x10\x03" => [b"a\x10\x03b"] }
        kills ["dle.keeps-both", "dle.bare-etx-ends"]
    hears "noise" Must "dle" ["F26", "F32"] "bytes outside are no record"
        { b"xy\x02zz\x10\x03\x10\x02one\x10\x03\r\n\x10\x02two\x10\x03" => [b"one", b"two"] }
        kills ["dle.takes-noise"]
    hears "restart" Must "dle" ["F26", "F32"] "DLE STX inside a record begins a new one"
        { b"\x10\x02on\x10\x02two\x10\x03" => [b"two"] }
        kills ["stx.forgets-frame-at-a-cut"]
    hears "bad-escape" Must "dle" ["F26", "F32"] "a DLE before anything else spoils the record, and not the next"
        { b"\x10\x02a\x10xb\x10\x03\x10\x02ok\x10\x03" => [b"ok"] }
        kills ["dle.takes-any-escape"]
    hears "overlong" Must "dle" ["F35"] "nothing of a record that is too long is delivered, and the next is"
        { Long { before: b"\x10\x02", fill: b'A', over: 1, after: b"\x10\x03\x10\x02ok\x10\x03" } => [b"ok"] }
        kills ["endpoint.closes-on-damage"]
    sends "sends-doubled" Must "dle" ["F26", "F34"] "a DLE of the record is doubled"
        { b"a\x10\x03" => [b"\x10\x02a\x10\x10\x03\x10\x03"] }
        kills ["dle.never-doubles"]
    survives "damage" Must "dle" ["F32"] "damage to one record costs at most one more"
        { b"\x01\x00" => [b"one", b"two\x10and a half", b"three", b"four"] }
        kills ["endpoint.closes-on-damage"]
}
