//! A wire with a speed: tty, PTY, RFC 2217 port, null modem.

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::io;

use lineside_core::Mark;

use crate::Stream;

/// A boxed future, so that a [`Line`] can stand behind `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How characters travel on a serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// Bits per second, start, parity and stop bits included.
    pub baud: u32,
    /// Data bits in a character.
    pub data_bits: DataBits,
    /// The bit that guards them.
    pub parity: Parity,
    /// The pause that ends a character.
    pub stop_bits: StopBits,
    /// Who may stop whom.
    pub flow: FlowControl,
}

/// 9600 baud, 8N1, no flow control.
impl Default for Settings {
    fn default() -> Self {
        Self {
            baud: 9_600,
            data_bits: DataBits::Eight,
            parity: Parity::None,
            stop_bits: StopBits::One,
            flow: FlowControl::None,
        }
    }
}

impl Settings {
    /// Half bits in one character: start, data, parity and stop bits.
    #[must_use]
    pub const fn half_bits(&self) -> u32 {
        let parity = if matches!(self.parity, Parity::None) {
            0
        } else {
            2
        };
        2 + 2 * self.data_bits.count() + parity + self.stop_bits.half_bits()
    }

    /// How long `characters` back to back take, rounded up to a nanosecond.
    #[must_use]
    pub fn time_of(&self, characters: u64) -> Duration {
        let halves = u128::from(characters) * u128::from(self.half_bits());
        let nanos = (halves * 1_000_000_000).div_ceil(2 * u128::from(self.baud.max(1)));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// Data bits in a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "a variant's name is its meaning")]
pub enum DataBits {
    Five,
    Six,
    Seven,
    #[default]
    Eight,
}

impl DataBits {
    /// The number of bits.
    #[must_use]
    pub const fn count(self) -> u32 {
        match self {
            Self::Five => 5,
            Self::Six => 6,
            Self::Seven => 7,
            Self::Eight => 8,
        }
    }
}

/// The parity bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Parity {
    /// There is none.
    #[default]
    None,
    /// The number of ones, it included, is odd.
    Odd,
    /// The number of ones, it included, is even.
    Even,
    /// Always one.
    Mark,
    /// Always zero.
    Space,
}

/// The stop bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StopBits {
    /// One bit time.
    #[default]
    One,
    /// One and a half, as with five data bits.
    OneAndHalf,
    /// Two.
    Two,
}

impl StopBits {
    /// Their length in half bits.
    #[must_use]
    pub const fn half_bits(self) -> u32 {
        match self {
            Self::One => 2,
            Self::OneAndHalf => 3,
            Self::Two => 4,
        }
    }
}

/// Who may stop whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FlowControl {
    /// Nobody.
    #[default]
    None,
    /// XON (0x11) and XOFF (0x13) in the data.
    Software,
    /// RTS and CTS.
    Hardware,
}

/// The modem lines. Outputs are [`dtr`](Self::dtr) and [`rts`](Self::rts); the rest are inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Signals {
    /// Data terminal ready, ours.
    pub dtr: bool,
    /// Request to send, ours.
    pub rts: bool,
    /// Clear to send.
    pub cts: bool,
    /// Data set ready.
    pub dsr: bool,
    /// Data carrier detect.
    pub dcd: bool,
    /// Ring indicator.
    pub ri: bool,
}

/// What a line really has, asked of the line and not assumed: a PTY has no modem lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Capabilities {
    /// Baud rate, parity and stop bits act on the wire.
    pub speed: bool,
    /// [`Line::signals`] works.
    pub signals: bool,
    /// Received breaks are reported.
    pub break_received: bool,
    /// [`Line::set_break`] acts on the wire.
    pub break_sent: bool,
    /// Parity and framing errors are reported.
    pub marks: bool,
    /// [`Line::poll_drain`] waits for the last stop bit, not only for the kernel's queue.
    pub exact_drain: bool,
}

