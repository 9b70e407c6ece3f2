//! An endpoint under test that lives in this process.

use std::sync::Arc;

use lineside_io::{BoxFuture, Clock};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    dialect::Dialect,
    profile::Profile,
    script::{Report, Step},
    wire::End,
};

/// What an endpoint in memory is told.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What to speak.
    pub dialect: Dialect,
    /// What it claims: its limits are to be kept.
    pub profile: Arc<Profile>,
    /// The only time there is.
    pub clock: Clock,
    /// For what it leaves to chance.
    pub seed: u64,
}

/// A connection to a server that has many.
#[derive(Debug)]
pub struct Guest {
    /// Its wire.
    pub end: End,
    /// The certificate of whoever connects, as X.509 in DER, where the transport proves one.
    pub certificate: Option<Vec<u8>>,
}

/// An endpoint under test: ours, a foreign crate, or a mutant.
///
/// The futures run as tasks in virtual time. They are dropped when the case is over, and a panic in
/// one is the case's finding.
pub trait Subject: Send + Sync {
    /// Its name: the target is `mem:NAME`.
    fn name(&self) -> &str;

    /// What it is, for reports: crate and version.
    fn about(&self) -> String;

    /// What it has.
    fn profile(&self) -> Profile;

    /// Whether it can speak a dialect at all; cases in others are skipped.
    fn speaks(&self, dialect: &Dialect) -> bool;

    /// Is the server on one wire, until the wire ends. A framing's server sends every good record
    /// back in the same framing, and nothing for a damaged one.
    fn server(&self, end: End, setup: Setup) -> BoxFuture<'static, ()>;

    /// Is one server for all connections that come, until it is dropped: with `lines` behind it a gateway
    /// to them, on wires that prove who comes a server with rights. For a subject that claims
    /// `connections`, `gateway` or `roles`; the default takes nobody in.
    fn host(
        &self,
        guests: UnboundedReceiver<Guest>,
        lines: Vec<End>,
        setup: Setup,
    ) -> BoxFuture<'static, ()> {
        drop((guests, lines, setup));
        Box::pin(async {})
    }

    /// Is the client on one wire: does what the script says, and reports.
    fn client(&self, end: End, script: Vec<Step>, setup: Setup) -> BoxFuture<'static, Report>;
}
