//! What the options mean, at the end that asks and at the end that answers.
//!
//! Which options are agreed on is negotiated as any other; with [`ServerOptions`] or [`ClientOptions`]
//! in its [`Config`] a machine then also says and understands what stands in their subnegotiations, and
//! tells of it by [`Event::Told`](crate::Event::Told) in place of the payload:
//!
//! | option | the side that said `DO` (`ServerOptions`) | the side that said `WILL` (`ClientOptions`) |
//! |---|---|---|
//! | TTYPE | asks until a name comes twice: [`Told::TerminalType`], [`Told::TerminalTypes`] | its names, the last one twice |
//! | NAWS | [`Told::WindowSize`] | tells it when agreed and when it changes ([`Tell::WindowSize`]) |
//! | TSPEED, XDISPLOC | asks: [`Told::TerminalSpeed`], [`Told::DisplayLocation`] | answers |
//! | NEW-ENVIRON, OLD-ENVIRON | asks; what is on its list and harmless: [`Told::Environment`] | answers; changes ([`Tell::Variable`]) |
//! | LFLOW | [`Tell::Flow`] | [`Told::Flow`] |
//! | LINEMODE | asks for a mode, settles the characters | obeys, tells its characters |
//! | STATUS | [`Tell::Ask`], [`Told::Status`] | answers, with or without these options |
//! | CHARSET | either side asks: [`Told::Charset`] | |
//!
//! Some options have no subnegotiation. LOGOUT (RFC 727): the peer's `DO` asks us to end the session, its
//! `WILL` says that it will; both are [`Event::Option`](crate::Event::Option). EOR (RFC 885): the command
//! may only be sent once our `WILL EOR` is agreed on. AUTHENTICATION and ENCRYPT are refused like any
//! option that is not in [`Config::ours`] or [`Config::theirs`]. With EXOPL (RFC 861) agreed on, each
//! option of the extended list is refused: none has been assigned.
//!
//! Everything said because the peer asked counts against [`Config::negotiation`].

use alloc::{boxed::Box, vec::Vec};

use bytes::Bytes;
use lineside_core::Error;

use super::{Party, Role};
use crate::{
    Config, OptionSet,
    error::NOT_TOLD,
    wire::{
        Command, TelnetOption, Verb,
        options::{
            FlowControl, ForwardMask, Item, Malformed, Mode, Mtts, Speed, Status, Triplet,
            WindowSize,
        },
    },
};

mod charset;
mod client;
mod config;
mod environment;
mod linemode;
mod server;
mod slc;
mod terminal_type;
#[cfg(test)]
mod tests;
mod typing;

pub use config::{ClientOptions, ServerOptions};
pub use environment::Variable;

use charset::Charsets;
use client::Client;
use server::Server;

/// What the peer told by an option.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// The size of its window (NAWS). 0 is unknown.
    WindowSize(WindowSize),
    /// A name of its terminal's type; another one has been asked for (TTYPE).
    TerminalType(Bytes),
    /// All names of its terminal's type, the best first, without repetition and without MTTS.
    TerminalTypes {
        /// The names.
        names: Vec<Bytes>,
        /// What it can do, where it has told (MTTS).
        capabilities: Option<Mtts>,
    },
    /// Its speed (TSPEED).
    TerminalSpeed(Speed),
    /// Where its X display is (XDISPLOC).
    DisplayLocation(Bytes),
    /// Variables, told or changed (NEW-ENVIRON, OLD-ENVIRON). Each is on
    /// [`ServerOptions::environment`] and [safe](Variable::is_safe).
    Environment {
        /// Those that may be used; the last value of each.
        variables: Vec<Variable>,
        /// How many others there were.
        refused: usize,
    },
    /// The character set in use from here on; `None` when what we asked for is refused (CHARSET).
    Charset(Option<Bytes>),
    /// How the peer sees the options: what it does (`WILL`), what it has us do (`DO`) (STATUS).
    Status(Vec<(Verb, TelnetOption)>),
    /// How XON and XOFF are to be minded (LFLOW).
    Flow(FlowControl),
    /// The mode in effect (LINEMODE).
    Mode(Mode),
    /// Where what is typed is to be sent on, beside the ends of lines (LINEMODE, for the client).
    ForwardMask(Option<ForwardMask>),
    /// Whether the client minds our forward mask (LINEMODE, for the server).
    Forwards(bool),
    /// The characters of these functions have changed (LINEMODE).
    Characters(Vec<Triplet>),
    /// A payload that is not one of its option. It had no effect.
    Malformed {
        /// Of which.
        option: TelnetOption,
        /// What is wrong with it.
        error: Malformed,
    },
}

