//! The console over Telnet.

use alloc::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};
use lineside_core::{Error, Instant, Link, Machine, Step};

use super::{
    Command, Console, Event,
    terminal::{Terminal, Window},
};
use crate::{
    Config, OptionSet, Party, Role, Telnet,
    options::Told,
    wire::{self, TelnetOption},
};

#[cfg(test)]
mod tests;

/// How often a terminal is asked for a type that is known here.
const TYPES: u32 = 4;

/// What the operator or the connection wants.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TelnetEvent {
    /// The operator.
    Console(Event),
    /// A Synch is to be sent: the data mark that stands at the end of `tx` is its place, and a transport
    /// with urgent data sends that byte as such (RFC 854, T48). Not answered.
    Synch,
    /// What the connection does beyond what a console is for.
    Telnet(crate::Event),
}

/// The operator's part of it: with this one application serves a [`Console`] and a [`TelnetConsole`].
impl From<TelnetEvent> for Option<Event> {
    fn from(event: TelnetEvent) -> Self {
        match event {
            TelnetEvent::Console(event) => Some(event),
            TelnetEvent::Synch | TelnetEvent::Telnet(_) => None,
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
/// in time. An operator whose end does its own echo is not echoed. IP, BRK and ABORT interrupt, EC takes
/// out a character and EL the line, EOF is Ctrl-D, AYT is answered by a line, AO ends the output and is
/// answered by a Synch (T6 to T8, T48); a timing mark is answered when all before it is done (T57).
#[derive(Clone, Debug)]
pub struct TelnetConsole {
    telnet: Telnet,
    console: Console,
    /// What was typed and not taken.
    data: BytesMut,
    /// How much of it may wait.
    type_ahead: usize,
    /// What the operator is to get.
    out: BytesMut,
    /// Timing marks: how many bytes were still to be taken when each came.
    marks: VecDeque<Mark>,
    phase: Phase,
    types: Types,
    /// [`Config::server`] asks for types, and not the console.
    asks_by_options: bool,
}

/// Timing marks at one place of the data.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Bytes before it that are not taken.
    before: usize,
    count: u32,
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

/// What a terminal said of its type.
#[derive(Clone, Debug, Default)]
struct Types {
    asked: u32,
    last: Option<Bytes>,
    best: Option<Terminal>,
}

impl TelnetConsole {
    /// What a console needs of Telnet: to be changed, and given to [`with`](Self::with).
    #[must_use]
    pub fn telnet() -> Config {
        use TelnetOption as Opt;
        Config {
            ours: OptionSet::of(&[Opt::BINARY, Opt::ECHO, Opt::SGA, Opt::TIMING_MARK]),
            theirs: OptionSet::of(&[Opt::BINARY, Opt::SGA, Opt::NAWS, Opt::TTYPE]),
            offer: OptionSet::of(&[Opt::ECHO, Opt::SGA]),
            ask: OptionSet::of(&[Opt::NAWS, Opt::TTYPE]),
            holds_marks: true,
            ..Config::default()
        }
    }

    /// A console over Telnet as it needs it.
    #[must_use]
    pub fn new(console: Console) -> Self {
        Self::with(console, Self::telnet())
    }

    /// A console over Telnet with another configuration. Timing marks are held in any case.
    #[must_use]
    pub fn with(console: Console, config: Config) -> Self {
        let config = Config {
            holds_marks: true,
            ..config
        };
        Self {
            asks_by_options: config.server.is_some(),
            telnet: Telnet::new(Role::Server, config),
            type_ahead: console.config().type_ahead.max(1),
            console,
            data: BytesMut::new(),
            out: BytesMut::new(),
            marks: VecDeque::new(),
            phase: Phase::New,
            types: Types::default(),
        }
    }

    /// The console.
    #[must_use]
    pub const fn console(&self) -> &Console {
        &self.console
    }

    fn heard(
        &mut self,
        now: Instant,
        event: crate::Event,
        link: &mut Link,
    ) -> Result<Option<TelnetEvent>, Error> {
        use crate::Event as Of;
        match event {
            Of::Data(data) => self.data.extend_from_slice(&data),
            Of::Command(command) => return self.commanded(now, command, link),
            Of::TimingMark => self.mark(),
            Of::Settled => self.open(),
            Of::Option { party, option, on } => return self.changed(now, party, option, on, link),
            Of::Subnegotiation { option, payload } if option == TelnetOption::NAWS => {
                if let Ok([a, b, c, d]) = <[u8; 4]>::try_from(&*payload) {
                    let window = Window::of(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                    self.console.resize(window, &mut self.out);
                }
            }
            Of::Subnegotiation { option, payload } if option == TelnetOption::TTYPE => {
                self.named(now, &payload, link)?;
            }
            Of::Told(Told::WindowSize(size)) => {
                let window = Window::of(size.columns, size.rows);
                self.console.resize(window, &mut self.out);
            }
            Of::Told(Told::TerminalType(name)) => {
                self.is_called(&name);
            }
            Of::Refused { option, .. } if is_ours(option) => {}
            other => return Ok(Some(TelnetEvent::Telnet(other))),
        }
        Ok(None)
    }

    fn commanded(
        &mut self,
        now: Instant,
        command: wire::Command,
        link: &mut Link,
    ) -> Result<Option<TelnetEvent>, Error> {
        use wire::Command as Is;
        match command {
            Is::IP | Is::BRK | Is::ABORT => self.data.put_u8(3),
            Is::EC => self.data.put_u8(0x7f),
            // The whole line, wherever the cursor is.
            Is::EL => self.data.put_slice(b"\x05\x15"),
            Is::EOF => self.data.put_u8(4),
            Is::AYT => {
                let here = Command::Notice("[Yes, here]".into());
                self.console.command(now, here, &mut self.out)?;
            }
            Is::AO => {
                self.console.abort_output(now, &mut self.out);
                self.flush(now, link)?;
                let mark = crate::Command::Synch;
                self.telnet.send(now, mark, link)?;
                return Ok(Some(TelnetEvent::Synch));
            }
            Is::GA | Is::EOR => {}
            other => return Ok(Some(TelnetEvent::Telnet(crate::Event::Command(other)))),
        }
        Ok(None)
    }

    fn changed(
        &mut self,
        now: Instant,
        party: Party,
        option: TelnetOption,
        on: bool,
        link: &mut Link,
    ) -> Result<Option<TelnetEvent>, Error> {
        match (party, option) {
            (Party::Us, TelnetOption::ECHO) => {
                if self.phase == Phase::Open {
                    self.console.set_echo(on, &mut self.out);
                }
            }
            (Party::Peer, TelnetOption::TTYPE) if on && !self.asks_by_options => {
                self.ask_type(now, link)?;
            }
            _ if is_ours(option) => {}
            _ => {
                let event = crate::Event::Option { party, option, on };
                return Ok(Some(TelnetEvent::Telnet(event)));
            }
        }
        Ok(None)
    }

    /// `SB TTYPE SEND SE` (RFC 1091).
    fn ask_type(&mut self, now: Instant, link: &mut Link) -> Result<(), Error> {
        self.types.asked += 1;
        let send = crate::Command::Subnegotiation {
            option: TelnetOption::TTYPE,
            payload: Bytes::from_static(&[1]),
        };
        self.telnet.send(now, send, link)
    }

    /// `SB TTYPE IS name SE`: the first name counts, unless it tells nothing and a later one does.
    fn named(&mut self, now: Instant, payload: &Bytes, link: &mut Link) -> Result<(), Error> {
        let Some((0, name)) = payload.split_first() else {
            return Ok(());
        };
        let name = payload.slice_ref(name);
        let terminal = self.is_called(&name);
        let is_last = self.types.last.replace(name.clone()) == Some(name);
        if terminal == Terminal::UNKNOWN && !is_last && self.types.asked < TYPES {
            self.ask_type(now, link)?;
        }
        Ok(())
    }

    /// The terminal's type by one of its names.
    fn is_called(&mut self, name: &[u8]) -> Terminal {
        let terminal = Terminal::named(core::str::from_utf8(name).unwrap_or_default());
        if self.types.best.is_none() || terminal == Terminal::COLOUR {
            self.types.best = Some(terminal);
            self.console.set_terminal(terminal, &mut self.out);
        }
        terminal
    }

    /// What was asked for is answered, or was waited for.
    fn open(&mut self) {
        if matches!(self.phase, Phase::New | Phase::Negotiating(_)) {
            self.phase = Phase::Open;
            let echoes = self.telnet.is_on(Party::Us, TelnetOption::ECHO);
            self.console.set_echo(echoes, &mut self.out);
        }
    }

    fn mark(&mut self) {
        let before = self.data.len();
        match self.marks.back_mut() {
            Some(last) if last.before == before => last.count += 1,
            _ => self.marks.push_back(Mark { before, count: 1 }),
        }
    }

    /// Answers the marks whose data was taken, and whose command is done.
    fn answer_marks(&mut self, taken: usize, now: Instant, link: &mut Link) -> Result<(), Error> {
        for mark in &mut self.marks {
            mark.before = mark.before.saturating_sub(taken);
        }
        while !self.console.is_running()
            && let Some(mark) = self.marks.front().filter(|mark| mark.before == 0)
        {
            for _ in 0..mark.count {
                self.telnet.send(now, crate::Command::TimingMark, link)?;
            }
            self.marks.pop_front();
        }
        Ok(())
    }

    /// Says what the operator is to get.
    fn flush(&mut self, now: Instant, link: &mut Link) -> Result<(), Error> {
        if self.out.is_empty() {
            return Ok(());
        }
        let data = self.out.split().freeze();
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
            if self.data.len() >= self.type_ahead || self.phase == Phase::Eof {
                return Ok(Step::Wait(own));
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
        let (before, eof) = (self.data.len(), self.phase == Phase::Eof);
        let step = self
            .console
            .poll_bytes(now, &mut self.data, &mut self.out, eof);
        self.flush(now, link)?;
        self.answer_marks(before - self.data.len(), now, link)?;
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
                self.console.command(now, command, &mut self.out)?;
                self.flush(now, link)
            }
            TelnetCommand::Telnet(command) => self.telnet.send(now, command, link),
        }
    }
}

/// Whether an option is the console's own business.
const fn is_ours(option: TelnetOption) -> bool {
    matches!(
        option,
        TelnetOption::BINARY
            | TelnetOption::ECHO
            | TelnetOption::SGA
            | TelnetOption::NAWS
            | TelnetOption::TTYPE
    )
}
