//! What a client asks for, and how long it waits.

use core::time::Duration;

use bytes::Bytes;

use crate::{
    com_port::{ProbeConfig, TRANSPARENT},
    wire::{
        TelnetOption,
        com_port::{LineState, ModemState},
    },
};

/// What a client asks for, and how long it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Of Telnet. Default: COM-PORT offered, as it is in any case, BINARY and SGA both ways.
    pub telnet: crate::Config,
    /// What a server that asks for the signature is told. Default `Lineside`.
    pub signature: Bytes,
    /// What of the line is to be notified. Default [`LineState::ERRORS`].
    pub line_state: LineState,
    /// What of the modem lines is to be notified. Default everything but the end of a ring, which the
    /// level of the ring tells too: a mask of 255 would be escaped, and sredird takes the second byte of that
    /// for data.
    pub modem_state: ModemState,
    /// How long a command may go unanswered before it is said again; the first time also as long as the
    /// data before it takes on the line, since the server acts behind it. Default 3 s.
    pub answer: Duration,
    /// The longest that data before a command may take on the line. Default 30 s, as
    /// `AccessConfig::drain` has it.
    pub drain: Duration,
    /// How often it is said in all. Default 3.
    pub tries: u32,
    /// How long a purge may go unanswered. It is said once, and where it has no answer the next ones are
    /// not waited for, before the server has answered one. Default 1 s.
    pub purge: Duration,
    /// Baud rates are said in Cisco's form from the beginning. Default off: the form is taken up when
    /// the server answers in it.
    pub cisco: bool,
    /// When a silent server is asked for a sign of life.
    pub probe: ProbeConfig,
}

impl Default for Config {
    fn default() -> Self {
        let mut telnet = crate::Config::default();
        telnet.ours = telnet.ours.with(TelnetOption::COM_PORT);
        telnet.theirs = telnet.theirs.with(TelnetOption::COM_PORT);
        telnet.offer = TRANSPARENT.with(TelnetOption::COM_PORT);
        telnet.ask = TRANSPARENT;
        Self {
            telnet,
            signature: Bytes::from_static(b"Lineside"),
            line_state: LineState::ERRORS,
            modem_state: ModemState(0xFB),
            answer: Duration::from_secs(3),
            drain: Duration::from_secs(30),
            tries: 3,
            purge: Duration::from_secs(1),
            cisco: false,
            probe: ProbeConfig::default(),
        }
    }
}
