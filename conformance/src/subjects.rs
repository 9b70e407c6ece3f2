//! The endpoints that live in this process: targets `mem:NAME`.

use std::sync::Arc;

use crate::{Subject, selftest};

/// Every subject in memory. The first is what `cargo conform` tests without arguments.
#[must_use]
pub fn all() -> Vec<Arc<dyn Subject>> {
    let mut all = Vec::new();
    all.extend(selftest::subjects());
    all
}
