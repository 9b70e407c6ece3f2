//! transports/tcp
