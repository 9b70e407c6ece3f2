//! The access server's end of RFC 2217 against a model.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("telnet_com_port_server", input));
