//! The suite's command line.
fn main() {}
