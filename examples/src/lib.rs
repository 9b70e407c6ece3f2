//! The plant that the examples share: what the devices do, apart from how they are reached.

pub mod probe;
pub mod scale;
