//! What an access server shows.

mod agreement;
mod data;
mod grammar;
mod line;
mod notify;
mod sharing;
mod values;

pub(super) use agreement::GROUP as AGREEMENT;
pub(super) use data::GROUP as DATA;
pub(super) use grammar::{GROUP as GRAMMAR, STREAM};
pub(super) use line::GROUP as LINE;
pub(super) use notify::GROUP as NOTIFY;
pub(super) use sharing::GROUP as SHARING;
pub(super) use values::{CHOICES, GROUP as VALUES};
