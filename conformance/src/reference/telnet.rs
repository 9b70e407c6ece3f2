//! The textbook of Telnet: both sides, as the RFCs read, and sharing nothing with the library under
//! test.

use lineside_io::BoxFuture;

use super::Mutation;
use crate::{
    Profile,
    dialect::Dialect,
    script::{Report, Step},
    subject::Setup,
    wire::End,
};

mod client;
mod end;
mod linemode;
mod mutants;
mod options;
mod receiver;
pub mod seen;
mod server;
pub mod typed;

pub use mutants::MUTANTS;

/// Interpret as command.
pub const IAC: u8 = 255;
/// `DONT`.
pub const DONT: u8 = 254;
/// `DO`.
pub const DO: u8 = 253;
/// `WONT`.
pub const WONT: u8 = 252;
/// `WILL`.
pub const WILL: u8 = 251;
/// Begin of a subnegotiation.
pub const SB: u8 = 250;
/// Go ahead.
pub const GA: u8 = 249;
/// Are you there.
pub const AYT: u8 = 246;
/// End of a record.
pub const END_OF_RECORD: u8 = 239;
/// Abort output.
pub const AO: u8 = 245;
/// Data mark.
pub const DM: u8 = 242;
/// No operation.
pub const NOP: u8 = 241;
/// End of a subnegotiation.
pub const SE: u8 = 240;

/// Eight bits, no rules for line ends (RFC 856).
pub const BINARY: u8 = 0;
/// The sender of `WILL` echoes (RFC 857).
pub const ECHO: u8 = 1;
/// No go-aheads (RFC 858).
pub const SGA: u8 = 3;
/// The options in effect can be asked for (RFC 859).
pub const STATUS: u8 = 5;
/// A mark in the data (RFC 860).
pub const TIMING_MARK: u8 = 6;

/// The dialect's name.
pub const NAME: &str = "telnet";

/// The capability of an end that agrees to BINARY in both directions.
pub const HAS_BINARY: &str = "telnet.binary";
/// The capability of a server that agrees to echo.
pub const HAS_ECHO: &str = "telnet.echo";
/// The capability of an end that answers `STATUS SEND`.
pub const HAS_STATUS: &str = "telnet.status";
/// The capability of an end that gives a subnegotiation up which does not end.
pub const HAS_LIMIT: &str = "telnet.unfinished";
/// The capability of an end that minds urgent data: its own Synch and that of the other end.
pub const HAS_SYNCH: &str = "telnet.synch";
/// The capability of a client that asks for options as a script says.
pub const ASKS: &str = "telnet.asks";

/// Whether a dialect is Telnet.
pub(crate) fn speaks(dialect: &Dialect) -> bool {
    dialect.name == NAME && dialect.options.is_empty()
}

/// What an end has that does all that the cases ask for.
pub(crate) fn has() -> [&'static str; 21] {
    [
        Profile::ECHO,
        Profile::STREAM,
        Profile::REPORTS,
        HAS_BINARY,
        HAS_ECHO,
        HAS_STATUS,
        HAS_LIMIT,
        HAS_SYNCH,
        ASKS,
        "telnet.ttype",
        "telnet.mtts",
        "telnet.naws",
        "telnet.tspeed",
        "telnet.xdisploc",
        "telnet.lflow",
        "telnet.linemode",
        "telnet.new-environ",
        "telnet.charset",
        "telnet.eor",
        "telnet.logout",
        "telnet.tells",
    ]
}

/// Serves on one wire.
pub(super) fn server(end: End, setup: Setup, broken: Mutation) -> BoxFuture<'static, ()> {
    Box::pin(server::run(end, setup, broken))
}

/// Does what a script says on one wire.
pub(super) fn client(
    end: End,
    script: Vec<Step>,
    setup: Setup,
    broken: Mutation,
) -> BoxFuture<'static, Report> {
    Box::pin(client::run(end, script, setup, broken))
}
