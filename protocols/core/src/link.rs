//! The two buffers between a machine and its wire.

use bytes::BytesMut;

use crate::Instant;

/// What a machine reads from and writes to. The caller owns it, so that buffers outlive a machine
/// and can be handed to the next one (a stream that upgrades to TLS, a line that changes protocol).
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Link {
    /// Bytes that the peer sent and the machine has not consumed. The machine takes them from the
    /// front; the caller appends.
    pub rx: BytesMut,
    /// Bytes for the peer. The machine appends; the caller takes them from the front. Whatever
    /// stands here after any call is the peer's, also when the call returned an error.
    pub tx: BytesMut,
    /// The peer sends no more: `rx` holds the last of it.
    pub eof: bool,
    /// What a serial line reported at the very end of `rx`: everything in `rx` came before it.
    /// The machine takes or notes it before it next answers `Wait`, also while a request is with
    /// the application: the caller clears it then, and may append to `rx` after that only.
    pub mark: Option<Mark>,
    /// The peer has sent urgent data, and the last byte of it is not in `rx` yet (RFC 9293 3.8.5). The
    /// caller tells, on a transport that has it.
    pub urgent: bool,
    /// How many bytes of `tx` there are up to the one that is to be sent as the last of urgent data, it
    /// included. The machine sets it, the caller counts it down; a transport without urgent data sends
    /// that byte like any other.
    pub tx_urgent: Option<usize>,
    /// When the last byte of `rx` arrived. An earlier time, where the machine did not
    /// [need the time](crate::Machine::needs_time) when it came.
    pub received: Option<Instant>,
    /// When the last byte that was in `tx` had left: for a serial line the end of its last stop
    /// bit. `None` while bytes are on their way, and before the first.
    pub sent: Option<Instant>,
}

/// What a serial line can report beside data. None of these put a byte into [`Link::rx`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// A character whose parity was wrong, as received.
    Parity(u8),
    /// A character without its stop bit, as received. A receiver that cannot tell parity from
    /// framing errors (a Linux tty cannot) reports this as [`Mark::Parity`].
    Framing(u8),
    /// The line was held low for longer than a character.
    Break,
    /// Characters came faster than they were taken, and some are lost here.
    Overrun,
}
