//! The textbook of Modbus: both sides, each framing, as the specifications read, and sharing nothing
//! with the library under test.

use std::collections::BTreeSet;

use lineside_io::BoxFuture;
use tokio::sync::mpsc::UnboundedReceiver;

use super::Mutation;
use crate::{
    Modbus, Table,
    dialect::Dialect,
    script::{Report, Step},
    subject::{Guest, Setup},
    wire::End,
};

pub mod adu;
pub mod certificate;
mod client;
mod mutants_client;
mod mutants_server;
pub mod plant;
mod server;

pub use mutants_client::MUTANTS as CLIENT_MUTANTS;
pub use mutants_server::MUTANTS as SERVER_MUTANTS;

/// Whether a dialect is Modbus.
pub(super) fn speaks(dialect: &Dialect) -> bool {
    adu::Framing::of(dialect).is_some()
}

/// Serves the test device on one wire.
pub(super) fn server(end: End, setup: Setup, broken: Mutation) -> BoxFuture<'static, ()> {
    Box::pin(server::run(end, setup, broken))
}

/// Is one server for many connections.
pub(super) fn host(
    guests: UnboundedReceiver<Guest>,
    lines: Vec<End>,
    setup: Setup,
    broken: Mutation,
) -> BoxFuture<'static, ()> {
    Box::pin(server::host::run(guests, lines, setup, broken))
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

/// How many connections at a time a subject in memory has: its limit `connections`.
pub const CONNECTIONS: u64 = 4;

/// What a server has that serves the test device: for the profile of any subject that does.
#[must_use]
pub fn profile() -> Modbus {
    let writable = |count: u16, write: u16| {
        Some(Table {
            first: 0,
            count: count.into(),
            write_first: None,
            write: write.into(),
        })
    };
    Modbus {
        unit: plant::UNIT,
        functions: FUNCTIONS.iter().copied().collect(),
        diagnostics: BTreeSet::from_iter((0..=4).chain(0x0a..=0x12).chain([0x14])),
        coils: writable(plant::COILS, plant::COILS),
        discrete_inputs: writable(plant::DISCRETE_INPUTS, 0),
        holding_registers: writable(plant::HOLDING_REGISTERS, plant::REFUSALS[0].0),
        input_registers: writable(plant::INPUT_REGISTERS, 0),
        file: Some(crate::Files {
            number: 4,
            records: 128,
            write: true,
        }),
        fifo: Some(plant::FIFO_EXAMPLE),
        ..Modbus::default()
    }
}

/// The public function codes, but for those that only transport another protocol.
const FUNCTIONS: &[u8] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43,
];
