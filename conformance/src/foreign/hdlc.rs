//! `hdlc`: its reader of streams, and its block function behind a loop.

use std::{
    collections::VecDeque,
    io::{self, Read},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use ::hdlc::{FrameReader, SpecialChars};

use super::Codec;
use crate::{dialect::Dialect, script::Line};

/// No FCS and no ACCM: the crate has neither.
pub(super) fn speaks(dialect: &Dialect) -> bool {
    let known = |(option, value): (&String, &String)| match option.as_str() {
        "fcs" => value == "none",
        "accm" => value == "0",
        _ => false,
    };
    dialect.name == "hdlc" && dialect.get("fcs").is_some() && dialect.options.iter().all(known)
}

/// `hdlc::FrameReader`, and `hdlc::decode` on each frame that it gives.
///
/// It borrows a `dyn Read` that is not `Send`, and so lives on a thread of its own, which is gone
/// when the codec is.
pub(super) struct Reader {
    arrives: Option<mpsc::Sender<Vec<u8>>>,
    frames: mpsc::Receiver<Vec<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    pub(super) fn codec(_: &Dialect, _: usize) -> Box<dyn Codec> {
        let (arrives, arrived) = mpsc::channel::<Vec<u8>>();
        let (found, frames) = mpsc::channel();
        let thread = thread::spawn(move || read_frames(&arrived, &found));
        Box::new(Self {
            arrives: Some(arrives),
            frames,
            thread: Some(thread),
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.arrives = None;
        if let Some(thread) = self.thread.take() {
            // Its panic was told by the decode that ran into it.
            let _ = thread.join();
        }
    }
}

/// After each piece, reads frames until there is none, as the crate's example does.
fn read_frames(arrived: &mpsc::Receiver<Vec<u8>>, found: &mpsc::Sender<Vec<Vec<u8>>>) {
    let port = Port::default();
    let mut source = port.clone();
    let mut reader = FrameReader::new(&mut source, SpecialChars::default());
    while let Ok(piece) = arrived.recv() {
        port.put(&piece);
        let frames = core::iter::from_fn(|| reader.read_frame()).collect();
        if found.send(frames).is_err() {
            return;
        }
    }
}

/// A serial port with a time limit: reading gives what has come, or an error.
#[derive(Clone, Default)]
struct Port(Arc<Mutex<VecDeque<u8>>>);

impl Port {
    fn put(&self, bytes: &[u8]) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend(bytes);
    }
}

impl Read for Port {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_empty() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        held.read(into)
    }
}

impl Codec for Reader {
    fn encode(&mut self, record: &[u8]) -> Result<Vec<u8>, String> {
        encode(record)
    }

    fn decode(&mut self, bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String> {
        let gone = || "FrameReader panicked".to_owned();
        let arrives = self.arrives.as_ref().ok_or_else(gone)?;
        arrives.send(bytes.to_vec()).map_err(|_| gone())?;
        let frames = self.frames.recv().map_err(|_| gone())?;
        found.extend(frames.iter().map(|frame| open(frame)));
        Ok(())
    }
}

/// `hdlc::decode` on what stands between two flags. The limit is this loop's: the crate has none.
pub(super) struct Block {
    frame: Vec<u8>,
    max: usize,
    hunting: bool,
}

impl Block {
    const FLAG: u8 = 0x7e;

    pub(super) fn codec(_: &Dialect, max: usize) -> Box<dyn Codec> {
        Box::new(Self {
            frame: vec![Self::FLAG],
            max,
            hunting: true,
        })
    }

    fn flag(&mut self, found: &mut Vec<Line>) {
        self.frame.push(Self::FLAG);
        if !core::mem::take(&mut self.hunting) && self.frame.len() > 2 {
            found.push(match open(&self.frame) {
                Line::Record(record) if record.len() > self.max => {
                    Line::Damaged("too long".to_owned())
                }
                other => other,
            });
        }
        self.frame.truncate(1);
    }
}

impl Codec for Block {
    fn encode(&mut self, record: &[u8]) -> Result<Vec<u8>, String> {
        encode(record)
    }

    fn decode(&mut self, bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String> {
        for &byte in bytes {
            if byte == Self::FLAG {
                self.flag(found);
            } else if self.frame.len() > 2 * self.max {
                found.push(Line::Damaged("the buffer is full".to_owned()));
                self.frame.truncate(1);
                self.hunting = true;
            } else {
                self.frame.push(byte);
            }
        }
        Ok(())
    }
}

fn encode(record: &[u8]) -> Result<Vec<u8>, String> {
    ::hdlc::encode(record, SpecialChars::default()).map_err(|error| error.to_string())
}

fn open(frame: &[u8]) -> Line {
    match ::hdlc::decode(frame, SpecialChars::default()) {
        Ok(record) => Line::Record(record),
        Err(error) => Line::Damaged(error.to_string()),
    }
}
