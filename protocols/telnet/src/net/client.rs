//! Connects.

use std::{io, sync::Arc};

use lineside_io::{Clock, Driver, Net, Stream, Urgent};

use super::Session;
use crate::{Config, Role, Telnet};

/// What a client agrees to and asks for: the same for every connection.
#[derive(Clone, Debug)]
pub struct Client {
    config: Arc<Config>,
    limits: lineside_io::Limits,
    clock: Clock,
}

impl Client {
    /// A client, on tokio's time.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config: Arc::new(config),
            limits: lineside_io::Limits::default(),
            clock: Clock::tokio(),
        }
    }

    /// The same with other limits of its driver.
    #[must_use]
    pub const fn limits(mut self, limits: lineside_io::Limits) -> Self {
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
        let machine = Telnet::new(Role::Client, self.config.clone());
        Session::new(Driver::new(machine, stream, self.clock.clone()).limits(self.limits))
    }

    /// The same over a stream that has urgent data, as TCP has: a Synch is heard, and sent, as one.
    pub fn over_urgent<S: Urgent>(&self, stream: S) -> Session<S> {
        let machine = Telnet::new(Role::Client, self.config.clone());
        let driver = Driver::on_urgent(machine, stream, self.clock.clone());
        Session::new(driver.limits(self.limits))
    }

    /// Connects to `to`.
    ///
    /// # Errors
    /// The net's.
    pub async fn connect<N: Net>(&self, net: &N, to: N::Addr) -> io::Result<Session<N::Stream>> {
        Ok(self.over(net.dial(to).await?))
    }
}
