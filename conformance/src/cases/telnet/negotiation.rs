//! Options by RFC 855 and 1143, as either end shows them that is asked: T21 to T34; and line ends, T36
//! to T44.

use crate::reference::telnet::HAS_BINARY;

group! {
    /// Negotiation.
    pub(super) static GROUP = "negotiation", "Telnet: negotiation", cases CASES
}

group! {
    /// Line ends.
    pub(super) static LINES = "lines", "Telnet: line ends and control characters", cases LINE_ENDS
}

rows! {
    static CASES in "negotiation";
    means "unknown-do" Must ["T21", "T27", "RFC 855", "RFC 1123 3.2.1"] needs []
        "DO of an option that does not exist is answered by WONT, once"
        { b"\xff\xfd\x63" => b"\xff\xfc\x63" } kills ["telnet.forgets-a-verb-at-a-cut", "telnet.agrees-to-everything", "telnet.refuses-in-silence", "telnet.answers-twice"]
    means "unknown-will" Must ["T21", "T27", "RFC 855", "RFC 1123 3.2.1"] needs []
        "WILL of an option that does not exist is answered by DONT, once"
        { b"\xff\xfb\x63" => b"\xff\xfe\x63" } kills ["telnet.agrees-to-everything", "telnet.refuses-in-silence", "telnet.answers-twice"]
    means "many-unknown" Must ["T21", "RFC 855"] needs []
        "each of several unknown options is refused"
        { b"\xff\xfd\x64\xff\xfb\x65\xff\xfd\x67\xff\xfd\x7f\xff\xfb\xf0\xff\xfd\xfb" => b"\xff\xfc\x64\xff\xfe\x65\xff\xfc\x67\xff\xfc\x7f\xff\xfe\xf0\xff\xfc\xfb" }
        kills ["telnet.agrees-to-everything", "telnet.refuses-in-silence"]
    means "option-255" Must ["T21", "RFC 855", "RFC 861"] needs []
        "the option 255 is not doubled in DO and WILL, and is refused"
        { b"a\xff\xfd\xff\xff\xfb\xffb" => b"a\xff\xfc\xff\xff\xfe\xffb" } kills ["telnet.refuses-in-silence", "telnet.agrees-to-everything"]
    means "unknown-each-time" Should ["T21", "RFC 1143 7"] needs []
        "an unknown option is refused each time that it is asked for"
        { b"\xff\xfd\x63\xff\xfd\x63\xff\xfd\x63" => b"\xff\xfc\x63\xff\xfc\x63\xff\xfc\x63" } kills ["telnet.refuses-in-silence", "telnet.agrees-to-everything"]
    means "dont-of-what-is-off" Must ["T22", "T23", "T27", "RFC 855", "RFC 1143 7"] needs []
        "DONT of what is off is not answered"
        { b"\xff\xfe\x00\xff\xfe\x63\xff\xfe\x18\xff\xfe\x63" => b"" } kills ["telnet.answers-refusals"]
    means "wont-of-what-is-off" Must ["T22", "T23", "T27", "RFC 855", "RFC 1143 7"] needs []
        "WONT of what is off is not answered"
        { b"\xff\xfc\x00\xff\xfc\x63\xff\xfc\x18\xff\xfc\x63" => b"" } kills ["telnet.answers-refusals"]
    means "do" Must ["T27", "RFC 855", "RFC 856"] needs [HAS_BINARY]
        "DO BINARY is agreed to"
        { b"\xff\xfd\x00" => b"\xff\xfb\x00" } kills ["telnet.refuses-binary", "telnet.answers-no-request"]
    means "will" Must ["T27", "RFC 855", "RFC 856"] needs [HAS_BINARY]
        "WILL BINARY is agreed to"
        { b"\xff\xfb\x00" => b"\xff\xfd\x00" } kills ["telnet.answers-no-request", "telnet.answers-twice"]
    means "do-again" Must ["T23", "T27", "RFC 854, General considerations", "RFC 1143 7"] needs [HAS_BINARY]
        "DO of what is on is not acknowledged, however often it comes"
        { b"\xff\xfd\x00\xff\xfd\x00\xff\xfd\x00\xff\xfd\x00\xff\xfd\x00" => b"\xff\xfb\x00" } kills ["telnet.acknowledges-again"]
    means "will-again" Must ["T23", "T27", "RFC 854, General considerations", "RFC 1143 7"] needs [HAS_BINARY]
        "WILL of what is on is not acknowledged, however often it comes"
        { b"\xff\xfb\x00\xff\xfb\x00\xff\xfb\x00\xff\xfb\x00\xff\xfb\x00" => b"\xff\xfd\x00" } kills ["telnet.acknowledges-again"]
    means "dont" Must ["T24", "T27", "RFC 855", "RFC 1143 7"] needs [HAS_BINARY]
        "DONT of what is on ends it, and is acknowledged"
        { b"\xff\xfd\x00\xff\xfe\x00" => b"\xff\xfb\x00\xff\xfc\x00" } kills ["telnet.never-stops", "telnet.stops-silently"]
    means "wont" Must ["T24", "T27", "RFC 855", "RFC 1143 7"] needs [HAS_BINARY]
        "WONT of what is on ends it, and is acknowledged"
        { b"\xff\xfb\x00\xff\xfc\x00" => b"\xff\xfd\x00\xff\xfe\x00" } kills ["telnet.never-stops", "telnet.stops-silently"]
    means "dont-again" Must ["T22", "T24", "RFC 1143 7"] needs [HAS_BINARY]
        "a second DONT is not acknowledged"
        { b"\xff\xfd\x00\xff\xfe\x00\xff\xfe\x00\xff\xfe\x00" => b"\xff\xfb\x00\xff\xfc\x00" } kills ["telnet.answers-refusals", "telnet.stops-silently"]
    means "wont-again" Must ["T22", "T24", "RFC 1143 7"] needs [HAS_BINARY]
        "a second WONT is not acknowledged"
        { b"\xff\xfb\x00\xff\xfc\x00\xff\xfc\x00\xff\xfc\x00" => b"\xff\xfd\x00\xff\xfe\x00" } kills ["telnet.answers-refusals", "telnet.stops-silently"]
    means "on-off-on" Must ["T24", "T26", "RFC 1143 7"] needs [HAS_BINARY]
        "what was ended may begin again"
        { b"\xff\xfd\x00\xff\xfe\x00\xff\xfd\x00" => b"\xff\xfb\x00\xff\xfc\x00\xff\xfb\x00" } kills ["telnet.never-stops", "telnet.stops-silently"]
    means "peer-on-off-on" Must ["T24", "T26", "RFC 1143 7"] needs [HAS_BINARY]
        "what the other end has ended may begin again"
        { b"\xff\xfb\x00\xff\xfc\x00\xff\xfb\x00" => b"\xff\xfd\x00\xff\xfe\x00\xff\xfd\x00" } kills ["telnet.never-stops", "telnet.stops-silently"]
    means "directions" Must ["T25", "T55", "RFC 856", "RFC 1143 7"] needs [HAS_BINARY]
        "BINARY in one direction is none in the other"
        { b"\xff\xfb\x00\xff\xfe\x00\xff\xfd\x00\xff\xfe\x00" => b"\xff\xfd\x00\xff\xfb\x00\xff\xfc\x00" }
        kills ["telnet.confuses-directions", "telnet.asks-for-the-other-direction"]
    means "between-data" Must ["T3", "T34", "RFC 855"] needs [HAS_BINARY]
        "a negotiation is followed by the data that follows it"
        { b"a\xff\xfd\x00b\xff\xfe\x00c" => b"a\xff\xfb\x00b\xff\xfc\x00c" } kills ["telnet.negotiation-eats-a-byte", "telnet.stops-silently"]
    means "timing-mark" Must ["T57", "RFC 860"] needs []
        "each request for a timing mark is answered"
        { b"\xff\xfd\x06\xff\xfd\x06\xff\xfd\x06" => b"\xff\xfb\x06\xff\xfb\x06\xff\xfb\x06" } kills ["telnet.marks-once"]
}

