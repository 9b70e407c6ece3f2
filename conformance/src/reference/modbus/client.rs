//! The textbook client.

use crate::{
    reference::Mutation,
    script::{Exit, Report, Step},
    subject::Setup,
    wire::End,
};

/// Follows a script.
pub(super) async fn run(_end: End, _script: Vec<Step>, _: Setup, _: Mutation) -> Report {
    Report {
        lines: Vec::new(),
        exit: Exit::Failed("the textbook has no Modbus client".to_owned()),
    }
}
