//! protocols/check
