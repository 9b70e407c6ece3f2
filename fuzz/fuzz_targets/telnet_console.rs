//! The console of a device: its editor, its session over Telnet, commands without a terminal.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lineside_fuzz::run("telnet_console", input));
