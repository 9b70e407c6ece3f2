//! How a tty is opened, beside its settings.

use core::time::Duration;

use crate::Rs485;

/// How a tty is opened, beside its [`Settings`](lineside_io::Settings).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Whether damaged characters and breaks become marks.
    pub marks: Marks,
    /// Nobody else may open the tty while we hold it: `flock` against programs that ask, and on a
    /// real port `TIOCEXCL` against all that are not root. Default true. The kernel lets both go
    /// when we end, however we end.
    pub exclusive: bool,
    /// Refuse settings that have no meaning on a PTY (speed, parity, stop bits, low latency), as a
    /// real port refuses what it cannot do. Default false: a PTY keeps them, so that timing that is
    /// reckoned from them holds, and [`Capabilities::speed`](lineside_io::Capabilities::speed) says
    /// that they do nothing else.
    pub strict: bool,
    /// How far the device's baud rate may be from the one asked for, per mille. Default 25: a UART
    /// samples the tenth bit wrongly at about 50.
    pub baud_tolerance: u32,
    /// Ask the driver to hand over received bytes at once. Default false: leave it as it is.
    pub low_latency: bool,
    /// Raise or lower DTR after opening. Default `None`: as the kernel does, which raises it.
    pub dtr: Option<bool>,
    /// Raise or lower RTS after opening. Default `None`: as the kernel does, which raises it.
    pub rts: Option<bool>,
    /// Lower DTR when the last program closes the tty (`HUPCL`), which resets some boards. Default
    /// `None`: leave it as it is.
    pub hang_up_on_close: Option<bool>,
    /// Who turns an RS-485 transceiver round.
    pub rs485: Rs485,
    /// How often the modem lines are looked at while somebody waits for a change. Default 10 ms. A
    /// pulse between two looks is still seen where the driver counts changes.
    pub signals_interval: Duration,
    /// A drain looks again when the rest should have left, but not earlier than this. Default 100 µs.
    pub drain_shortest: Duration,
    /// And not later than this. Default 10 ms.
    pub drain_longest: Duration,
    /// Give up a drain when nothing has left for this long. Default 30 s; `None` waits for ever.
    pub drain_stall: Option<Duration>,
    /// How many characters an adapter may still hold when the kernel's queue is empty, where the
    /// driver cannot say when the transmitter is empty (most USB adapters). A drain waits for as
    /// long as they take. Default 2.
    pub hidden_fifo: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            marks: Marks::default(),
            exclusive: true,
            strict: false,
            baud_tolerance: 25,
            low_latency: false,
            dtr: None,
            rts: None,
            hang_up_on_close: None,
            rs485: Rs485::default(),
            signals_interval: Duration::from_millis(10),
            drain_shortest: Duration::from_micros(100),
            drain_longest: Duration::from_millis(10),
            drain_stall: Some(Duration::from_secs(30)),
            hidden_fifo: 2,
        }
    }
}

/// Whether damaged characters and breaks become [`Mark`](lineside_core::Mark)s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marks {
    /// On a real port; a PTY has neither, and is read without looking for them.
    #[default]
    Auto,
    /// On every tty.
    On,
    /// Never: a damaged character is data as it came, and a break leaves no trace.
    Off,
}

impl Marks {
    pub(crate) const fn on(self, pty: bool) -> bool {
        match self {
            Self::Auto => !pty,
            Self::On => true,
            Self::Off => false,
        }
    }
}
