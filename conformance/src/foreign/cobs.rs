//! `cobs` and `corncobs`.

use super::Codec;
use crate::{dialect::Dialect, script::Line};

/// COBS with a zero behind each frame, and nothing else.
pub(super) fn speaks(dialect: &Dialect) -> bool {
    dialect.name == "cobs" && dialect.options.is_empty()
}

/// `cobs::CobsDecoderOwned`, fed a byte at a time: `push` cannot say how far it came when it fails.
pub(super) struct Cobs(::cobs::CobsDecoderOwned);

impl Cobs {
    pub(super) fn codec(_: &Dialect, max: usize) -> Box<dyn Codec> {
        Box::new(Self(::cobs::CobsDecoderOwned::new(max)))
    }
}

impl Codec for Cobs {
    /// Without the sentinel, as `encode_vec` says: "This should be done by the caller".
    fn encode(&mut self, record: &[u8]) -> Result<Vec<u8>, String> {
        let mut frame = ::cobs::encode_vec(record);
        frame.push(0);
        Ok(frame)
    }

    fn decode(&mut self, bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String> {
        for &byte in bytes {
            match self.0.feed(byte) {
                Ok(None) => {}
                Ok(Some(len)) => {
                    let record = self.0.dest().get(..len).unwrap_or_default();
                    found.push(Line::Record(record.to_vec()));
                }
                Err(error) => found.push(Line::Damaged(error.to_string())),
            }
        }
        Ok(())
    }
}

/// `corncobs::decode_buf` behind the loop that its page tells: "hunt for the end of the current
/// message and start parsing from there".
pub(super) struct Corncobs {
    frame: Vec<u8>,
    longest: usize,
    hunting: bool,
}

impl Corncobs {
    pub(super) fn codec(_: &Dialect, max: usize) -> Box<dyn Codec> {
        Box::new(Self {
            frame: Vec::new(),
            longest: corncobs::max_encoded_len(max),
            hunting: false,
        })
    }

    fn frame_ends(&mut self, found: &mut Vec<Line>) {
        let frame = core::mem::take(&mut self.frame);
        if core::mem::take(&mut self.hunting) || frame.len() == 1 {
            return;
        }
        let mut record = vec![0; corncobs::max_encoded_len(frame.len())];
        found.push(match corncobs::decode_buf(&frame, &mut record) {
            Ok(len) => {
                record.truncate(len);
                Line::Record(record)
            }
            Err(error) => Line::Damaged(error.to_string()),
        });
    }
}

impl Codec for Corncobs {
    fn encode(&mut self, record: &[u8]) -> Result<Vec<u8>, String> {
        let mut frame = vec![0; corncobs::max_encoded_len(record.len())];
        let len = corncobs::encode_buf(record, &mut frame);
        frame.truncate(len);
        Ok(frame)
    }

    fn decode(&mut self, bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String> {
        for &byte in bytes {
            if self.frame.len() == self.longest {
                self.frame.clear();
                self.hunting = true;
                found.push(Line::Damaged("the buffer is full".to_owned()));
            }
            self.frame.push(byte);
            if byte == corncobs::ZERO {
                self.frame_ends(found);
            }
        }
        Ok(())
    }
}
