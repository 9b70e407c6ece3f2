//! Other people's framing crates as subjects: each is used as its own documentation tells, is not
//! helped over its own faults, and is not hurt.
//!
//! [`page`] runs them all and writes what they do otherwise; the published page is
//! `conformance/FOREIGN.md`, made by `cargo conform foreign`.

use std::sync::Arc;

use lineside_io::BoxFuture;

use crate::{
    dialect::Dialect,
    profile::Profile,
    script::{Exit, Line, Report, Step},
    subject::{Setup, Subject},
    wire::End,
};

mod cobs;
mod findings;
mod hdlc;
mod page;
mod port;
mod slip;
mod table;
mod tokio_modbus_client;
mod tokio_util;

pub use findings::{FINDINGS, Finding, Verdict};
pub use page::{page, reports, sideless};
pub use table::ALL;
pub use tokio_modbus_client::TokioModbusClient;

use port::Port;

/// A way to use a crate.
#[derive(Clone, Copy, Debug)]
pub struct Foreign {
    /// The subject's name: the target is `mem:NAME`.
    pub name: &'static str,
    /// The crate.
    pub package: &'static str,
    /// The version that is linked.
    pub version: &'static str,
    /// How it is used, for the page.
    pub used: &'static str,
    /// Whether the crate claims to speak it.
    speaks: fn(&Dialect) -> bool,
    /// One for a wire, with the longest record that it is to take.
    codec: fn(&Dialect, usize) -> Box<dyn Codec>,
}

/// Both directions of a crate on one wire.
trait Codec: Send {
    /// A record as the crate encodes it.
    fn encode(&mut self, record: &[u8]) -> Result<Vec<u8>, String>;

    /// Bytes that arrived in one piece: what the crate makes of them.
    ///
    /// # Errors
    /// The crate declares the stream to be lost.
    fn decode(&mut self, bytes: &[u8], found: &mut Vec<Line>) -> Result<(), String>;

    /// The stream has ended.
    fn end(&mut self, _found: &mut Vec<Line>) {}
}

/// Each of [`ALL`] as a subject.
pub(crate) fn subjects() -> impl Iterator<Item = Arc<dyn Subject>> {
    ALL.iter()
        .map(|foreign| Arc::new(*foreign) as Arc<dyn Subject>)
}

impl Subject for Foreign {
    fn name(&self) -> &str {
        self.name
    }

    fn about(&self) -> String {
        format!("{} {}", self.package, self.version)
    }

    fn profile(&self) -> Profile {
        let mut profile = Profile::named(self.name);
        profile.capabilities.insert(Profile::ECHO.to_owned());
        profile.limits.insert("max-record".to_owned(), 256);
        profile
    }

    fn speaks(&self, dialect: &Dialect) -> bool {
        (self.speaks)(dialect)
    }

    fn server(&self, end: End, setup: Setup) -> BoxFuture<'static, ()> {
        let mut port = self.port(end, &setup);
        Box::pin(async move {
            while let Some(line) = port.next().await {
                if let Line::Record(record) = line
                    && port.echo(&record).await.is_err()
                {
                    return;
                }
            }
        })
    }

    fn client(&self, end: End, script: Vec<Step>, setup: Setup) -> BoxFuture<'static, Report> {
        let mut port = self.port(end, &setup);
        Box::pin(async move {
            let mut lines = Vec::new();
            for step in script {
                if let Err(error) = port.follow(step, &mut lines).await {
                    let exit = Exit::Failed(error);
                    return Report { lines, exit };
                }
            }
            let exit = Exit::Did;
            Report { lines, exit }
        })
    }
}

impl Foreign {
    fn port(&self, end: End, setup: &Setup) -> Port {
        let max = usize::try_from(setup.profile.limit("max-record", 256)).unwrap_or(usize::MAX);
        Port::new(end, (self.codec)(&setup.dialect, max))
    }
}
