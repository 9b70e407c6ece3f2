//! The taps, in virtual time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly, its helpers too"
)]

mod capture;
mod faults;
mod faults_end;
mod faults_line;
mod faults_time;
mod hex;
mod line;
mod throttle;
mod tshark;
mod wire;
