//! The receiving half of a UART, bit by bit.

use lineside_core::Mark;

use super::frame::Frame;

/// Looks for start bits and samples each bit in its middle, at its own baud rate.
///
/// A start bit needs a falling edge, so a receiver that joins in the middle of a character, or has
/// just seen one without a stop bit, first waits for mark. Only the first stop bit is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    frame: Frame,
    /// Up to when the wire has been looked at.
    at: u64,
    state: State,
    /// What was received and is not complete before the end of its stop bits.
    ready: Option<(u64, Received)>,
    /// How long the last break was.
    last_break: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The line was at mark: the next low is a start bit.
    Idle,
    /// The next bit to sample of a character that began at `start`.
    Character { start: u64, bit: u32, bits: u16 },
    /// Low since `start`, for longer than a character.
    Break { start: u64 },
    /// Low, and nobody knows why: the next high ends it.
    Lost,
}

/// What a UART makes of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    Byte(u8),
    Mark(Mark),
}

impl Sampler {
    /// Begins to look at `at`; `quiet` when the line is known to be at mark.
    pub(super) const fn new(frame: Frame, at: u64, quiet: bool) -> Self {
        Self {
            frame,
            at,
            state: if quiet { State::Idle } else { State::Lost },
            ready: None,
            last_break: None,
        }
    }

    /// Begins anew with other settings.
    pub(super) const fn reset(&mut self, frame: Frame, at: u64, quiet: bool) {
        *self = Self {
            last_break: self.last_break,
            ..Self::new(frame, at, quiet)
        };
    }

    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    pub(super) const fn frame(&self) -> Frame {
        self.frame
    }

    pub(super) const fn last_break(&self) -> Option<u64> {
        self.last_break
    }

    /// Waits for a start bit, with nothing left to report.
    pub(super) const fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle) && self.ready.is_none()
    }

    /// When what is being received will be complete, if anything is.
    pub(super) const fn due(&self) -> Option<u64> {
        match (self.ready, self.state) {
            (Some((due, _)), _) => Some(due),
            (None, State::Character { start, .. }) => {
                Some(start.saturating_add(self.frame.character()))
            }
            _ => None,
        }
    }

    /// Takes what is complete at `now`.
    pub(super) fn take(&mut self, now: u64) -> Option<Received> {
        self.ready
            .take_if(|(due, _)| *due <= now)
            .map(|(_, what)| what)
    }

    /// Skips a stretch in which the line was at mark, or a character that was received without
    /// looking at its bits.
    pub(super) const fn skip_to(&mut self, to: u64) {
        self.at = to;
    }

    /// Low for longer than a character, and low still.
    pub(super) const fn is_in_break(&self) -> bool {
        matches!(self.state, State::Break { .. })
    }

    /// The line goes high where it was last looked at: a break is over.
    pub(super) const fn end_break(&mut self, high: bool) {
        if let State::Break { start } = self.state
            && high
        {
            self.last_break = Some(self.at - start);
            self.state = State::Idle;
        }
    }

    /// Looks at the line from where it left off until `to`, at one level.
    pub(super) fn run(&mut self, high: bool, to: u64) {
        while self.at < to {
            match self.state {
                State::Lost if high => self.state = State::Idle,
                State::Break { .. } if high => self.end_break(high),
                State::Idle if !high => {
                    self.state = State::Character {
                        start: self.at,
                        bit: 0,
                        bits: 0,
                    };
                }
                State::Idle | State::Lost | State::Break { .. } => self.at = to,
                State::Character { start, bit, bits } => {
                    let middle = start.saturating_add(self.frame.nanos(2 * u64::from(bit) + 1));
                    if middle >= to {
                        self.at = to;
                        return;
                    }
                    // A level that holds at the middle holds from where this call began.
                    self.at = self.at.max(middle);
                    self.state = self.sample(start, bit, bits, high);
                }
            }
        }
    }

    fn sample(&mut self, start: u64, bit: u32, bits: u16, high: bool) -> State {
        let stop = self.frame.leading_bits();
        if bit == 0 && high {
            return State::Idle; // a spike, not a start bit
        }
        if bit < stop {
            return State::Character {
                start,
                bit: bit + 1,
                bits: bits | (u16::from(high) << bit),
            };
        }
        let (byte, parity) = self.frame.decode(bits);
        let (what, state) = match (high, parity) {
            (true, true) => (Received::Byte(byte), State::Idle),
            (true, false) => (Received::Mark(Mark::Parity(byte)), State::Idle),
            (false, _) if bits == 0 => (Received::Mark(Mark::Break), State::Break { start }),
            (false, _) => (Received::Mark(Mark::Framing(byte)), State::Lost),
        };
        self.ready = Some((start.saturating_add(self.frame.character()), what));
        state
    }
}

#[cfg(test)]
mod tests {
    use crate::Settings;

    use super::*;

    /// 8N1 at a million baud: a bit is a microsecond.
    fn frame() -> Frame {
        Frame::of(&Settings {
            baud: 1_000_000,
            ..Settings::default()
        })
    }

    fn hear(stretches: &[(bool, u64)]) -> (Sampler, Vec<(u64, Received)>) {
        let mut sampler = Sampler::new(frame(), 0, false);
        let mut heard = Vec::new();
        let mut end = 0;
        for &(high, lasts) in stretches {
            end += lasts;
            while sampler.at() < end {
                let to = sampler
                    .due()
                    .map_or(end, |due| due.min(end))
                    .max(sampler.at() + 1);
                sampler.run(high, to);
                let due = sampler.due().unwrap_or_default();
                heard.extend(sampler.take(to).map(|what| (due, what)));
            }
        }
        (sampler, heard)
    }

    #[test]
    fn a_character_is_complete_at_the_end_of_its_stop_bit() {
        let (_, heard) = hear(&[(true, 500), (false, 1_000), (true, 20_000)]);
        assert_eq!(heard, [(10_500, Received::Byte(0xFF))]);
    }

    #[test]
    fn a_spike_shorter_than_half_a_bit_is_no_start_bit() {
        let (_, heard) = hear(&[(true, 500), (false, 499), (true, 20_000)]);
        assert_eq!(heard, []);
    }

    #[test]
    fn a_missing_stop_bit_is_a_framing_error() {
        let wave = [
            (true, 500),
            (false, 1_000),
            (true, 8_000),
            (false, 1_000),
            (true, 20_000),
        ];
        let (_, heard) = hear(&wave);
        assert_eq!(heard, [(10_500, Received::Mark(Mark::Framing(0xFF)))]);
    }

    #[test]
    fn low_for_longer_than_a_character_is_one_break_of_known_length() {
        let (sampler, heard) = hear(&[(true, 500), (false, 70_000), (true, 20_000)]);
        assert_eq!(heard, [(10_500, Received::Mark(Mark::Break))]);
        assert_eq!(sampler.last_break(), Some(70_000));
    }

    #[test]
    fn who_joins_at_space_waits_for_mark() {
        let (_, heard) = hear(&[(false, 3_000), (true, 500), (false, 1_000), (true, 20_000)]);
        assert_eq!(heard, [(13_500, Received::Byte(0xFF))]);
    }
}
