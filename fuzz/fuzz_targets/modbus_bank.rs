//! The Modbus register bank, against a model.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("modbus_bank", input));
