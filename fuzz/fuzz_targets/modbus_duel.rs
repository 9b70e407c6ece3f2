//! Modbus clients and servers on a bus.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("modbus_duel", input));
