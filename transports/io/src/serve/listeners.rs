//! Listeners that are made of others.

use core::{fmt, net::IpAddr};
use std::io;

use crate::{
    Listener, Socket,
    address::{Acceptor, Address, Wire},
};

/// A listener that hears only peers on an access list (as the guide of Modbus on TCP/IP advises): a connection
/// from any other is closed as soon as it is accepted.
#[derive(Clone, Copy, Debug)]
pub struct Admitting<L, F> {
    listener: L,
    admits: F,
}

impl<L, F> Admitting<L, F>
where
    L: Listener<Stream: Socket<Addr = L::Addr>>,
    F: FnMut(&L::Addr) -> bool + Send + 'static,
{
    /// `listener`, for the peers whose address `admits` admits.
    pub const fn new(listener: L, admits: F) -> Self {
        Self { listener, admits }
    }
}

impl<L, F> Listener for Admitting<L, F>
where
    L: Listener<Stream: Socket<Addr = L::Addr>>,
    F: FnMut(&L::Addr) -> bool + Send + 'static,
{
    type Addr = L::Addr;
    type Stream = L::Stream;

    fn local_addr(&self) -> io::Result<L::Addr> {
        self.listener.local_addr()
    }

    async fn accept(&mut self) -> io::Result<L::Stream> {
        loop {
            let stream = self.listener.accept().await?;
            // A peer whose address cannot be told has gone already.
            if stream.peer_addr().is_ok_and(|peer| (self.admits)(&peer)) {
                return Ok(stream);
            }
        }
    }

    fn host(&self, stream: &L::Stream) -> Option<IpAddr> {
        self.listener.host(stream)
    }
}

/// What [`Schemes::listen`](crate::address::Schemes::listen) gives, as a listener of wires.
pub struct Wires {
    acceptor: Box<dyn Acceptor>,
    /// Where the last one came from: the wire itself cannot tell.
    host: Option<IpAddr>,
}

impl Wires {
    /// What `acceptor` accepts.
    #[must_use]
    pub const fn new(acceptor: Box<dyn Acceptor>) -> Self {
        Self {
            acceptor,
            host: None,
        }
    }
}

impl Listener for Wires {
    type Addr = Address;
    type Stream = Wire;

    fn local_addr(&self) -> io::Result<Address> {
        Ok(self.acceptor.local())
    }

    async fn accept(&mut self) -> io::Result<Wire> {
        let accepted = self.acceptor.accept().await?;
        self.host = accepted.host;
        Ok(accepted.wire)
    }

    fn host(&self, _: &Wire) -> Option<IpAddr> {
        self.host
    }
}

impl fmt::Debug for Wires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.acceptor.local();
        f.debug_tuple("Wires").field(&local).finish()
    }
}
