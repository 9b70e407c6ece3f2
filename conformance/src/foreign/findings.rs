//! What was found, and what reading the crate's source and documentation says to it.

use Verdict::{ByDesign, Fault};

/// A case that a crate does not pass, on one side or both, checked by hand.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// [`Foreign::name`](super::Foreign::name).
    pub subject: &'static str,
    /// The case's identifier without the side: `framing.slip.empty`.
    pub case: &'static str,
    /// What it is.
    pub verdict: Verdict,
    /// Where in the crate it comes from.
    pub because: &'static str,
}

/// What a finding is after a look at the crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Against the specification or against the crate's own documentation.
    Fault,
    /// Otherwise than demanded; its documentation, types or tests show that it is meant, or the
    /// specification leaves it open.
    ByDesign,
}

const fn finding(
    subject: &'static str,
    case: &'static str,
    verdict: Verdict,
    because: &'static str,
) -> Finding {
    Finding {
        subject,
        case,
        verdict,
        because,
    }
}

/// Every one.
pub static FINDINGS: &[Finding] = &[
    finding(
        "cobs",
        "framing.cobs.overlong",
        Fault,
        "`dec.rs`: when the destination is full, `feed` returns `TargetBufTooSmall` (\"Message decoding \
         failed\"), but its state goes on, and the zero completes the failed message as `Some(256)`: the \
         first 256 bytes come as a record. `reset` after the error would begin a frame in the middle",
    ),
    finding(
        "slip-codec",
        "framing.slip.bad-escape-lenient",
        ByDesign,
        "`decoder.rs` makes a `FramingError` of it and drops the frame; RFC 1055 only calls keeping the byte \
         \"the best bet\"",
    ),
    finding(
        "slip-codec",
        "framing.slip.escape-before-end",
        ByDesign,
        "`decoder.rs` takes the END as the escape's second byte and drops everything to the next END, so the \
         next good frame is lost too; RFC 1055 does not say",
    ),
    finding(
        "slip-codec",
        "framing.slip.overlong",
        Fault,
        "`decoder.rs`, `push`: after `OversizedPacket` the state stays `Normal` and `count` stays 256, so the \
         END behind the one byte too many returns `Ok(256)` for the frame that was just refused; none of it is in the new slice, so it \
         comes as an empty record",
    ),
    finding(
        "slip-codec",
        "framing.slip.overlong-by-far",
        Fault,
        "the same: the state stays `Normal`, so the frame's tail is delivered as a frame of its own, with a \
         length that counts what was refused",
    ),
    finding(
        "slip-codec-tokio",
        "framing.slip.bad-escape-lenient",
        Fault,
        "a stale byte is delivered in place of the next frame: see `bad-escape-strict`",
    ),
    finding(
        "slip-codec-tokio",
        "framing.slip.bad-escape-strict",
        Fault,
        "`tokio/decoder.rs`: after an error `buf` keeps the bad frame's bytes while the inner count begins \
         anew, and `split_to(len)` gives the next frame those stale bytes",
    ),
    finding(
        "slip-codec-tokio",
        "framing.slip.damage",
        Fault,
        "the same: every record after the damage is cut out of stale bytes, for the rest of the stream",
    ),
    finding(
        "slip-codec-tokio",
        "framing.slip.escape-before-end",
        ByDesign,
        "as without tokio: the END is taken as the escape's second byte; RFC 1055 does not say",
    ),
    finding(
        "slip-codec-tokio",
        "framing.slip.overlong",
        Fault,
        "`tokio/decoder.rs`: the capacity limits each call of `decode` and not a frame; after the error the \
         next call goes on in the same frame, and delivers it without the byte that did not fit",
    ),
    finding(
        "slip-codec-tokio",
        "framing.slip.overlong-by-far",
        Fault,
        "the same: a frame of 3,256 bytes is delivered as one of 3,247 with a capacity of 256",
    ),
    finding(
        "serial-line-ip",
        "framing.slip.bad-escape-lenient",
        ByDesign,
        "`decoder.rs` returns `BadEscapeSequenceDecode`; RFC 1055 only calls keeping the byte \"the best bet\"",
    ),
    finding(
        "serial-line-ip",
        "framing.slip.empty",
        ByDesign,
        "`decode` reports the end of a packet of no bytes, and the crate's test `empty_decode` wants that; the \
         caller has to drop it (RFC 1055's receiver does), also between any two packets of its own `Encoder`",
    ),
    finding(
        "serial-line-ip",
        "framing.slip.no-leading-end",
        Fault,
        "`decoder.rs`, `decode_header`: a new decoder returns `BadHeaderDecode` unless the first byte is END. \
         RFC 1055 defines END as what follows a packet; one in front is a suggestion to senders",
    ),
    finding(
        "hdlc",
        "framing.hdlc.fcs-none",
        Fault,
        "`FrameReader::read_frame`: when the bytes at hand end inside a frame, `rest` is left as it was and \
         the bytes just read are lost; in pieces no frame ever comes. Its documentation says that it can \
         read frames \"from a stream of bytes\"",
    ),
    finding(
        "hdlc",
        "framing.hdlc.escapes-no-fcs",
        Fault,
        "bytes of a frame that comes in pieces are lost: see `fcs-none`",
    ),
    finding(
        "hdlc",
        "framing.hdlc.flags-no-fcs",
        Fault,
        "bytes of a frame that comes in pieces are lost: see `fcs-none`",
    ),
    finding(
        "hdlc",
        "framing.hdlc.longest",
        Fault,
        "bytes of a frame that comes in pieces are lost: see `fcs-none`",
    ),
    finding(
        "hdlc",
        "framing.hdlc.overlong",
        ByDesign,
        "`FrameReader` has no limit to set",
    ),
    finding(
        "lines-codec",
        "framing.line.blanks",
        ByDesign,
        "`lines_codec.rs`, `without_carriage_return`: a CR before the LF is dropped. The documentation names \
         only `\\n` as the ending and does not say so; a record that ends with CR cannot be carried",
    ),
    finding(
        "lines-codec",
        "framing.line.not-utf-8",
        ByDesign,
        "its records are `String`s; other bytes are an error, after which the next line comes as it should",
    ),
    finding(
        "any-delimiter-codec",
        "framing.line.not-utf-8",
        ByDesign,
        "the decoder delivers them, the encoder takes only `AsRef<str>`: they cannot be sent back",
    ),
];
