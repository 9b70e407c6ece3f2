//! Turns an RS-485 transceiver round: one pair of wires, on which only one station may drive.

use core::{fmt, time::Duration};
use std::{io, sync::Arc};

use lineside_core::Instant;

/// How long a write that was given up while the transceiver led in keeps the bus.
const ABANDONED: Duration = Duration::from_millis(10);

/// Who turns an RS-485 transceiver round.
#[derive(Clone, Debug, Default)]
pub enum Rs485 {
    /// Nobody: the line is RS-232 or RS-422, or the adapter does it alone.
    #[default]
    Off,
    /// The kernel's driver, in its interrupt handler: exact, where the driver can.
    Kernel(ByKernel),
    /// We, by RTS.
    Rts(ByRts),
    /// We, by a function of the application: a GPIO, an I/O expander.
    Callback(ByCallback),
}

/// The kernel's RS-485 mode (`TIOCSRS485`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ByKernel {
    /// RTS while sending; its inverse otherwise. Default true.
    pub send_level: bool,
    /// From RTS to the first start bit, in whole milliseconds. Default 0.
    pub before: Duration,
    /// From the last stop bit to RTS, in whole milliseconds. Default 0.
    pub after: Duration,
    /// Hear what we send. Default false.
    pub receive_while_sending: bool,
    /// Switch a terminating resistor in. Default false.
    pub terminate: bool,
}

impl Default for ByKernel {
    fn default() -> Self {
        Self {
            send_level: true,
            before: Duration::ZERO,
            after: Duration::ZERO,
            receive_while_sending: false,
            terminate: false,
        }
    }
}

/// Direction by RTS, turned round each time all that was written has left.
///
/// The turn happens inside polls of the line: a read that waits, a flush or a drain turns it round;
/// a line that nobody polls keeps the bus. A flush waits for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ByRts {
    /// RTS while sending; its inverse otherwise. Default true.
    pub send_level: bool,
    /// From RTS to the first start bit. Default 0.
    pub before: Duration,
    /// From the last stop bit to RTS. Default 0.
    pub after: Duration,
}

impl Default for ByRts {
    fn default() -> Self {
        Self {
            send_level: true,
            before: Duration::ZERO,
            after: Duration::ZERO,
        }
    }
}

/// Direction by a function, called with true before the first bit and with false after the last.
/// Turned round as with [`ByRts`].
#[derive(Clone)]
#[non_exhaustive]
pub struct ByCallback {
    /// Turns the transceiver. It is called inside polls, so it must not block.
    pub drive: Drive,
    /// From the call to the first start bit. Default 0.
    pub before: Duration,
    /// From the last stop bit to the call. Default 0.
    pub after: Duration,
}

/// Turns a transceiver to sending (true) or receiving.
pub type Drive = Arc<dyn Fn(bool) -> io::Result<()> + Send + Sync>;

impl ByCallback {
    /// Direction by `drive`, without pauses.
    pub fn new(drive: impl Fn(bool) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self {
            drive: Arc::new(drive),
            before: Duration::ZERO,
            after: Duration::ZERO,
        }
    }
}

impl fmt::Debug for ByCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByCallback")
            .field("before", &self.before)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}

/// Which way the transceiver looks, and until when. Whoever owns it makes the turns.
#[derive(Debug)]
pub(crate) struct Direction {
    before: Duration,
    after: Duration,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Receive,
    /// Turned to send; the first bit may leave at this time.
    Lead(Instant),
    Send,
    /// All has left; the turn back is due at this time.
    Trail(Instant),
}

/// What a direction wants of its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Turn the transceiver to sending (true) or receiving, then ask again.
    Drive(bool),
    /// Ask again at this time.
    Wait(Instant),
    /// Go ahead.
    Done,
}

impl Direction {
    pub(crate) const fn new(before: Duration, after: Duration) -> Self {
        Self {
            before,
            after,
            state: State::Receive,
        }
    }

    /// The way to a write: done when bytes may leave.
    pub(crate) fn toward_sending(&mut self, now: Instant) -> Turn {
        match self.state {
            State::Receive => {
                self.state = State::Lead(now + self.before);
                return Turn::Drive(true);
            }
            State::Lead(at) if now < at => return Turn::Wait(at),
            _ => self.state = State::Send,
        }
        Turn::Done
    }

    /// The way back, while `busy` tells when to look whether all has left: done when we listen again.
    pub(crate) fn toward_receiving(&mut self, now: Instant, busy: Option<Instant>) -> Turn {
        loop {
            match (self.state, busy) {
                (State::Receive, _) => return Turn::Done,
                (State::Send, Some(at)) => return Turn::Wait(at),
                (State::Lead(at), _) if now < at + ABANDONED => return Turn::Wait(at + ABANDONED),
                (State::Trail(at), _) if now < at => return Turn::Wait(at),
                (State::Trail(_), _) => {
                    self.state = State::Receive;
                    return Turn::Drive(false);
                }
                (State::Lead(_), _) => self.state = State::Send,
                (State::Send, None) => self.state = State::Trail(now + self.after),
            }
        }
    }

    /// Whether we drive the bus.
    pub(crate) fn sends(&self) -> bool {
        self.state != State::Receive
    }

    /// The turn to sending failed: nothing was driven.
    pub(crate) fn failed(&mut self) {
        self.state = State::Receive;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    fn direction() -> Direction {
        Direction::new(Duration::from_micros(100), Duration::from_micros(50))
    }

    #[test]
    fn the_bus_is_taken_before_the_first_bit_and_released_after_the_last() {
        // M22 of Modbus.
        let mut bus = direction();
        assert_eq!(bus.toward_sending(at(0)), Turn::Drive(true));
        assert_eq!(bus.toward_sending(at(0)), Turn::Wait(at(100)));
        assert_eq!(bus.toward_sending(at(100)), Turn::Done);
        assert_eq!(
            bus.toward_receiving(at(100), Some(at(900))),
            Turn::Wait(at(900))
        );
        assert_eq!(bus.toward_receiving(at(900), None), Turn::Wait(at(950)));
        assert_eq!(bus.toward_receiving(at(950), None), Turn::Drive(false));
        assert_eq!(bus.toward_receiving(at(950), None), Turn::Done);
    }

    #[test]
    fn a_second_write_keeps_the_bus() {
        let mut bus = direction();
        let _ = bus.toward_sending(at(0));
        assert_eq!(bus.toward_sending(at(100)), Turn::Done);
        assert_eq!(bus.toward_receiving(at(200), None), Turn::Wait(at(250)));
        assert_eq!(bus.toward_sending(at(240)), Turn::Done);
        assert_eq!(
            bus.toward_receiving(at(250), Some(at(300))),
            Turn::Wait(at(300))
        );
    }

    #[test]
    fn a_reader_does_not_take_the_bus_from_a_writer_that_leads_in() {
        let mut bus = direction();
        let _ = bus.toward_sending(at(0));
        assert!(matches!(bus.toward_receiving(at(100), None), Turn::Wait(_)));
        assert_eq!(bus.toward_sending(at(100)), Turn::Done);
    }

    #[test]
    fn a_write_that_was_given_up_does_not_keep_the_bus() {
        let mut bus = direction();
        let _ = bus.toward_sending(at(0));
        let Turn::Wait(given_up) = bus.toward_receiving(at(1), None) else {
            panic!("turned round at once");
        };
        let Turn::Wait(trailed) = bus.toward_receiving(given_up, None) else {
            panic!("no trailing pause");
        };
        assert_eq!(bus.toward_receiving(trailed, None), Turn::Drive(false));
        assert!(!bus.sends());
    }
}
