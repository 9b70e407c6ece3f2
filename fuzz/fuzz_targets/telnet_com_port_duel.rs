//! A client and an access server of RFC 2217.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("telnet_com_port_duel", input));
