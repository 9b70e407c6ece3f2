//! Records on a raw serial line.

#![cfg_attr(not(feature = "std"), no_std)]

pub mod wire;
