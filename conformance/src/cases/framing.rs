//! Raw serial framing: F1 to F35 of the clause list, each for the side that answers and the side
//! that asks.
//!
//! A row says which bytes mean which records. It becomes two cases: a server is sent the bytes and
//! must send back exactly the records; a client is sent the bytes and must report exactly the
//! records. What comes back is read with the suite's own textbook decoder.

use crate::case::Group;

#[macro_use]
mod rows;

mod check;
mod cobs;
mod damage;
mod exchange;
mod fixed;
mod gap;
mod hdlc;
mod length;
mod line;
mod options;
mod slip;
mod stx;
mod work;

/// The groups, one for each framing.
pub static GROUPS: &[&Group] = &[
    &line::LINE,
    &line::DELIMITER,
    &fixed::GROUP,
    &length::GROUP,
    &gap::GROUP,
    &stx::STX,
    &stx::DLE,
    &slip::GROUP,
    &cobs::COBS,
    &cobs::COBSR,
    &hdlc::GROUP,
    &check::GROUP,
    &exchange::GROUP,
    &damage::GROUP,
    &options::GROUP,
];
