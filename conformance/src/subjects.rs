//! The endpoints that live in this process: targets `mem:NAME`.

use std::sync::Arc;

use crate::{Subject, reference::Reference, selftest};

mod framing;

pub use framing::Framing;

/// Every subject in memory. The first is what `cargo conform` tests without arguments.
#[must_use]
pub fn all() -> Vec<Arc<dyn Subject>> {
    let mut all: Vec<Arc<dyn Subject>> = vec![Arc::new(Framing), Arc::new(Reference::sound())];
    all.extend(crate::foreign::subjects());
    all.extend(selftest::subjects());
    all
}
