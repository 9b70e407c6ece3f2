//! COBS and COBS/R with a zero behind each frame; F6 to F10.

use super::work::{Long, Run};

group! {
    /// COBS.
    pub(super) static COBS = "cobs", "COBS", speaks "cobs",
    alive stream { b"\x03ok\x00" => b"ok" }, cases COBS_CASES
}

group! {
    /// COBS/R.
    pub(super) static COBSR = "cobsr", "COBS/R (reduced)", speaks "cobsr",
    alive stream { b"kok\x00" => b"okk" }, cases COBSR_CASES
}

rows! {
    static COBS_CASES in "cobs";

    hears "zeros" Must "cobs" ["COBS", "F6", "F33"] "zeros come back wherever they stand"
        { b"\x01\x01\x00\x01\x01\x01\x00\x01\x02\x11\x01\x00\x03\x11\x22\x02\x33\x00\x05\x11\x22\x33\x44\x00\x02\x11\x01\x01\x01\x00"
          => [b"\x00", b"\x00\x00", b"\x00\x11\x00", b"\x11\x22\x00\x33", b"\x11\x22\x33\x44", b"\x11\x00\x00\x00"] }
        kills ["cobs.keeps-last-zero", "cobs.forgets-frame-at-a-cut"]
    hears "full-block" Must "cobs" ["COBS", "F6"] "a block of 254 bytes implies no zero"
        { Run { before: b"\xff", from: 0x01, to: 0xfe, after: b"\x02\xff\x00" } => [Run { before: b"", from: 0x01, to: 0xff, after: b"" }] }
        kills ["cobs.zero-after-full-block"]
    hears "full-block-alone" Must "cobs" ["COBS", "F6"] "a record of 254 bytes needs no second block"
        { Run { before: b"\xff", from: 0x01, to: 0xfe, after: b"\x00" } => [Run { before: b"", from: 0x01, to: 0xfe, after: b"" }] }
        kills ["cobs.needs-second-block"]
    hears "zero-then-full-block" Must "cobs" ["COBS", "F6"] "a block of 254 bytes may follow a zero and end the frame"
        { Run { before: b"\x01\xff", from: 0x01, to: 0xfe, after: b"\x00" } => [Run { before: b"\x00", from: 0x01, to: 0xfe, after: b"" }] }
        kills ["cobs.needs-second-block"]
    hears "full-block-and-empty" Should "cobs" ["COBS", "F6"] "an empty block behind a last block of 254 bytes adds nothing"
        { Run { before: b"\xff", from: 0x01, to: 0xfe, after: b"\x01\x00" } => [Run { before: b"", from: 0x01, to: 0xfe, after: b"" }] }
        kills ["cobs.zero-after-full-block", "cobs.keeps-last-zero"]
    hears "join" Must "cobs" ["F8", "F32"] "who joins in mid-frame loses that frame and no other"
        { b"\x22\x02\x33\x00\x02a\x00" => [b"a"] }
        kills ["cobs.delivers-overrun", "cobs.loses-the-next-too"]
    hears "full-block-then-zero" Must "cobs" ["COBS", "F6"] "a zero right behind a block of 254 bytes comes back"
        { Run { before: b"\xff", from: 0x02, to: 0xff, after: b"\x01\x01\x00" } => [Run { before: b"", from: 0x02, to: 0xff, after: b"\x00" }] }
        kills ["cobs.keeps-last-zero", "cobs.zero-after-full-block"]
    hears "block-of-253" Must "cobs" ["COBS", "F6"] "a block of 253 bytes implies its zero"
        { Run { before: b"\xfe", from: 0x03, to: 0xff, after: b"\x02\x01\x00" } => [Run { before: b"", from: 0x03, to: 0xff, after: b"\x00\x01" }] }
        kills ["cobs.keeps-last-zero"]
    hears "empty" Should "cobs" ["COBS", "F9"] "the empty record is a record"
        { b"\x01\x00\x02a\x00" => [b"", b"a"] }
        kills ["cobs.drops-empty"]
    hears "fill" Must "cobs" ["F9"] "zeros between frames are no records"
        { b"\x00\x00\x02a\x00\x00\x00\x02b\x00\x00" => [b"a", b"b"] }
        kills ["cobs.delivers-fill"]
    hears "overrun" Must "cobs" ["COBS", "F8"] "a code that points past the frame's end spoils the frame, and not the next"
        { b"\x05ab\x00\x02c\x00" => [b"c"] }
        kills ["cobs.delivers-overrun", "cobs.loses-the-next-too"]
    hears "longest" Must "cobs" ["F35"] "a record of the longest length is delivered"
        { Long { before: b"", fill: 0x01, over: 1, after: b"\x00" } => [super::work::Longest(0)] }
        kills ["endpoint.limit-one-short"]
    hears "overlong" Must "cobs" ["F35"] "nothing of an overlong frame is delivered, and the next is"
        { Long { before: b"", fill: 0x01, over: 1000, after: b"\x00\x02b\x00" } => [b"b"] }
        kills ["cobs.delivers-overlong"]
    hears_at_end "remainder" Must "cobs" ["F22"] "what the end of the stream cuts off is no record"
        { b"\x02a\x00\x03bc" => [b"a"] }
        kills ["cobs.delivers-remainder-at-end"]
    sends "sends-zeros" Must "cobs" ["COBS", "F6", "F34"] "zeros are stuffed"
        { b"\x11\x00\x00\x00" => [b"\x02\x11\x01\x01\x01\x00"] }
        kills ["cobs.drops-last-zero"]
    sends "sends-plain" Must "cobs" ["COBS", "F6"] "a record ends with a zero"
        { b"\x11\x22\x00\x33" => [b"\x03\x11\x22\x02\x33\x00"] }
        kills ["cobs.never-ends"]
    sends "sends-full-block" Must "cobs" ["COBS", "F6", "F7"] "255 bytes take two blocks"
        { Run { before: b"", from: 0x01, to: 0xff, after: b"" } => [Run { before: b"\xff", from: 0x01, to: 0xfe, after: b"\x02\xff\x00" }] }
        kills ["cobs.blocks-of-255"]
    sends "sends-full-block-alone" Should "cobs" ["COBS", "F6", "F7"] "254 bytes take one block"
        { Run { before: b"", from: 0x01, to: 0xfe, after: b"" } => [Run { before: b"\xff", from: 0x01, to: 0xfe, after: b"\x00" }] }
        kills ["cobs.adds-last-block"]
    sends "sends-full-block-then-zero" Must "cobs" ["COBS", "F6", "F7"] "a zero behind 254 bytes takes a block of its own"
        { Run { before: b"", from: 0x02, to: 0xff, after: b"\x00" } => [Run { before: b"\xff", from: 0x02, to: 0xff, after: b"\x01\x01\x00" }] }
        kills ["cobs.zero-lost-after-full-block"]
    survives "damage" Must "cobs" ["F32"] "damage to one frame costs at most one more"
        { b"\x01\x00" => [b"one", b"two\x00and\x00a half", b"three", b"four"] }
        kills ["cobs.loses-the-next-too", "endpoint.closes-on-damage"]
    breaks "break" Must "cobs" ["F32", "F38"] "a frame in which the line broke is not delivered"
        { b"\x02a\x00\x03b<break>c\x00\x02d\x00" => [b"a", b"d"] }
        kills ["cobs.ignores-line-damage"]
}

