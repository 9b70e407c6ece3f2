//! What a simulated line can be told to be. Every limit is a field with a default.

use core::time::Duration;

use crate::Settings;

/// One end of a simulated line.
#[derive(Clone, Debug)]
pub struct EndConfig {
    /// How this end sends, and how it samples what it receives. Speeds from 1 to 100,000,000 baud; others
    /// count as the nearest of these.
    pub settings: Settings,
    /// Characters that can wait to be sent; a writer waits when they do. Default 4096. A writer that
    /// had to wait goes on when half of it is free.
    pub transmit_queue: usize,
    /// Characters and marks that can wait to be read. Default 4096. With flow control the other end
    /// is stopped at three quarters and let go at one quarter; without, what does not fit is lost
    /// and [`Mark::Overrun`](lineside_core::Mark::Overrun) stands in its place.
    pub receive_queue: usize,
    /// The pause after each character that this end sends. Default none.
    pub gap: Gap,
    /// When received characters can be read. Default each at the end of its stop bits.
    pub delivery: Delivery,
    /// What the wire does to the characters that this end sends. Default nothing.
    pub noise: Noise,
}

impl EndConfig {
    /// The defaults with these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            transmit_queue: 4096,
            receive_queue: 4096,
            gap: Gap::None,
            delivery: Delivery::EachCharacter,
            noise: Noise::default(),
        }
    }
}

impl Default for EndConfig {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

/// A null modem: its two ends and the modem lines between them.
#[derive(Clone, Debug, Default)]
pub struct NullModemConfig {
    /// The first end of the pair.
    pub a: EndConfig,
    /// The second.
    pub b: EndConfig,
    /// How the modem lines are wired.
    pub wiring: Wiring,
}

impl NullModemConfig {
    /// Both ends with these settings, all modem lines crossed.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            a: EndConfig::new(settings),
            b: EndConfig::new(settings),
            wiring: Wiring::Full,
        }
    }
}

/// The modem lines of a null modem. The ring indicator is never wired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wiring {
    /// RTS to the other's CTS, DTR to the other's DSR and DCD.
    #[default]
    Full,
    /// Data and ground only: no input is ever on.
    ThreeWire,
    /// Each end's RTS to its own CTS, its DTR to its own DSR and DCD.
    Looped,
}

/// The pause after a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gap {
    /// The next start bit follows the last stop bit.
    #[default]
    None,
    /// Always this long.
    Fixed(Duration),
    /// Anything from `min` to `max`, both included, from a generator seeded with `seed`.
    Random {
        /// The shortest.
        min: Duration,
        /// The longest.
        max: Duration,
        /// The same seed gives the same gaps.
        seed: u64,
    },
}

/// When received characters can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Each at the end of its last stop bit.
    #[default]
    EachCharacter,
    /// Like a USB adapter: when `characters` have come, or `latency` after the first of them.
    Lumps {
        /// A full lump; 62 for the common 64-byte bulk endpoint with two status bytes.
        characters: usize,
        /// The latency timer; 16 ms is the common default.
        latency: Duration,
    },
}

impl Delivery {
    /// 62 characters or 16 ms: what most USB adapters do unless told otherwise.
    pub const USB: Self = Self::Lumps {
        characters: 62,
        latency: Duration::from_millis(16),
    };
}

/// What the wire does to characters. The same seed and the same characters give the same damage.
///
/// Rates are probabilities from 0 to 1; what is not a number counts as 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Noise {
    /// Seeds the generator.
    pub seed: u64,
    /// Each bit of a character, start and stop bits included, is inverted with this probability.
    pub bit_error_rate: f64,
    /// A character never reaches the wire: its time passes in silence.
    pub drop_rate: f64,
    /// A character is sent a second time.
    pub duplicate_rate: f64,
    /// A random character is sent before a character.
    pub insert_rate: f64,
}

/// An RS-485 pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BusConfig {
    /// What receivers see while nobody drives the pair.
    pub idle: Idle,
    /// What they see while drivers disagree.
    pub contention: Contention,
}

/// The level of a pair that nobody drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Idle {
    /// Bias resistors hold it at mark.
    #[default]
    Biased,
    /// It floats: after a driver turns off, `bits` random bits at that sender's baud rate, then mark.
    Floating {
        /// The same seed gives the same bits at the same times.
        seed: u64,
        /// How many; at most 64 count.
        bits: u32,
    },
}

/// What receivers see while drivers disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contention {
    /// Space wins.
    Low,
    /// Mark wins.
    High,
    /// Either, drawn from the seed for each stretch between two edges.
    Undefined {
        /// The same seed gives the same levels at the same times.
        seed: u64,
    },
}

/// Undefined, seed 0.
impl Default for Contention {
    fn default() -> Self {
        Self::Undefined { seed: 0 }
    }
}

/// A station on an RS-485 pair.
#[derive(Clone, Debug, Default)]
pub struct StationConfig {
    /// Its settings and queues.
    pub end: EndConfig,
    /// It hears itself. Otherwise its receiver is off while its driver is on. Default off.
    pub echo: bool,
    /// When its driver lets go of the pair. Default at the end of the last stop bit.
    pub turn_off: TurnOff,
}

impl StationConfig {
    /// The defaults with these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            end: EndConfig::new(settings),
            ..Self::default()
        }
    }
}

/// When a driver lets go of the pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TurnOff {
    /// At the end of the last stop bit.
    #[default]
    OnTime,
    /// It drives mark for this many half bits longer.
    Late {
        /// Half bit times.
        half_bits: u32,
    },
    /// This many half bits of the last character are cut off; at most the whole of it.
    Early {
        /// Half bit times.
        half_bits: u32,
    },
}
