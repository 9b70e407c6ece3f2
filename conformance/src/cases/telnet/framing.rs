//! Data and commands, each in whole, bytewise and in halves: T1 to T19.

use crate::reference::telnet::HAS_BINARY;

group! {
    /// Data and commands.
    pub(super) static GROUP = "framing", "Telnet: data and commands", cases CASES
}

group! {
    /// Subnegotiations.
    pub(super) static SUBNEGOTIATION = "subnegotiation", "Telnet: subnegotiations", cases SUBNEGOTIATIONS
}

/// Both directions of BINARY, asked for and agreed on, then all bytes in their order.
fn every(first: u8, second: u8) -> Vec<u8> {
    let mut all = vec![255, first, 0, 255, second, 0];
    all.extend(0..=254);
    all.extend([255, 255]);
    all
}

rows! {
    static CASES in "framing";
    means "doubled-iac" Must ["T1", "T2", "RFC 854, Command structure"] needs []
        "a doubled IAC is one byte of data, and is sent doubled"
        { b"a\xff\xffb" => b"a\xff\xffb" } kills ["telnet.keeps-both-iacs", "telnet.sends-iac-single", "telnet.forgets-iac-at-a-cut", "telnet.drops-escaped-iac"]
    means "leading-iac" Must ["T2", "RFC 854, Command structure"] needs []
        "data may begin with a doubled IAC"
        { b"\xff\xffab" => b"\xff\xffab" } kills ["telnet.loses-what-begins-with-iac", "telnet.keeps-both-iacs"]
    means "only-iacs" Must ["T2", "RFC 854, Command structure"] needs []
        "four doubled IACs are four bytes"
        { b"\xff\xff\xff\xff\xff\xff\xff\xff" => b"\xff\xff\xff\xff\xff\xff\xff\xff" } kills ["telnet.keeps-both-iacs", "telnet.loses-what-begins-with-iac"]
    means "iac-beside-commands" Must ["T2", "T3", "RFC 854, Command structure"] needs []
        "a doubled IAC beside a command is still data"
        { b"\xff\xff\xff\xf1\xff\xff\xff\xf1a" => b"\xff\xff\xff\xffa" } kills ["telnet.keeps-both-iacs", "telnet.delivers-nop"]
    means "bare-command-bytes" Must ["T3", "RFC 854, Command structure"] needs []
        "bytes above 240 are data where no IAC stands before them"
        { b"\xf0\xf1\xf4\xf9\xfa\xfb\xfc\xfd\xfe." => b"\xf0\xf1\xf4\xf9\xfa\xfb\xfc\xfd\xfe." } kills ["telnet.takes-bare-commands"]
    means "nop" Must ["T3", "T4", "RFC 854, Command structure"] needs []
        "NOP is nothing, wherever it stands"
        { b"\xff\xf1ab\xff\xf1cd\xff\xf1\xff\xf1e" => b"abcde" } kills ["telnet.delivers-nop"]
    means "unknown-command" Must ["T5", "RFC 1123 3.2.3"] needs []
        "a command that nobody knows is ignored, and the byte behind it is data"
        { b"a\xff\x80b\xff\x01c\xff\xebd" => b"abcd" } kills ["telnet.unknown-command-eats-a-byte", "telnet.unknown-command-is-data"]
    means "lone-se" Must ["T9", "RFC 855"] needs []
        "an SE outside a subnegotiation is ignored"
        { b"a\xff\xf0b\xff\xf0c" => b"abc" } kills ["telnet.lone-se-is-data"]
    means "go-ahead" Must ["T6", "RFC 858"] needs []
        "a go-ahead is no data, and the byte behind it is"
        { b"a\xff\xf9b" => b"ab" } kills ["telnet.command-eats-a-byte"]
    means "data-mark" Must ["T46", "T6", "RFC 854, The TELNET Synch signal"] needs []
        "a data mark without urgent data is nothing"
        { b"ab\xff\xf2cd\xff\xf2e" => b"abcde" } kills ["telnet.data-mark-discards", "telnet.command-eats-a-byte"]
    means "negotiation-between" Must ["T3", "T21", "RFC 855"] needs []
        "a negotiation takes three bytes out of the data, and no more"
        { b"a\xff\xfd\x63b\xff\xfb\x63c" => b"a\xff\xfc\x63b\xff\xfe\x63c" } kills ["telnet.negotiation-eats-a-byte"]
    exactly "every-byte" Must ["T1", "T2", "T19", "RFC 856"] needs [HAS_BINARY]
        "in BINARY every byte passes as it is"
        { every(253, 251) => every(251, 253) } kills ["telnet.strips-the-high-bit", "telnet.binary-sends-iac-single", "telnet.binary-maps-what-it-sends", "telnet.binary-keeps-line-ends", "telnet.drops-controls"]
    exactly "high-bytes" May ["T1", "T43", "RFC 854, The Network Virtual Terminal"] needs []
        "bytes above 127 pass on the network virtual terminal too"
        { b"\x80\xa0\xc3\xa9\xfe\xff\xff" => b"\x80\xa0\xc3\xa9\xfe\xff\xff" } kills ["telnet.strips-the-high-bit"]
}

