//! Makes connections, and serves them.

use core::future::Future;
use std::io;

pub use lineside_io::serve::Limits;
use lineside_io::{
    Clock, Line, Listener, Net, Stream,
    address::{Acceptor, Wire},
    serve::{self, Place, Wires},
};

use crate::{
    Config,
    net::{Connection, Handler},
    wire::Framing,
};

/// A framing and its configuration: the same for every connection.
#[derive(Clone, Debug)]
pub struct Endpoint<F> {
    framing: F,
    config: Config,
    limits: Limits,
    clock: Clock,
}

impl<F: Framing + Clone> Endpoint<F> {
    /// An endpoint for records of `framing`, on tokio's time.
    pub fn new(framing: F) -> Self {
        Self {
            framing,
            config: Config::default(),
            limits: Limits::default(),
            clock: Clock::tokio(),
        }
    }

    /// The same with another configuration of its machines.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// The same with other limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same on another clock: [`Clock::precise`] where silences count, a virtual one in tests.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Records over `stream`.
    pub fn over<S: Stream>(&self, stream: S) -> Connection<F, S> {
        let (framing, clock) = (self.framing.clone(), self.clock.clone());
        Connection::new(framing, self.config, stream, clock).limits(self.limits.driver)
    }

    /// Records over a serial line, whose settings give the time of a character.
    pub fn on_line<L: Line>(&self, line: L) -> Connection<F, L> {
        let (framing, clock) = (self.framing.clone(), self.clock.clone());
        Connection::on_line(framing, self.config, line, clock).limits(self.limits.driver)
    }

    /// Records over what an address opened, a line or a stream.
    pub fn on_wire(&self, wire: Wire) -> Connection<F, Wire> {
        let (framing, clock) = (self.framing.clone(), self.clock.clone());
        Connection::on_wire(framing, self.config, wire, clock).limits(self.limits.driver)
    }

    /// Connects to `to`.
    ///
    /// # Errors
    /// The net's.
    pub async fn connect<N: Net>(
        &self,
        net: &N,
        to: N::Addr,
    ) -> io::Result<Connection<F, N::Stream>> {
        Ok(self.over(net.dial(to).await?))
    }

    /// Serves every connection of `listener` with a handler that `handler` makes for it, until
    /// `stop` is ready. Then accepts no more, lets each connection finish the record that its
    /// handler has, for at most [`Limits::grace`], and ends.
    ///
    /// Dropping the future ends all connections at once. Either way no task is left.
    pub async fn serve<L, H>(
        &self,
        listener: L,
        handler: impl FnMut() -> H,
        stop: impl Future<Output = ()>,
    ) where
        F: Send + 'static,
        L: Listener<Stream: Stream>,
        H: Handler + 'static,
    {
        let open = |stream| (self.over(stream), false);
        self.serve_each(listener, open, handler, stop).await;
    }

    /// The same for whatever comes to an address that was listened at: what
    /// [`Schemes::listen`](lineside_io::address::Schemes::listen) gives.
    pub async fn serve_wires<H>(
        &self,
        acceptor: Box<dyn Acceptor>,
        handler: impl FnMut() -> H,
        stop: impl Future<Output = ()>,
    ) where
        F: Send + 'static,
        H: Handler + 'static,
    {
        let open = |wire| {
            let is_line = matches!(wire, Wire::Line(_));
            (self.on_wire(wire), is_line)
        };
        self.serve_each(Wires::new(acceptor), open, handler, stop)
            .await;
    }

    /// `open` makes a connection, and says whether it is a line, which may idle for ever.
    async fn serve_each<L, H>(
        &self,
        listener: L,
        open: impl Fn(L::Stream) -> (Connection<F, L::Stream>, bool),
        mut handler: impl FnMut() -> H,
        stop: impl Future<Output = ()>,
    ) where
        F: Send + 'static,
        L: Listener<Stream: Stream>,
        H: Handler + 'static,
    {
        let each = |stream, place: Place| {
            let (connection, is_line) = open(stream);
            let place = if is_line { place.idle(None) } else { place };
            serve_one(connection, handler(), place, self.clock.clone())
        };
        serve::serve(listener, &self.limits, &self.clock, each, stop).await;
    }
}

/// Answers records until the peer sends no more or the place ends. An error ends this connection
/// alone; it is the peer's wire that failed.
async fn serve_one<F: Framing, S: Stream>(
    mut connection: Connection<F, S>,
    mut handler: impl Handler,
    mut place: Place,
    clock: Clock,
) {
    while let Some(Ok(Some(event))) = place.unless_over(connection.next()).await {
        if connection.handle(event, &mut handler).await.is_err() {
            return;
        }
        place.used(clock.now());
    }
}
