//! The line and all its clients, in one task: what is said and done stays in one order, and no byte
//! changes hands between tasks.

use core::task::{Context, Poll};
use std::io;

use bytes::BytesMut;
use lineside_io::{BoxFuture, Clock, Driver, Line, Settings, Signals, Stream, Timer};
use tokio::sync::mpsc;

use super::{
    AccessConfig, Second, Speaks,
    speaker::Speaker,
    user::{Arrival, User},
    work::{NOBODY, Queue},
};
use crate::{
    com_port::{
        self, Server,
        server::{Action, Command, Event},
    },
    net::com_port::from_line,
    wire::{
        self,
        com_port::{Control, ModemState},
    },
};

mod line;
mod stuck;

use line::changed;

/// Turns before other tasks get theirs.
const TURNS: usize = 32;
/// Events of one client before the others are heard.
const EVENTS: usize = 32;

pub(super) struct Port<L, S> {
    config: AccessConfig,
    clock: Clock,
    line: Seat<L>,
    /// The settings in effect, and those at the beginning.
    settings: Settings,
    initial: Settings,
    /// The modem lines; `None` for a line that has none.
    inputs: Option<ModemState>,
    is_break: bool,
    /// The levels that were asked for last: on a line without modem lines, all there is.
    dtr: bool,
    rts: bool,
    arrivals: mpsc::UnboundedReceiver<Arrival<S>>,
    users: Vec<User<S>>,
    last_id: u64,
    is_in_use: bool,
    queue: Queue,
    is_full: bool,
    /// Something was written, and nobody was told that it has left.
    is_sending: bool,
    /// Until when the line is to take something where a client cannot be heard before.
    stuck: Timer,
    /// Until when the line is to take something where a change waits for data before it.
    late: Timer,
    /// It has not, and has taken nothing since.
    is_stopped: bool,
    doing: Option<Doing>,
    timer: Timer,
    /// Where the line is read into.
    inbox: BytesMut,
    /// What the line failed with, where it may come back.
    failed: Option<io::Error>,
}

/// Where the line is.
enum Seat<L> {
    Here(L),
    /// With its change of settings.
    Away(BoxFuture<'static, (L, io::Result<Settings>)>),
    /// On its way between the two.
    Nowhere,
}

/// An action that waits for the data before it, or goes on for a while.
#[derive(Clone, Copy, Debug)]
struct Doing {
    user: u64,
    action: Action,
    is_pulsing: bool,
}

impl<L: Line, S: Stream> Port<L, S> {
    pub(super) fn new(
        mut line: L,
        config: AccessConfig,
        clock: Clock,
        arrivals: mpsc::UnboundedReceiver<Arrival<S>>,
    ) -> Self {
        let settings = line.settings();
        let signals = line.signals().ok();
        Self {
            config,
            timer: clock.timer(),
            stuck: clock.timer(),
            late: clock.timer(),
            is_stopped: false,
            clock,
            line: Seat::Here(line),
            settings,
            initial: settings,
            inputs: signals.map(levels),
            is_break: false,
            dtr: signals.is_none_or(|signals| signals.dtr),
            rts: signals.is_none_or(|signals| signals.rts),
            arrivals,
            users: Vec::new(),
            last_id: NOBODY,
            is_in_use: false,
            queue: Queue::default(),
            is_full: false,
            is_sending: false,
            doing: None,
            inbox: BytesMut::new(),
            failed: None,
        }
    }

    /// Does what there is to do. Ready when the line has gone.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        for _ in 0..TURNS {
            let mut has_moved = self.admit(cx);
            has_moved |= self.listen(cx);
            has_moved |= self.sweep();
            has_moved |= self.work(cx);
            has_moved |= self.unstick(cx);
            has_moved |= self.give_up_changes(cx);
            has_moved |= self.watch(cx);
            for user in &mut self.users {
                user.flush(cx);
            }
            match self.hear(cx) {
                Ok(has_heard) => has_moved |= has_heard,
                Err(error) => return Poll::Ready(error),
            }
            if !has_moved {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Whether everything that clients sent is with the line.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.doing.is_none() && matches!(self.line, Seat::Here(_))
    }

    /// Takes in who has come.
    fn admit(&mut self, cx: &mut Context<'_>) -> bool {
        let mut has_moved = false;
        while let Poll::Ready(Some(arrival)) = self.arrivals.poll_recv(cx) {
            has_moved = true;
            match self.config.second {
                Second::Refuse if self.is_in_use => self.refuse(arrival),
                Second::Kick if self.is_in_use => {
                    for user in self.users.iter_mut().filter(|user| !user.is_leaving) {
                        user.leave();
                        self.queue.forget(user.id);
                    }
                    self.end_break();
                    self.take_in(arrival);
                }
                _ => self.take_in(arrival),
            }
        }
        has_moved
    }

    fn refuse(&mut self, arrival: Arrival<S>) {
        let refusal = self.config.refusal.clone();
        let mut user = self.user(arrival, Speaker::raw(None));
        if !refusal.is_empty() {
            user.tell(Command::Data(refusal));
        }
        user.leave();
        self.users.push(user);
    }

    fn take_in(&mut self, arrival: Arrival<S>) {
        let speaker = match self.config.speaks {
            Speaks::Telnet => Speaker::Telnet(Box::new(Server::new(self.config.server.clone()))),
            Speaks::Raw => Speaker::raw(self.config.raw_idle),
        };
        let mut user = self.user(arrival, speaker);
        if let Some(inputs) = self.inputs {
            user.tell(Command::ModemState(inputs));
        }
        if !self.config.banner.is_empty() {
            user.tell(Command::Data(self.config.banner.clone()));
        }
        self.users.push(user);
        if !core::mem::replace(&mut self.is_in_use, true) && self.config.leave.hang_up {
            self.queue.act(NOBODY, Action::Dtr(true));
            self.queue.act(NOBODY, Action::Rts(true));
        }
    }

