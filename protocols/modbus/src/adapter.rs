//! tokio-modbus both ways, over any transport: its services on our server ([`Adapted`]), and our
//! clients as its client ([`context`]).

mod client;
mod request;
mod response;
mod service;

pub use client::{Caller, context};
pub use service::Adapted;
