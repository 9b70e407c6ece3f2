//! What a server alone shows: its beginning and its end, commands, options.

mod commands;
mod opening;
mod options;

pub(super) use commands::GROUP as COMMANDS;
pub(super) use opening::GROUP as OPENING;
pub(super) use options::GROUP as OPTIONS;
