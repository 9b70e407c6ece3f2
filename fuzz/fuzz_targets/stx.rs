//! Records between STX and ETX.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("stx", input));
