//! protocols/framing
