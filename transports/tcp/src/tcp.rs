//! TCP as a net.

use core::{
    hash::{BuildHasher, Hasher},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    time::Duration,
};
use std::{hash::RandomState, io};

use lineside_io::{Listener, Net, Socket as _};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::TcpSocket;

mod stream;

pub use stream::TcpStream;

use crate::accept::accept;

/// What is set on every connection and listener of a [`Tcp`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TcpOptions {
    /// Send small segments at once (`TCP_NODELAY`). Default true: answers are short.
    pub nodelay: bool,
    /// Find out that a silent peer has gone. Default: [`KeepAlive::default`]; `None` never asks.
    pub keep_alive: Option<KeepAlive>,
    /// Give up dialling after this. Default 10 s; `None` leaves it to the system (minutes).
    pub connect_timeout: Option<Duration>,
    /// Dial from this address; port 0 takes any. Default `None`.
    pub source: Option<SocketAddr>,
    /// A listener on an IPv6 address hears IPv4 too. Default true; where the system has no IPv6,
    /// `[::]` then means `0.0.0.0`.
    pub dual_stack: bool,
    /// So many connections may wait to be accepted; the system has a bound of its own. Default 1024.
    pub backlog: u16,
    /// How long to wait before accepting again when descriptors or memory have run out. Default
    /// 50 ms.
    pub accept_pause: Duration,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self {
            nodelay: true,
            keep_alive: Some(KeepAlive::default()),
            connect_timeout: Some(Duration::from_secs(10)),
            source: None,
            dual_stack: true,
            backlog: 1_024,
            accept_pause: Duration::from_millis(50),
        }
    }
}

/// When a silent peer is asked whether it is still there. It is given up after
/// `idle + probes * interval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeepAlive {
    /// The first time, after so much silence. Rounded up to a whole second, at least 1 and at most
    /// 32,767. Default 60 s.
    pub idle: Duration,
    /// Then again, as long as no answer comes. Rounded as `idle`. Default 10 s.
    pub interval: Duration,
    /// So often, at least once and at most 127 times. Default 3.
    pub probes: u32,
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(60),
            interval: Duration::from_secs(10),
            probes: 3,
        }
    }
}

/// TCP over the system's network.
#[derive(Clone, Debug, Default)]
pub struct Tcp {
    options: TcpOptions,
}

impl Tcp {
    /// TCP with these options.
    #[must_use]
    pub const fn new(options: TcpOptions) -> Self {
        Self { options }
    }

    /// Listens at `ip` on a free port of `ports`, begun at a random one, so that a stranger cannot
    /// know the next. For FTP's passive mode behind a firewall.
    ///
    /// # Errors
    /// `AddrInUse` when every port is taken; `InvalidInput` for an empty range; what else `bind`
    /// gives, at once.
    pub fn listen_in_range(
        &self,
        ip: IpAddr,
        ports: RangeInclusive<u16>,
    ) -> io::Result<TcpListener> {
        let (first, last) = (*ports.start(), *ports.end());
        let count = u64::from(last.saturating_sub(first)) + 1;
        if ports.is_empty() || first == 0 {
            let what = format!("ports {first} to {last}: from 1 up, the smaller first");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let begin = RandomState::new().build_hasher().finish() % count;
        for n in 0..count {
            let offset = (begin + n) % count;
            let port = first.saturating_add(u16::try_from(offset).unwrap_or(u16::MAX));
            match self.listen_now(SocketAddr::new(ip, port)) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                listener => return listener,
            }
        }
        let what = format!("every port from {first} to {last} at {ip} is taken");
        Err(io::Error::new(io::ErrorKind::AddrInUse, what))
    }

