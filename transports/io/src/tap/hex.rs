//! A log of both directions that a person reads.

use core::{
    fmt::{self, Write as _},
    task::Context,
    time::Duration,
};
use std::io;

use lineside_core::Instant;

use super::{Direction, Sight, Watch, Watched};
use crate::{Clock, Timer};

/// A stream with a hex log: `HexLog::new(stream, Hex::new("scale", &clock, to_tracing()))`.
pub type HexLog<S> = Watched<S, Hex>;

/// How a hex log looks.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HexFormat {
    /// Most bytes in one line; at least 1. Default 16.
    pub width: usize,
    /// Bytes of one direction that follow each other within this time share a line. Default 5 ms,
    /// which holds five characters at 9,600 baud.
    pub merge: Duration,
}

impl Default for HexFormat {
    fn default() -> Self {
        Self {
            width: 16,
            merge: Duration::from_millis(5),
        }
    }
}

/// Writes what it sees as lines of hex and ASCII:
///
/// ```text
/// 0.000000 scale -> 53 49 0d 0a                                     |SI..|
/// 0.012345 scale <- 53 20 53 20 31 2e 35 20 67 0d 0a                |S S 1.5 g..|
/// 0.013386 scale <- [parity error in 0xff]
/// ```
///
/// The time is that of the line's first byte, in seconds of the clock. A line is written when it is
/// full, when the direction changes, when a note follows it, [`HexFormat::merge`] after its last
/// byte (while the stream's owner waits on it), and when the log is dropped. It never holds more
/// than one line.
pub struct Hex {
    name: String,
    clock: Clock,
    format: HexFormat,
    sink: Box<dyn FnMut(&str) + Send>,
    direction: Direction,
    /// The line that is not yet written, and when its first byte passed.
    bytes: Vec<u8>,
    since: Instant,
    /// When it is written at the latest.
    due: Instant,
    timer: Timer,
    /// Room for the text, kept.
    text: String,
}

impl Hex {
    /// A log whose lines carry `name` and go to `sink`, without a line end. `sink` is any function;
    /// [`to_writer`] and [`to_tracing`] make two.
    pub fn new(
        name: impl Into<String>,
        clock: &Clock,
        sink: impl FnMut(&str) + Send + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            clock: clock.clone(),
            format: HexFormat::default(),
            sink: Box::new(sink),
            direction: Direction::In,
            bytes: Vec::new(),
            since: Instant::START,
            due: Instant::START,
            timer: clock.timer(),
            text: String::new(),
        }
    }

    /// The same with another look.
    #[must_use]
    pub const fn format(mut self, format: HexFormat) -> Self {
        self.format = format;
        self
    }

    fn data(&mut self, direction: Direction, bytes: &[u8]) {
        let now = self.clock.now();
        if self.direction != direction || now >= self.due {
            self.write_line();
        }
        self.direction = direction;
        let width = self.format.width.max(1);
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.bytes.is_empty() {
                self.since = now;
            }
            let room = width.saturating_sub(self.bytes.len());
            let (head, tail) = rest.split_at(room.min(rest.len()));
            self.bytes.extend_from_slice(head);
            rest = tail;
            if self.bytes.len() >= width {
                self.write_line();
            }
        }
        if !self.bytes.is_empty() {
            self.due = now + self.format.merge;
            self.timer.set(Some(self.due));
        }
    }

    fn note(&mut self, sight: &Sight<'_>) {
        self.write_line();
        let arrow = arrow(sight.direction());
        self.emit(self.clock.now(), format_args!("{arrow} [{sight}]"));
    }

    fn write_line(&mut self) {
        self.timer.set(None);
        if self.bytes.is_empty() {
            return;
        }
        let bytes = core::mem::take(&mut self.bytes);
        let dump = Dump {
            arrow: arrow(Some(self.direction)),
            bytes: &bytes,
            width: self.format.width.max(1),
        };
        self.emit(self.since, format_args!("{dump}"));
        self.bytes = bytes;
        self.bytes.clear();
    }

    fn emit(&mut self, at: Instant, what: fmt::Arguments<'_>) {
        self.text.clear();
        // Writing to a string does not fail.
        let _ = write!(self.text, "{at} {} {what}", self.name);
        (self.sink)(&self.text);
    }
}

impl Watch for Hex {
    fn saw(&mut self, sight: Sight<'_>) {
        match sight {
            Sight::Data(direction, bytes) => self.data(direction, bytes),
            note => self.note(&note),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        if self.timer.poll(cx).is_ready() {
            self.write_line();
        }
    }
}

impl Drop for Hex {
    fn drop(&mut self) {
        self.write_line();
    }
}

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hex")
            .field("name", &self.name)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

const fn arrow(direction: Option<Direction>) -> &'static str {
    match direction {
        Some(Direction::In) => "<-",
        Some(Direction::Out) => "->",
        None => "--",
    }
}

/// One line of bytes; the ASCII column stands at the same place whatever their number.
struct Dump<'a> {
    arrow: &'static str,
    bytes: &'a [u8],
    width: usize,
}

impl fmt::Display for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.arrow)?;
        for byte in self.bytes {
            write!(f, "{byte:02x} ")?;
        }
        for _ in self.bytes.len()..self.width {
            f.write_str("   ")?;
        }
        f.write_char('|')?;
        for byte in self.bytes {
            let printable = byte.is_ascii_graphic() || *byte == b' ';
            f.write_char(if printable { char::from(*byte) } else { '.' })?;
        }
        f.write_char('|')
    }
}

/// A sink that writes lines to `writer`. When that fails, it says so once to [`tracing`] and writes
/// no more. A writer that blocks holds up the stream.
pub fn to_writer(writer: impl io::Write + Send + 'static) -> impl FnMut(&str) + Send + 'static {
    let mut writer = Some(writer);
    move |line| {
        let Some(to) = &mut writer else { return };
        if let Err(error) = writeln!(to, "{line}").and_then(|()| to.flush()) {
            tracing::warn!(%error, "the hex log ends: its writer failed");
            writer = None;
        }
    }
}

/// A sink that hands lines to [`tracing`], at level `DEBUG` with target `lineside::wire`.
pub fn to_tracing() -> impl FnMut(&str) + Send + 'static {
    |line| tracing::debug!(target: "lineside::wire", "{line}")
}
