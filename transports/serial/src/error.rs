//! What can be wrong with a tty, inside an [`io::Error`].

use std::{
    io,
    path::{Path, PathBuf},
};

use rustix::io::Errno;

/// What can be wrong with a tty. It travels inside an [`io::Error`]; [`of`](Self::of) takes it out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The device is gone: unplugged, or the other end of a PTY closed. As `NotConnected`.
    #[error("{}: the device is gone", path.display())]
    HungUp {
        /// The tty.
        path: PathBuf,
    },
    /// Another program holds it. As `ResourceBusy`.
    #[error("{}: another program holds it ({by})", path.display())]
    InUse {
        /// The tty.
        path: PathBuf,
        /// How we know: `flock`, `TIOCEXCL`.
        by: &'static str,
    },
    /// The device did not take a setting. As `Unsupported`; the old settings stay.
    #[error("{}: the device does not do {setting} = {asked}; it would be {got}", path.display())]
    Refused {
        /// The tty.
        path: PathBuf,
        /// The setting, by its name in an address.
        setting: &'static str,
        /// What was asked for.
        asked: String,
        /// What the device made of it.
        got: String,
    },
    /// The device or the platform does not have this at all. As `Unsupported`.
    #[error("{}: {what}", path.display())]
    Unsupported {
        /// The tty.
        path: PathBuf,
        /// What is missing, and why.
        what: &'static str,
    },
    /// The path leads to something that is no terminal. As `InvalidInput`.
    #[error("{}: not a tty", path.display())]
    NotATty {
        /// The path.
        path: PathBuf,
    },
    /// The transmitter sent nothing for [`Options::drain_stall`](crate::Options::drain_stall). As
    /// `TimedOut`.
    #[error("{}: {queued} bytes are not leaving (is flow control holding them back?)", path.display())]
    Stalled {
        /// The tty.
        path: PathBuf,
        /// What stands in the kernel's queue.
        queued: usize,
    },
}

impl Error {
    /// The tty's error inside an [`io::Error`], if it has one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// Whether `error` says that the device is gone.
    #[must_use]
    pub fn is_hang_up(error: &io::Error) -> bool {
        matches!(Self::of(error), Some(Self::HungUp { .. }))
    }

    /// The kernel's `errno` on the tty at `path`.
    pub(crate) fn from_errno(path: &Path, errno: Errno) -> io::Error {
        let path = path.to_owned();
        match errno {
            Errno::IO | Errno::NXIO | Errno::NODEV => Self::HungUp { path }.into(),
            Errno::NOTTY => Self::NotATty { path }.into(),
            Errno::BUSY => {
                let by = "TIOCEXCL";
                Self::InUse { path, by }.into()
            }
            other => {
                let error = io::Error::from(other);
                io::Error::new(error.kind(), format!("{}: {error}", path.display()))
            }
        }
    }

    /// As [`from_errno`](Self::from_errno), for what the device may not have at all.
    pub(crate) fn lacking(path: &Path, errno: Errno, what: &'static str) -> io::Error {
        match errno {
            Errno::NOTTY | Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS => Self::Unsupported {
                path: path.to_owned(),
                what,
            }
            .into(),
            other => Self::from_errno(path, other),
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::HungUp { .. } => io::ErrorKind::NotConnected,
            Error::InUse { .. } => io::ErrorKind::ResourceBusy,
            Error::Refused { .. } | Error::Unsupported { .. } => io::ErrorKind::Unsupported,
            Error::NotATty { .. } => io::ErrorKind::InvalidInput,
            Error::Stalled { .. } => io::ErrorKind::TimedOut,
        };
        Self::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unplugged_device_is_told_from_every_other_failure() {
        let path = Path::new("/dev/ttyUSB0");
        for errno in [Errno::IO, Errno::NXIO, Errno::NODEV] {
            let error = Error::from_errno(path, errno);
            assert!(Error::is_hang_up(&error), "{error}");
        }
        let denied = Error::from_errno(path, Errno::ACCESS);
        assert!(!Error::is_hang_up(&denied));
        assert_eq!(denied.kind(), io::ErrorKind::PermissionDenied);
        assert!(denied.to_string().starts_with("/dev/ttyUSB0: "), "{denied}");
    }
}
