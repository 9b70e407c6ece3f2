//! Either end of a Telnet connection, alone.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("telnet_machine", input));
