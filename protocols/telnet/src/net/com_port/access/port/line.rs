//! The line's side of a port: what is written, changed, read and watched.

use core::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};
use std::io;

use lineside_core::Mark;
use lineside_io::{Line, Queue, Settings, Stream};
use tokio::io::AsyncReadExt;

use super::{Doing, Port, Seat, levels};
use crate::{
    com_port::server::{Action, Command},
    net::com_port::{from_line, to_line},
    wire::com_port::{LineState, Purge},
};

/// Bytes that are read from the line at once.
const CHUNK: usize = 16 * 1024;

/// The transmitter has sent everything.
const EMPTY: LineState = LineState(LineState::HOLDING_EMPTY.0 | LineState::SHIFT_EMPTY.0);

impl<L: Line, S: Stream> Port<L, S> {
    /// Brings data to the line and does what was asked for, in order.
    pub(super) fn work(&mut self, cx: &mut Context<'_>) -> bool {
        let mut has_moved = false;
        while self.poll_step(cx).is_ready() {
            has_moved = true;
        }
        self.tell_full();
        has_moved
    }

    /// One step of it.
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.line {
            Seat::Away(configuring) => {
                let (line, settings) = ready!(configuring.as_mut().poll(cx));
                self.line = Seat::Here(line);
                match settings {
                    Ok(settings) => self.settings = settings,
                    Err(error) => tracing::debug!(%error, "the line keeps its settings"),
                }
                self.finish();
                Poll::Ready(())
            }
            Seat::Here(line) => {
                if let Some(doing) = self.doing {
                    return self.poll_doing(cx, doing);
                }
                if let Some(data) = self.queue.front() {
                    match ready!(Pin::new(line).poll_write(cx, data)) {
                        Ok(count) if count > 0 => {
                            self.queue.advance(count);
                            self.is_sending = true;
                        }
                        // What a line that has failed was given is lost, as it is on a tty.
                        failed => {
                            let lost = self.queue.lose();
                            tracing::warn!(?failed, lost, "the line takes no data");
                        }
                    }
                    self.stuck.set(None);
                    self.late.set(None);
                    self.is_stopped = false;
                    return Poll::Ready(());
                }
                let Some((user, action)) = self.queue.next_action() else {
                    return self.poll_sent(cx);
                };
                self.timer.set(Some(self.clock.now() + self.config.drain));
                self.doing = Some(Doing {
                    user,
                    action,
                    is_pulsing: false,
                });
                Poll::Ready(())
            }
            Seat::Nowhere => Poll::Pending,
        }
    }

    /// Tells who wants to know that everything has left the line.
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let is_wanted = self.users.iter().any(|user| user.wants(EMPTY));
        let Seat::Here(line) = &mut self.line else {
            return Poll::Pending;
        };
        if !self.is_sending || !is_wanted {
            return Poll::Pending;
        }
        let sent = ready!(Pin::new(line).poll_drain(cx));
        self.is_sending = false;
        if sent.is_ok() {
            self.tell_all(&Command::LineState(EMPTY));
        }
        Poll::Ready(())
    }

    /// Waits for the data before an action, then does it; ends a break whose time is over.
    fn poll_doing(&mut self, cx: &mut Context<'_>, doing: Doing) -> Poll<()> {
        let Seat::Here(line) = &mut self.line else {
            return Poll::Pending;
        };
        if doing.is_pulsing {
            ready!(self.timer.poll(cx));
            let _ = line.set_break(self.is_break);
            self.finish();
            return Poll::Ready(());
        }
        // Nothing leaves while there is a break: its end cannot wait for data.
        let drained = match doing.action {
            Action::Break(false) if self.is_break => Poll::Ready(Ok(())),
            _ => Pin::new(line).poll_drain(cx),
        };
        match drained {
            Poll::Ready(Ok(())) => self.perform(doing),
            Poll::Ready(Err(error)) => {
                tracing::debug!(%error, action = ?doing.action, "not done: the line does not drain");
                self.finish();
            }
            Poll::Pending => {
                ready!(self.timer.poll(cx));
                tracing::debug!(action = ?doing.action, "not done in time (AccessConfig::drain)");
                self.finish();
            }
        }
        Poll::Ready(())
    }

    fn perform(&mut self, doing: Doing) {
        let Seat::Here(line) = &mut self.line else {
            return;
        };
        // A line without modem lines is asked for them all the same: what was asked for last is then
        // all that there is to tell.
        let is_told = |set: io::Result<()>| match set {
            Ok(()) => true,
            Err(error) => error.kind() == io::ErrorKind::Unsupported,
        };
        match doing.action {
            Action::Break(on) => {
                if line.set_break(on).is_ok() {
                    self.is_break = on;
                }
            }
            Action::Pulse => {
                if line.set_break(true).is_ok() {
                    self.timer.set(Some(self.clock.now() + self.config.pulse));
                    self.doing = Some(Doing {
                        is_pulsing: true,
                        ..doing
                    });
                    return;
                }
            }
            Action::Dtr(on) => {
                if is_told(line.set_signals(Some(on), None)) {
                    self.dtr = on;
                }
            }
            Action::Rts(on) => {
                if is_told(line.set_signals(None, Some(on))) {
                    self.rts = on;
                }
            }
            Action::Purge(purge) => self.purge(doing.user, purge),
            setting => {
                if let Some(to) = changed(self.settings, setting)
                    && to != self.settings
                {
                    return self.configure(to);
                }
            }
        }
        self.finish();
    }

    /// The line goes into the change, and comes back from it.
    fn configure(&mut self, to: Settings) {
        self.line = match core::mem::replace(&mut self.line, Seat::Nowhere) {
            Seat::Here(mut line) => Seat::Away(Box::pin(async move {
                let settings = line.configure(to).await;
                (line, settings)
            })),
            other => other,
        };
    }

    /// What was to be done is done, or will not be.
    fn finish(&mut self) {
        self.timer.set(None);
        if let Some(doing) = self.doing.take() {
            self.done(doing.user);
        }
    }

    pub(super) fn purge(&mut self, id: u64, purge: Purge) {
        let Seat::Here(line) = &mut self.line else {
            return;
        };
        let queue = match purge {
            Purge::RECEIVED => Queue::Input,
            Purge::TO_SEND => Queue::Output,
            _ => Queue::Both,
        };
        if let Err(error) = line.discard(queue) {
            tracing::debug!(%error, "nothing is purged");
        }
        if purge.is_of_received()
            && let Some(user) = self.users.iter_mut().find(|user| user.id == id)
        {
            user.purge();
        }
        if purge.is_of_unsent() {
            self.queue.purge();
            self.is_stopped = false;
            self.tell_full();
        }
    }

    /// Throws away what has not gone in time, so that the port can be left.
    pub(in super::super) fn give_up(&mut self) {
        tracing::warn!(
            bytes = self.queue.bytes(),
            "what waits for the line is thrown away"
        );
        self.queue.purge();
        if let Seat::Here(line) = &mut self.line {
            let _ = line.discard(Queue::Output);
        }
    }

    /// Reads the line, as far as its clients take what it says.
    ///
    /// # Errors
    /// The line has gone.
    pub(super) fn hear(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let is_alone = self.users.iter().filter(|user| !user.is_leaving).count() <= 1;
        let is_taken = self.users.iter().all(super::User::is_ready);
        let Seat::Here(line) = &mut self.line else {
            return Ok(false);
        };
        if is_alone && !is_taken {
            return Ok(false);
        }
        if let Some(mark) = line.take_mark() {
            self.mark(mark);
            return Ok(true);
        }
        self.inbox.reserve(CHUNK);
        let read = pin!(line.read_buf(&mut self.inbox)).poll(cx);
        match read {
            Poll::Ready(Ok(count)) if count > 0 => {
                self.failed = None;
                self.give();
                Ok(true)
            }
            // A line that comes back by itself says once that it has gone.
            Poll::Ready(read) => {
                let error = read
                    .err()
                    .unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into());
                match self.failed.replace(error) {
                    None => Ok(true),
                    Some(first) => Err(first),
                }
            }
            Poll::Pending => {
                self.failed = None;
                let mark = line.take_mark();
                mark.map_or(Ok(false), |mark| {
                    self.mark(mark);
                    Ok(true)
                })
            }
        }
    }

    /// Gives what was read to every client. One that does not keep up with others is closed.
    fn give(&mut self) {
        let data = self.inbox.split().freeze();
        for user in &mut self.users {
            user.give(data.clone());
            if user.waiting() > self.config.buffer {
                tracing::warn!(user = user.id, "a client does not keep up, and is closed");
                user.is_over = true;
            }
        }
    }

    fn mark(&mut self, mark: Mark) {
        let state = match mark {
            Mark::Parity(_) => LineState::PARITY,
            Mark::Framing(_) => LineState::FRAMING,
            Mark::Break => LineState::BREAK,
            Mark::Overrun => LineState::OVERRUN,
        };
        self.tell_all(&Command::LineState(state));
    }

    /// Tells clients of modem lines that have changed.
    pub(super) fn watch(&mut self, cx: &mut Context<'_>) -> bool {
        let mut has_moved = false;
        while self.inputs.is_some()
            && let Seat::Here(line) = &mut self.line
            && let Poll::Ready(Ok(signals)) = Pin::new(line).poll_signals(cx)
        {
            has_moved = true;
            let inputs = levels(signals);
            self.inputs = Some(inputs);
            self.tell_all(&Command::ModemState(inputs));
        }
        has_moved
    }
}

/// The settings with one changed; `None` where the action is none that a line can do.
pub(super) fn changed(settings: Settings, action: Action) -> Option<Settings> {
    let mut to = from_line(settings);
    match action {
        Action::Baud(baud) => to.baud = baud,
        Action::DataSize(size) => to.data_size = size,
        Action::Parity(parity) => to.parity = parity,
        Action::StopSize(size) => to.stop_size = size,
        Action::Flow(control) | Action::Inbound(control) => to.flow = control,
        _ => return None,
    }
    Some(to_line(&to, settings))
}
