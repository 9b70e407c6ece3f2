//! Records of one length, with a check.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("fixed_checked", input));
