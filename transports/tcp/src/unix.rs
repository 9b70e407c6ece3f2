//! Unix sockets as a net.

use core::{fmt, time::Duration};
use std::{
    fs::{File, Permissions},
    io,
    os::{
        fd::OwnedFd,
        unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use lineside_io::{Listener, Net};
use socket2::{Domain, SockAddr, Socket, Type};

mod stream;

pub use stream::UnixStream;

use crate::accept::accept;

/// What is set on every listener of a [`Unix`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnixOptions {
    /// Who may connect: the file's permission bits, `0o660` for instance. Default `None`: what the
    /// process's umask leaves. Never wider than this, not even for a moment.
    pub mode: Option<u32>,
    /// So many connections may wait to be accepted. Default 1024.
    pub backlog: u16,
    /// How long to wait before accepting again when descriptors or memory have run out. Default
    /// 50 ms.
    pub accept_pause: Duration,
}

impl Default for UnixOptions {
    fn default() -> Self {
        Self {
            mode: None,
            backlog: 1_024,
            accept_pause: Duration::from_millis(50),
        }
    }
}

/// Stream sockets in the file system.
#[derive(Clone, Debug, Default)]
pub struct Unix {
    options: UnixOptions,
}

impl Unix {
    /// Unix sockets with these options.
    #[must_use]
    pub const fn new(options: UnixOptions) -> Self {
        Self { options }
    }

    fn bind(&self, path: &Path) -> io::Result<Socket> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        if let (Some(mode), true) = (self.options.mode, cfg!(target_os = "linux")) {
            // The file is made with no more than the socket's own bits.
            let file = File::from(OwnedFd::from(socket.try_clone()?));
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        socket.bind(&SockAddr::unix(path)?)?;
        if let Some(mode) = self.options.mode {
            // The umask may have taken away what was asked for.
            std::fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        Ok(socket)
    }

    /// As `bind`, after a file that nobody listens at has been cleared away.
    fn bind_over_stale(&self, path: &Path) -> io::Result<Socket> {
        match self.bind(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            bound => return bound,
        }
        let in_use = |what| Err(io::Error::new(io::ErrorKind::AddrInUse, what));
        if !std::fs::symlink_metadata(path)?.file_type().is_socket() {
            return in_use("something is there that is no socket");
        }
        // Without waiting: a queue that is full has a listener, too.
        let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        probe.set_nonblocking(true)?;
        match probe.connect(&SockAddr::unix(path)?) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                tracing::info!(path = %path.display(), "clearing away a socket that a crash has left");
                std::fs::remove_file(path)?;
                self.bind(path)
            }
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => in_use("somebody listens there"),
        }
    }
}

impl Net for Unix {
    type Addr = UnixAddr;
    type Stream = UnixStream;
    type Listener = UnixListener;

    async fn dial(&self, to: UnixAddr) -> io::Result<UnixStream> {
        let fail = |error: io::Error| io::Error::new(error.kind(), format!("{to}: {error}"));
        let path = to
            .path()
            .ok_or(io::ErrorKind::InvalidInput)
            .map_err(|kind| fail(kind.into()))?;
        let stream = tokio::net::UnixStream::connect(path).await.map_err(fail)?;
        Ok(stream.into())
    }

    async fn listen(&self, at: UnixAddr) -> io::Result<UnixListener> {
        let fail = |error: io::Error| io::Error::new(error.kind(), format!("{at}: {error}"));
        let path = at
            .path()
            .ok_or(io::ErrorKind::InvalidInput)
            .map_err(|kind| fail(kind.into()))?;
        let socket = self.bind_over_stale(path).map_err(fail)?;
        let place = Place::of(path)?;
        socket.listen(self.options.backlog.into())?;
        let listener = std::os::unix::net::UnixListener::from(OwnedFd::from(socket));
        Ok(UnixListener {
            inner: tokio::net::UnixListener::from_std(listener)?,
            place,
            pause: self.options.accept_pause,
            pauses: 0,
        })
    }
}

/// Where a Unix socket is. A client's own end has no place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnixAddr(Option<PathBuf>);

impl UnixAddr {
    /// The file, unless it is a client's own end.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.as_deref()
    }
}

impl<P: Into<PathBuf>> From<P> for UnixAddr {
    fn from(path: P) -> Self {
        Self(Some(path.into()))
    }
}

impl fmt::Display for UnixAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(path) => write!(f, "{}", path.display()),
            None => f.write_str("an unnamed Unix socket"),
        }
    }
}

/// A listening Unix socket. Dropping it removes its file, unless somebody has put another there.
#[derive(Debug)]
pub struct UnixListener {
    inner: tokio::net::UnixListener,
    place: Place,
    pause: Duration,
    pauses: u64,
}

impl UnixListener {
    /// How often accepting had to wait because descriptors or memory had run out.
    #[must_use]
    pub const fn pauses(&self) -> u64 {
        self.pauses
    }
}

impl Listener for UnixListener {
    type Addr = UnixAddr;
    type Stream = UnixStream;

    fn local_addr(&self) -> io::Result<UnixAddr> {
        Ok(UnixAddr(Some(self.place.path.clone())))
    }

    async fn accept(&mut self) -> io::Result<UnixStream> {
        let next = || self.inner.accept();
        let (stream, _) = accept(next, self.pause, &mut self.pauses).await?;
        Ok(stream.into())
    }
}

/// A file that is ours as long as its inode is.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    inode: (u64, u64),
}

impl Place {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            inode: inode(path)?,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if inode(&self.path).is_ok_and(|now| now == self.inode) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    let data = std::fs::symlink_metadata(path)?;
    Ok((data.dev(), data.ino()))
}

#[cfg(test)]
mod tests;
