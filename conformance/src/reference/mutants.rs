//! The ways in which the textbook endpoint can be broken.

/// A way to be broken.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Its name, which cases give in `killed_by`.
    pub id: &'static str,
    /// What it does wrong.
    pub says: &'static str,
}

/// A table of mutants: `"name": "what it does wrong"`.
macro_rules! mutants {
    ($(#[$doc:meta])* $($id:literal: $says:literal),* $(,)?) => {
        $(#[$doc])*
        pub static MUTANTS: &[$crate::reference::Mutant] =
            &[$($crate::reference::Mutant { id: $id, says: $says }),*];
    };
}
pub(crate) use mutants;

mutants! {
    /// Every mutant of a framing.
    "endpoint.closes-on-damage": "ends the stream when a frame is damaged",
    "endpoint.answers-damage": "answers a damaged frame as if it were a record",

    "endpoint.limit-one-short": "refuses a record of the longest length",
    "endpoint.reports-twice": "reports damage more than once",
    "endpoint.deaf-after-three": "delivers two records, and nothing after them",

    "slip.leaves-end-raw": "sends END inside a record as it is",
    "slip.leaves-esc-raw": "sends ESC inside a record as it is",
    "slip.swaps-escapes-out": "sends ESC ESC_ESC for END",
    "slip.swaps-escapes-in": "takes ESC_END for ESC and ESC_ESC for END",
    "slip.never-ends": "sends no END after a frame",
    "slip.ignores-esc": "takes ESC for data",
    "slip.delivers-empty": "delivers the empty frame between two ENDs",
    "slip.needs-leading-end": "delivers nothing before the first END (serial-line-ip 0.5)",
    "slip.delivers-tail-of-overlong": "delivers the rest of a frame that was too long (slip-codec 0.4)",
    "slip.carries-escape-over-end": "carries an ESC that END cut off into the next frame",
    "slip.delivers-cut-escape": "delivers a frame that ends in ESC",
    "slip.strict-keeps": "keeps the byte after a bad ESC although told to be strict",
    "slip.lenient-drops": "drops the frame at a bad ESC although told to be lenient",
    "slip.forgets-escape-at-a-cut": "forgets an ESC at the end of a read",
    "slip.forgets-frame-at-a-cut": "forgets the frame at the end of a read",
    "slip.ignores-line-damage": "delivers a frame in which the line damaged a character",
    "slip.delivers-remainder-at-end": "delivers a frame that the end of the stream cut off",

    "cobs.zero-after-full-block": "puts a zero behind a block of 254 bytes when decoding",
    "cobs.zero-lost-after-full-block": "loses the zero behind a block of 254 bytes when encoding",
    "cobs.needs-second-block": "refuses a frame that ends with a block of 254 bytes",
    "cobs.adds-last-block": "adds an empty block behind a last block of 254 bytes when encoding",
    "cobs.blocks-of-255": "makes blocks of 255 bytes",
    "cobs.keeps-last-zero": "keeps the zero that the last block implies",
    "cobs.drops-last-zero": "drops a zero at the end of a record",
    "cobs.never-ends": "sends no zero after a frame",
    "cobs.delivers-overrun": "delivers what there is when a code points past the frame's end",
    "cobs.delivers-overlong": "delivers a frame that is too long",
    "cobs.delivers-fill": "delivers an empty record for two zeros in a row",
    "cobs.drops-empty": "drops the empty record",
    "cobs.loses-the-next-too": "loses the good frame after a bad one",
    "cobs.forgets-frame-at-a-cut": "forgets the frame at the end of a read",
    "cobs.delivers-remainder-at-end": "delivers a frame that the end of the stream cut off",
    "cobs.ignores-line-damage": "delivers a frame in which the line damaged a character",
    "cobsr.refuses-reduced": "refuses a reduced last block",
    "cobsr.never-reduces": "never reduces the last block",

    "hdlc.leaves-flag-raw": "sends 7E inside a frame as it is",
    "hdlc.leaves-escape-raw": "sends 7D inside a frame as it is",
    "hdlc.escapes-without-xor": "does not change the octet behind an escape when sending",
    "hdlc.unescapes-without-xor": "does not change the octet behind an escape when receiving",
    "hdlc.ignores-tx-accm": "sends control characters as they are",
    "hdlc.ignores-rx-accm": "keeps control characters that the line inserted",
    "hdlc.ignores-abort": "takes 7D 7E for an end",
    "hdlc.ignores-fcs": "delivers a frame whose FCS does not fit",
    "hdlc.fcs-not-complemented": "sends the FCS without its complement",
    "hdlc.fcs-high-octet-first": "sends the FCS high octet first",
    "hdlc.fcs-after-stuffing": "computes the FCS over other octets than the record's",
    "hdlc.delivers-short": "delivers frames that are too short to have an FCS",
    "hdlc.counts-short": "reports frames that are too short as damaged",
    "hdlc.always-escapes-controls": "escapes control characters although the map is empty",
    "hdlc.ignores-line-damage": "delivers a frame in which the line damaged a character",
    "hdlc.wants-two-flags": "loses the frame behind a flag that two frames share",
    "hdlc.wants-header": "drops frames whose address and control octets were compressed away",
    "hdlc.cuts-overlong": "keeps the beginning of a frame that is too long",
    "hdlc.never-ends": "sends no flag after a frame",
    "hdlc.forgets-escape-at-a-cut": "forgets an escape at the end of a read",
    "hdlc.forgets-frame-at-a-cut": "forgets the frame at the end of a read",
    "hdlc.delivers-remainder-at-end": "delivers a frame that the end of the stream cut off",

    "line.never-ends": "sends no delimiter",
    "line.sends-half-a-delimiter": "sends the first byte of the delimiter alone",
    "line.first-byte-ends": "takes the delimiter's first byte for the whole",
    "line.crlf-ends-twice": "takes CR LF for two ends",
    "line.forgets-cr-at-a-cut": "takes CR LF for two ends when a read ends between them",
    "line.forgets-at-a-cut": "forgets the line at the end of a read",
    "line.drops-empty": "drops the empty line",
    "line.skips-zeros": "skips zero bytes",
    "line.trims": "trims blanks",
    "line.refuses-non-utf8": "refuses bytes that are not UTF-8, and the line after them (LinesCodec)",
    "line.errors-again-and-again": "reports an overlong line over and over, and delivers its tail",
    "line.delivers-tail-of-overlong": "delivers the rest of a line that was too long",
    "line.ignores-line-damage": "delivers a line in which the line damaged a character",
    "line.drops-remainder-at-end": "drops what stands after the last delimiter",
    "line.delivers-remainder-at-end": "delivers what stands after the last delimiter although told not to",

    "fixed.sends-a-newline": "sends a newline after each record",
    "fixed.sends-short": "sends one byte too few",
    "fixed.one-too-many": "waits for one byte too many",
    "fixed.skips-zeros": "skips zero bytes",
    "fixed.forgets-at-a-cut": "forgets the record at the end of a read",
    "fixed.delivers-short-at-end": "delivers a record that the end of the stream cut off",

    "length.other-order-in": "reads the length in the other byte order",
    "length.other-order-out": "writes the length in the other byte order",
    "length.ignores-whole": "does not take the header off a length that counts it",
    "length.forgets-header": "does not count the header in a length that should",
    "length.varint-of-one-group": "writes only the first group of a varint",
    "length.takes-any-length": "waits for as many bytes as a length says, whatever it says",
    "length.stuck-after-oversize": "never gets back into step (LengthDelimitedCodec)",
    "length.drops-empty": "drops the empty record",
    "length.forgets-at-a-cut": "forgets the record at the end of a read",
    "length.delivers-short-at-end": "delivers a record that the end of the stream cut off",

    "gap.waits-too-long": "wants twelve characters of silence",
    "gap.ends-too-early": "ends a record at a silence of one character",
    "gap.allows-late-bytes": "allows a silence of more than t1.5 inside a frame",
    "gap.ends-at-newline": "ends a record at a newline",
    "gap.splits-overlong": "makes two records of one that is too long",
    "gap.one-too-short": "refuses a record of the longest length",
    "gap.ends-at-a-read": "puts a byte in where a read ends",
    "gap.sends-a-newline": "sends a newline after each record",
    "gap.ignores-line-damage": "delivers a record in which the line damaged a character",

    "stx.check-without-etx": "leaves the ETX out of the check",
    "stx.ignores-check": "delivers a record whose check does not fit",
    "stx.etx-is-never-a-check": "does not take an ETX for the check character",
    "stx.stx-inside-is-data": "takes an STX inside a frame for data",
    "stx.takes-noise": "takes bytes outside a frame for a record",
    "stx.never-ends": "sends no ETX",
    "stx.forgets-check-at-a-cut": "forgets that the check is next at the end of a read",
    "stx.forgets-frame-at-a-cut": "forgets the frame at the end of a read",
    "stx.delivers-remainder-at-end": "delivers a record that the end of the stream cut off",
    "stx.ignores-line-damage": "delivers a record in which the line damaged a character",
    "dle.bare-etx-ends": "ends a transparent record at an ETX without a DLE",
    "dle.takes-noise": "takes an STX without a DLE for the beginning of a record",
    "dle.keeps-both": "keeps both of two DLEs",
    "dle.never-doubles": "sends a DLE inside a record as it is",
    "dle.takes-any-escape": "takes any byte behind a DLE for data",
    "dle.forgets-escape-at-a-cut": "forgets a DLE at the end of a read",

    "check.never-verified": "delivers records whose check does not fit",
    "check.other-order-out": "sends the check in the other byte order",
}
