//! Records of one length.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("fixed", input));