/// What is to be told to the peer by an option.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tell {
    /// Asks again for what the peer has to tell: TTYPE from its first name on, TSPEED, XDISPLOC,
    /// NEW-ENVIRON, OLD-ENVIRON, STATUS. Misuse while the peer does not use the option.
    Ask(TelnetOption),
    /// The size of our window. Kept until NAWS is agreed on.
    WindowSize(WindowSize),
    /// A variable has changed, is new, or (without a value) is gone. It is told at once if the peer has
    /// asked for variables before.
    Variable(Variable),
    /// How XON and XOFF are to be minded. Misuse while the peer does not use LFLOW.
    Flow(FlowControl),
    /// The mode that we want. Misuse while LINEMODE is not in use.
    Mode(Mode),
    /// Where the client is to send on what is typed. Misuse while the peer does not use LINEMODE.
    ForwardMask(Option<ForwardMask>),
    /// The characters that we want for these functions. Misuse while LINEMODE is not in use.
    Characters(Vec<Triplet>),
    /// What was typed at our terminal. In the mode EDIT it is kept and edited until the end of a line or
    /// a character to forward at; in TRAPSIG interrupts become commands; else it is data at once.
    /// What stands on the screen is the application's.
    Typed(Bytes),
}

/// What comes of a payload.
#[derive(Debug)]
pub(super) enum Heard {
    /// Something for the application.
    Told(Told),
    /// Nothing.
    Nothing,
    /// It is not looked at here.
    Untouched,
}

/// What is to be sent, in this order.
#[derive(Debug)]
pub(super) enum Say {
    /// A subnegotiation.
    Payload(TelnetOption, Vec<u8>),
    /// Data.
    Data(Vec<u8>),
    /// A command.
    Command(Command),
    /// A Synch.
    Synch,
}

/// What a half makes of a payload.
type Outcome = Result<Option<Told>, Malformed>;

/// Which options are in use: by us, and by the peer.
#[derive(Clone, Copy, Debug)]
pub(super) struct InUse {
    pub(super) us: bool,
    pub(super) peer: bool,
}

/// What we can say and understand of options.
const TYPED: OptionSet = OptionSet::of(&[
    TelnetOption::STATUS,
    TelnetOption::TTYPE,
    TelnetOption::NAWS,
    TelnetOption::TSPEED,
    TelnetOption::LFLOW,
    TelnetOption::LINEMODE,
    TelnetOption::XDISPLOC,
    TelnetOption::OLD_ENVIRON,
    TelnetOption::NEW_ENVIRON,
    TelnetOption::CHARSET,
]);

/// Both halves, as far as they are configured.
#[derive(Clone, Debug)]
pub(super) struct Options {
    server: Option<Server>,
    client: Option<Box<Client>>,
    charsets: Charsets,
}

impl Options {
    /// `None` when nothing is configured.
    pub(super) fn new(role: Role, config: &Config) -> Option<Box<Self>> {
        if config.server.is_none() && config.client.is_none() {
            return None;
        }
        let ours = config.server.as_ref().map(|it| it.charsets.clone());
        let theirs = config.client.as_ref().map(|it| it.charsets.clone());
        let names = match role {
            Role::Server => ours.or(theirs),
            Role::Client => theirs.or(ours),
        };
        Some(Box::new(Self {
            server: config.server.clone().map(Server::new),
            client: config.client.clone().map(Client::new).map(Box::new),
            charsets: Charsets::new(role, names.unwrap_or_default()),
        }))
    }

