//! Lines, and records that end with a delimiter; F19 to F22.

use super::work::{Long, Longest};

group! {
    /// Lines.
    pub(super) static LINE = "line", "lines", speaks "line",
    alive stream { b"ok\n" => b"ok" }, cases LINES
}

group! {
    /// Records that end with a delimiter.
    pub(super) static DELIMITER = "delimiter", "delimited records", speaks "delimiter?bytes=3b3b",
    alive stream { b"ok;;" => b"ok" }, cases DELIMITED
}

rows! {
    static LINES in "line";

    hears "lf" Must "line" ["F19", "F33"] "LF ends a line"
        { b"one\ntwo\n" => [b"one", b"two"] }
        kills ["line.forgets-at-a-cut"]
    hears "crlf" Must "line?ends=crlf" ["F19"] "CR LF ends a line, and neither of them alone"
        { b"o\rn\ne\r\ntwo\r\n" => [b"o\rn\ne", b"two"] }
        kills ["line.first-byte-ends", "line.forgets-at-a-cut"]
    hears "cr" Must "line?ends=cr" ["F19"] "CR ends a line"
        { b"one\rtwo\r" => [b"one", b"two"] }
        kills ["line.forgets-at-a-cut"]
    hears "any" Must "line?ends=any" ["F19", "F33"] "whichever ending comes ends one line, not two"
        { b"one\r\ntwo\nthree\rfour\r\n" => [b"one", b"two", b"three", b"four"] }
        kills ["line.crlf-ends-twice", "line.forgets-cr-at-a-cut"]
    hears "cr-cr-lf" Must "line?ends=crlf" ["F19"] "a CR before CR LF belongs to the line"
        { b"one\r\r\ntwo\r\n" => [b"one\r", b"two"] }
        kills ["line.first-byte-ends"]
    hears "empty" Should "line" ["F19"] "an empty line is a record"
        { b"\n\nx\n" => [b"", b"", b"x"] }
        kills ["line.drops-empty"]
    hears "blanks" Must "line" ["F19"] "blanks and control characters are the record's"
        { b" a\t\r\n" => [b" a\t\r"] }
        kills ["line.trims"]
    hears "not-utf-8" Should "line" ["F21"] "bytes that are no UTF-8 are a record, and do not end the stream"
        { b"\xff\xfe\x80\nok\n" => [b"\xff\xfe\x80", b"ok"] }
        kills ["line.refuses-non-utf8"]
    hears "nul" Must "line" ["F21"] "a zero byte is a byte"
        { b"a\0b\n\0\n" => [b"a\0b", b"\0"] }
        kills ["line.skips-zeros"]
    hears "longest" Must "line" ["F20"] "a line of the longest length is delivered"
        { Long { before: b"", fill: b'A', over: 0, after: b"\n" } => [Longest(b'A')] }
        kills ["endpoint.limit-one-short"]
    hears "overlong" Must "line" ["F20"] "nothing of an overlong line is delivered, and the next is"
        { Long { before: b"", fill: b'A', over: 1, after: b"\nb\n" } => [b"b"] }
        kills ["line.delivers-tail-of-overlong"]
    hears "overlong-by-far" Must "line" ["F20", "F35"] "a line of many times the longest length is dropped to its end"
        { Long { before: b"a\n", fill: b'A', over: 3000, after: b"\nb\n" } => [b"a", b"b"] }
        kills ["line.errors-again-and-again", "endpoint.closes-on-damage"]
    hears "overlong-crlf" Must "line?ends=crlf" ["F19", "F20"] "an overlong line ends at its delimiter, however that is cut"
        { Long { before: b"", fill: b'\r', over: 7, after: b"\nb\r\n" } => [b"b"] }
        kills ["line.errors-again-and-again"]
    hears_at_end "remainder" Must "line?eof=record" ["F22"] "what stands after the last delimiter is a record when told so"
        { b"one\ntwo" => [b"one", b"two"] }
        kills ["line.drops-remainder-at-end"]
    hears_at_end "no-remainder" Must "line?eof=error" ["F22"] "and is none when told so"
        { b"one\ntwo" => [b"one"] }
        kills ["line.delivers-remainder-at-end"]
    sends "sends-lf" Must "line" ["F19"] "a line ends with LF"
        { b"one" => [b"one\n"] }
        kills ["line.never-ends"]
    sends "sends-crlf" Must "line?ends=crlf" ["F19"] "a line ends with CR LF"
        { b"one" => [b"one\r\n"] }
        kills ["line.never-ends", "line.sends-half-a-delimiter"]
    survives "damage" Must "line" ["F32"] "damage to one line costs at most one more"
        { b"\x01\x00" => [b"one", b"two and a half", b"three", b"four"] }
        kills ["endpoint.deaf-after-three"]
    breaks "break" Must "line" ["F32", "F38"] "a line in which the wire broke is not delivered"
        { b"a\nb<break>c\nd\n" => [b"a", b"d"] }
        kills ["line.ignores-line-damage"]
}

rows! {
    static DELIMITED in "delimiter";

    hears "two-bytes" Must "delimiter?bytes=3b3b" ["F19", "F33"] "both bytes of a delimiter are needed"
        { b"a;b;;c;;" => [b"a;b", b"c"] }
        kills ["line.first-byte-ends", "line.forgets-at-a-cut"]
    hears "overlap" Must "delimiter?bytes=3b3b" ["F19"] "a delimiter's first byte may come thrice"
        { b"a;;;b;;" => [b"a", b";b"] }
        kills ["line.first-byte-ends"]
    hears "self-overlap" Must "delimiter?bytes=61616200" ["F19"] "a delimiter that begins like itself is found"
        { b"xaaab\0yaab\0" => [b"xa", b"y"] }
        kills ["line.first-byte-ends"]
    hears "etx" Must "delimiter?bytes=03" ["F19"] "any byte may be the delimiter"
        { b"\x02one\x03\ntwo\x03" => [b"\x02one", b"\ntwo"] }
        kills ["line.forgets-at-a-cut"]
    hears "overlong" Must "delimiter?bytes=3b3b" ["F19", "F20"] "an overlong record ends at its whole delimiter"
        { Long { before: b"", fill: b'A', over: 9, after: b";A;;b;;" } => [b"b"] }
        kills ["line.errors-again-and-again", "line.first-byte-ends"]
    hears_at_end "remainder" Must "delimiter?bytes=3b3b" ["F22"] "what stands after the last delimiter is no record unless told so"
        { b"one;;two" => [b"one"] }
        kills ["line.delivers-remainder-at-end"]
    sends "sends-two-bytes" Must "delimiter?bytes=3b3b" ["F19"] "the whole delimiter is sent"
        { b"one" => [b"one;;"] }
        kills ["line.sends-half-a-delimiter", "line.never-ends"]
}
