//! The crates, and how each is used.

use super::{Foreign, cobs, hdlc, slip, tokio_util};

/// Every crate that is tested, in the order of the page.
pub static ALL: &[Foreign] = &[
    Foreign {
        name: "cobs",
        package: "cobs",
        version: "0.5.1",
        used: "`CobsDecoderOwned::new(256)`, fed a byte at a time (`push` does not say how far it came \
               when it fails, `feed` needs not); `encode_vec` and a zero",
        speaks: cobs::speaks,
        codec: cobs::Cobs::codec,
    },
    Foreign {
        name: "corncobs",
        package: "corncobs",
        version: "0.1.4",
        used: "`decode_buf` on what ends with a zero, found by a loop of ours in a buffer of \
               `max_encoded_len(256)` bytes (the crate has no decoder of streams: its front page says to \
               \"hunt for the end of the current message\"); `encode_buf`. The limit and the fill between \
               frames are thus the loop's, not the crate's",
        speaks: cobs::speaks,
        codec: cobs::Corncobs::codec,
    },
    Foreign {
        name: "slip-codec",
        package: "slip-codec",
        version: "0.4.0",
        used: "`SlipDecoder::decode` into a slice of 256 bytes, as in the crate's tests, the slice begun \
               anew after a frame or an error; `SlipEncoder::new(true)`",
        speaks: slip::speaks,
        codec: slip::Slip::codec,
    },
    Foreign {
        name: "slip-codec-tokio",
        package: "slip-codec",
        version: "0.4.0",
        used: "feature `tokio-codec`: `SlipCodec::builder().capacity(256)`, `decode` called on the buffer of \
               what has arrived until it wants more, also after an error, since its decoder has a state for the \
               rest of a bad frame (were the stream to end there, as tokio-util's `Decoder` says, all records \
               behind the damage would be lost instead)",
        speaks: slip::speaks,
        codec: slip::SlipTokio::codec,
    },
    Foreign {
        name: "serial-line-ip",
        package: "serial-line-ip",
        version: "0.5.0",
        used: "one `Decoder` for the stream, with room for 257 bytes (with 256 it would not look at the END \
               of the longest record); after an error a new `Decoder`, fed from the next END on; `Encoder`",
        speaks: slip::speaks,
        codec: slip::SerialLineIp::codec,
    },
    Foreign {
        name: "hdlc",
        package: "hdlc",
        version: "0.4.1",
        used: "`FrameReader` on a reader that gives what has come and then times out as a serial port does, \
               `read_frame` until there is none as in its example, then `decode`; `encode`. It has no limit, \
               no FCS and no control character map: only dialects without them are tested",
        speaks: hdlc::speaks,
        codec: hdlc::Reader::codec,
    },
    Foreign {
        name: "hdlc-decode",
        package: "hdlc",
        version: "0.4.1",
        used: "`decode` alone, on what stands between two flags, found by a loop of ours, which also holds the limit; \
               `encode`",
        speaks: hdlc::speaks,
        codec: hdlc::Block::codec,
    },
    Foreign {
        name: "lines-codec",
        package: "tokio-util",
        version: "0.7.20",
        used: "`LinesCodec::new_with_max_length(256)`, `decode` called on the buffer of what has arrived, \
               also after an error, since its documentation promises to go on; `decode_eof` at the end. \
               Not in a `Framed`, which ends its stream at the first error",
        speaks: tokio_util::speaks_lines,
        codec: tokio_util::lines,
    },
    Foreign {
        name: "any-delimiter-codec",
        package: "tokio-util",
        version: "0.7.20",
        used: "`AnyDelimiterCodec::new_with_max_length(…, 256)` with one delimiter, used as `LinesCodec` is",
        speaks: tokio_util::speaks_delimiter,
        codec: tokio_util::delimiter,
    },
    Foreign {
        name: "length-delimited-codec",
        package: "tokio-util",
        version: "0.7.20",
        used: "`LengthDelimitedCodec::builder()` with width, order, `length_adjustment` and \
               `max_frame_length(256)`; the stream ends with the first error, as `Decoder` says",
        speaks: tokio_util::speaks_length,
        codec: tokio_util::length,
    },
];
