//! What an end asks for by options, and what it answers.

use alloc::{sync::Arc, vec, vec::Vec};

use bytes::Bytes;

use super::Variable;
use crate::{
    Config, OptionSet,
    wire::{
        TelnetOption,
        options::{FlowControl, ForwardMask, Kind, Mode, Mtts, Speed, Triplet, WindowSize},
    },
};

/// What the side that says `DO` wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerOptions {
    /// What the client is asked to use. Default: TTYPE, NAWS, NEW-ENVIRON.
    pub ask: OptionSet,
    /// How many names of the terminal's type are asked for at most. Default 8.
    pub terminal_types: usize,
    /// The variables that are asked for, and no others are let in. Default: `USER`, and the user
    /// variables `LANG` and `COLORTERM`.
    pub environment: Vec<(Kind, Bytes)>,
    /// The longest value of a variable that is let in, in bytes. Default 128.
    pub value: usize,
    /// The character sets that we want, the best first; CHARSET is offered when there are any. Default
    /// none.
    pub charsets: Vec<Bytes>,
    /// How XON and XOFF are to be minded, told when LFLOW is agreed on. Default: nothing is told.
    pub flow: Option<FlowControl>,
    /// The mode asked for when LINEMODE is agreed on. Default none.
    pub mode: Mode,
    /// The forward mask, sent with it. Default none.
    pub forward: Option<ForwardMask>,
    /// Our characters for LINEMODE. Of functions that are not here, the client's are taken. Default
    /// none.
    pub characters: Vec<Triplet>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        let name = |kind, name: &'static str| (kind, Bytes::from_static(name.as_bytes()));
        Self {
            ask: OptionSet::of(&[
                TelnetOption::TTYPE,
                TelnetOption::NAWS,
                TelnetOption::NEW_ENVIRON,
            ]),
            terminal_types: 8,
            environment: vec![
                name(Kind::Known, "USER"),
                name(Kind::User, "LANG"),
                name(Kind::User, "COLORTERM"),
            ],
            value: 128,
            charsets: Vec::new(),
            flow: None,
            mode: Mode::default(),
            forward: None,
            characters: Vec::new(),
        }
    }
}

/// What the side that says `WILL` has to tell. By default nothing: each option is agreed to when there
/// is something to tell by it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientOptions {
    /// The names of our terminal's type, the best first, each of 1 to 40 printable characters (TTYPE).
    pub terminal_types: Vec<Bytes>,
    /// What it can do, told as one more name (MTTS). That is the third by its standard, behind the
    /// client's name and the terminal's.
    pub capabilities: Option<Mtts>,
    /// Our window (NAWS).
    pub window: Option<WindowSize>,
    /// Our speed (TSPEED).
    pub speed: Option<Speed>,
    /// Where our X display is (XDISPLOC).
    pub display: Option<Bytes>,
    /// The variables that the peer may know; of others it is told that they are undefined (NEW-ENVIRON).
    /// OLD-ENVIRON is answered as well, but agreed to only where it is put into [`Config::ours`]: the
    /// telnetd of BSD and of inetutils waits for ever for a client that agrees to both.
    pub environment: Vec<Variable>,
    /// The character sets that we know, the best first (CHARSET).
    pub charsets: Vec<Bytes>,
    /// We mind how XON and XOFF are to be minded (LFLOW).
    pub flow: bool,
    /// We edit lines when we are asked to (LINEMODE).
    pub linemode: bool,
    /// Our characters for LINEMODE; functions that are not here are not supported. Without any, the
    /// server is asked for its own.
    pub characters: Vec<Triplet>,
    /// The longest line that is kept for editing, in bytes; then it is sent on. Default 4,096.
    pub line: usize,
    /// How long an answer with variables may get, in bytes; what was asked for beyond is left out.
    /// Default 4,096.
    pub answer: usize,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            terminal_types: Vec::new(),
            capabilities: None,
            window: None,
            speed: None,
            display: None,
            environment: Vec::new(),
            charsets: Vec::new(),
            flow: false,
            linemode: false,
            characters: Vec::new(),
            line: 4_096,
            answer: 4_096,
        }
    }
}

impl Config {
    /// The same, which asks the peer for what `options` says, and understands it.
    #[must_use]
    pub fn with_server(mut self, options: ServerOptions) -> Self {
        for option in options.ask.iter() {
            (self.ask, self.theirs) = (self.ask.with(option), self.theirs.with(option));
        }
        if !options.charsets.is_empty() {
            let option = TelnetOption::CHARSET;
            self.offer = self.offer.with(option);
            (self.ours, self.theirs) = (self.ours.with(option), self.theirs.with(option));
        }
        self.server = Some(Arc::new(options));
        self
    }

    /// The same, which agrees to tell what `options` has.
    #[must_use]
    pub fn with_client(mut self, options: ClientOptions) -> Self {
        for (has, option) in [
            (!options.terminal_types.is_empty(), TelnetOption::TTYPE),
            (options.window.is_some(), TelnetOption::NAWS),
            (options.speed.is_some(), TelnetOption::TSPEED),
            (options.display.is_some(), TelnetOption::XDISPLOC),
            (!options.environment.is_empty(), TelnetOption::NEW_ENVIRON),
            (!options.charsets.is_empty(), TelnetOption::CHARSET),
            (options.flow, TelnetOption::LFLOW),
            (options.linemode, TelnetOption::LINEMODE),
        ] {
            if has {
                self.ours = self.ours.with(option);
            }
        }
        if !options.charsets.is_empty() {
            self.theirs = self.theirs.with(TelnetOption::CHARSET);
        }
        self.client = Some(Arc::new(options));
        self
    }
}
