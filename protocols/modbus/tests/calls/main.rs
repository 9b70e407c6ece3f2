//! Clients and buses on tokio, in virtual time: typed calls, cancellation, fairness, redialling.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod bus;
mod cancel;
mod fair;
mod peer;
mod redial;
mod typed;
