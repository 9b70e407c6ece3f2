//! What is fuzzed: a name and a function that panics when a law is broken.

mod address;
mod check;
mod framing;
pub mod modbus;
mod telnet;
mod uart;

use framing::shapes;
use lineside_modbus::Framing;

/// Takes an input; panics when a law is broken.
pub type Body = fn(&[u8]);

/// Something that is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of its file in `fuzz_targets/`, of its corpus and of its dictionary.
    pub name: &'static str,
    /// What it does with an input.
    pub body: Body,
}

/// Every target, by name.
pub const TARGETS: &[Target] = &[
    target("address", address::run),
    target("check", check::run),
    target("cobs", |input| framing::run(input, shapes::cobs)),
    target("cobs_r", |input| framing::run(input, shapes::cobs_r)),
    target("delimiter", |input| framing::run(input, shapes::delimiter)),
    target("fixed", |input| framing::run(input, shapes::fixed)),
    target("fixed_checked", |input| {
        framing::run(input, shapes::fixed_checked)
    }),
    target("gap", |input| framing::run(input, shapes::gap)),
    target("hdlc", |input| framing::run(input, shapes::hdlc)),
    target("length", |input| framing::run(input, shapes::length)),
    target("length_checked", |input| {
        framing::run(input, shapes::length_checked)
    }),
    target("modbus_ascii_client", |input| {
        modbus::client::run(input, Framing::Ascii)
    }),
    target("modbus_ascii_server", |input| {
        modbus::server::run(input, Framing::Ascii)
    }),
    target("modbus_bank", modbus::bank::run),
    target("modbus_duel", modbus::duel::run),
    target("modbus_pdu", modbus::pdu::run),
    target("modbus_rtu_client", |input| {
        modbus::client::run(input, Framing::Rtu)
    }),
    target("modbus_rtu_server", |input| {
        modbus::server::run(input, Framing::Rtu)
    }),
    target("modbus_tcp_client", |input| {
        modbus::client::run(input, Framing::Tcp)
    }),
    target("modbus_tcp_server", |input| {
        modbus::server::run(input, Framing::Tcp)
    }),
    target("slip", |input| framing::run(input, shapes::slip)),
    target("stx", |input| framing::run(input, shapes::stx)),
    target("telnet_com_port_client", telnet::com_port::client::run),
    target("telnet_com_port_duel", telnet::com_port::duel::run),
    target("telnet_com_port_server", telnet::com_port::server::run),
    target("telnet_console", telnet::console),
    target("telnet_duel", telnet::duel),
    target("telnet_machine", telnet::machine),
    target("telnet_options", telnet::options),
    target("telnet_scan", telnet::scan),
    target("uart", uart::run),
];

const fn target(name: &'static str, body: Body) -> Target {
    Target { name, body }
}

/// Runs the target `name`.
///
/// # Panics
/// A law is broken, or there is no such target.
pub fn run(name: &str, input: &[u8]) {
    let found = TARGETS.iter().find(|target| target.name == name);
    let Some(target) = found else {
        panic!("no target {name}");
    };
    (target.body)(input);
}
