//! The console of one operator.

use alloc::{boxed::Box, collections::VecDeque, string::String, sync::Arc};

use bytes::{Buf, BufMut, BytesMut};
use lineside_core::{Error, Instant, Link, Machine, Mark, Step};

use super::{
    config::Config,
    editor::{Editor, Entry},
    event::{Command, Event, Reason, Style},
    pager::Pager,
    table::{Query, Table},
    terminal::{Terminal, Window},
    text,
};

mod ending;
mod keyboard;
mod login;
mod output;
mod run;
#[cfg(test)]
mod tests;
mod time;
mod watch;

use login::Verdict;
use watch::Watch;

/// Ctrl-C.
const ETX: u8 = 3;

/// The console of one operator: a terminal's bytes and time in, the terminal's bytes and what is to be done
/// out.
///
/// [`poll_bytes`](Self::poll_bytes) and [`command`](Self::command) are the console itself, over the bytes
/// of any stream. As a [`Machine`] it runs on a stream that carries nothing else: raw TCP, a serial line,
/// a local terminal. [`TelnetConsole`](super::TelnetConsole) joins it to Telnet.
///
/// While a command runs, what is typed waits; Ctrl-C is found in it, and makes an [`Event::Interrupt`] and
/// an end of what was typed before it.
#[derive(Clone, Debug)]
pub struct Console {
    table: Arc<Table>,
    config: Arc<Config>,
    editor: Editor,
    pager: Pager,
    state: State,
    /// The command that is repeated.
    watch: Option<Box<Watch>>,
    /// Another prompt than that of the configuration.
    prompt: Option<Box<str>>,
    level: u8,
    failures: u32,
    events: VecDeque<Event>,
    /// The command is done, and some of its output waits.
    is_done: bool,
    /// When the operator last did something, or was last waited for.
    since: Instant,
    /// When the console began.
    began: Instant,
    /// How many of the bytes that wait were looked through for an interrupt.
    looked: usize,
}

/// What is awaited.
#[derive(Clone, Debug, PartialEq)]
enum State {
    /// The first poll.
    New,
    /// A name.
    Name,
    /// A password.
    Password { user: String },
    /// The application's verdict.
    Verifying { since: Instant },
    /// The time of the verdict.
    Pause { until: Instant, verdict: Verdict },
    /// A command.
    Ready,
    /// The application's completions.
    Completing(Box<Query>),
    /// The end of a command.
    Running,
    /// An answer for a command.
    Asking,
    /// The time of the next run.
    Watching { until: Instant },
    /// Nothing.
    Ended,
}

impl Console {
    /// A console with these commands.
    #[must_use]
    pub fn new(table: Arc<Table>, config: Arc<Config>) -> Self {
        Self {
            table,
            editor: Editor::new(&config.limits),
            pager: Pager::default(),
            state: State::New,
            watch: None,
            prompt: None,
            level: config.level,
            failures: 0,
            events: VecDeque::new(),
            is_done: false,
            since: Instant::START,
            began: Instant::START,
            looked: 0,
            config,
        }
    }

    /// Takes what it can of `rx`, a terminal's bytes, until there is something for the application; what
    /// the terminal is to get is put behind `tx`; while [`Config::unsent`] bytes stand there, nothing is
    /// taken of `rx`. `eof`: there is no more than what stands in `rx`.
    pub fn poll_bytes(
        &mut self,
        now: Instant,
        rx: &mut BytesMut,
        tx: &mut BytesMut,
        eof: bool,
    ) -> Step<Event> {
        if self.state == State::New {
            (self.since, self.began) = (now, now);
            self.begin(tx);
        }
        loop {
            if let Some(event) = self.events.pop_front() {
                return Step::Event(event);
            }
            // A session that idles takes no room for what it has said.
            self.events = VecDeque::new();
            if self.state == State::Ended {
                rx.clear();
                return Step::Close;
            }
            // Who asks and does not hear the answers is not heard either.
            let is_heard = !self.is_full(tx.len());
            let is_changed = self.pass(now, tx)
                || (is_heard && self.listen(now, rx, tx))
                || (is_heard && eof && self.hang_up(now, rx, tx));
            if !is_changed {
                return Step::Wait(self.deadline());
            }
        }
    }

    /// Takes what the application answers.
    ///
    /// # Errors
    /// It answers what was not asked: [`Error::Misuse`], and nothing has happened.
    pub fn command(
        &mut self,
        now: Instant,
        command: Command,
        tx: &mut BytesMut,
    ) -> Result<(), Error> {
        if self.state == State::Ended {
            // The application could not know.
            return Ok(());
        }
        match command {
            Command::Print(printed) => self.print(Style::Plain, &printed, tx),
            Command::Styled(style, printed) => self.print(style, &printed, tx),
            Command::Raw(bytes) => self.raw(&bytes, tx),
            Command::Notice(notice) => self.notice(&notice, tx),
            Command::Done => return self.done(now, None, tx),
            Command::Failed(message) => return self.done(now, Some(&message), tx),
            Command::Ask { prompt, entry } => return self.ask(now, &prompt, entry, tx),
            Command::Admit { level } => return self.verdict(now, Verdict::Admit(level)),
            Command::Refuse => return self.verdict(now, Verdict::Refuse),
            Command::Completions(words) => return self.completions(now, words, tx),
            Command::Prompt(prompt) => self.prompt = Some(prompt.into()),
            Command::Resize(window) => self.resize(window, tx),
            Command::Close(message) => self.end(Reason::Closed, &message, tx),
        }
        Ok(())
    }

