//! The side that answers.

use crate::case::Group;

/// The groups.
pub(super) static GROUPS: &[&Group] = &[];