    /// An option came into use, or went out of it.
    pub(super) fn agreed(
        &mut self,
        party: Party,
        option: TelnetOption,
        on: bool,
        says: &mut Vec<Say>,
    ) {
        if (party, option) == (Party::Us, TelnetOption::CHARSET) {
            return self.charsets.agreed(on, says);
        }
        match (party, &mut self.server, &mut self.client) {
            (Party::Peer, Some(server), _) => server.agreed(option, on, says),
            (Party::Us, _, Some(client)) => client.agreed(option, on, says),
            _ => {}
        }
    }

    /// The peer sent a subnegotiation of an option that is in use.
    pub(super) fn heard(
        &mut self,
        option: TelnetOption,
        payload: &[u8],
        in_use: InUse,
        says: &mut Vec<Say>,
    ) -> Heard {
        if !TYPED.contains(option) {
            return Heard::Untouched;
        }
        let is_ours = match option {
            TelnetOption::LFLOW => true,
            TelnetOption::NAWS | TelnetOption::STATUS => false,
            TelnetOption::LINEMODE => !in_use.peer,
            _ => payload.first() == Some(&1),
        };
        let outcome = match (option, &mut self.server, &mut self.client) {
            (TelnetOption::CHARSET, ..) => self.charsets.heard(payload, in_use, says),
            (TelnetOption::STATUS, ..) if in_use.peer => status(payload),
            (_, _, Some(client)) if is_ours && in_use.us => client.heard(option, payload, says),
            (_, Some(server), _) if !is_ours && in_use.peer => server.heard(option, payload, says),
            // It has come from the side that may not say it.
            (_, Some(_), _) if in_use.peer => Ok(None),
            (_, _, Some(_)) if in_use.us => Ok(None),
            _ => return Heard::Untouched,
        };
        match outcome {
            Ok(Some(told)) => Heard::Told(told),
            Ok(None) => Heard::Nothing,
            Err(error) => Heard::Told(Told::Malformed { option, error }),
        }
    }

    /// The application has something to tell.
    pub(super) fn tell(
        &mut self,
        tell: Tell,
        in_use: impl Fn(TelnetOption) -> InUse,
        says: &mut Vec<Say>,
    ) -> Result<(), Error> {
        match (tell, &mut self.server, &mut self.client) {
            (Tell::Ask(TelnetOption::STATUS), ..) if in_use(TelnetOption::STATUS).peer => {
                says.push(Say::Payload(TelnetOption::STATUS, Status::send().to_vec()));
                Ok(())
            }
            (Tell::Ask(option), Some(server), _) if in_use(option).peer => server.ask(option, says),
            (Tell::Flow(flow), Some(_), _) if in_use(TelnetOption::LFLOW).peer => {
                let payload = flow.encode().to_vec();
                says.push(Say::Payload(TelnetOption::LFLOW, payload));
                Ok(())
            }
            (Tell::WindowSize(size), _, Some(client)) => {
                client.window(size, in_use(TelnetOption::NAWS).us, says);
                Ok(())
            }
            (Tell::Variable(variable), _, Some(client)) => {
                client.variable(variable, says);
                Ok(())
            }
            (Tell::Typed(keys), _, Some(client)) => {
                client.typed(&keys, in_use(TelnetOption::BINARY).us, says);
                Ok(())
            }
            (tell, Some(server), _) if in_use(TelnetOption::LINEMODE).peer => {
                server.linemode(tell, says)
            }
            (tell, _, Some(client)) if in_use(TelnetOption::LINEMODE).us => {
                client.linemode(tell, says)
            }
            _ => Err(NOT_TOLD),
        }
    }
}

/// Only the other side's view means something: `SEND` is answered elsewhere.
fn status(payload: &[u8]) -> Outcome {
    let Status::Is(items) = Status::parse(payload)? else {
        return Ok(None);
    };
    let options = items.filter_map(|item| match item {
        Item::Negotiated(verb, option) => Some((verb, option)),
        Item::Subnegotiated(..) => None,
    });
    Ok(Some(Told::Status(options.collect())))
}

/// A payload from the pieces that `encode` puts.
fn payload(option: TelnetOption, encode: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Say {
    let mut payload = Vec::new();
    encode(&mut |piece| payload.extend_from_slice(piece));
    Say::Payload(option, payload)
}
