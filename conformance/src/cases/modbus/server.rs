//! The side that answers: the clauses F, S, A, P and T of Modbus, each asked on every wire that can
//! carry it.
//!
//! Most cases are tables of exchanges: a PDU goes out in the framing of the carrier, and what
//! comes back is compared, pre-state and post-state included; see [`row`]. Every case ends with a
//! question that any unit answers.

use crate::case::Group;

#[macro_use]
mod rows;

mod ascii;
mod bits;
mod codes;
mod connections;
mod counters;
mod diagnostics;
mod files;
mod gateway;
mod identification;
mod line;
mod noise;
mod registers;
mod roles;
mod row;
mod rtu;
mod serial;
mod tcp;
mod two_wire;
mod unit;

/// The groups.
pub(super) static GROUPS: &[&Group] = &[
    &bits::GROUP,
    &registers::GROUP,
    &files::GROUP,
    &identification::GROUP,
    &codes::GROUP,
    &serial::TABLES,
    &serial::GROUP,
    &diagnostics::GROUP,
    &counters::GROUP,
    &counters::CLEARING,
    &line::GROUP,
    &two_wire::GROUP,
    &rtu::GROUP,
    &noise::GROUP,
    &ascii::GROUP,
    &tcp::TCP,
    &tcp::GROUP,
    &connections::GROUP,
    &gateway::GROUP,
    &roles::GROUP,
];
