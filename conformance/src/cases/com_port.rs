//! RFC 2217, serial ports over Telnet, for both sides.
//!
//! A message is written without its frame: `[1, 0, 0, 75, 0]` is SET-BAUDRATE 19200, and the suite's
//! own textbook puts `IAC SB 44` and `IAC SE` around it and doubles each IAC. What comes is read with the
//! suite's own observer of Telnet.

use crate::case::Group;

#[macro_use]
mod rows;

mod client;
mod desk;
mod probes;
mod server;
mod work;

/// The groups.
pub static GROUPS: &[&Group] = &[
    &server::AGREEMENT,
    &server::VALUES,
    &server::CHOICES,
    &server::GRAMMAR,
    &server::STREAM,
    &server::DATA,
    &server::LINE,
    &server::NOTIFY,
    &server::SHARING,
    &client::OPENING,
    &client::SETTINGS,
    &client::ASKS,
    &client::ANSWERS,
    &client::PORT,
];
