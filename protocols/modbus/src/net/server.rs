//! Servers: a [`Service`] on any stream, line or listener.

mod connection;

use core::future::Future;
use std::{io, sync::Arc};

pub use connection::{Connection, Error};
pub use lineside_io::serve::{Full, Limits};
use lineside_io::{
    Clock, Driver, Listener, Stream,
    address::{Acceptor, Wire},
    serve::{self, Place, Wires},
};

use crate::{
    Framing, Line, ServerConfig,
    net::{
        Control, Service,
        security::{Guard, Rights, Role},
    },
    server,
};

/// A framing and its configuration: the same for every connection.
///
/// ```
/// use lineside_io::{Listener, Net, sim::MemoryNet};
/// use lineside_modbus::{Bank, Framing, net::{Server, Shared}};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// lineside_io::sim::run(|clock| async move {
///     let net = MemoryNet::new();
///     let listener = net.listen("127.0.0.1:502".parse().unwrap()).await.unwrap();
///     let bank = Shared::new(Bank::new().with_holding_registers(0, [0x1234]));
///     let server = Server::new(Framing::Tcp).clock(clock);
///     let serving = server.serve(listener, || bank.clone(), core::future::pending());
///
///     let client = async {
///         let mut stream = net.dial("127.0.0.1:502".parse().unwrap()).await.unwrap();
///         stream.write_all(b"\0\x01\0\0\0\x06\xFF\x03\0\0\0\x01").await.unwrap();
///         let mut answer = [0; 11];
///         stream.read_exact(&mut answer).await.unwrap();
///         assert_eq!(answer, *b"\0\x01\0\0\0\x05\xFF\x03\x02\x12\x34");
///     };
///     tokio::select! { () = serving => unreachable!(), () = client => {} }
/// });
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    framing: Framing,
    config: ServerConfig,
    limits: Limits,
    clock: Clock,
    answers_half_closed: bool,
    control: Control,
}

