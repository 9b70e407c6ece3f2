//! What the server tells its application, and what it is told.

use bytes::Bytes;

use crate::{
    com_port::Port,
    wire::com_port::{Control, DataSize, LineState, ModemState, Parity, Purge, StopSize},
};

/// What the client did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Data for the port.
    Data(Bytes),
    /// The client controls the port from here on, or not any more.
    Control(bool),
    /// Something is to be done to the port; [`Command::Done`] follows. Nothing further comes from the
    /// client before it. Data that came before goes out before, at the old settings (R29), except
    /// where a purge throws it away.
    Act(Action),
    /// The client takes no data from here on, or takes it again (R22).
    Suspended(bool),
    /// Who the client is.
    Signature(Bytes),
    /// What Telnet has to say beside it.
    Telnet(crate::Event),
}

/// What is to be done to the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Nothing: the client wants to know.
    Report,
    /// Bits per second, not 0.
    Baud(u32),
    /// Data bits, 5 to 8.
    DataSize(DataSize),
    /// The parity bit, not a request.
    Parity(Parity),
    /// Stop bits, not a request.
    StopSize(StopSize),
    /// Flow control outbound or both ways, not a request.
    Flow(Control),
    /// Flow control inbound, not a request.
    Inbound(Control),
    /// A break begins or ends.
    Break(bool),
    /// A break of the server's own length (`IAC BRK`, R26).
    Pulse,
    /// DTR's level.
    Dtr(bool),
    /// RTS's level.
    Rts(bool),
    /// Buffers are emptied, at once.
    Purge(Purge),
}

/// What the application has for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Data from the port. Misuse while the client [has suspended it](super::Server::is_suspended), and beyond
    /// [`Config::held`](crate::Config::held) while [Telnet holds it](crate::Telnet::is_holding).
    Data(Bytes),
    /// The action that was asked for is done, or could not be: this is in effect.
    Done(Port),
    /// The levels of the port's inputs. The first is what changes are measured from.
    ModemState(ModemState),
    /// Something happened on the line, here in the data.
    LineState(LineState),
    /// The client takes data again, whatever it said, and as it is where it was asked for BINARY: one that
    /// is not read, since its data fills the port, cannot say so.
    Resume,
    /// The port takes no more data for now (`true`: `FLOWCONTROL-SUSPEND`), or takes it again (R23).
    Full(bool),
    /// Ends the connection once everything is sent.
    Close,
    /// A command of Telnet's.
    Telnet(crate::Command),
}
