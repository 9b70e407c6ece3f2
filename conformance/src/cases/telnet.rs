//! Telnet: RFC 854 to 860, 1123 3.2 and 3.3, and 1143, for both sides.
//!
//! A row of a table is a case for each side: a server under test sends data back, a client under test
//! reports it. What comes is read with the suite's own observer.

use crate::case::Group;

#[macro_use]
mod rows;

mod client;
mod framing;
mod negotiation;
mod probes;
mod queue;
mod server;
mod synch;
mod typed;
mod work;

/// The groups.
pub static GROUPS: &[&Group] = &[
    &framing::GROUP,
    &framing::SUBNEGOTIATION,
    &negotiation::GROUP,
    &negotiation::LINES,
    &server::OPENING,
    &server::COMMANDS,
    &server::OPTIONS,
    &synch::GROUP,
    &typed::CLIENT,
    &typed::SERVER,
    &typed::LINEMODE,
    &client::SENDS,
    &client::OPTIONS,
    &queue::GROUP,
];