    fn user(&mut self, arrival: Arrival<S>, speaker: Speaker) -> User<S> {
        self.last_id += 1;
        let Arrival { stream, held, over } = arrival;
        let driver = Driver::new(speaker, stream, self.clock.clone());
        let driver = driver.limits(self.config.limits.driver);
        User::new(self.last_id, driver, held, over)
    }

    /// Hears what clients say, as far as there is room for it.
    fn listen(&mut self, cx: &mut Context<'_>) -> bool {
        let mut has_moved = false;
        for at in 0..self.users.len() {
            for _ in 0..EVENTS {
                let Some(user) = self.users.get_mut(at) else {
                    break;
                };
                if !user.is_leaving && self.queue.bytes() >= self.config.most() {
                    break;
                }
                let Poll::Ready(event) = user.poll_event(cx) else {
                    break;
                };
                has_moved = true;
                if !user.is_leaving {
                    let id = user.id;
                    self.event(id, event);
                }
            }
        }
        has_moved
    }

    fn event(&mut self, id: u64, event: Event) {
        match event {
            Event::Data(data) => self.queue.data(id, data),
            Event::Act(action) => self.act(id, action),
            Event::Control(true) if self.is_full => self.tell(id, Command::Full(true)),
            Event::Signature(text) => {
                let text = String::from_utf8_lossy(&text);
                tracing::debug!(user = id, %text, "a client's signature");
            }
            Event::Telnet(crate::Event::Command(wire::Command::AYT)) => {
                let here = bytes::Bytes::from_static(b"\r\n[yes]\r\n");
                self.tell(id, Command::Data(here));
            }
            _ => {}
        }
    }

    /// What needs no waiting is done at once: a question, a purge, and a setting that is in effect.
    fn act(&mut self, id: u64, action: Action) {
        let is_quiet = self.doing.is_none() && !self.queue.has_actions();
        match action {
            Action::Report => self.done(id),
            Action::Purge(purge) if matches!(self.line, Seat::Here(_)) => {
                self.purge(id, purge);
                self.done(id);
            }
            Action::Break(on) if is_quiet && on == self.is_break => self.done(id),
            _ if self.is_stopped => self.done(id),
            action if is_quiet && changed(self.settings, action) == Some(self.settings) => {
                self.done(id);
            }
            action => self.queue.act(id, action),
        }
    }

    /// Answers with what is in effect.
    fn done(&mut self, id: u64) {
        let settings = from_line(self.settings);
        let port = com_port::Port {
            settings,
            inbound: match settings.flow {
                Control::FLOW_XON_XOFF => Control::INBOUND_XON_XOFF,
                Control::FLOW_HARDWARE => Control::INBOUND_HARDWARE,
                _ => Control::INBOUND_NONE,
            },
            is_break: self.is_break,
            dtr: self.dtr,
            rts: self.rts,
        };
        self.tell(id, Command::Done(port));
    }

    /// Tells clients to stop when much waits for the line, and to go on when half of it has gone.
    fn tell_full(&mut self) {
        let (bytes, buffer) = (self.queue.bytes(), self.config.buffer);
        let is_full = match self.is_full {
            true => bytes > buffer / 2,
            false => bytes > buffer,
        };
        if is_full != core::mem::replace(&mut self.is_full, is_full) {
            self.tell_all(&Command::Full(is_full));
        }
    }

    fn tell(&mut self, id: u64, command: Command) {
        if let Some(user) = self.users.iter_mut().find(|user| user.id == id) {
            user.tell(command);
        }
    }

    fn tell_all(&mut self, command: &Command) {
        for user in self.users.iter_mut().filter(|user| !user.is_leaving) {
            user.tell(command.clone());
        }
    }

    /// Lets go of the clients that are over, and of the port when the last one leaves.
    fn sweep(&mut self) -> bool {
        let before = self.users.len();
        self.users.retain(|user| !user.is_over);
        let has_user = self.users.iter().any(|user| !user.is_leaving);
        if self.is_in_use && !has_user {
            self.is_in_use = false;
            self.leave();
            return true;
        }
        self.users.len() != before
    }

    /// A break does not outlive the client that wanted it, and one that waits for data does not begin.
    fn end_break(&mut self) {
        let waits = |doing: &Doing| !doing.is_pulsing && doing.action == Action::Break(true);
        if self.doing.as_ref().is_some_and(waits) {
            self.doing = None;
            self.timer.set(None);
        }
        if self.is_break || self.queue.has_actions() {
            self.queue.act(NOBODY, Action::Break(false));
        }
    }

    /// The last client has left.
    fn leave(&mut self) {
        self.end_break();
        if self.config.leave.hang_up {
            self.queue.act(NOBODY, Action::Dtr(false));
            self.queue.act(NOBODY, Action::Rts(false));
        }
        if self.config.leave.restore {
            let initial = from_line(self.initial);
            for action in [
                Action::Baud(initial.baud),
                Action::DataSize(initial.data_size),
                Action::Parity(initial.parity),
                Action::StopSize(initial.stop_size),
                Action::Flow(initial.flow),
            ] {
                self.queue.act(NOBODY, action);
            }
        }
    }
}

/// The inputs in the specification's bits.
fn levels(signals: Signals) -> ModemState {
    let bit = |on: bool, bit: ModemState| if on { bit.0 } else { 0 };
    ModemState(
        bit(signals.cts, ModemState::CTS)
            | bit(signals.dsr, ModemState::DSR)
            | bit(signals.ri, ModemState::RI)
            | bit(signals.dcd, ModemState::DCD),
    )
}
