//! Messages without a connection.

use core::{fmt, future::Future, net::SocketAddr};
use std::io;

use tokio::net::UdpSocket;

/// A socket for datagrams: each arrives whole, or not at all.
pub trait Datagrams: Send + Sync + 'static {
    /// How ends are named.
    type Addr: Clone + fmt::Debug + fmt::Display + PartialEq + Send + Sync + 'static;

    /// This end's address.
    ///
    /// # Errors
    /// The socket is gone.
    fn local_addr(&self) -> io::Result<Self::Addr>;

    /// The next datagram: how much of it stands in `into`, and who sent it. Of one that is longer, the
    /// rest is lost. Cancel-safe.
    ///
    /// # Errors
    /// The socket's; also what befell an earlier datagram that was sent.
    fn receive(
        &self,
        into: &mut [u8],
    ) -> impl Future<Output = io::Result<(usize, Self::Addr)>> + Send;

    /// Sends a datagram. That it was sent does not say that it arrives.
    ///
    /// # Errors
    /// The socket's.
    fn send(&self, bytes: &[u8], to: &Self::Addr) -> impl Future<Output = io::Result<()>> + Send;
}

/// UDP over the system's network.
impl Datagrams for UdpSocket {
    type Addr = SocketAddr;

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Self::local_addr(self)
    }

    async fn receive(&self, into: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.recv_from(into).await
    }

    async fn send(&self, bytes: &[u8], to: &SocketAddr) -> io::Result<()> {
        self.send_to(bytes, to).await.map(drop)
    }
}
