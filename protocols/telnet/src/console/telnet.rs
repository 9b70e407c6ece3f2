//! The console over Telnet.

use alloc::{sync::Arc, vec::Vec};

use bytes::{Bytes, BytesMut};
use lineside_core::{Error, Instant, Link, Machine, Step};

use super::{Command, Console, Event};
use crate::{
    Config, OptionSet, Role, Telnet,
    options::ServerOptions,
    wire::{TelnetOption, options::Mode},
};

mod echo;
mod heard;
mod marks;
mod names;
#[cfg(test)]
mod tests;

use echo::Echo;
use marks::Marks;
use names::Names;

/// What the operator or the connection wants.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TelnetEvent {
    /// The operator.
    Console(Event),
    /// What the connection does beyond what a console is for.
    Telnet(crate::Event),
}

/// The operator's part of it: with this one application serves a [`Console`] and a [`TelnetConsole`].
impl From<TelnetEvent> for Option<Event> {
    fn from(event: TelnetEvent) -> Self {
        match event {
            TelnetEvent::Console(event) => Some(event),
            TelnetEvent::Telnet(_) => None,
        }
    }
}

/// What the application answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TelnetCommand {
    /// To the operator.
    Console(Command),
    /// To the connection.
    Telnet(crate::Command),
}

impl From<Command> for TelnetCommand {
    fn from(command: Command) -> Self {
        Self::Console(command)
    }
}

/// A console at the server's end of a Telnet connection.
///
/// It offers ECHO and SGA, asks for NAWS and TTYPE, and shows its prompt when these are answered, or not
/// in time: characters are edited here. IP, BRK and ABORT interrupt, EC takes out a character and EL the
/// line, EOF is Ctrl-D, AYT is answered by a line (T6 to T8). AO ends the output and is answered by a
/// Synch, urgent where the stream has that ([`Link::tx_urgent`]; T48); the end of the peer's Synch takes
/// away what was typed ahead (T45). A timing mark is answered when all before it is done (T57).
///
/// While a command runs, so much may be typed ahead ([`Config::type_ahead`](super::Config::type_ahead));
/// what comes behind that waits in its place, commands too, until some of it is taken. A Synch does not
/// wait, nor does an interrupt before its data mark, where the stream tells of urgent data
/// ([`Link::urgent`]; T47). On a stream without that, nothing overtakes what was typed.
///
/// # Lines that are edited by the client
/// LINEMODE (RFC 1184) is not asked for, since a client's own editing has no completion and no history; a
/// client that offers it is told to edit lines and to trap signals, and shows what is typed itself: our
/// ECHO is off. Its characters are those that it has (SLC). Where a single key counts, in a page or a
/// watch, EDIT and its echo are off until that is over. A client that takes EDIT off is edited here again.
///
/// A client that refuses our ECHO, or does not answer, edits its lines too, by itself. For a password
/// ECHO is offered to either, so that it is not shown, and taken back behind it (T54).
#[derive(Clone, Debug)]
pub struct TelnetConsole {
    telnet: Telnet,
    console: Console,
    /// What was typed and not taken.
    data: BytesMut,
    /// What the operator is to get.
    out: BytesMut,
    marks: Marks,
    /// An interrupt or `AO` has come, and no data since.
    flushes: bool,
    phase: Phase,
    echo: Echo,
    names: Names,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    /// What was asked for is not answered; the console begins at this time without that.
    Negotiating(Instant),
    Open,
    /// The other end sends no more.
    Eof,
    /// The console has ended.
    Over,
}

impl TelnetConsole {
    /// What a console needs of Telnet: to be changed, and given to [`with`](Self::with).
    #[must_use]
    pub fn telnet() -> Config {
        use TelnetOption as Opt;
        Config {
            ours: OptionSet::of(&[Opt::BINARY, Opt::ECHO, Opt::SGA, Opt::TIMING_MARK]),
            theirs: OptionSet::of(&[Opt::BINARY, Opt::SGA, Opt::NAWS, Opt::TTYPE, Opt::LINEMODE]),
            offer: OptionSet::of(&[Opt::ECHO, Opt::SGA]),
            ask: OptionSet::of(&[Opt::NAWS, Opt::TTYPE]),
            holds_marks: true,
            server: Some(Arc::new(Self::options())),
            ..Config::default()
        }
    }

    /// What it asks for by options: the terminal's names one by one, as long as they tell nothing.
    fn options() -> ServerOptions {
        ServerOptions {
            ask: OptionSet::of(&[TelnetOption::NAWS, TelnetOption::TTYPE]),
            terminal_types: 1,
            environment: Vec::new(),
            mode: Mode::EDIT.with(Mode::TRAPSIG),
            ..ServerOptions::default()
        }
    }

    /// A console over Telnet as it needs it.
    #[must_use]
    pub fn new(console: Console) -> Self {
        Self::with(console, Self::telnet())
    }

