//! Makes connections, and serves them.

use core::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};
use std::io;

use lineside_io::{
    Clock, Line, Listener, Net, Stream,
    address::{Acceptor, Address, Wire},
};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Config,
    net::{Connection, Handler},
    wire::Framing,
};

/// What an endpoint allows its peers to use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections served at once; a further one waits to be accepted. Default 64.
    pub connections: usize,
    /// How long a connection may take to finish its record when the endpoint is stopped. Default
    /// 5 s.
    pub grace: Duration,
    /// How long a connection may take to bring its next record, whole; then it is closed, so that
    /// silent peers do not hold every place for ever. Default 10 minutes; `None` for ever. Serial
    /// lines are never closed for it: there is one peer, and it may be silent for years.
    pub idle: Option<Duration>,
    /// How long to wait before accepting again after an accept failed. Default 100 ms.
    pub pause: Duration,
    /// What each connection's driver allows: bytes that wait either way, a peer that takes none.
    pub driver: lineside_io::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            grace: Duration::from_secs(5),
            idle: Some(Duration::from_secs(600)),
            pause: Duration::from_millis(100),
            driver: lineside_io::Limits::default(),
        }
    }
}

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
        let open = |stream| (self.over(stream), self.limits.idle);
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
            let idle = match wire {
                Wire::Stream(_) => self.limits.idle,
                Wire::Line(_) => None,
            };
            (self.on_wire(wire), idle)
        };
        self.serve_each(Wires(acceptor), open, handler, stop).await;
    }

    async fn serve_each<L, H>(
        &self,
        mut listener: L,
        open: impl Fn(L::Stream) -> (Connection<F, L::Stream>, Option<Duration>),
        handler: impl FnMut() -> H,
        stop: impl Future<Output = ()>,
    ) where
        F: Send + 'static,
        L: Listener<Stream: Stream>,
        H: Handler + 'static,
    {
        let mut connections = JoinSet::new();
        let (stopping, stopped) = watch::channel(());
        {
            let mut accepting =
                pin!(self.accept(&mut listener, open, &mut connections, &stopped, handler));
            let mut stop = pin!(stop);
            poll_fn(|cx| match stop.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => accepting.as_mut().poll(cx),
            })
            .await;
        }
        drop((listener, stopping));
        let finished = async { while connections.join_next().await.is_some() {} };
        let in_time = self.clock.timeout(self.limits.grace, finished).await;
        if in_time.is_err() {
            connections.shutdown().await;
        }
    }

    async fn accept<L, H>(
        &self,
        listener: &mut L,
        open: impl Fn(L::Stream) -> (Connection<F, L::Stream>, Option<Duration>),
        connections: &mut JoinSet<()>,
        stopped: &watch::Receiver<()>,
        mut handler: impl FnMut() -> H,
    ) where
        F: Send + 'static,
        L: Listener<Stream: Stream>,
        H: Handler + 'static,
    {
        loop {
            while connections.len() >= self.limits.connections.max(1) {
                connections.join_next().await;
            }
            while connections.try_join_next().is_some() {}
            match listener.accept().await {
                Ok(stream) => {
                    let (connection, idle) = open(stream);
                    let clock = self.clock.clone();
                    let served = serve_one(connection, handler(), stopped.clone(), idle, clock);
                    connections.spawn(served);
                }
                // Too many open files, a connection that was reset before it was accepted: it passes.
                Err(_) => self.clock.sleep(self.limits.pause).await,
            }
        }
    }
}

/// An acceptor as a listener, whose streams are still wires.
struct Wires(Box<dyn Acceptor>);

impl Listener for Wires {
    type Addr = Address;
    type Stream = Wire;

    fn local_addr(&self) -> io::Result<Address> {
        Ok(self.0.local())
    }

    async fn accept(&mut self) -> io::Result<Wire> {
        Ok(self.0.accept().await?.wire)
    }
}

/// Answers records until the peer sends no more, or none for `idle`, or `stopped` closes. An error
/// ends this connection alone; it is the peer's wire that failed.
async fn serve_one<F: Framing, S: Stream>(
    mut connection: Connection<F, S>,
    mut handler: impl Handler,
    mut stopped: watch::Receiver<()>,
    idle: Option<Duration>,
    clock: Clock,
) {
    let mut wake = clock.timer();
    let mut stopped = pin!(async move { while stopped.changed().await.is_ok() {} });
    loop {
        let event = {
            wake.set(idle.map(|idle| clock.now() + idle));
            let mut next = pin!(connection.next());
            poll_fn(|cx| match stopped.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(Ok(None)),
                Poll::Pending => match next.as_mut().poll(cx) {
                    Poll::Pending => wake.poll(cx).map(|()| Ok(None)),
                    event => event,
                },
            })
            .await
        };
        let Ok(Some(event)) = event else {
            return;
        };
        if connection.handle(event, &mut handler).await.is_err() {
            return;
        }
    }
}
