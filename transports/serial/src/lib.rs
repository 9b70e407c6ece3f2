//! transports/serial
