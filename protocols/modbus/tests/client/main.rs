//! The client machine in virtual time: each clause of a master, and of a TCP client, as a sentence.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod cancel;
mod checks;
mod late;
mod line;
mod tcp;
mod world;
