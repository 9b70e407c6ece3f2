//! What a request is as bytes, and what its reply must be: Application protocol 6, function by
//! function.

mod reply;
mod request;

pub(super) use reply::{decode, next_object};
pub(super) use request::{encode, is_broadcast};
