//! Records behind their length; F23 and F24.

use super::work::{Long, Longest, Run};

group! {
    /// Records behind their length.
    pub(super) static GROUP = "length", "length-prefixed records", speaks "length?width=2",
    alive stream { b"\x00\x02ok" => b"ok" }, cases CASES
}

rows! {
    static CASES in "length";

    hears "width-1" Must "length?width=1" ["F23"] "a length of one byte"
        { b"\x03one\x03two" => [b"one", b"two"] }
        kills ["length.forgets-at-a-cut"]
    hears "width-2" Must "length?width=2" ["F23"] "a length of two bytes, high byte first"
        { b"\x00\x03one\x00\x03two" => [b"one", b"two"] }
        kills ["length.other-order-in", "length.forgets-at-a-cut"]
    hears "width-2-le" Must "length?width=2&order=le" ["F23"] "a length of two bytes, low byte first"
        { b"\x03\x00one\x03\x00two" => [b"one", b"two"] }
        kills ["length.other-order-in"]
    hears "width-3" Must "length?width=3" ["F23"] "a length of three bytes"
        { b"\x00\x00\x03one" => [b"one"] }
        kills ["length.other-order-in"]
    hears "width-4-le" Must "length?width=4&order=le" ["F23"] "a length of four bytes, low byte first"
        { b"\x03\x00\x00\x00one" => [b"one"] }
        kills ["length.other-order-in"]
    hears "width-8" Must "length?width=8" ["F23"] "a length of eight bytes"
        { b"\x00\x00\x00\x00\x00\x00\x00\x03one" => [b"one"] }
        kills ["length.other-order-in"]
    hears "varint" Must "length?width=varint" ["F23", "F33"] "a length of seven-bit groups, least first"
        { Run { before: b"\x03one\xc8\x01", from: 1, to: 200, after: b"\x02ok" } => [b"one", Run { before: b"", from: 1, to: 200, after: b"" }, b"ok"] }
        kills ["length.forgets-at-a-cut", "length.varint-of-one-group"]
    hears "whole" Must "length?width=2&whole=yes" ["F23"] "a length that counts its own two bytes"
        { b"\x00\x05one\x00\x04ok" => [b"one", b"ok"] }
        kills ["length.ignores-whole"]
    hears "empty" Must "length?width=2" ["F23"] "an empty record is a record"
        { b"\x00\x00\x00\x01x" => [b"", b"x"] }
        kills ["length.drops-empty"]
    hears "magic" Must "length?width=2&magic=aa55" ["F24"] "bytes before the magic are skipped"
        { b"xy\xaa\x00\xaa\x55\x00\x03one\xaa\xaa\x55\x00\x02ok" => [b"one", b"ok"] }
        kills ["length.forgets-at-a-cut", "endpoint.closes-on-damage"]
    hears "oversize" Must "length?width=2&magic=aa55" ["F24"] "after a length that is too large the next magic begins a record"
        { b"\xaa\x55\xff\xffjunk\xaa\x55\x00\x02ok" => [b"ok"] }
        kills ["length.takes-any-length", "length.stuck-after-oversize"]
    hears "longest" Must "length?width=2&magic=aa55" ["F24"] "a record of the longest length of 256 is delivered"
        { Long { before: b"\xaa\x55\x01\x00", fill: b'A', over: 0, after: b"" } => [Longest(b'A')] }
        kills ["endpoint.limit-one-short"]
    hears_at_end "remainder" Must "length?width=2" ["F22"] "what the end of the stream cuts off is no record"
        { b"\x00\x03one\x00\x05tw" => [b"one"] }
        kills ["length.delivers-short-at-end"]
    sends "sends-width-2" Must "length?width=2" ["F23"] "the length goes in front, high byte first"
        { b"one" => [b"\x00\x03one"] }
        kills ["length.other-order-out"]
    sends "sends-width-4-le" Must "length?width=4&order=le" ["F23"] "the length goes in front, low byte first"
        { b"one" => [b"\x03\x00\x00\x00one"] }
        kills ["length.other-order-out"]
    sends "sends-whole" Must "length?width=2&whole=yes" ["F23"] "the length counts its own two bytes"
        { b"one" => [b"\x00\x05one"] }
        kills ["length.forgets-header"]
    sends "sends-varint" Must "length?width=varint" ["F23"] "200 takes two groups, least first"
        { Run { before: b"", from: 1, to: 200, after: b"" } => [Run { before: b"\xc8\x01", from: 1, to: 200, after: b"" }] }
        kills ["length.varint-of-one-group"]
}
