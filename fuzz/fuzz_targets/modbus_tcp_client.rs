//! Modbus TCP, client.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("modbus_tcp_client", input));
