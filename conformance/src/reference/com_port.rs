//! The textbook of RFC 2217: an access server and its client, as the specification reads, and sharing
//! nothing with the library under test.

use lineside_io::{
    BoxFuture, Clock, Line, Settings,
    sim::{NullModem, NullModemConfig},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use super::Mutation;
use crate::{
    Profile,
    dialect::Dialect,
    script::{Report, Step},
    subject::{Guest, Setup},
    wire::End,
};

mod client;
mod mutants;
mod ports;
mod server;
mod settings;
mod talk;

pub use mutants::MUTANTS;

/// The option.
pub const COM_PORT: u8 = 44;
/// What an access server adds to the number of a command.
pub const ANSWER: u8 = 100;

/// The dialect's name.
pub const NAME: &str = "com-port";

/// The capability that the suite has the other end of the port.
pub const HAS_LINE: &str = "com-port.line";
/// The capability of a port with every size, parity and stop size, at the usual rates.
pub const HAS_UART: &str = "com-port.uart";
/// The capability of a port with modem lines and breaks; of a client that tells them.
pub const HAS_MODEM: &str = "com-port.modem";
/// The capability of an end that knows baud rates of one octet, as old servers of Cisco have them.
pub const HAS_CISCO: &str = "com-port.cisco";
/// The capability of an end that tells the other to stop when it cannot follow.
pub const SUSPENDS: &str = "com-port.suspends";

/// Whether a dialect is RFC 2217.
pub(crate) fn speaks(dialect: &Dialect) -> bool {
    dialect.name == NAME
}

/// What an end has that does all that the cases ask for.
pub(crate) fn has() -> [&'static str; 8] {
    [
        Profile::ECHO,
        Profile::STREAM,
        Profile::REPORTS,
        HAS_LINE,
        HAS_UART,
        HAS_MODEM,
        HAS_CISCO,
        SUSPENDS,
    ]
}

/// A subnegotiation of the option with this payload, each IAC in it doubled.
#[must_use]
pub fn sub(payload: &[u8]) -> Vec<u8> {
    let mut all = vec![255, 250, COM_PORT];
    for &byte in payload {
        all.push(byte);
        if byte == 255 {
            all.push(255);
        }
    }
    all.extend([255, 240]);
    all
}

/// A port of 9600 baud, 8N1, and what is at the other end of it.
pub(crate) fn port(clock: &Clock) -> (End, Box<dyn Line>) {
    let (near, far) = NullModem::pair(clock, NullModemConfig::new(Settings::default()));
    (End::Line(Box::new(near)), Box::new(far))
}

/// A device that sends everything back.
pub(crate) async fn echo(mut device: Box<dyn Line>) {
    let mut chunk = [0; 1_024];
    while let Ok(count @ 1..) = device.read(&mut chunk).await {
        let heard = chunk.get(..count).unwrap_or_default();
        if device.write_all(heard).await.is_err() {
            return;
        }
    }
}

/// One connection and a port of its own, with a device that sends everything back: `host` for one guest.
pub(crate) async fn alone<F>(
    end: End,
    clock: Clock,
    host: impl FnOnce(UnboundedReceiver<Guest>, Vec<End>) -> F,
) where
    F: Future<Output = ()>,
{
    let (near, far) = port(&clock);
    let (come, guests) = unbounded_channel();
    let certificate = None;
    // The receiver is still here.
    let _ = come.send(Guest { end, certificate });
    tokio::select! {
        () = host(guests, vec![near]) => {}
        () = echo(far) => {}
    }
}

/// Serves a port to all who come.
pub(super) fn host(
    guests: UnboundedReceiver<Guest>,
    lines: Vec<End>,
    setup: Setup,
    broken: Mutation,
) -> BoxFuture<'static, ()> {
    Box::pin(server::run(guests, lines, setup, broken))
}

/// Serves a port of its own on one wire.
pub(super) fn server(end: End, setup: Setup, broken: Mutation) -> BoxFuture<'static, ()> {
    let clock = setup.clock.clone();
    let host = |guests, lines| server::run(guests, lines, setup, broken);
    Box::pin(alone(end, clock, host))
}

/// Does what a script says on one wire.
pub(super) fn client(
    end: End,
    script: Vec<Step>,
    setup: Setup,
    broken: Mutation,
) -> BoxFuture<'static, Report> {
    Box::pin(client::run(end, script, setup, broken))
}
