//! The side that asks.

use crate::case::Group;

/// The groups.
pub(super) static GROUPS: &[&Group] = &[];
