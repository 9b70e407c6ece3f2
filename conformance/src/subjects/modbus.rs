//! Our own Modbus endpoints, from the crate that applications use.

use lineside_io::BoxFuture;
use lineside_modbus::{
    Framing, Line, ServerConfig,
    net::{self, Server},
    wire::Unit,
};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    dialect::Dialect,
    profile::Profile,
    reference::modbus::plant,
    script::{Report, Step},
    subject::{Guest, Setup, Subject},
    wire::End,
};

mod bank;
mod client;
mod host;

/// `lineside-modbus`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Modbus;

impl Subject for Modbus {
    fn name(&self) -> &str {
        "lineside-modbus"
    }

    fn about(&self) -> String {
        concat!("lineside-modbus ", env!("CARGO_PKG_VERSION")).to_owned()
    }

    fn profile(&self) -> Profile {
        let mut profile = Profile::named(self.name());
        let has = [
            Profile::LINE,
            Profile::STREAM,
            Profile::EXACT,
            Profile::SEGMENTS,
            crate::Modbus::PLANT,
            crate::Modbus::FRESH,
            crate::Modbus::CONNECTIONS,
            crate::Modbus::GATEWAY,
            crate::Modbus::ROLES,
        ];
        profile.capabilities.extend(has.map(str::to_owned));
        let most = crate::reference::modbus::CONNECTIONS;
        profile
            .limits
            .insert(crate::Modbus::CONNECTIONS.to_owned(), most);
        profile.modbus = Some(crate::reference::modbus::profile());
        profile
    }

    fn speaks(&self, dialect: &Dialect) -> bool {
        framing(dialect).is_some()
    }

    fn server(&self, end: End, setup: Setup) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            if let Some(framing) = framing(&setup.dialect) {
                // A wire that fails ends the endpoint; what the peer did shows on the wire.
                let _ = serve(framing, end, &setup).await;
            }
        })
    }

    fn host(
        &self,
        guests: UnboundedReceiver<Guest>,
        lines: Vec<End>,
        setup: Setup,
    ) -> BoxFuture<'static, ()> {
        Box::pin(host::run(guests, lines, setup))
    }

    fn client(&self, end: End, script: Vec<Step>, setup: Setup) -> BoxFuture<'static, Report> {
        Box::pin(client::run(end, script, setup))
    }
}

/// The framing of a dialect.
fn framing(dialect: &Dialect) -> Option<Framing> {
    Some(match dialect.name.as_str() {
        "modbus-rtu" => Framing::Rtu,
        "modbus-ascii" => Framing::Ascii,
        "modbus-tcp" => Framing::Tcp,
        _ => return None,
    })
}

/// Serves the test device until the wire ends.
async fn serve(framing: Framing, end: End, setup: &Setup) -> Result<(), net::Error> {
    let server = Server::new(framing)
        .config(config().line(line(setup)))
        .clock(setup.clock.clone());
    server.on_wire(end).run(&mut bank::standard()).await
}

/// What the test device is to its server.
fn config() -> ServerConfig {
    ServerConfig::default()
        .units(Unit::new(plant::UNIT).into())
        .diagnostic_register(plant::DIAGNOSTIC_REGISTER)
}

/// What the dialect says of the line.
fn line(setup: &Setup) -> Line {
    let mut line = Line::default();
    line.echo = setup.dialect.get("echo") == Some("yes");
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cases::modbus::groups, suite::instances};

    #[test]
    fn it_speaks_every_dialect_of_its_cases() {
        let groups: Vec<_> = groups().collect();
        for (_, instance) in instances(&groups) {
            let speaks = instance.speaks();
            assert!(framing(&speaks.parse().unwrap()).is_some(), "{speaks}");
        }
    }
}
