//! tokio-util's codecs, their `decode` called on the buffer of what has arrived. `Framed` is not in
//! between: it ends its stream at a codec's first error, and each codec is judged by itself.

use bytes::{Bytes, BytesMut};
use tokio_util::codec::{AnyDelimiterCodec, Decoder, Encoder, LengthDelimitedCodec, LinesCodec};

use super::Codec;
use crate::{dialect::Dialect, hex, script::Line};

/// One of them, and what has arrived.
pub(super) struct Buffered<C> {
    codec: C,
    arrived: BytesMut,
    /// The codec's own page says that it goes on after an error. Where it does not, what the trait
    /// says holds: "the stream is now corrupt and should be terminated".
    goes_on: bool,
}

impl<C> Buffered<C> {
    fn new(codec: C, goes_on: bool) -> Self {
        Self {
            codec,
            arrived: BytesMut::new(),
            goes_on,
        }
    }
}

/// The common work: `decode` until it wants more, then, at the end, `decode_eof` until it has no
/// more.
impl<C> Buffered<C>
where
    C: Decoder,
    C::Item: AsRef<[u8]>,
    C::Error: core::fmt::Display,
{
    fn take(&mut self, bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String> {
        self.arrived.extend_from_slice(bytes);
        loop {
            match self.codec.decode(&mut self.arrived) {
                Ok(None) => return Ok(()),
                Ok(Some(record)) => found.push(Line::Record(record.as_ref().to_vec())),
                Err(error) if self.goes_on => found.push(Line::Damaged(error.to_string())),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn last(&mut self, found: &mut Vec<Line>) {
        loop {
            match self.codec.decode_eof(&mut self.arrived) {
                Ok(None) => return,
                Ok(Some(record)) => found.push(Line::Record(record.as_ref().to_vec())),
                Err(error) => return found.push(Line::Damaged(error.to_string())),
            }
        }
    }
}

/// Lines that end with LF, and the rest at the end of the stream is one.
pub(super) fn speaks_lines(dialect: &Dialect) -> bool {
    dialect.name == "line" && dialect.options.iter().all(lines_option)
}

fn lines_option((option, value): (&String, &String)) -> bool {
    matches!(
        (option.as_str(), value.as_str()),
        ("ends", "lf") | ("eof", "record")
    )
}

pub(super) fn lines(_: &Dialect, max: usize) -> Box<dyn Codec> {
    Box::new(Buffered::new(LinesCodec::new_with_max_length(max), true))
}

impl Codec for Buffered<LinesCodec> {
    fn encode(&mut self, record: &[u8]) -> Result<Vec<u8>, String> {
        let text = core::str::from_utf8(record).map_err(|error| error.to_string())?;
        let mut frame = BytesMut::new();
        let done = self.codec.encode(text, &mut frame);
        done.map_err(|error| error.to_string())?;
        Ok(frame.to_vec())
    }

    fn decode(&mut self, bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String> {
        self.take(bytes, found)
    }

    fn end(&mut self, found: &mut Vec<Line>) {
        self.last(found);
    }
}

/// A delimiter of one byte, LF and CR among them.
pub(super) fn speaks_delimiter(dialect: &Dialect) -> bool {
    let known = |(option, value): (&String, &String)| match option.as_str() {
        "ends" => value == "lf" || value == "cr",
        "eof" => value == "record",
        "bytes" => value.len() == 2,
        _ => false,
    };
    matches!(dialect.name.as_str(), "line" | "delimiter") && dialect.options.iter().all(known)
}

pub(super) fn delimiter(dialect: &Dialect, max: usize) -> Box<dyn Codec> {
    let of_bytes = dialect
        .get("bytes")
        .and_then(|bytes| hex::parse(bytes).ok());
    let default = if dialect.get("ends") == Some("cr") {
        b"\r"
    } else {
        b"\n"
    };
    let ends = of_bytes.unwrap_or_else(|| default.to_vec());
    let codec = AnyDelimiterCodec::new_with_max_length(ends.clone(), ends, max);
    Box::new(Buffered::new(codec, true))
}

impl Codec for Buffered<AnyDelimiterCodec> {
    fn encode(&mut self, record: &[u8]) -> Result<Vec<u8>, String> {
        let text = core::str::from_utf8(record).map_err(|error| error.to_string())?;
        let mut frame = BytesMut::new();
        let done = self.codec.encode(text, &mut frame);
        done.map_err(|error| error.to_string())?;
        Ok(frame.to_vec())
    }

    fn decode(&mut self, bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String> {
        self.take(bytes, found)
    }

    fn end(&mut self, found: &mut Vec<Line>) {
        self.last(found);
    }
}

/// Lengths of one to eight bytes in either order; neither a varint nor a magic.
pub(super) fn speaks_length(dialect: &Dialect) -> bool {
    let known = |(option, value): (&String, &String)| match option.as_str() {
        "width" => value.parse::<usize>().is_ok_and(|width| width <= 8),
        "order" | "whole" => true,
        _ => false,
    };
    dialect.name == "length" && dialect.options.iter().all(known)
}

pub(super) fn length(dialect: &Dialect, max: usize) -> Box<dyn Codec> {
    let width = dialect.get("width").and_then(|width| width.parse().ok());
    let width: usize = width.unwrap_or(2);
    let mut builder = LengthDelimitedCodec::builder();
    builder.length_field_length(width).max_frame_length(max);
    if dialect.get("order") == Some("le") {
        builder.little_endian();
    }
    if dialect.get("whole") == Some("yes") {
        builder.length_adjustment(-isize::try_from(width).unwrap_or(0));
    }
    Box::new(Buffered::new(builder.new_codec(), false))
}

impl Codec for Buffered<LengthDelimitedCodec> {
    fn encode(&mut self, record: &[u8]) -> Result<Vec<u8>, String> {
        let mut frame = BytesMut::new();
        let done = self
            .codec
            .encode(Bytes::copy_from_slice(record), &mut frame);
        done.map_err(|error| error.to_string())?;
        Ok(frame.to_vec())
    }

    fn decode(&mut self, bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String> {
        self.take(bytes, found)
    }

    fn end(&mut self, found: &mut Vec<Line>) {
        self.last(found);
    }
}
