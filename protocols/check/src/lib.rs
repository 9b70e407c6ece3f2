//! Checksums of serial lines by their catalogue names: LRC, XOR (BCC), sums, and the CRCs of 8, 16
//! and 32 bits, each by the fastest way for the length at hand.
//!
//! An [`Algorithm`] is a small `Copy` value; a framing keeps one and asks it for checks.
//!
//! ```
//! use lineside_check::{Algorithm, Order};
//!
//! let modbus = Algorithm::CRC_16_MODBUS;
//! assert_eq!(modbus.checksum(b"123456789"), 0x4B37);
//!
//! let frame = [0x01, 0x04, 0x02, 0xFF, 0xFF, 0xB8, 0x80];
//! assert_eq!(modbus.verify_trailer(Order::Little, &frame), Some(&frame[..5]));
//! assert_eq!(Algorithm::by_name("x-25"), Some(Algorithm::CRC_16_IBM_SDLC));
//! ```
//!
//! The crate is `no_std` and does not allocate. With the feature `std` (the default) long inputs go
//! to `crc-fast`; the results are the same without it. A program that names its algorithms links
//! only their tables (4, 8 or 16 KiB for each generator polynomial of 8, 16 or 32 bits);
//! [`Algorithm::ALL`] and [`Algorithm::by_name`] link them all, about 320 KiB.

#![no_std]

mod algorithm;
mod catalogue;
mod crc;
mod digest;
mod sum;
mod tables;

pub use algorithm::{Algorithm, Order, Trailer};
pub use crc::{FAST_FROM, SLICE_FROM};
pub use digest::Digest;
pub use sum::{lrc, sum8, xor};

/// CRC-16/MODBUS.
#[must_use]
pub fn crc16_modbus(data: &[u8]) -> u16 {
    Algorithm::CRC_16_MODBUS.checksum(data) as u16
}

/// CRC-16/IBM-SDLC, also called X-25: the FCS-16 of HDLC and RFC 1662.
#[must_use]
pub fn crc16_x25(data: &[u8]) -> u16 {
    Algorithm::CRC_16_IBM_SDLC.checksum(data) as u16
}

/// CRC-32/ISO-HDLC: the FCS-32 of RFC 1662, and the CRC of Ethernet and zip.
#[must_use]
pub fn crc32_iso_hdlc(data: &[u8]) -> u32 {
    Algorithm::CRC_32_ISO_HDLC.checksum(data) as u32
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