    /// The window has this size.
    pub fn resize(&mut self, window: Window, tx: &mut BytesMut) {
        if self.editor.window() == window {
            return;
        }
        let is_editing = self.is_editing();
        self.editor.resize(window, is_editing, tx);
        if !matches!(self.state, State::New | State::Ended) {
            self.events.push_back(Event::Resized(window));
        }
        if let Some(watch) = &mut self.watch {
            watch.forget();
        }
    }

    /// The terminal can do this.
    pub fn set_terminal(&mut self, terminal: Terminal, tx: &mut BytesMut) {
        let is_editing = self.is_editing();
        self.editor.set_terminal(terminal, is_editing, tx);
    }

    /// Whether the console shows what is typed (the default), or the other end does so itself.
    pub fn set_echo(&mut self, echoes: bool, tx: &mut BytesMut) {
        let is_editing = self.is_editing();
        self.editor.set_echo(echoes, is_editing, tx);
    }

    /// Shows no more of the output of the command that runs.
    pub fn abort_output(&mut self, now: Instant, tx: &mut BytesMut) {
        if self.state == State::Running {
            self.pager.quit(self.editor.terminal(), tx);
            self.finish_if_done(now, tx);
        }
    }

    /// Whether the command that was called last is not done, so that what was typed behind it waits.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        matches!(
            self.state,
            State::Running | State::Asking | State::Completing(_)
        )
    }

    /// The terminal has thrown away what it was sent last: the line that is edited is shown again.
    pub(super) fn show_again(&mut self, tx: &mut BytesMut) {
        if self.is_editing() {
            self.editor.show_again(tx);
        }
    }

    /// When the operator last did something, or was last waited for: from then on the time counts that is
    /// [`Config::idle`]. What a watch repeats is no use of the keyboard.
    #[must_use]
    pub const fn last_used(&self) -> Instant {
        self.since
    }

    /// What waits is not what it was.
    pub(super) const fn look_anew(&mut self) {
        self.looked = 0;
    }

    /// Whether what is typed is not to be seen.
    pub(super) fn asks_secret(&self) -> bool {
        self.is_editing() && self.editor.entry() == Entry::Secret
    }

    /// Whether any key counts, and no line is awaited.
    pub(super) fn awaits_key(&self) -> bool {
        self.pager.is_stopped() || self.watch.is_some()
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// What of the window is known.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.editor.window()
    }

    /// What of the terminal is known.
    #[must_use]
    pub const fn terminal(&self) -> Terminal {
        self.editor.terminal()
    }

    fn begin(&mut self, tx: &mut BytesMut) {
        let banner = text::visible(&self.config.banner);
        self.lines(&banner, tx);
        if self.config.login.is_some() {
            self.ask_name(tx);
        } else {
            self.enter(tx);
        }
    }

    /// The operator is in.
    fn enter(&mut self, tx: &mut BytesMut) {
        let greeting = text::visible(&self.config.greeting);
        self.lines(&greeting, tx);
        self.ready(tx);
    }

    fn ready(&mut self, tx: &mut BytesMut) {
        self.state = State::Ready;
        self.is_done = false;
        self.pager.begin();
        let prompt = self.prompt.as_deref().unwrap_or(&self.config.prompt);
        self.editor.begin(prompt, Entry::Command, tx);
    }

    /// Whether a line is being edited on the terminal.
    const fn is_editing(&self) -> bool {
        matches!(
            self.state,
            State::Name
                | State::Password { .. }
                | State::Ready
                | State::Completing(_)
                | State::Asking
        )
    }

    /// Whether so much waits to be sent that nothing is to be heard.
    pub(super) fn is_full(&self, unsent: usize) -> bool {
        unsent >= self.config.unsent
    }

    /// Finds an interrupt among what waits while a command runs.
    fn find_interrupt(&mut self, now: Instant, rx: &mut BytesMut, tx: &mut BytesMut) -> bool {
        let waiting = rx.get(self.looked..).unwrap_or_default();
        let Some(at) = memchr::memchr(ETX, waiting) else {
            self.looked = rx.len();
            return false;
        };
        rx.advance(self.looked + at + 1);
        self.looked = 0;
        self.since = now;
        self.editor.forget_keys();
        if matches!(self.state, State::Completing(_)) {
            self.editor.abandon("^C", tx);
            self.ready(tx);
        } else {
            tx.put_slice(b"^C\r\n");
            self.events.push_back(Event::Interrupt);
        }
        true
    }
}

impl Machine for Console {
    type Event = Event;
    type Command = Command;
    type Error = Error;

    /// Never fails. A break on a serial line is an interrupt.
    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        if link.mark.take() == Some(Mark::Break) {
            link.rx.put_u8(ETX);
        }
        Ok(self.poll_bytes(now, &mut link.rx, &mut link.tx, link.eof))
    }

    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        self.command(now, command, &mut link.tx)
    }
}
