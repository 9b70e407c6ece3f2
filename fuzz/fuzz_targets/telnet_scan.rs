//! The scanner of Telnet against its grammar.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("telnet_scan", input));
