//! Taps: wrappers around any [`Stream`](crate::Stream) that watch it or disturb it.
//!
//! | Tap | does |
//! |---|---|
//! | [`HexLog`] | writes both directions as hex and ASCII, with times |
//! | [`Capture`] | writes both directions to a pcapng file for Wireshark and tshark |
//! | [`Segments`] | the same as TCP segments to a port, so that every dissector of a TCP protocol reads it |
//! | [`Faults`] | damages, cuts, delays, stalls and ends both directions, by a seed |
//! | [`Throttle`] | limits bytes per second in both directions |
//!
//! A tap around a [`Line`](crate::Line) is a line again: settings, modem lines, breaks, drain and
//! marks pass through. A tap around a [`Socket`](crate::Socket) is a socket. Half-close, shutdown
//! and back-pressure pass through, and nothing is buffered without a limit. A tap runs no task and
//! no thread; what it does, it does while its owner polls it. Taps stack in any order:
//!
//! ```
//! use core::time::Duration;
//! use lineside_io::{sim, tap::{Capture, CaptureFile, Hex, HexLog, Interface, Rate, Throttle, ThrottleLimits}};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! sim::run(|clock| async move {
//!     let (near, mut far) = tokio::io::duplex(64);
//!     let file = CaptureFile::new(Vec::new(), &clock, Duration::ZERO);
//!     let slow = ThrottleLimits::both(Rate::per_second(960));
//!     let near = Throttle::new(near, &clock, slow);
//!     let near = Capture::new(near, file.probe(&Interface::named("scale")));
//!     let mut near = HexLog::new(near, Hex::new("scale", &clock, |line| eprintln!("{line}")));
//!
//!     near.write_all(b"SI\r\n").await?;
//!     let mut got = [0; 4];
//!     far.read_exact(&mut got).await?;
//!     assert_eq!(&got, b"SI\r\n");
//!     file.flush()
//! })
//! # .unwrap();
//! ```
//!
//! The log then reads `0.000000 scale -> 53 49 0d 0a |SI..|`: `->` is what we sent, `<-` what we
//! received, `--` what was done to the line itself.
//!
//! Of a line, [`Watched::on_line`] and [`Faults::on_line`] see every mark; made with `new` they see
//! only those that the reader takes. [`watch_wire`], [`disturb_wire`] and [`throttle_wire`] do what
//! fits on whatever an [address](crate::address) opened.

mod capture;
mod faults;
mod hex;
mod segments;
mod throttle;
mod through;
mod watch;
mod wire;

pub use capture::{Capture, CaptureFile, CaptureLimits, Interface, LinkType, Probe};
pub use faults::{Disturbance, Fault, FaultEvent, FaultPlan, FaultRecord, Faults, Odds, Stall};
pub use hex::{Hex, HexFormat, HexLog, to_tracing, to_writer};
pub use segments::{Segments, Side};
pub use throttle::{Rate, Throttle, ThrottleLimits};
pub use watch::{Direction, Sight, Watch, Watched};
pub use wire::{disturb_wire, throttle_wire, watch_wire};
