//! Where a case's wires come from.

use lineside_io::BoxFuture;

use crate::{
    context::Context,
    judge::Halt,
    script::{Report, Step},
    wire::End,
};

pub mod memory;

/// A client's end of the bargain: what it did, once it has ended.
pub type Done = BoxFuture<'static, Result<Report, Halt>>;

/// Gives a case its wires. One per run of a case.
pub trait Plug: Send + Sync {
    /// A new wire to the server under test.
    fn connect<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<End, Halt>>;

    /// Starts the client under test, and gives the wire that it opens.
    fn client<'a>(
        &'a self,
        cx: &'a Context,
        script: Vec<Step>,
    ) -> BoxFuture<'a, Result<(End, Done), Halt>>;

    /// The case is over: ends what was started, and says what went wrong there.
    fn over(&self) -> BoxFuture<'_, Vec<String>> {
        Box::pin(async { Vec::new() })
    }
}

/// What a plug says that does not offer one of the two sides.
#[must_use]
pub fn wrong_side(wanted: &str) -> Halt {
    Halt::Harness(format!("this target is no {wanted}"))
}
