//! A network in memory: addresses, listening, dialling, half-close, reset and back-pressure as TCP
//! has them, without a task, a thread or a socket.
//!
//! ```
//! use lineside_io::{Listener, Net, sim::MemoryNet};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! lineside_io::sim::run(|_| async {
//!     let net = MemoryNet::new();
//!     let mut listener = net.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
//!     let mut client = net.dial(listener.local_addr().unwrap()).await.unwrap();
//!     let mut server = listener.accept().await.unwrap();
//!     client.write_all(b"ping").await.unwrap();
//!     client.shutdown().await.unwrap();
//!     let mut heard = Vec::new();
//!     server.read_to_end(&mut heard).await.unwrap();
//!     assert_eq!(heard, b"ping");
//! });
//! ```

use core::{
    future::poll_fn,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    task::{Context, Poll},
    time::Duration,
};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    Clock, Listener, Net, Socket,
    address::{Address, AddressError, Scheme, Wire, acceptor},
};

mod pipe;
mod stream;
mod table;

pub use stream::MemoryStream;

use table::Table;

/// What a memory network's wires hold and how long they are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MemoryLimits {
    /// Bytes that one direction of a stream holds before writes wait. Default 64 KiB; at least 1.
    pub capacity: usize,
    /// Connections that wait to be accepted before further ones wait to be made. Default 128; at
    /// least 1.
    pub backlog: usize,
    /// How long a byte is under way, and whose time that is. A connection takes two of it.
    pub latency: Option<(Clock, Duration)>,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            capacity: 64 * 1024,
            backlog: 128,
            latency: None,
        }
    }
}

/// A network in memory, seen from one of its hosts. Clones are the same network.
#[derive(Clone, Debug)]
pub struct MemoryNet {
    table: Arc<Mutex<Table>>,
    limits: MemoryLimits,
    host: IpAddr,
}

impl Default for MemoryNet {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryNet {
    /// A network of its own, seen from 127.0.0.1.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(MemoryLimits::default())
    }

    /// A network of its own with other limits.
    #[must_use]
    pub fn with_limits(limits: MemoryLimits) -> Self {
        Self {
            table: Arc::default(),
            limits,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }

    /// The same network seen from another host, from which its streams are then dialled.
    #[must_use]
    pub fn on_host(&self, host: IpAddr) -> Self {
        Self {
            host,
            ..self.clone()
        }
    }

    /// The scheme `mem:`, whose names and sockets are those of this network.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        let (opens, listens) = (self.clone(), self.clone());
        Scheme::new(
            "mem",
            "A network in memory, within this program.",
            &["mem:scale", "mem://127.0.0.1:502"],
        )
        .on_open(move |address, _| {
            let net = opens.clone();
            async move {
                let to = match Place::of(&address)? {
                    Place::Socket(at) => at,
                    Place::Name(name) => net.lock().resolve(name)?,
                };
                Ok(Wire::Stream(Box::new(net.dial(to).await?)))
            }
        })
        .on_listen(move |address, _| {
            let net = listens.clone();
            async move {
                let (listener, local) = match Place::of(&address)? {
                    Place::Name(name) => (net.listen_as(name)?, address),
                    Place::Socket(at) => {
                        let listener = net.listen(at).await?;
                        let at = listener.at;
                        (listener, address.with_socket_addr(at))
                    }
                };
                Ok(acceptor(listener, local))
            }
        })
    }

    /// Listens at a free port that is also known by a name.
    fn listen_as(&self, name: &str) -> io::Result<MemoryListener> {
        let mut table = self.lock();
        let at = table.bind_name(name, self.host)?;
        drop(table);
        Ok(self.listener(at))
    }

    fn listener(&self, at: SocketAddr) -> MemoryListener {
        MemoryListener {
            net: self.clone(),
            at,
        }
    }

    fn poll_connect(
        &self,
        cx: &mut Context<'_>,
        from: SocketAddr,
        to: SocketAddr,
    ) -> Poll<io::Result<MemoryStream>> {
        self.lock().poll_connect(cx, &self.limits, from, to)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Net for MemoryNet {
    type Addr = SocketAddr;
    type Stream = MemoryStream;
    type Listener = MemoryListener;

    /// Connects from this host and an ephemeral port.
    ///
    /// # Errors
    /// `ConnectionRefused`: nobody listens there. A full backlog waits.
    async fn dial(&self, to: SocketAddr) -> io::Result<MemoryStream> {
        if let Some((clock, latency)) = &self.limits.latency {
            clock.sleep(2 * *latency).await;
        }
        let from = SocketAddr::new(self.host, self.lock().free_port()?);
        poll_fn(|cx| self.poll_connect(cx, from, to)).await
    }

    /// Listens; an unspecified address (`0.0.0.0`, `[::]`) is every host's.
    ///
    /// # Errors
    /// `AddrInUse`: somebody listens there.
    async fn listen(&self, at: SocketAddr) -> io::Result<MemoryListener> {
        let at = self.lock().bind(at)?;
        Ok(self.listener(at))
    }
}

/// A listening end. Dropped, it resets the connections that nobody accepted.
#[derive(Debug)]
pub struct MemoryListener {
    net: MemoryNet,
    at: SocketAddr,
}

impl Listener for MemoryListener {
    type Addr = SocketAddr;
    type Stream = MemoryStream;

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.at)
    }

    async fn accept(&mut self) -> io::Result<MemoryStream> {
        poll_fn(|cx| self.net.lock().poll_accept(cx, self.at)).await
    }

    fn host(&self, stream: &MemoryStream) -> Option<IpAddr> {
        stream.peer_addr().ok().map(|peer| peer.ip())
    }
}

impl Drop for MemoryListener {
    fn drop(&mut self) {
        let unbound = self.net.lock().unbind(self.at);
        // Outside the lock: this resets what nobody accepted, and wakes those who wait.
        if let Some(waiting) = unbound {
            waiting.refuse();
        }
    }
}

/// What a `mem:` address names.
enum Place<'a> {
    Socket(SocketAddr),
    Name(&'a str),
}

impl<'a> Place<'a> {
    fn of(address: &'a Address) -> Result<Self, AddressError> {
        address.params().finish()?;
        match address.host() {
            Some(_) => {
                address.host_and_port_only()?;
                address.socket_addr(None).map(Self::Socket)
            }
            None => address.path_only().map(Self::Name),
        }
    }
}

#[cfg(test)]
mod tests;