/// A subnegotiation of an option that does not exist: a pattern 3,000 times, between `a` and `b`.
fn long(pattern: &[u8; 3]) -> Vec<u8> {
    [b"a\xff\xfa\x63", &*pattern.repeat(3_000), b"\xff\xf0b"].concat()
}

rows! {
    static SUBNEGOTIATIONS in "subnegotiation";
    means "unknown" Must ["T15", "RFC 855"] needs []
        "a subnegotiation of an option that is off is skipped to its end, and not answered"
        { b"a\xff\xfa\x63hello\xff\xf0b" => b"ab" } kills ["telnet.leaks-subnegotiations", "telnet.forgets-a-subnegotiation-at-a-cut"]
    means "of-known-options" Must ["T15", "RFC 855", "RFC 1143 7"] needs []
        "a subnegotiation of NAWS, TTYPE or COM-PORT that was not agreed on is skipped"
        { b"a\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0b\xff\xfa\x18\x01\xff\xf0c\xff\xfa\x2c\x01\x00\x00\x25\x80\xff\xf0d" => b"abcd" }
        kills ["telnet.leaks-subnegotiations", "telnet.answers-subnegotiations-of-options-off"]
    means "escaped-iac" Must ["T11", "RFC 855"] needs []
        "a doubled IAC with a 240 behind it does not end a subnegotiation"
        { b"a\xff\xfa\x63x\xff\xff\xf0y\xff\xf0b" => b"ab" } kills ["telnet.escaped-iac-ends-a-subnegotiation"]
    means "escaped-iac-at-the-end" Must ["T11", "RFC 855"] needs []
        "a doubled IAC directly before the end is no end"
        { b"a\xff\xfa\x63\xff\xff\xff\xf0b" => b"ab" } kills ["telnet.escaped-iac-eats-a-byte-of-a-subnegotiation", "telnet.escaped-iac-ends-a-subnegotiation"]
    means "bare-se" Must ["T12", "RFC 855"] needs []
        "a byte 240 inside a subnegotiation is data"
        { b"a\xff\xfa\x63x\xf0y\xff\xf0b" => b"ab" } kills ["telnet.bare-se-ends-a-subnegotiation"]
    means "empty" Must ["T13", "RFC 855"] needs []
        "a subnegotiation without an option ends where it ends"
        { b"a\xff\xfa\xff\xf0b" => b"ab" } kills ["telnet.empty-subnegotiation-goes-on"]
    means "option-alone" Must ["T13", "RFC 855"] needs []
        "a subnegotiation without parameters is skipped"
        { b"a\xff\xfa\x63\xff\xf0b" => b"ab" } kills ["telnet.leaks-subnegotiations"]
    means "option-255" Must ["T14", "RFC 855", "RFC 861"] needs []
        "the option 255 is doubled in a subnegotiation"
        { b"a\xff\xfa\xff\xff\x01\x02\xff\xf0b" => b"ab" } kills ["telnet.option-255-ends-a-subnegotiation", "telnet.leaks-subnegotiations"]
    means "one-behind-another" Must ["T15", "RFC 855"] needs []
        "one subnegotiation may follow another"
        { b"\xff\xfa\x63x\xff\xf0\xff\xfa\x64y\xff\xf0b" => b"b" } kills ["telnet.leaks-subnegotiations"]
    means "looks-like-commands" Must ["T12", "T15", "RFC 855"] needs []
        "bytes of commands without an IAC are data in a subnegotiation too"
        { b"a\xff\xfa\x63\xfd\x63\xf6\xfa\xf0z\xff\xf0b" => b"ab" } kills ["telnet.bare-se-ends-a-subnegotiation"]
    goes_on "command-inside" Should ["T17", "RFC 855"] needs []
        "after a command in a subnegotiation all is in step again behind its end"
        { b"a\xff\xfa\x63x\xff\xf1y\xff\xf0b" => b"b" } kills ["telnet.never-ends-a-disturbed-subnegotiation"]
    goes_on "negotiation-inside" Should ["T17", "RFC 855"] needs []
        "after a negotiation in a subnegotiation all is in step again behind its end"
        { b"a\xff\xfa\x63x\xff\xfb\x63y\xff\xf0b" => b"b" } kills ["telnet.never-ends-a-disturbed-subnegotiation"]
    goes_on "data-mark-inside" Should ["T17", "T50", "RFC 854, The TELNET Synch signal"] needs []
        "after a data mark in a subnegotiation all is in step again behind its end"
        { b"a\xff\xfa\x63x\xff\xf2y\xff\xf0b" => b"b" } kills ["telnet.never-ends-a-disturbed-subnegotiation"]
    means "long" Must ["T16", "RFC 855"] needs []
        "nothing of a subnegotiation of 9,000 bytes is data"
        { long(b"xyz") => b"ab" } kills ["telnet.leaks-overlong-subnegotiations", "telnet.overlong-deafens"]
    means "long-with-escapes" Must ["T16", "T11", "RFC 855"] needs []
        "doubled IACs do not end a subnegotiation of 6,000 bytes"
        { long(b"\xff\xff\xf0") => b"ab" } kills ["telnet.overlong-minds-no-escapes", "telnet.leaks-overlong-subnegotiations"]
}
