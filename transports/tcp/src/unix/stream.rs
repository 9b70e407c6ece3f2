//! A connection over a Unix socket.

use core::{
    pin::Pin,
    task::{Context, Poll},
};
use std::io::{self, IoSlice};

use lineside_io::Socket;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::UnixAddr;

/// A connection over a Unix socket, or any tokio one turned into it.
#[derive(Debug)]
pub struct UnixStream(tokio::net::UnixStream);

impl UnixStream {
    /// tokio's own stream, for what only it can do.
    #[must_use]
    pub const fn get_ref(&self) -> &tokio::net::UnixStream {
        &self.0
    }

    /// tokio's own stream.
    #[must_use]
    pub fn into_inner(self) -> tokio::net::UnixStream {
        self.0
    }
}

impl From<tokio::net::UnixStream> for UnixStream {
    fn from(stream: tokio::net::UnixStream) -> Self {
        Self(stream)
    }
}

impl Socket for UnixStream {
    type Addr = UnixAddr;

    fn local_addr(&self) -> io::Result<UnixAddr> {
        let addr = self.0.local_addr()?;
        Ok(UnixAddr(addr.as_pathname().map(ToOwned::to_owned)))
    }

    fn peer_addr(&self) -> io::Result<UnixAddr> {
        let addr = self.0.peer_addr()?;
        Ok(UnixAddr(addr.as_pathname().map(ToOwned::to_owned)))
    }
}

impl AsyncRead for UnixStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(cx, into)
    }
}

impl AsyncWrite for UnixStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}