/// Which queue [`Line::discard`] empties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Received and not yet read.
    Input,
    /// Written and not yet sent.
    Output,
    /// Both.
    Both,
}

/// A wire with a speed.
///
/// As a [`Stream`] it carries the data alone. A read never passes over a mark: it ends before one,
/// and the mark can then be taken with [`take_mark`](Self::take_mark). A reader that does not care
/// simply reads on, which drops the mark. A mark wakes a waiting reader.
pub trait Line: Stream {
    /// The settings in effect.
    fn settings(&self) -> Settings;

    /// Changes the settings, and gives those that are then in effect. Output that is queued goes
    /// out under the old ones.
    ///
    /// # Errors
    /// `Unsupported` names the setting that the line cannot do; the old ones stay in effect.
    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>>;

    /// What this line has.
    fn capabilities(&self) -> Capabilities;

    /// The mark that stands at the reading position, if any.
    fn take_mark(&mut self) -> Option<Mark>;

    /// Ready when the last stop bit of everything written has left. A line that may be stopped by
    /// the other end gives up by a limit of its own, with `TimedOut`: nobody above can tell a line
    /// that is stopped from one that is slow.
    fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Throws away what is queued.
    ///
    /// # Errors
    /// The line is gone.
    fn discard(&mut self, queue: Queue) -> io::Result<()>;

    /// The modem lines now.
    ///
    /// # Errors
    /// `Unsupported` where there are none.
    fn signals(&mut self) -> io::Result<Signals>;

    /// Drives our own modem lines; `None` leaves one as it is.
    ///
    /// # Errors
    /// `Unsupported` where there are none.
    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()>;

    /// Ready with the modem lines when one of the inputs has changed since the last call.
    fn poll_signals(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Signals>>;

    /// Starts (`true`) or ends a break.
    ///
    /// # Errors
    /// `Unsupported` where the line has none.
    fn set_break(&mut self, on: bool) -> io::Result<()>;

    /// Waits until the last stop bit of everything written has left. Cancel-safe.
    fn drain(&mut self) -> impl Future<Output = io::Result<()>> + Send
    where
        Self: Sized,
    {
        core::future::poll_fn(move |cx| Pin::new(&mut *self).poll_drain(cx))
    }

    /// Waits for a change of the modem lines that we receive. Cancel-safe.
    fn signals_changed(&mut self) -> impl Future<Output = io::Result<Signals>> + Send
    where
        Self: Sized,
    {
        core::future::poll_fn(move |cx| Pin::new(&mut *self).poll_signals(cx))
    }
}

impl<L: Line + ?Sized> Line for Box<L> {
    fn settings(&self) -> Settings {
        (**self).settings()
    }

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        (**self).configure(to)
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    fn take_mark(&mut self) -> Option<Mark> {
        (**self).take_mark()
    }

    fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **self.get_mut()).poll_drain(cx)
    }

    fn discard(&mut self, queue: Queue) -> io::Result<()> {
        (**self).discard(queue)
    }

    fn signals(&mut self) -> io::Result<Signals> {
        (**self).signals()
    }

    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()> {
        (**self).set_signals(dtr, rts)
    }

    fn poll_signals(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Signals>> {
        Pin::new(&mut **self.get_mut()).poll_signals(cx)
    }

    fn set_break(&mut self, on: bool) -> io::Result<()> {
        (**self).set_break(on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_lasts_as_long_as_its_bits() {
        let eight_n_one = Settings::default();
        assert_eq!(eight_n_one.half_bits(), 20);
        assert_eq!(eight_n_one.time_of(960), Duration::from_secs(1));
        let five_e_one_and_half = Settings {
            data_bits: DataBits::Five,
            parity: Parity::Even,
            stop_bits: StopBits::OneAndHalf,
            ..eight_n_one
        };
        assert_eq!(five_e_one_and_half.half_bits(), 17);
    }
}