    fn listen_now(&self, at: SocketAddr) -> io::Result<TcpListener> {
        let bound = match self.bind(at) {
            Err(error)
                if self.options.dual_stack && at.ip().is_unspecified() && no_ipv6(&error) =>
            {
                tracing::warn!(%error, "no IPv6: listening on IPv4 alone");
                self.bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), at.port()))
            }
            bound => bound,
        };
        let socket = bound.map_err(|error| at_address(&error, at))?;
        Ok(TcpListener {
            inner: tokio::net::TcpListener::from_std(socket.into())?,
            options: self.options.clone(),
            pauses: 0,
        })
    }

    fn bind(&self, at: SocketAddr) -> io::Result<Socket> {
        let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
        if at.is_ipv6() {
            socket.set_only_v6(!self.options.dual_stack)?;
        }
        // Elsewhere than on unix it would let two listeners share a port.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&at.into())?;
        socket.listen(self.options.backlog.into())?;
        Ok(socket)
    }

    async fn connect(&self, to: SocketAddr) -> io::Result<tokio::net::TcpStream> {
        let socket = if to.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        if let Some(source) = self.options.source {
            #[cfg(unix)]
            socket.set_reuseaddr(true)?;
            socket
                .bind(source)
                .map_err(|error| at_address(&error, source))?;
        }
        let connecting = socket.connect(to);
        let Some(limit) = self.options.connect_timeout else {
            return connecting.await;
        };
        match tokio::time::timeout(limit, connecting).await {
            Ok(connected) => connected,
            Err(_elapsed) => {
                let what = format!("no connection within {limit:?} (connect_timeout)");
                Err(io::Error::new(io::ErrorKind::TimedOut, what))
            }
        }
    }
}

impl Net for Tcp {
    type Addr = SocketAddr;
    type Stream = TcpStream;
    type Listener = TcpListener;

    async fn dial(&self, to: SocketAddr) -> io::Result<TcpStream> {
        let stream = self
            .connect(to)
            .await
            .map_err(|error| at_address(&error, to))?;
        self.options.apply(&stream)?;
        Ok(stream.into())
    }

    async fn listen(&self, at: SocketAddr) -> io::Result<TcpListener> {
        self.listen_now(at)
    }
}

impl TcpOptions {
    fn apply(&self, stream: &tokio::net::TcpStream) -> io::Result<()> {
        stream.set_nodelay(self.nodelay)?;
        // Else the system takes urgent bytes out of the stream (RFC 6093 6).
        SockRef::from(stream).set_out_of_band_inline(true)?;
        let Some(keep_alive) = self.keep_alive else {
            return Ok(());
        };
        let times = TcpKeepalive::new().with_time(whole_seconds(keep_alive.idle));
        // What a system cannot set keeps its default.
        #[cfg(any(target_os = "linux", target_os = "macos", target_os = "freebsd"))]
        let times = times
            .with_interval(whole_seconds(keep_alive.interval))
            .with_retries(keep_alive.probes.clamp(1, 127));
        SockRef::from(stream).set_tcp_keepalive(&times)
    }
}

/// What the kernel takes for a keep-alive time.
fn whole_seconds(time: Duration) -> Duration {
    let more = u64::from(time.subsec_nanos() > 0);
    Duration::from_secs(time.as_secs().saturating_add(more).clamp(1, 32_767))
}

/// A listening TCP socket.
#[derive(Debug)]
pub struct TcpListener {
    inner: tokio::net::TcpListener,
    options: TcpOptions,
    pauses: u64,
}

impl TcpListener {
    /// How often accepting had to wait because descriptors or memory had run out.
    #[must_use]
    pub const fn pauses(&self) -> u64 {
        self.pauses
    }
}

impl Listener for TcpListener {
    type Addr = SocketAddr;
    type Stream = TcpStream;

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> io::Result<TcpStream> {
        loop {
            let next = || self.inner.accept();
            let pause = self.options.accept_pause;
            let (stream, peer) = accept(next, pause, &mut self.pauses).await?;
            match self.options.apply(&stream) {
                Ok(()) => return Ok(stream.into()),
                Err(error) => tracing::debug!(%error, %peer, "a connection died at once"),
            }
        }
    }

    fn host(&self, stream: &TcpStream) -> Option<IpAddr> {
        stream.peer_addr().ok().map(|peer| peer.ip())
    }
}

/// An error with the address that it is about.
fn at_address(error: &io::Error, at: SocketAddr) -> io::Error {
    io::Error::new(error.kind(), format!("{at}: {error}"))
}

/// `EAFNOSUPPORT`, or no such address.
fn no_ipv6(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.raw_os_error() == Some(if cfg!(target_os = "linux") { 97 } else { 47 })
}

#[cfg(test)]
mod tests;
