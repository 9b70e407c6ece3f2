//! Records of one length; F25.

group! {
    /// Records of one length.
    pub(super) static GROUP = "fixed", "records of one length", speaks "fixed?size=4",
    alive stream { b"okay" => b"okay" }, cases CASES
}

rows! {
    static CASES in "fixed";

    hears "records" Must "fixed?size=4" ["F25", "F33"] "every so many bytes are a record"
        { b"abcdefghijkl" => [b"abcd", b"efgh", b"ijkl"] }
        kills ["fixed.one-too-many", "fixed.forgets-at-a-cut"]
    hears "all-bytes" Must "fixed?size=4" ["F25"] "every byte value is data"
        { b"\x00\x00\x00\x00\xff\x00\x0a\x0d" => [b"\x00\x00\x00\x00", b"\xff\x00\x0a\x0d"] }
        kills ["fixed.skips-zeros"]
    hears "one" Must "fixed?size=1" ["F25"] "a record may be one byte"
        { b"ab" => [b"a", b"b"] }
        kills ["fixed.one-too-many", "fixed.sends-short"]
    hears "unfinished" Must "fixed?size=4" ["F25"] "fewer bytes are no record yet"
        { b"abcdef" => [b"abcd"] }
        kills ["fixed.one-too-many"]
    hears_at_end "remainder" Must "fixed?size=4" ["F22", "F25"] "fewer bytes at the end of the stream are no record"
        { b"abcdef" => [b"abcd"] }
        kills ["fixed.delivers-short-at-end"]
    sends "sends-record" Must "fixed?size=4" ["F25"] "a record is sent as it is"
        { b"a\0\nb" => [b"a\0\nb"] }
        kills ["fixed.sends-a-newline", "fixed.sends-short"]
}
