//! HDLC-like framing: RFC 1662 section 4 and appendix C; F11 to F18.

use super::work::{Long, Longest};

group! {
    /// HDLC-like framing.
    pub(super) static GROUP = "hdlc", "HDLC-like framing (RFC 1662)", speaks "hdlc",
    alive stream { b"~123456789n\x90~" => b"123456789" }, cases CASES
}

rows! {
    static CASES in "hdlc";

    hears "fcs-16" Must "hdlc" ["RFC 1662 C.2", "F14"] "a frame with its FCS is delivered without it"
        { b"~123456789n\x90~" => [b"123456789"] }
        kills ["hdlc.fcs-not-complemented", "hdlc.fcs-high-octet-first", "hdlc.forgets-frame-at-a-cut"]
    hears "fcs-16-wrong" Must "hdlc" ["RFC 1662 4.3", "F14"] "a frame whose FCS does not fit is not delivered, and the next is"
        { b"~123456789o\x90~aaE}!~" => [b"aa"] }
        kills ["hdlc.ignores-fcs", "endpoint.closes-on-damage", "endpoint.answers-damage"]
    hears "fcs-32" Must "hdlc?fcs=32" ["RFC 1662 C.3", "F14", "F17"] "a frame with a 32-bit FCS is delivered without it"
        { b"~123456789&9\xf4\xcb~123456789&9\xf4\xca~" => [b"123456789"] }
        kills ["hdlc.ignores-fcs", "hdlc.fcs-high-octet-first"]
    hears "fcs-none" Must "hdlc?fcs=none" ["F17"] "told to use no FCS, every octet is the record's"
        { b"~abc~" => [b"abc"] }
        kills ["hdlc.forgets-frame-at-a-cut"]
    hears "escapes-no-fcs" Must "hdlc?accm=0&fcs=none" ["RFC 1662 4.2", "F11", "F17"] "escaped octets come back, without an FCS too"
        { b"~\x01}^}]\x03~" => [b"\x01~}\x03"] }
        kills ["hdlc.unescapes-without-xor", "hdlc.forgets-escape-at-a-cut"]
    hears "flags-no-fcs" Must "hdlc?accm=0&fcs=none" ["RFC 1662 4.1", "F11", "F17", "F18"] "one flag between frames suffices, and many are no frames, without an FCS too"
        { b"~~~aaaa~bbbb~~~cccc~~" => [b"aaaa", b"bbbb", b"cccc"] }
        kills ["hdlc.wants-two-flags"]
    hears "escapes" Must "hdlc" ["RFC 1662 4.2", "F11", "F33"] "escaped octets come back"
        { b"~}!}^}]}#\x81}\"~" => [b"\x01~}\x03"] }
        kills ["hdlc.unescapes-without-xor", "hdlc.forgets-escape-at-a-cut"]
    hears "shared-flag" Must "hdlc" ["RFC 1662 4.1", "F11"] "one flag between two frames suffices"
        { b"~aaE}!~bb\xb6}9~cc\xe7}1~" => [b"aa", b"bb", b"cc"] }
        kills ["hdlc.wants-two-flags"]
    hears "flag-fill" Must "hdlc" ["RFC 1662 4.1", "F18"] "flags between frames are no frames"
        { b"~~~~aaE}!~~~bb\xb6}9~~" => [b"aa", b"bb"] }
        kills ["hdlc.wants-two-flags"]
    hears_silently "mark-fill" Must "hdlc" ["RFC 1662 4.4.2", "F18"] "octets of ones between frames are not reported"
        { b"~aaE}!~\xff~bb\xb6}9~" => [b"aa", b"bb"] }
        kills ["hdlc.delivers-short", "hdlc.counts-short", "hdlc.wants-two-flags"]
    hears_silently "abort" Must "hdlc" ["RFC 1662 4.3", "F12"] "escape and flag abort a frame silently, also one that would be good"
        { b"~123456789n\x90}~aaE}!~" => [b"aa"] }
        kills ["hdlc.ignores-abort"]
    hears_silently "short" Must "hdlc" ["RFC 1662 4.3", "F13"] "frames of fewer than four octets are discarded and not counted as errors"
        { b"~a~ab~abc~aaE}!~" => [b"aa"] }
        kills ["hdlc.delivers-short", "hdlc.counts-short"]
    hears "rx-accm" Must "hdlc" ["RFC 1662 4.2", "F15"] "control characters that the line inserted are dropped before the FCS"
        { b"~1234\x1156789\x13n\x00\x90~" => [b"123456789"] }
        kills ["hdlc.ignores-rx-accm"]
    hears "rx-accm-escaped" Must "hdlc" ["RFC 1662 4.2", "F15"] "escaped control characters are data"
        { b"~}!}1}3}\"\xc7\xa3~" => [b"\x01\x11\x13\x02"] }
        kills ["hdlc.unescapes-without-xor"]
    hears "header" Must "hdlc?header=yes" ["RFC 1662 3.1", "F16"] "address and control octets are taken off, compressed or not"
        { b"~\xff}#abc})G~abc%\x9e~" => [b"abc", b"abc"] }
        kills ["hdlc.wants-header"]
    hears "longest" Must "hdlc?fcs=none" ["F35"] "a record of the longest length is delivered"
        { Long { before: b"~", fill: b'A', over: 0, after: b"~" } => [Longest(b'A')] }
        kills ["endpoint.limit-one-short"]
    hears "overlong" Must "hdlc?fcs=none" ["F35"] "nothing of an overlong frame is delivered, and the next is"
        { Long { before: b"~", fill: b'A', over: 1, after: b"~ok~" } => [b"ok"] }
        kills ["hdlc.cuts-overlong"]
    hears "overlong-with-fcs" Must "hdlc" ["F35"] "an overlong frame costs no other"
        { Long { before: b"~", fill: b'A', over: 3000, after: b"~aaE}!~" } => [b"aa"] }
        kills ["endpoint.closes-on-damage"]
    hears "join" Must "hdlc" ["F14", "F32"] "who joins in mid-frame loses that frame and no other"
        { b"56789n\x90~aaE}!~" => [b"aa"] }
        kills ["hdlc.ignores-fcs", "hdlc.wants-two-flags"]
    hears_at_end "remainder" Must "hdlc" ["F22"] "what the end of the stream cuts off is no record"
        { b"~aaE}!~bb\xb6}9" => [b"aa"] }
        kills ["hdlc.delivers-remainder-at-end"]
    sends "sends-fcs-16" Must "hdlc" ["RFC 1662 C.2", "F14"] "the FCS goes least octet first, complemented"
        { b"123456789" => [b"~123456789n\x90~"] }
        kills ["hdlc.fcs-not-complemented", "hdlc.fcs-high-octet-first", "hdlc.fcs-after-stuffing", "hdlc.never-ends"]
    sends "sends-fcs-32" Must "hdlc?fcs=32" ["RFC 1662 C.3", "F14", "F17"] "the 32-bit FCS goes least octet first, complemented"
        { b"123456789" => [b"~123456789&9\xf4\xcb~"] }
        kills ["hdlc.fcs-not-complemented", "hdlc.fcs-high-octet-first"]
    sends "sends-escapes" Must "hdlc" ["RFC 1662 4.2", "F11", "F14", "F15", "F34"] "flag, escape and, by default, all control characters are escaped, also in the FCS"
        { b"\x01~}\x03" => [b"~}!}^}]}#\x81}\"~"] }
        kills ["hdlc.leaves-flag-raw", "hdlc.leaves-escape-raw", "hdlc.escapes-without-xor", "hdlc.ignores-tx-accm"]
    sends "sends-escapes-no-fcs" Must "hdlc?accm=0&fcs=none" ["RFC 1662 4.2", "F11", "F17"] "flag and escape are escaped, without an FCS too"
        { b"\x01~}\x03" => [b"~\x01}^}]\x03~"] }
        kills ["hdlc.leaves-flag-raw", "hdlc.leaves-escape-raw", "hdlc.escapes-without-xor"]
    sends "sends-accm-none" Should "hdlc?accm=0" ["RFC 1662 4.2", "F15"] "with an empty map control characters go as they are"
        { b"\x01~}\x03" => [b"~\x01}^}]\x03\x81\x02~"] }
        kills ["hdlc.always-escapes-controls"]
    sends "sends-header" Must "hdlc?header=yes" ["RFC 1662 3.1", "F16"] "address and control octets go in front, and under the FCS"
        { b"abc" => [b"~\xff}#abc})G~"] }
        kills ["hdlc.ignores-tx-accm"]
    survives "damage" Must "hdlc" ["F32"] "damage to one frame costs at most one more, and nothing false comes"
        { b"\x01\x01" => [b"one", b"two~and}a half\x01", b"three", b"four"] }
        kills ["hdlc.ignores-fcs", "endpoint.closes-on-damage", "endpoint.answers-damage"]
    breaks "break" Must "hdlc?fcs=none" ["F32", "F38"] "a frame in which the line broke is not delivered"
        { b"~aa~b<break>c~dd~" => [b"aa", b"dd"] }
        kills ["hdlc.ignores-line-damage"]
}
