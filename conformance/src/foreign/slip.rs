//! `slip-codec`, with and without tokio, and `serial-line-ip`.

use bytes::{Bytes, BytesMut};
use serial_line_ip::{Decoder, Encoder};
use slip_codec::{SlipDecoder, SlipEncoder, SlipError, tokio::SlipCodec};
use tokio_util::codec::{Decoder as _, Encoder as _};

use super::Codec;
use crate::{dialect::Dialect, script::Line};

/// SLIP; both crates make an error of a bad escape, and have no lenient mode.
pub(super) fn speaks(dialect: &Dialect) -> bool {
    let known = |(option, value): (&String, &String)| option == "escape" && value == "strict";
    dialect.name == "slip" && dialect.options.iter().all(known)
}

/// `slip_codec::{SlipDecoder, SlipEncoder}` with a slice as the sink, as in the crate's own tests.
pub(super) struct Slip {
    decoder: SlipDecoder,
    record: Vec<u8>,
    filled: usize,
}

impl Slip {
    pub(super) fn codec(_: &Dialect, max: usize) -> Box<dyn Codec> {
        Box::new(Self {
            decoder: SlipDecoder::new(),
            record: vec![0; max],
            filled: 0,
        })
    }

    fn step(&mut self, source: &mut &[u8]) -> Result<usize, SlipError> {
        let mut sink = self.record.get_mut(self.filled..).unwrap_or_default();
        let room = sink.len();
        let done = self.decoder.decode(source, &mut sink);
        self.filled += room - sink.len();
        done
    }
}

impl Codec for Slip {
    fn encode(&mut self, record: &[u8]) -> Result<Vec<u8>, String> {
        let mut frame = Vec::new();
        let done = SlipEncoder::new(true).encode(record, &mut frame);
        done.map_err(|error| error.to_string())?;
        Ok(frame)
    }

    fn decode(&mut self, mut bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String> {
        loop {
            let line = match self.step(&mut bytes) {
                Err(SlipError::EndOfStream) => return Ok(()),
                // What the sink took: after an error the returned length can be larger than that.
                Ok(_) => Line::Record(self.record.iter().take(self.filled).copied().collect()),
                Err(error) => Line::Damaged(format!("{error:?}")),
            };
            self.filled = 0;
            found.push(line);
        }
    }
}

/// `slip_codec::tokio::SlipCodec`, its `decode` called on the buffer of what has arrived.
pub(super) struct SlipTokio {
    codec: SlipCodec,
    arrived: BytesMut,
}

impl SlipTokio {
    pub(super) fn codec(_: &Dialect, max: usize) -> Box<dyn Codec> {
        Box::new(Self {
            codec: SlipCodec::builder().capacity(max).build(),
            arrived: BytesMut::new(),
        })
    }
}

impl Codec for SlipTokio {
    fn encode(&mut self, record: &[u8]) -> Result<Vec<u8>, String> {
        let mut frame = BytesMut::new();
        let done = self
            .codec
            .encode(Bytes::copy_from_slice(record), &mut frame);
        done.map_err(|error| format!("{error:?}"))?;
        Ok(frame.to_vec())
    }

    fn decode(&mut self, bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String> {
        self.arrived.extend_from_slice(bytes);
        loop {
            match self.codec.decode(&mut self.arrived) {
                Ok(None) => return Ok(()),
                Ok(Some(record)) => found.push(Line::Record(record.to_vec())),
                Err(error) => found.push(Line::Damaged(format!("{error:?}"))),
            }
        }
    }
}

/// `serial_line_ip::{Decoder, Encoder}`: one decoder for the stream, another after an error.
pub(super) struct SerialLineIp {
    decoder: Decoder,
    /// One byte longer than the longest record: the decoder does not look at END when it is full.
    record: Vec<u8>,
    filled: usize,
    /// The decoder has seen nothing, and takes an END for its header.
    fresh: bool,
    /// After an error nothing is fed before the next END, which a new decoder wants to see first.
    lost: bool,
}

impl SerialLineIp {
    const END: u8 = 0xc0;

    pub(super) fn codec(_: &Dialect, max: usize) -> Box<dyn Codec> {
        Box::new(Self {
            decoder: Decoder::new(),
            record: vec![0; max + 1],
            filled: 0,
            fresh: true,
            lost: false,
        })
    }

    /// Decodes once; gives how many bytes that took.
    fn step(&mut self, bytes: &[u8], found: &mut Vec<Line>) -> usize {
        let room = self.record.get_mut(self.filled..).unwrap_or_default();
        let (taken, len, ends) = match self.decoder.decode(bytes, room) {
            Ok((taken, output, ends)) => (taken, output.len(), ends),
            Err(error) => {
                // What is wrong stands behind the END that was the header.
                let header = self.fresh && bytes.first() == Some(&Self::END);
                self.lose(error.to_string(), found);
                return usize::from(header);
            }
        };
        self.fresh = false;
        self.filled += len;
        if ends {
            let record = self.record.iter().take(self.filled).copied().collect();
            found.push(Line::Record(record));
            self.filled = 0;
        } else if self.filled == self.record.len() {
            self.lose("the output is full".to_owned(), found);
        }
        taken
    }

    fn lose(&mut self, why: String, found: &mut Vec<Line>) {
        found.push(Line::Damaged(why));
        self.decoder = Decoder::new();
        self.fresh = true;
        self.filled = 0;
        self.lost = true;
    }
}

impl Codec for SerialLineIp {
    fn encode(&mut self, record: &[u8]) -> Result<Vec<u8>, String> {
        let mut frame = vec![0; 2 * record.len() + 2];
        let mut encoder = Encoder::new();
        let failed = |error: serial_line_ip::Error| error.to_string();
        let mut totals = encoder.encode(record, &mut frame).map_err(failed)?;
        let rest = frame.get_mut(totals.written..).unwrap_or_default();
        totals += encoder.finish(rest).map_err(failed)?;
        frame.truncate(totals.written);
        Ok(frame)
    }

    fn decode(&mut self, mut bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String> {
        while !bytes.is_empty() {
            if self.lost {
                let end = bytes.iter().position(|&byte| byte == Self::END);
                self.lost = end.is_none();
                bytes = end.and_then(|end| bytes.get(end..)).unwrap_or_default();
                continue;
            }
            let taken = self.step(bytes, found);
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        Ok(())
    }
}
