//! The cases: for each protocol a folder, for each group a table.

use crate::case::Group;

pub mod com_port;
pub mod framing;
pub mod modbus;
pub mod telnet;

/// Every group of the suite, in the order in which reports show them.
#[must_use]
pub fn groups() -> Vec<&'static Group> {
    let framing = framing::GROUPS.iter().copied();
    let telnet = telnet::GROUPS.iter().copied();
    let com_port = com_port::GROUPS.iter().copied();
    let all = framing.chain(modbus::groups()).chain(telnet);
    all.chain(com_port).collect()
}