rows! {
    static COBSR_CASES in "cobsr";

    hears "reduced" Must "cobsr" ["COBS/R", "F6"] "a last block whose code is its last byte"
        { b"\x03\x2f\xa2\x26\x92\x73\x00\x05\x00" => [b"\x2f\xa2\x00\x92\x73\x26", b"\x05"] }
        kills ["cobsr.refuses-reduced"]
    hears "not-reduced" Must "cobsr" ["COBS/R", "F6"] "a last block that could not be reduced"
        { b"\x03\x2f\xa2\x04\x92\x73\x02\x00\x02\x01\x00" => [b"\x2f\xa2\x00\x92\x73\x02", b"\x01"] }
        kills ["cobs.forgets-frame-at-a-cut"]
    hears "zeros" Must "cobsr" ["COBS/R", "F6"] "zeros come back wherever they stand"
        { b"\x01\x01\x00\x01\x02\x01\x01\x00" => [b"\x00", b"\x00\x01\x00"] }
        kills ["cobs.keeps-last-zero"]
    sends "sends-reduced" Must "cobsr" ["COBS/R", "F7"] "the last block is reduced where it can be"
        { b"\x2f\xa2\x00\x92\x73\x26" => [b"\x03\x2f\xa2\x26\x92\x73\x00"] }
        kills ["cobsr.never-reduces"]
    sends "sends-not-reduced" Must "cobsr" ["COBS/R", "F7"] "and stays where it cannot be"
        { b"\x2f\xa2\x00\x92\x73\x02" => [b"\x03\x2f\xa2\x04\x92\x73\x02\x00"] }
        kills ["cobs.never-ends"]
    survives "damage" Must "cobsr" ["F32"] "damage to one frame costs at most one more"
        { b"\x01\x00" => [b"one", b"two\x00and\x00a half", b"three", b"four"] }
        kills ["endpoint.deaf-after-three"]
}
