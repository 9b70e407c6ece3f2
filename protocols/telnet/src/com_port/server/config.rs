//! What an access server offers.

use bytes::Bytes;

use crate::{
    com_port::{ProbeConfig, TRANSPARENT},
    wire::TelnetOption,
};

/// What an access server offers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Of Telnet. Default: BINARY and SGA both ways, COM-PORT asked for; ECHO for a client that asks.
    pub telnet: crate::Config,
    /// What a client that asks for the signature is told. Default `Lineside`.
    pub signature: Bytes,
    /// When a silent client is asked for a sign of life.
    pub probe: ProbeConfig,
}

impl Default for Config {
    fn default() -> Self {
        let mut telnet = crate::Config::default();
        telnet.ours = telnet
            .ours
            .with(TelnetOption::ECHO)
            .with(TelnetOption::COM_PORT);
        telnet.theirs = telnet.theirs.with(TelnetOption::COM_PORT);
        telnet.offer = TRANSPARENT;
        telnet.ask = TRANSPARENT.with(TelnetOption::COM_PORT);
        Self {
            telnet,
            signature: Bytes::from_static(b"Lineside"),
            probe: ProbeConfig::default(),
        }
    }
}