    /// A console over Telnet with another configuration; consoles that are given clones of one [`Arc`]
    /// share it. Timing marks are held in any case, and without [`Config::server`] it is that of
    /// [`telnet`](Self::telnet).
    #[must_use]
    pub fn with(console: Console, config: impl Into<Arc<Config>>) -> Self {
        let mut config = config.into();
        if !config.holds_marks || config.server.is_none() {
            let config = Arc::make_mut(&mut config);
            config.holds_marks = true;
            config
                .server
                .get_or_insert_with(|| Arc::new(Self::options()));
        }
        let server = config.server.as_ref();
        let names = Names::new(server.is_some_and(|server| server.terminal_types == 1));
        let mode = server.map_or(Mode::default(), |server| server.mode);
        Self {
            echo: Echo::new(config.offer.contains(TelnetOption::ECHO), mode),
            telnet: Telnet::new(Role::Server, config),
            console,
            data: BytesMut::new(),
            out: BytesMut::new(),
            marks: Marks::default(),
            flushes: false,
            phase: Phase::New,
            names,
        }
    }

    /// The console.
    #[must_use]
    pub const fn console(&self) -> &Console {
        &self.console
    }

    /// What was asked for is answered, or was waited for.
    fn open(&mut self) {
        if matches!(self.phase, Phase::New | Phase::Negotiating(_)) {
            self.phase = Phase::Open;
        }
    }

    /// Says what the operator is to get.
    fn flush(&mut self, now: Instant, link: &mut Link) -> Result<(), Error> {
        if self.out.is_empty() {
            return Ok(());
        }
        let data: Bytes = core::mem::take(&mut self.out).freeze();
        self.telnet.send(now, crate::Command::Data(data), link)
    }

    /// The console first, as far as it goes, then the next of what was heard: so commands keep their
    /// places among what is typed.
    fn serve(&mut self, now: Instant, link: &mut Link) -> Result<Step<TelnetEvent>, Error> {
        loop {
            let own = match self.run(now, link)? {
                Step::Wait(until) => until,
                step => return Ok(step),
            };
            if !self.is_heard(link) {
                match self.phase {
                    Phase::Negotiating(until) if until <= now => self.open(),
                    _ => return Ok(Step::Wait(own)),
                }
                continue;
            }
            match self.telnet.poll(now, link)? {
                Step::Event(event) => {
                    if let Some(event) = self.heard(now, event, link)? {
                        self.flush(now, link)?;
                        return Ok(Step::Event(event));
                    }
                }
                Step::Wait(answer) => match self.phase {
                    Phase::Negotiating(until) if until <= now => self.open(),
                    _ => return Ok(Step::Wait([own, answer].into_iter().flatten().min())),
                },
                Step::Close => {
                    self.open();
                    self.phase = Phase::Eof;
                }
            }
        }
    }

    /// Whether more is to be heard now.
    fn is_heard(&self, link: &Link) -> bool {
        // In a Synch data is thrown away, and what interrupts is behind it.
        let is_synch = link.urgent || self.telnet.is_in_synch();
        self.phase != Phase::Eof && (is_synch || !self.has_type_ahead())
    }

    /// Whether so much was typed ahead that no more data is heard.
    fn has_type_ahead(&self) -> bool {
        self.data.len() >= self.console.config().type_ahead.max(1)
    }

    /// Lets the console take what was typed.
    fn run(&mut self, now: Instant, link: &mut Link) -> Result<Step<TelnetEvent>, Error> {
        if let Phase::Negotiating(until) = self.phase {
            self.flush(now, link)?;
            return Ok(Step::Wait(Some(until)));
        }
        if self.console.is_full(link.tx.len()) {
            self.flush(now, link)?;
            return Ok(Step::Wait(
                self.console.deadline().filter(|until| now < *until),
            ));
        }
        self.show_echo();
        let (before, eof) = (self.data.len(), self.phase == Phase::Eof);
        let step = self
            .console
            .poll_bytes(now, &mut self.data, &mut self.out, eof);
        let taken = before - self.data.len();
        if self.data.is_empty() {
            // A session that idles holds no buffer.
            self.data = BytesMut::new();
        }
        // Who is to show what is typed is settled before the prompt is said.
        self.settle_echo(now, link)?;
        self.flush(now, link)?;
        self.answer_marks(taken, now, link)?;
        if step == Step::Close {
            self.phase = Phase::Over;
            self.telnet.send(now, crate::Command::Close, link)?;
        }
        Ok(step.map(TelnetEvent::Console))
    }
}

impl Machine for TelnetConsole {
    type Event = TelnetEvent;
    type Command = TelnetCommand;
    type Error = Error;

    /// Fails where [`Telnet`] does.
    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<TelnetEvent>, Error> {
        match self.phase {
            Phase::New => self.phase = Phase::Negotiating(now + self.console.config().settle),
            Phase::Over => {
                link.rx.clear();
                return Ok(Step::Close);
            }
            _ => {}
        }
        self.serve(now, link)
    }

    fn send(&mut self, now: Instant, command: TelnetCommand, link: &mut Link) -> Result<(), Error> {
        match command {
            TelnetCommand::Console(command) => {
                if let Command::Close(_) = command {
                    // Who is put out is asked nothing more.
                    self.open();
                }
                self.console.command(now, command, &mut self.out)?;
                if matches!(self.phase, Phase::Open | Phase::Eof) {
                    self.settle_echo(now, link)?;
                }
                self.flush(now, link)
            }
            TelnetCommand::Telnet(command) => self.telnet.send(now, command, link),
        }
    }
}
