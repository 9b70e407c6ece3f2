//! What a driver allows its peer to use up.

use core::time::Duration;

/// What a driver allows its peer to use up: at most about `unread + unsent` bytes and what the
/// machine itself keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Stop reading when this many bytes wait for the machine. Default 64 KiB.
    pub unread: usize,
    /// Stop reading, and asking the machine for events, while more than this many bytes wait for
    /// a peer that takes none. A peer that asks and never listens to the answers stops here.
    /// Default 64 KiB.
    pub unsent: usize,
    /// Read at most this many bytes at once. Default 4 KiB.
    pub read_chunk: usize,
    /// Give the buffers back while there is nothing in them. A reading of a stream that was idle then
    /// costs an allocation; a connection that idles costs no buffer. Default false: for many connections
    /// of which few are busy.
    pub lean: bool,
    /// Give up when the peer takes no byte for this long. Default 30 s; `None` waits for ever.
    /// A line that has taken all bytes and still sends them is not a stall.
    pub write_stall: Option<Duration>,
    /// Give up sending the last words and closing after this long. Default 30 s; `None` waits for
    /// ever.
    pub close: Option<Duration>,
    /// When the machine has failed and the peer may still be sending: after the last words, read
    /// and throw away for at most this long, until the peer closes too. Without it TCP resets the
    /// connection, and the peer may never see the last words. Default 1 s; `None` does not wait.
    pub linger: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unread: 64 * 1024,
            unsent: 64 * 1024,
            read_chunk: 4 * 1024,
            lean: false,
            write_stall: Some(Duration::from_secs(30)),
            close: Some(Duration::from_secs(30)),
            linger: Some(Duration::from_secs(1)),
        }
    }
}
