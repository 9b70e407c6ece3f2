//! One end of a connection in memory.

use core::{
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lineside_core::Instant;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    MemoryLimits,
    pipe::{Pipe, Read},
};
use crate::{Socket, Timer};

/// One end of a connection in memory.
///
/// `shutdown` closes this end's direction only. Dropping the stream closes it; what then still
/// stood to be read here is a reset for the other end, as with TCP.
#[derive(Debug)]
pub struct MemoryStream {
    connection: Arc<Mutex<Connection>>,
    side: Side,
    local: SocketAddr,
    peer: SocketAddr,
    limits: MemoryLimits,
    arrival: Option<Timer>,
}

#[derive(Debug)]
struct Connection {
    is_reset: bool,
    from_dialer: Pipe,
    from_acceptor: Pipe,
}

#[derive(Clone, Copy, Debug)]
enum Side {
    Dialer,
    Acceptor,
}

impl Connection {
    fn pipes(&mut self, side: Side) -> (&mut Pipe, &mut Pipe) {
        match side {
            Side::Dialer => (&mut self.from_acceptor, &mut self.from_dialer),
            Side::Acceptor => (&mut self.from_dialer, &mut self.from_acceptor),
        }
    }

    fn incoming(&mut self, side: Side) -> &mut Pipe {
        self.pipes(side).0
    }

    fn outgoing(&mut self, side: Side) -> &mut Pipe {
        self.pipes(side).1
    }

    fn reset(&mut self) {
        self.is_reset = true;
        self.from_dialer.clear();
        self.from_acceptor.clear();
    }

    fn check(&self) -> io::Result<()> {
        if self.is_reset {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl MemoryStream {
    /// Two ends of one connection: the dialler's, then the acceptor's.
    pub(super) fn pair(limits: &MemoryLimits, from: SocketAddr, to: SocketAddr) -> (Self, Self) {
        let connection = Arc::new(Mutex::new(Connection {
            is_reset: false,
            from_dialer: Pipe::new(limits.capacity),
            from_acceptor: Pipe::new(limits.capacity),
        }));
        let end = |side, local, peer| Self {
            connection: Arc::clone(&connection),
            side,
            local,
            peer,
            limits: limits.clone(),
            arrival: limits.latency.as_ref().map(|(clock, _)| clock.timer()),
        };
        (end(Side::Dialer, from, to), end(Side::Acceptor, to, from))
    }

    /// Ends the connection at once. The other end's next read or write fails with
    /// `ConnectionReset`, whatever was still under way (RFC 9293 §3.10.7.4).
    pub fn reset(self) {
        self.lock().reset();
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Instant {
        let latency = self.limits.latency.as_ref();
        latency.map_or(Instant::START, |(clock, _)| clock.now())
    }

    /// When what is written now arrives.
    fn arrives(&self) -> Instant {
        let latency = self.limits.latency.as_ref();
        latency.map_or(Instant::START, |(clock, latency)| clock.now() + *latency)
    }
}

impl Socket for MemoryStream {
    type Addr = SocketAddr;

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.local)
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for MemoryStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let (now, side) = (self.now(), self.side);
            let read = {
                let mut connection = self.lock();
                connection.check()?;
                connection.incoming(side).read(cx, now, into)
            };
            match read {
                Read::Some | Read::End => return Poll::Ready(Ok(())),
                Read::Nothing => return Poll::Pending,
                Read::Later(at) => {
                    let Some(arrival) = &mut self.arrival else {
                        return Poll::Pending;
                    };
                    arrival.set(Some(at));
                    ready!(arrival.poll(cx));
                }
            }
        }
    }
}

impl AsyncWrite for MemoryStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let (at, side) = (self.arrives(), self.side);
        let mut connection = self.lock();
        connection.check()?;
        match ready!(connection.outgoing(side).write(cx, at, bytes)) {
            Some(count) => Poll::Ready(Ok(count)),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// What is written is under way already.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.lock().check())
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (at, side) = (self.arrives(), self.side);
        let mut connection = self.lock();
        connection.check()?;
        connection.outgoing(side).finish(at);
        Poll::Ready(Ok(()))
    }
}

impl Drop for MemoryStream {
    fn drop(&mut self) {
        let (at, side) = (self.arrives(), self.side);
        let mut connection = self.lock();
        if connection.incoming(side).abandon() {
            connection.reset();
        } else {
            connection.outgoing(side).finish(at);
        }
    }
}
