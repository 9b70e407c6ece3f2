//! All of our own endpoints as one subject: what `cargo conform` tests without arguments.

use lineside_io::BoxFuture;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{ComPort, Framing, Modbus, Telnet};
use crate::{
    dialect::Dialect,
    profile::Profile,
    script::{Exit, Report, Step},
    subject::{Guest, Setup, Subject},
    wire::End,
};

/// Each protocol of this workspace, by the crate that applications use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lineside;

/// One for each protocol.
const ALL: [&dyn Subject; 4] = [&Framing, &Modbus, &Telnet, &ComPort];

fn of(dialect: &Dialect) -> Option<&'static dyn Subject> {
    ALL.into_iter().find(|one| one.speaks(dialect))
}

impl Subject for Lineside {
    fn name(&self) -> &str {
        "lineside"
    }

    fn about(&self) -> String {
        ALL.map(Subject::about).join(", ")
    }

    fn profile(&self) -> Profile {
        let mut all = Profile::named(self.name());
        for one in ALL {
            let profile = one.profile();
            all.capabilities.extend(profile.capabilities);
            all.limits.extend(profile.limits);
            all.modbus = all.modbus.or(profile.modbus);
        }
        all
    }

    fn speaks(&self, dialect: &Dialect) -> bool {
        of(dialect).is_some()
    }

    fn server(&self, end: End, setup: Setup) -> BoxFuture<'static, ()> {
        match of(&setup.dialect) {
            Some(one) => one.server(end, setup),
            None => Box::pin(async {}),
        }
    }

    fn host(
        &self,
        guests: UnboundedReceiver<Guest>,
        lines: Vec<End>,
        setup: Setup,
    ) -> BoxFuture<'static, ()> {
        match of(&setup.dialect) {
            Some(one) => one.host(guests, lines, setup),
            None => Box::pin(async {}),
        }
    }

    fn client(&self, end: End, script: Vec<Step>, setup: Setup) -> BoxFuture<'static, Report> {
        match of(&setup.dialect) {
            Some(one) => one.client(end, script, setup),
            None => {
                let exit = Exit::Failed(format!("nothing speaks {}", setup.dialect));
                let lines = Vec::new();
                Box::pin(core::future::ready(Report { lines, exit }))
            }
        }
    }
}
