//! A TCP connection.

use core::{
    net::SocketAddr,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, ready},
    time::Duration,
};
use std::io::{self, Read as _};

use lineside_io::{Socket, Urgent};
use socket2::SockRef;
use tokio::io::{AsyncRead, Interest, ReadBuf};

use crate::through::writes_through;

/// What stands before a data mark of Telnet's, which is urgent data (RFC 854, the Synch).
const IAC: u8 = 255;

/// A TCP connection, or any tokio one turned into it.
#[derive(Debug)]
pub struct TcpStream(
    tokio::net::TcpStream,
    /// A read has ended, or will end, before urgent data, though more is there. tokio takes a short read for
    /// the end of what is there, and would wait for more.
    AtomicBool,
);

impl TcpStream {
    /// tokio's own stream, for what only it can do.
    #[must_use]
    pub const fn get_ref(&self) -> &tokio::net::TcpStream {
        &self.0
    }

    /// tokio's own stream.
    #[must_use]
    pub fn into_inner(self) -> tokio::net::TcpStream {
        self.0
    }

    /// Ends the connection with a reset (RFC 9293 §3.10.5): what is on its way is lost, and the peer
    /// reads an error.
    ///
    /// # Errors
    /// The socket is gone; it is closed all the same.
    pub fn reset(self) -> io::Result<()> {
        SockRef::from(&self.0).set_linger(Some(Duration::ZERO))
    }
}

impl From<tokio::net::TcpStream> for TcpStream {
    fn from(stream: tokio::net::TcpStream) -> Self {
        Self(stream, AtomicBool::new(false))
    }
}

/// An IPv4 peer of a dual-stack listener is an IPv4 address, not an IPv6 one that holds it.
impl Socket for TcpStream {
    type Addr = SocketAddr;

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr().map(canonical)
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr().map(canonical)
    }
}

/// Urgent data stays in its place in the stream, on every connection of this crate's making.
impl Urgent for TcpStream {
    /// A system call. Always `false` where the system is none of unix.
    fn is_urgent(&self) -> bool {
        let is_urgent = is_urgent(&self.0);
        self.1.fetch_or(is_urgent, Ordering::Relaxed);
        is_urgent
    }

    fn poll_write_urgent(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        byte: u8,
    ) -> Poll<io::Result<()>> {
        let stream = &self.get_mut().0;
        loop {
            ready!(stream.poll_write_ready(cx))?;
            let send = || SockRef::from(stream).send_out_of_band(&[byte]);
            match stream.try_io(Interest::WRITABLE, send) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => return Poll::Ready(sent.map(drop)),
            }
        }
    }
}

#[cfg(unix)]
pub(super) fn is_urgent(stream: &tokio::net::TcpStream) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut asked = [PollFd::new(stream, PollFlags::PRI)];
    let found = poll(&mut asked, Some(&Timespec::default()));
    found.is_ok_and(|found| found > 0)
}

#[cfg(not(unix))]
pub(super) fn is_urgent(_: &tokio::net::TcpStream) -> bool {
    false
}

fn canonical(addr: SocketAddr) -> SocketAddr {
    match addr.ip().to_canonical() {
        ip if ip == addr.ip() => addr,
        ip => SocketAddr::new(ip, addr.port()),
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self(stream, more) = self.get_mut();
        if *more.get_mut() {
            let socket = SockRef::from(&*stream);
            match (&*socket).read(into.initialize_unfilled()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => *more.get_mut() = false,
                Err(error) => return Poll::Ready(Err(error)),
                Ok(count) => {
                    into.advance(count);
                    return Poll::Ready(Ok(()));
                }
            }
        }
        let before = into.filled().len();
        ready!(Pin::new(stream).poll_read(cx, into))?;
        // What stands before Telnet's data mark is IAC. A read that ends so may have ended for the mark.
        let read = into.filled().get(before..).unwrap_or_default();
        *more.get_mut() |= read.last() == Some(&IAC) && into.remaining() > 0;
        Poll::Ready(Ok(()))
    }
}

writes_through!(TcpStream);
