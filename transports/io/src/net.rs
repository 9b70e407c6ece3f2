//! Where streams come from: something to dial and to listen on.

use core::{
    fmt,
    future::Future,
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll},
};
use std::io;

use crate::Stream;

/// A stream that knows both of its ends. FTP needs them: a data connection must come from the
/// control connection's peer, and go to the address that the control connection came in on.
pub trait Socket: Stream {
    /// `SocketAddr` for TCP and the memory network, a path for Unix sockets.
    type Addr: Clone + fmt::Debug + fmt::Display + PartialEq + Send + Sync + 'static;

    /// This end's address.
    ///
    /// # Errors
    /// The socket is gone.
    fn local_addr(&self) -> io::Result<Self::Addr>;

    /// The other end's address.
    ///
    /// # Errors
    /// The socket is gone, or was never connected.
    fn peer_addr(&self) -> io::Result<Self::Addr>;
}

/// A stream that has urgent data, as TCP has: a place in the stream that the receiver learns of before
/// it has read so far (RFC 9293 3.8.5). The bytes stay in their place (RFC 6093 6).
pub trait Urgent: Stream {
    /// Whether the peer has sent urgent data, and its last byte was not read.
    fn is_urgent(&self) -> bool;

    /// Sends a byte, behind all that was written, as the last of urgent data.
    fn poll_write_urgent(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        byte: u8,
    ) -> Poll<io::Result<()>>;
}

impl<T: Urgent + ?Sized> Urgent for Box<T> {
    fn is_urgent(&self) -> bool {
        (**self).is_urgent()
    }

    fn poll_write_urgent(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        byte: u8,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut **self).poll_write_urgent(cx, byte)
    }
}

/// A stream whose peer has proved who it is, as both ends of TLS do.
pub trait Identified {
    /// The peer's own certificate, as X.509 in DER, which the transport has verified; `None` when
    /// it showed none.
    fn peer_certificate(&self) -> Option<&[u8]>;
}

/// A network of streams.
pub trait Net: Clone + Send + Sync + 'static {
    /// How its ends are named.
    type Addr: Clone + fmt::Debug + fmt::Display + PartialEq + Send + Sync + 'static;
    /// A connection.
    type Stream: Socket<Addr = Self::Addr>;
    /// A listening end.
    type Listener: Listener<Addr = Self::Addr, Stream = Self::Stream>;

    /// Connects to `to`. Dropping the future abandons the attempt.
    fn dial(&self, to: Self::Addr) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Listens at `at`; port 0 takes any free one.
    fn listen(&self, at: Self::Addr) -> impl Future<Output = io::Result<Self::Listener>> + Send;
}

/// A listening end. Dropping it closes it; streams that it accepted live on.
pub trait Listener: Send + 'static {
    /// How its ends are named.
    type Addr;
    /// What it accepts.
    type Stream;

    /// Where it listens, the real port included.
    ///
    /// # Errors
    /// The socket is gone.
    fn local_addr(&self) -> io::Result<Self::Addr>;

    /// The next connection. Cancel-safe: a dropped future loses no connection.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// The host at the other end of `stream`, which was accepted last: what a limit for each peer goes by
    /// ([`Limits::per_peer`](crate::serve::Limits::per_peer)). `None`, the default, where none can be
    /// told.
    fn host(&self, stream: &Self::Stream) -> Option<IpAddr> {
        let _ = stream;
        None
    }
}
