//! A connection over a Unix socket.

use std::io;

use lineside_io::Socket;

use super::UnixAddr;
use crate::through::passes_through;

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

passes_through!(UnixStream);
