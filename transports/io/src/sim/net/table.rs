//! Who listens where, and who waits there.

use core::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::RangeInclusive,
    task::{Context, Poll, Waker},
};
use std::{
    collections::{HashMap, VecDeque},
    io,
};

use super::{MemoryLimits, MemoryStream};

/// IANA's dynamic ports (RFC 6335 §6).
const EPHEMERAL: RangeInclusive<u16> = 49_152..=65_535;

/// All listening ends of a network.
#[derive(Debug, Default)]
pub(super) struct Table {
    listening: HashMap<SocketAddr, Backlog>,
    names: HashMap<String, SocketAddr>,
    last_port: Option<u16>,
}

/// What waits at a listening end.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    streams: VecDeque<MemoryStream>,
    acceptor: Option<Waker>,
    dialers: Vec<Waker>,
}

impl Backlog {
    /// Resets those who connected and were not accepted, and wakes those who waited to connect.
    pub(super) fn refuse(self) {
        self.streams.into_iter().for_each(MemoryStream::reset);
        self.dialers.into_iter().for_each(Waker::wake);
        self.acceptor.into_iter().for_each(Waker::wake);
    }
}

impl Table {
    /// Begins to listen; gives the real address.
    pub(super) fn bind(&mut self, mut at: SocketAddr) -> io::Result<SocketAddr> {
        if at.port() == 0 {
            at.set_port(self.free_port()?);
        } else if self.listening.keys().any(|taken| overlap(*taken, at)) {
            let message = format!("{at}: somebody listens there");
            return Err(io::Error::new(io::ErrorKind::AddrInUse, message));
        }
        self.listening.insert(at, Backlog::default());
        Ok(at)
    }

    /// Begins to listen at a free port under a name.
    pub(super) fn bind_name(&mut self, name: &str, host: IpAddr) -> io::Result<SocketAddr> {
        if self.names.contains_key(name) {
            let message = format!("mem:{name}: somebody listens there");
            return Err(io::Error::new(io::ErrorKind::AddrInUse, message));
        }
        let at = self.bind(SocketAddr::new(host, 0))?;
        self.names.insert(name.to_owned(), at);
        Ok(at)
    }

    pub(super) fn resolve(&self, name: &str) -> io::Result<SocketAddr> {
        self.names.get(name).copied().ok_or_else(|| {
            let message = format!("mem:{name}: nobody listens there");
            io::Error::new(io::ErrorKind::ConnectionRefused, message)
        })
    }

    /// Ends listening.
    pub(super) fn unbind(&mut self, at: SocketAddr) -> Option<Backlog> {
        self.names.retain(|_, place| *place != at);
        self.listening.remove(&at)
    }

    /// The next port that nobody listens at.
    pub(super) fn free_port(&mut self) -> io::Result<u16> {
        for _ in EPHEMERAL {
            let next = self.last_port.and_then(|port| port.checked_add(1));
            let port = next.unwrap_or(*EPHEMERAL.start());
            self.last_port = Some(port);
            if self.listening.keys().all(|taken| taken.port() != port) {
                return Ok(port);
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, "no port is free"))
    }

    pub(super) fn poll_connect(
        &mut self,
        cx: &Context<'_>,
        limits: &MemoryLimits,
        from: SocketAddr,
        to: SocketAddr,
    ) -> Poll<io::Result<MemoryStream>> {
        let everywhere = SocketAddr::new(unspecified(to.ip()), to.port());
        let at = if self.listening.contains_key(&to) {
            to
        } else {
            everywhere
        };
        let Some(backlog) = self.listening.get_mut(&at) else {
            let message = format!("{to}: nobody listens there");
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                message,
            )));
        };
        if backlog.streams.len() >= limits.backlog.max(1) {
            if !backlog
                .dialers
                .iter()
                .any(|waker| waker.will_wake(cx.waker()))
            {
                backlog.dialers.push(cx.waker().clone());
            }
            return Poll::Pending;
        }
        let (ours, theirs) = MemoryStream::pair(limits, from, to);
        backlog.streams.push_back(theirs);
        backlog.acceptor.take().into_iter().for_each(Waker::wake);
        Poll::Ready(Ok(ours))
    }

    pub(super) fn poll_accept(
        &mut self,
        cx: &Context<'_>,
        at: SocketAddr,
    ) -> Poll<io::Result<MemoryStream>> {
        let Some(backlog) = self.listening.get_mut(&at) else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let Some(stream) = backlog.streams.pop_front() else {
            backlog.acceptor = Some(cx.waker().clone());
            return Poll::Pending;
        };
        backlog.dialers.drain(..).for_each(Waker::wake);
        Poll::Ready(Ok(stream))
    }
}

const fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

/// Whether two ends cannot listen beside each other.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let same_family = one.is_ipv4() == other.is_ipv4();
    let anywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && same_family && (one.ip() == other.ip() || anywhere)
}
