//! What a wire is, as it tells itself.

use core::time::Duration;

use lineside_io::address::Wire;

use crate::{Line, Reception};

/// How long the beginning of a frame is kept on a stream: longer than TCP takes to send a segment
/// again, and again.
const STREAM_LUMP: Duration = Duration::from_secs(5);

impl Line {
    /// The same with the speed of a serial line. Where the speed does not act on the wire (a PTY),
    /// characters take no time, and only the silences between frames are kept.
    #[must_use]
    pub fn of_line(self, line: &(impl lineside_io::Line + ?Sized)) -> Self {
        let settings = line.settings();
        let character = match line.capabilities().speed {
            true => settings.time_of(1),
            false => Duration::ZERO,
        };
        self.speed(settings.baud, character)
    }

    /// The same for a stream of bytes, which has no silences: a frame may come in pieces with seconds
    /// between them, such as a lost segment costs.
    #[must_use]
    pub const fn of_stream(self) -> Self {
        let baud = self.baud;
        let mut line = self
            .speed(baud, Duration::ZERO)
            .reception(Reception::Stream);
        line.lump = STREAM_LUMP;
        line
    }

    /// The same for what an address opened.
    #[must_use]
    pub fn of_wire(self, wire: &mut Wire) -> Self {
        match wire.as_line() {
            Some(line) => self.of_line(line),
            None => self.of_stream(),
        }
    }
}
