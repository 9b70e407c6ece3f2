//! COBS/R.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("cobs_r", input));
