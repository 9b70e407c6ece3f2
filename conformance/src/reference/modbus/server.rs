//! The textbook server.

use crate::{reference::Mutation, subject::Setup, wire::End};

/// Serves the test device on one wire.
pub(super) async fn run(end: End, setup: Setup, _: Mutation) {
    let _wire = end;
    setup.clock.sleep(core::time::Duration::from_secs(1)).await;
}
