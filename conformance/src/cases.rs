//! The cases, a module for each group.

use crate::{Group, selftest};

/// Every group, in the order of reports.
pub static GROUPS: &[&Group] = &[&selftest::GROUP];
