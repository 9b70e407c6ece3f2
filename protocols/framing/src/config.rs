//! What a [`Records`](crate::Records) machine allows and assumes.

use core::time::Duration;

use crate::wire::Silence;

/// Limits and times. The longest record belongs to the framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// How long one character takes on the line, start, parity and stop bits included; silences are
    /// counted in it. Default: 11 bits at 9,600 baud.
    pub char_time: Duration,
    /// Records that may wait for the silence between frames, where the framing wants one.
    /// Default 64.
    pub queued: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            char_time: Duration::from_nanos(1_145_834),
            queued: 64,
        }
    }
}

impl Config {
    /// The same, with another time of a character.
    #[must_use]
    pub const fn char_time(mut self, char_time: Duration) -> Self {
        self.char_time = char_time;
        self
    }

    /// The same, with another limit on records that wait to be sent.
    #[must_use]
    pub const fn queued(mut self, queued: usize) -> Self {
        self.queued = queued;
        self
    }

    /// How long a silence lasts, rounded up to a nanosecond.
    #[must_use]
    pub fn time_of(&self, silence: Silence) -> Duration {
        let nanos = (self.char_time.as_nanos() * u128::from(silence.tenths)).div_ceil(10);
        let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
        let floor = Duration::from_micros(silence.floor_us.into());
        Duration::from_nanos(nanos).max(floor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_counted_in_characters_and_has_a_floor() {
        let t3_5 = Silence {
            tenths: 35,
            floor_us: 1_750,
        };
        let at =
            |baud: u64| Config::default().char_time(Duration::from_nanos(11_000_000_000 / baud));
        assert_eq!(at(9_600).time_of(t3_5).as_micros(), 4_010);
        assert_eq!(at(115_200).time_of(t3_5).as_micros(), 1_750);
        assert_eq!(
            Config::default()
                .char_time(Duration::MAX)
                .time_of(t3_5)
                .as_nanos(),
            u64::MAX.into()
        );
    }
}