impl Server {
    /// A server for frames of `framing`, on tokio's time.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        Self {
            framing,
            config: ServerConfig::default(),
            limits: Limits::default(),
            clock: Clock::tokio(),
            answers_half_closed: false,
            control: Control::new(),
        }
    }

    /// The same with another configuration of its machines: units, functions, times.
    #[must_use]
    pub fn config(mut self, config: ServerConfig) -> Self {
        self.config = config;
        self
    }

    /// The same with other limits.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same on another clock: [`Clock::precise`] for serial lines, a virtual one in tests.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The same, going on with what a service that takes several requests at once
    /// ([`Service::another`]) is at when the client sends no more, in case it still listens. Default:
    /// such a client has departed, and its requests are dropped (T13).
    #[must_use]
    pub const fn answering_half_closed(mut self) -> Self {
        self.answers_half_closed = true;
        self
    }

    /// A handle to tell units what Diagnostics show of them, on every wire that this server and its
    /// clones serve.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Requests over a stream of bytes.
    pub fn over<S: Stream>(&self, stream: S) -> Connection<S> {
        let machine = self.machine(&self.config, self.config.line.of_stream());
        self.connection(Driver::new(machine, stream, self.clock.clone()))
    }

    /// Requests on a serial line, whose settings give its times.
    pub fn on_line<L: lineside_io::Line>(&self, line: L) -> Connection<L> {
        let machine = self.machine(&self.config, self.config.line.of_line(&line));
        self.connection(Driver::on_line(machine, line, self.clock.clone()))
    }

    /// Requests over what an address opened, a line or a stream.
    pub fn on_wire(&self, mut wire: Wire) -> Connection<Wire> {
        let machine = self.machine(&self.config, self.config.line.of_wire(&mut wire));
        self.connection(Driver::on_wire(machine, wire, self.clock.clone()))
    }

    fn machine(&self, config: &ServerConfig, line: Line) -> server::Server {
        server::Server::new(self.framing, config.clone().line(line))
    }

    fn connection<S: Stream>(&self, driver: Driver<server::Server, S>) -> Connection<S> {
        let driver = driver.limits(self.limits.driver);
        Connection::new(driver, self.control.listener(), self.answers_half_closed)
    }

    /// Serves every connection of `listener` with a service that `service` makes for it, until
    /// `stop` is ready. Then accepts no more, lets each connection finish the requests that its
    /// service has, for at most [`Limits::grace`], and ends.
    ///
    /// What a peer sends, and a service that panics, ends at most that peer's connection. Dropping
    /// the future ends all connections at once. Either way no task is left.
    pub async fn serve<L, S>(
        &self,
        listener: L,
        mut service: impl FnMut() -> S,
        stop: impl Future<Output = ()>,
    ) where
        L: Listener<Stream: Stream>,
        S: Service + 'static,
    {
        let each = |stream, place| serve_one(self.over(stream), service(), place);
        serve::serve(listener, &self.limits, &self.clock, each, stop).await;
    }

    /// The same for whatever comes to an address that was listened at: what
    /// [`Schemes::listen`](lineside_io::address::Schemes::listen) gives. Lines may idle for ever.
    pub async fn serve_wires<S>(
        &self,
        acceptor: Box<dyn Acceptor>,
        mut service: impl FnMut() -> S,
        stop: impl Future<Output = ()>,
    ) where
        S: Service + 'static,
    {
        let each = |wire, place: Place| {
            let place = match wire {
                Wire::Stream(_) | Wire::Urgent(_) => place,
                Wire::Line(_) => place.idle(None),
            };
            serve_one(self.on_wire(wire), service(), place)
        };
        serve::serve(Wires::new(acceptor), &self.limits, &self.clock, each, stop).await;
    }

    /// The same as [`serve`](Self::serve) for peers that have `rights` by their roles: Modbus
    /// Security, over a listener that proves who they are. `role` tells what a connection's peer is
    /// (with feature `security`, `Role::of_peer` reads it from the peer's certificate).
    ///
    /// A function that the role may not use is refused whatever follows it; everything is, for a peer
    /// without a role (X02, X04). Whoever may use a sub-function of Diagnostics, or the communication
    /// event counter or log, at all units, is answered as on a plain server (X07); to anybody else it is
    /// refused ([`Rights::confine`]).
    pub async fn serve_secure<L, S>(
        &self,
        listener: L,
        rights: Arc<Rights>,
        mut role: impl FnMut(&L::Stream) -> Role,
        mut service: impl FnMut() -> S,
        stop: impl Future<Output = ()>,
    ) where
        L: Listener<Stream: Stream>,
        S: Service + 'static,
    {
        let each = |stream, place| {
            let role = role(&stream);
            let config = rights.confine(&role, &self.config);
            let machine = self.machine(&config, config.line.of_stream());
            let driver = Driver::new(machine, stream, self.clock.clone());
            let guard = Guard::new(service(), role, rights.clone());
            serve_one(self.connection(driver), guard, place)
        };
        serve::serve(listener, &self.limits, &self.clock, each, stop).await;
    }
}

/// Answers requests until the peer sends no more or the place ends. An error ends this connection
/// alone; it is the peer's bytes or wire, and goes to the log, since whoever serves has nobody else
/// to tell.
async fn serve_one<W: Stream, S: Service>(
    mut connection: Connection<W>,
    mut service: S,
    mut place: Place,
) {
    let ended = connection.drive(&mut service, Some(&mut place)).await;
    match ended {
        Ok(()) => {}
        Err(Error::Machine(error)) => {
            tracing::debug!(%error, "a connection is closed: its stream cannot be followed");
        }
        Err(Error::Io(error)) if is_disconnect(&error) => {
            tracing::debug!(%error, "a peer has gone");
        }
        Err(Error::Io(error)) => tracing::warn!(%error, "a wire that was served is lost"),
    }
}

/// Whether that is how peers leave streams every day, and no fault of a wire.
fn is_disconnect(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
    )
}

#[cfg(test)]
mod tests;