rows! {
    static LINE_ENDS in "lines";
    means "cr-lf" Must ["T36", "T39", "T40", "RFC 1123 3.3.1"] needs []
        "CR LF is one line end"
        { b"a\r\nb\r\n" => b"a\r\nb\r\n" } kills ["telnet.cr-lf-is-two"]
    means "cr-nul" Must ["T36", "T39", "T40", "RFC 854, The NVT printer and keyboard", "RFC 1123 3.3.1"] needs []
        "the NUL behind a CR is no data"
        { b"a\r\0b\r\0" => b"a\r\0b\r\0" } kills ["telnet.delivers-the-nul", "telnet.takes-a-read-for-a-line"]
    means "nop-in-a-line-end" Should ["T4", "T40", "RFC 854"] needs []
        "a NOP between CR and NUL does not part them"
        { b"a\r\xff\xf1\0b" => b"a\r\0b" } kills ["telnet.commands-part-line-ends"]
    goes_on "cr-alone" Should ["T39", "RFC 854, The NVT printer and keyboard"] needs []
        "a CR with something else behind it loses nothing of that"
        { b"a\rb" => b"b" } kills ["telnet.cr-eats-a-byte"]
    means "controls" Should ["T44", "RFC 854, The NVT printer and keyboard"] needs []
        "BEL, BS, HT, VT and FF pass"
        { b"\x07a\x08b\x09c\x0bd\x0ce" => b"\x07a\x08b\x09c\x0bd\x0ce" } kills ["telnet.drops-controls"]
    exactly "binary-received" Must ["T41", "T55", "RFC 856"] needs [HAS_BINARY]
        "what comes in BINARY has no line ends: a NUL behind a CR is data"
        { b"\xff\xfd\x00\xff\xfb\x00a\r\0b\r\r\0\0c" => b"\xff\xfb\x00\xff\xfd\x00a\r\0b\r\r\0\0c" } kills ["telnet.binary-keeps-line-ends"]
    but_for_lf "binary-ends" Must ["T41", "T42", "RFC 856"] needs [HAS_BINARY]
        "BINARY begins and ends exactly where it is agreed on"
        { b"\xff\xfd\x00x\r\0\xff\xfb\x00\r\0\xff\xfc\x00y\r\0z" => b"\xff\xfb\x00x\r\xff\xfd\x00\r\0\xff\xfe\x00y\rz" }
        kills ["telnet.binary-keeps-line-ends", "telnet.binary-begins-at-the-next-read"]
    means "one-way" Must ["T41", "T55", "RFC 856"] needs [HAS_BINARY]
        "BINARY that the other end does not use leaves its line ends"
        { b"\xff\xfd\x00a\r\0b" => b"\xff\xfb\x00a\r\0b" } kills ["telnet.delivers-the-nul", "telnet.confuses-directions"]
}
