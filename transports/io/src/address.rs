//! Addresses of endpoints.
