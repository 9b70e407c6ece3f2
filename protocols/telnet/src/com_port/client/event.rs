//! What the client tells its application, and what it is told.

use bytes::Bytes;

use crate::{
    com_port::Settings,
    wire::com_port::{Control, LineState, Message, ModemState, Purge},
};

/// What the server did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The port can be controlled from here on. Comes once.
    Ready,
    /// Data from the port.
    Data(Bytes),
    /// Every setting that was asked for is answered, or given up.
    Configured {
        /// Those in effect, which need not be those that were asked for (R33).
        settings: Settings,
        /// The server answered each.
        is_answered: bool,
    },
    /// The break, DTR, RTS or flow control inbound that is in effect.
    Control(Control),
    /// The server has emptied its buffers: data that comes from here on was received later.
    Purged(Purge),
    /// The server does not answer this, said several times.
    Unanswered(Message<'static>),
    /// The levels of the port's inputs, and what has changed.
    ModemState(ModemState),
    /// Something happened on the line, here in the data.
    LineState(LineState),
    /// The server takes no data from here on, or takes it again (R36).
    Suspended(bool),
    /// Who the server is.
    Signature(Bytes),
    /// What Telnet has to say beside it.
    Telnet(crate::Event),
}

/// What the application wants.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Data for the port. Misuse while the server [has suspended it](super::Client::is_suspended), and before
    /// [`Event::Ready`].
    Data(Bytes),
    /// These settings. What is in effect is not asked for again (R39). Given before
    /// [`Event::Ready`], it is said as soon as it may be.
    Configure(Settings),
    /// A break, DTR, RTS or flow control inbound, or a question for one. Misuse before [`Event::Ready`].
    Control(Control),
    /// Buffers to be emptied. Misuse before [`Event::Ready`].
    Purge(Purge),
    /// We take no data for now, or take it again.
    Suspend(bool),
    /// Ask who the server is.
    Signature,
    /// Ends the connection once everything is sent.
    Close,
    /// A command of Telnet's.
    Telnet(crate::Command),
}
