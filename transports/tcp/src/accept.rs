//! What a failed accept means.

use core::{future::Future, time::Duration};
use std::io;

/// Accepts until it succeeds or the listener itself is broken.
///
/// A connection that died in the queue is passed over. When the process or the system has run out
/// of descriptors or memory, it waits for `pause` and counts that in `pauses`: the connection stays
/// in the queue. Cancel-safe if `accept` is.
pub(crate) async fn accept<T, F>(
    mut accept: impl FnMut() -> F,
    pause: Duration,
    pauses: &mut u64,
) -> io::Result<T>
where
    F: Future<Output = io::Result<T>>,
{
    loop {
        match accept().await {
            Ok(stream) => return Ok(stream),
            Err(error) if is_of_one_connection(&error) => {
                tracing::debug!(%error, "a connection died before it was accepted");
            }
            Err(error) if is_exhaustion(&error) => {
                tracing::warn!(%error, ?pause, "cannot accept now");
                *pauses += 1;
                tokio::time::sleep(pause).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// `accept(2)`: errors that are already pending on the new socket come from accept itself.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::ConnectionRefused
            | Kind::Interrupted
            | Kind::NetworkDown
            | Kind::NetworkUnreachable
            | Kind::HostUnreachable
            | Kind::PermissionDenied
            | Kind::TimedOut
    ) || matches!(error.raw_os_error(), Some(EPROTO))
}

fn is_exhaustion(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory
        || matches!(error.raw_os_error(), Some(ENFILE | EMFILE | ENOBUFS))
}

const ENFILE: i32 = 23;
const EMFILE: i32 = if cfg!(windows) { 10_024 } else { 24 };
#[cfg(any(target_os = "linux", target_os = "android"))]
const EPROTO: i32 = 71;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const EPROTO: i32 = 100;
const ENOBUFS: i32 = if cfg!(windows) {
    10_055
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    105
} else {
    55
};

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn accepting_survives_dead_connections_and_full_tables() {
        let mut outcomes = vec![
            Ok("a connection"),
            Err(io::Error::from_raw_os_error(EMFILE)),
            Err(io::ErrorKind::ConnectionAborted.into()),
            Err(io::Error::from_raw_os_error(ENFILE)),
        ];
        let mut pauses = 0;
        let next = || core::future::ready(outcomes.pop().unwrap());
        let accepted = accept(next, Duration::ZERO, &mut pauses).await;
        assert_eq!(accepted.unwrap(), "a connection");
        assert_eq!(pauses, 2);
    }

    #[tokio::test]
    async fn a_broken_listener_is_an_error() {
        let broken = || core::future::ready(Err::<(), _>(io::ErrorKind::InvalidInput.into()));
        let error = accept(broken, Duration::ZERO, &mut 0).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
