//! An end of a Telnet connection with all options on, and their codecs.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("telnet_options", input));
