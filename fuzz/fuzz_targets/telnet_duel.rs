//! Two ends of a Telnet connection.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("telnet_duel", input));
