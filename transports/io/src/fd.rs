//! Files of the kernel that become ready: timers and ttys.

use std::{io, os::fd::OwnedFd};

use tokio::io::{Interest, unix::AsyncFd};

/// Watches `fd` for readiness. It must be non-blocking.
///
/// # Errors
/// The file cannot be watched, or no tokio runtime with I/O is running.
#[expect(
    deprecated,
    reason = "unsound only for a type whose descriptor can change under it, which an OwnedFd's cannot; \
              its successor is an unsafe function, and this crate has no unsafe code"
)]
pub fn watch(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(fd, interest)
}
