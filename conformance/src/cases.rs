//! The cases: for each protocol a folder, for each group a table.

use crate::case::Group;

pub mod framing;

/// Every group of the suite, in the order in which reports show them.
pub static GROUPS: &[&Group] = framing::GROUPS;
