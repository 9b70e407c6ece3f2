//! Serves what a listener accepts.

use core::future::Future;
use std::sync::Arc;

use lineside_io::{
    Clock, Driver, Listener, Stream, Urgent,
    address::{Acceptor, Wire},
    serve::{self, Limits, Place, Wires},
};

use super::Session;
use crate::{Config, Role, Telnet, wire::TelnetOption};

/// What a server agrees to, asks for and allows: the same for every connection.
#[derive(Clone, Debug)]
pub struct Server {
    config: Arc<Config>,
    limits: Limits,
    clock: Clock,
}

impl Server {
    /// A server, on tokio's time. Sessions are many and idle most of the time: their drivers are
    /// [lean](lineside_io::Limits::lean).
    ///
    /// It offers SGA, as a server must that sends no go-aheads (RFC 1123 section 3.2.2; T51), unless
    /// [`Config::ours`] has none: then sending them is the application's.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        if config.ours.contains(TelnetOption::SGA) {
            config.offer = config.offer.with(TelnetOption::SGA);
        }
        let mut limits = Limits::default();
        limits.driver.lean = true;
        Self {
            config: Arc::new(config),
            limits,
            clock: Clock::tokio(),
        }
    }

    /// The same with other limits: connections, and from one peer; how long one may idle; what its
    /// driver allows.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same on another clock: a virtual one in tests.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// A session over `stream`.
    pub fn over<S: Stream>(&self, stream: S) -> Session<S> {
        let machine = Telnet::new(Role::Server, self.config.clone());
        Session::new(Driver::new(machine, stream, self.clock.clone()).limits(self.limits.driver))
    }

    /// The same over a stream that has urgent data, as TCP has: a Synch is heard, and sent, as one.
    pub fn over_urgent<S: Urgent>(&self, stream: S) -> Session<S> {
        let machine = Telnet::new(Role::Server, self.config.clone());
        let driver = Driver::on_urgent(machine, stream, self.clock.clone());
        Session::new(driver.limits(self.limits.driver))
    }

    /// Serves every connection of `listener` with the future that `session` makes for it, until `stop` is
    /// ready. Then accepts no more, ends every session, waits for what their futures still do for at most
    /// [`Limits::grace`], and ends.
    ///
    /// A session is idle while neither data nor commands come. A future that does not ask for events
    /// makes its peer wait: that is the back-pressure. One that panics ends its own connection alone.
    /// Dropping this future ends all connections at once; either way no task is left.
    pub async fn serve<L, T>(
        &self,
        listener: L,
        mut session: impl FnMut(Session<L::Stream>) -> T,
        stop: impl Future<Output = ()>,
    ) where
        L: Listener<Stream: Stream>,
        T: Future<Output = ()> + Send + 'static,
    {
        let each = |stream, place: Place| session(self.over(stream).at(place));
        serve::serve(listener, &self.limits, &self.clock, each, stop).await;
    }

    /// The same for streams that have urgent data.
    pub async fn serve_urgent<L, T>(
        &self,
        listener: L,
        mut session: impl FnMut(Session<L::Stream>) -> T,
        stop: impl Future<Output = ()>,
    ) where
        L: Listener<Stream: Urgent>,
        T: Future<Output = ()> + Send + 'static,
    {
        let each = |stream, place: Place| session(self.over_urgent(stream).at(place));
        serve::serve(listener, &self.limits, &self.clock, each, stop).await;
    }

    /// The same for whatever comes to an address that was listened at: what
    /// [`Schemes::listen`](lineside_io::address::Schemes::listen) gives.
    pub async fn serve_wires<T>(
        &self,
        acceptor: Box<dyn Acceptor>,
        session: impl FnMut(Session<Wire>) -> T,
        stop: impl Future<Output = ()>,
    ) where
        T: Future<Output = ()> + Send + 'static,
    {
        self.serve(Wires::new(acceptor), session, stop).await;
    }
}
