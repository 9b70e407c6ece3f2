//! tokio-modbus both ways: its services on our server, over any transport.

mod service;

pub use service::Adapted;
