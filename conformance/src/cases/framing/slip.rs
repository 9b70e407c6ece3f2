//! SLIP: RFC 1055; F1 to F5.

use super::work::{Long, Longest};

group! {
    /// SLIP.
    pub(super) static GROUP = "slip", "SLIP (RFC 1055)", speaks "slip",
    alive stream { b"\xc0ok\xc0" => b"ok" }, cases CASES
}

rows! {
    static CASES in "slip";

    hears "escapes" Must "slip" ["RFC 1055", "F1", "F33"] "END and ESC inside a record come back whole"
        { b"\xc0\x01\xdb\xdc\x02\xdb\xdd\x03\xc0" => [b"\x01\xc0\x02\xdb\x03"] }
        kills ["slip.ignores-esc", "slip.swaps-escapes-in", "slip.forgets-escape-at-a-cut", "slip.forgets-frame-at-a-cut"]
    hears "escape-codes-alone" Must "slip" ["RFC 1055", "F1"] "ESC_END and ESC_ESC without ESC are data"
        { b"\xc0\xdc\xdd\xc0\xdb\xdd\xdc\xc0" => [b"\xdc\xdd", b"\xdb\xdc"] }
        kills ["slip.swaps-escapes-in", "slip.ignores-esc"]
    hears "no-leading-end" Must "slip" ["RFC 1055", "F2"] "a first frame without an END before it is a frame"
        { b"ab\xc0" => [b"ab"] }
        kills ["slip.needs-leading-end"]
    hears "one-end-between" Must "slip" ["RFC 1055", "F2"] "one END between two frames suffices"
        { b"\xc0a\xc0b\xc0" => [b"a", b"b"] }
        kills ["slip.needs-leading-end", "slip.forgets-frame-at-a-cut", "slip.delivers-empty"]
    hears "empty" Should "slip" ["RFC 1055", "F2"] "empty frames are dropped"
        { b"\xc0\xc0\xc0a\xc0\xc0b\xc0\xc0" => [b"a", b"b"] }
        kills ["slip.delivers-empty", "slip.forgets-frame-at-a-cut"]
    hears "bad-escape-lenient" Should "slip" ["RFC 1055", "F3"] "a byte behind ESC that may not stand there is kept"
        { b"\xc0a\xdbbc\xc0d\xc0" => [b"abc", b"d"] }
        kills ["slip.lenient-drops"]
    hears "bad-escape-strict" Must "slip?escape=strict" ["F3"] "told to be strict, a bad escape drops the frame and only that"
        { b"\xc0a\xdbbc\xc0d\xc0" => [b"d"] }
        kills ["slip.strict-keeps"]
    hears "escape-before-end" Should "slip?escape=strict" ["F3", "F4"] "an ESC that END cuts off spoils its frame and not the next"
        { b"\xc0a\xdb\xc0\xdcb\xc0" => [b"\xdcb"] }
        kills ["slip.delivers-cut-escape", "slip.carries-escape-over-end"]
    hears_at_end "escape-at-end" Must "slip?escape=strict" ["F4"] "an ESC that the end of the stream cuts off delivers nothing"
        { b"\xc0a\xc0b\xdb" => [b"a"] }
        kills ["slip.delivers-remainder-at-end"]
    hears_at_end "remainder" Must "slip" ["F4", "F22"] "what the end of the stream cuts off is no record"
        { b"\xc0a\xc0bc" => [b"a"] }
        kills ["slip.delivers-remainder-at-end"]
    hears "longest" Must "slip" ["F5"] "a record of the longest length is delivered"
        { Long { before: b"\xc0", fill: b'A', over: 0, after: b"\xc0" } => [Longest(b'A')] }
        kills ["endpoint.limit-one-short"]
    hears "overlong" Must "slip" ["F5"] "nothing of an overlong frame is delivered, and the next is"
        { Long { before: b"\xc0", fill: b'A', over: 1, after: b"\xc0b\xc0" } => [b"b"] }
        kills ["slip.delivers-tail-of-overlong"]
    hears "overlong-by-far" Must "slip" ["F5", "F35"] "a frame of many times the longest length is dropped to its END"
        { Long { before: b"\xc0a\xc0", fill: b'A', over: 3000, after: b"\xc0b\xc0" } => [b"a", b"b"] }
        kills ["slip.delivers-tail-of-overlong", "endpoint.closes-on-damage"]
    sends "sends-plain" Must "slip" ["RFC 1055", "F1"] "a record ends with END"
        { b"ab" => [b"\xc0ab\xc0"] }
        kills ["slip.never-ends"]
    sends "sends-escapes-end" Must "slip" ["RFC 1055", "F1", "F34"] "END inside a record is sent as ESC ESC_END"
        { b"\x01\xc0\x02" => [b"\xc0\x01\xdb\xdc\x02\xc0"] }
        kills ["slip.leaves-end-raw", "slip.swaps-escapes-out"]
    sends "sends-escapes-esc" Must "slip" ["RFC 1055", "F1"] "ESC inside a record is sent as ESC ESC_ESC"
        { b"\xdb\xdb\xdc" => [b"\xc0\xdb\xdd\xdb\xdd\xdc\xc0"] }
        kills ["slip.leaves-esc-raw"]
    survives "damage" Must "slip?escape=strict" ["F32"] "damage to one frame costs at most one more"
        { b"\x01\x00" => [b"one", b"\xc0two\xdb and a half", b"three", b"four"] }
        kills ["endpoint.closes-on-damage"]
    breaks "break" Must "slip" ["F32", "F38"] "a frame in which the line broke is not delivered"
        { b"\xc0a\xc0b<break>c\xc0d\xc0" => [b"a", b"d"] }
        kills ["slip.ignores-line-damage"]
}
