//! What either end tells, and what it is told.

use bytes::Bytes;

use super::options::{Tell, Told};
use crate::wire::{self, Defect, TelnetOption};

/// Which end this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It was connected to.
    Server,
    /// It has connected.
    Client,
}

/// Whose use of an option is meant: each direction is negotiated for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// Ours: `WILL` and `WONT` from us, `DO` and `DONT` from the peer.
    Us,
    /// The peer's: `DO` and `DONT` from us, `WILL` and `WONT` from the peer.
    Peer,
}

/// What the peer did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Data, without escapes; on the network virtual terminal without the NUL that follows a carriage
    /// return (RFC 854). How data is cut into events has no meaning.
    Data(Bytes),
    /// A command, but `NOP` and the data mark. One without a name means nothing (T5).
    Command(wire::Command),
    /// The end of a Synch: data before it was thrown away, commands were not (T45).
    Synch,
    /// An option is in use from here on in the stream of data, or not any more.
    Option {
        /// Whose use of it.
        party: Party,
        /// Which.
        option: TelnetOption,
        /// Whether it is.
        on: bool,
    },
    /// The peer does not want what we asked for, or did not answer in time.
    Refused {
        /// Whose use of it.
        party: Party,
        /// Which.
        option: TelnetOption,
    },
    /// The peer asks for a timing mark, with [`Config::holds_marks`](crate::Config::holds_marks) on: all
    /// data before it has been given. Answered by [`Command::TimingMark`], each for itself (RFC 860).
    TimingMark,
    /// Everything that was asked for at the beginning is answered, refused, or given up. Comes once.
    Settled,
    /// What the peer told by an option, where that is understood here ([`options`](crate::options)).
    Told(Told),
    /// A subnegotiation of any other option that is in use.
    Subnegotiation {
        /// Of which.
        option: TelnetOption,
        /// Its payload, without escapes.
        payload: Bytes,
    },
    /// A subnegotiation that was not kept. None of it is data.
    Dropped {
        /// Of which; of an empty one, option 0.
        option: TelnetOption,
        /// How long its payload was.
        bytes: usize,
        /// Why.
        defect: Defect,
    },
}

/// What the application wants of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Data. On the network virtual terminal a line feed is a line end, whether a carriage return stands
    /// before it or not; a line end must not be cut between two commands.
    Data(Bytes),
    /// A command to the peer.
    Command(wire::Command),
    /// An option to be used, or not any more.
    Option {
        /// By whom.
        party: Party,
        /// Which.
        option: TelnetOption,
        /// Whether it is to be used.
        on: bool,
    },
    /// A subnegotiation of an option that is in use.
    Subnegotiation {
        /// Of which.
        option: TelnetOption,
        /// Its payload; it is escaped here.
        payload: Bytes,
    },
    /// A data mark, as urgent data where the transport has it: the peer throws away what data it has not
    /// processed before it (RFC 854, The TELNET Synch signal).
    Synch,
    /// Something to be told by an option.
    Tell(Tell),
    /// What came before an [`Event::TimingMark`] has been processed: the mark is answered (T57).
    TimingMark,
    /// The connection is to end: what is to be sent goes first, and nothing more is heard. Data that
    /// waits for the answer to `WILL BINARY` goes as it would without that.
    Close,
}
