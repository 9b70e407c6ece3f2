//! What a client of an access server shows.

mod answers;
mod asks;
mod opening;
mod port;

pub(super) use answers::GROUP as ANSWERS;
pub(super) use asks::{GROUP as ASKS, SETTINGS};
pub(super) use opening::GROUP as OPENING;
pub(super) use port::GROUP as PORT;
