//! What the machines allow and assume.

use core::time::Duration;

mod client;
mod server;

pub use client::ClientConfig;
pub use server::{Diagnostics, SerialFunctions, ServerConfig, Units, WhenFull};

/// How the ends of RTU frames are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reception {
    /// By silence alone, as Serial line 2.5.1.1 has it: t3.5 ends a frame, t1.5 inside one spoils
    /// it. For a line whose silences can be trusted.
    Strict,
    /// By the grammar's lengths and the CRC, silence being a hint: for USB adapters, which deliver
    /// late and in lumps. Silences are still kept before sending. A frame that lost its last byte takes
    /// the first byte of the next frame for it, where the two are the same: the next frame is lost then.
    Tolerant,
    /// The same for a stream that has no silences (RTU over TCP, T12): none is kept before sending.
    Stream,
}

/// Where a tolerant receiver looks for a frame behind bytes that are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Resync {
    /// Behind silences and behind good frames.
    #[default]
    Silence,
    /// At every byte too (F18). Finds a frame that follows garbage without a silence; random
    /// bytes pass for some frame once in about 65,536 places.
    Everywhere,
}

/// Times and habits of a wire, for every machine on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// Bits per second, which t1.5 and t3.5 follow. Default 19,200 (Serial line 2.5.1, F15).
    pub baud: u32,
    /// How long one character takes on the line, start, parity and stop bits included; zero where
    /// characters take no time that could be known (a PTY, a stream). Default: 11 bits.
    pub char_time: Duration,
    /// How RTU frames are found. Default: strict.
    pub reception: Reception,
    /// Where a tolerant receiver tries again.
    pub resync: Resync,
    /// How long a tolerant receiver keeps the beginning of a frame: longer than an adapter may hold
    /// the rest of it back. Default 50 ms.
    pub lump: Duration,
    /// The longest silence between two characters of an ASCII frame; `None` for any (Serial line
    /// 2.5.2.1, A06). Default 1 s.
    pub ascii_gap: Option<Duration>,
    /// Whether an ASCII frame may have lower-case digits (A03). Default: yes. We send upper case.
    pub ascii_lower: bool,
    /// Whether the wire sends back what we send (two-wire RS-485 with the receiver always on): it
    /// is compared, and removed (F23). Default: no.
    pub echo: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            baud: 19_200,
            char_time: Duration::from_nanos(572_917),
            reception: Reception::Strict,
            resync: Resync::Silence,
            lump: Duration::from_millis(50),
            ascii_gap: Some(Duration::from_secs(1)),
            ascii_lower: true,
            echo: false,
        }
    }
}

impl Line {
    /// The same, for a line of another speed, whose characters take `char_time`.
    #[must_use]
    pub const fn speed(mut self, baud: u32, char_time: Duration) -> Self {
        self.baud = baud;
        self.char_time = char_time;
        self
    }

    /// The same, with RTU frames found another way.
    #[must_use]
    pub const fn reception(mut self, reception: Reception) -> Self {
        self.reception = reception;
        self
    }

    /// The longest silence inside an RTU frame, t1.5: one and a half characters of 11 bits, and
    /// 750 µs above 19,200 baud (Serial line 2.5.1.1, F02, F03).
    #[must_use]
    pub fn t1_5(&self) -> Duration {
        self.silence(165, Duration::from_micros(750))
    }

    /// The shortest silence between RTU frames, t3.5: three and a half characters of 11 bits, and
    /// 1.750 ms above 19,200 baud (Serial line 2.5.1.1, F02, F03).
    #[must_use]
    pub fn t3_5(&self) -> Duration {
        self.silence(385, Duration::from_micros(1_750))
    }

    /// Tenths of a bit, rounded up to a nanosecond.
    fn silence(&self, tenths: u64, fast: Duration) -> Duration {
        match self.baud {
            19_201.. => fast,
            baud => Duration::from_nanos((tenths * 100_000_000).div_ceil(u64::from(baud.max(1)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silences_follow_the_speed_up_to_19200_baud() {
        // Baud, t1.5 and t3.5 in microseconds.
        let table = [
            (1_200, 13_750, 32_083),
            (2_400, 6_875, 16_041),
            (9_600, 1_718, 4_010),
            (19_200, 859, 2_005),
            (38_400, 750, 1_750),
            (115_200, 750, 1_750),
            (921_600, 750, 1_750),
        ];
        for (baud, t1_5, t3_5) in table {
            let line = Line::default().speed(baud, Duration::ZERO);
            assert_eq!(
                (line.t1_5().as_micros(), line.t3_5().as_micros()),
                (t1_5, t3_5)
            );
        }
        let none = Line::default().speed(0, Duration::ZERO);
        assert_eq!(none.t3_5(), Duration::from_secs_f64(38.5));
    }
}
