//! Modbus' grammar, and tokio-modbus's.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("modbus_pdu", input));
