//! A serial port that comes back after it was unplugged.

use core::{
    pin::Pin,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};
use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
};

use lineside_core::{Instant, Mark};
use lineside_io::{Backoff, BoxFuture, Capabilities, Clock, Line, Queue, Settings, Signals, Timer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{Error, Options, Tty};

/// What happened to the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// It went away. What was written and had not left is lost.
    HungUp,
    /// It is back, after so many attempts and so long.
    Reopened {
        /// How often it was tried, the last time included.
        attempts: u32,
        /// Since it went away.
        after: Duration,
    },
}

/// So many events are kept for [`Reconnecting::take_event`]; older ones are dropped.
const EVENTS: usize = 16;

/// A [`Tty`] that is opened again after it has hung up.
///
/// The call that notices that the device has gone (unplugged, or the other end of a PTY closed)
/// gives [`Error::HungUp`], once. From then on reads and writes wait; the first of them, or
/// [`reopened`](Self::reopened), opens the port again as soon as it can be opened, with the settings that it
/// had. [`take_event`](Self::take_event) tells what has happened. No task runs for this: a port that nobody
/// polls stays closed.
///
/// Other calls than reads and writes give `HungUp` while the port is away, except
/// [`Line::poll_drain`], which has nothing to wait for.
#[derive(Debug)]
pub struct Reconnecting {
    path: PathBuf,
    options: Options,
    backoff: Backoff,
    settings: Settings,
    capabilities: Capabilities,
    state: State,
    events: VecDeque<Event>,
    clock: Clock,
    /// One per side, as in [`Tty`].
    read_timer: Timer,
    write_timer: Timer,
    /// Who waits on the port. It does not wake them when it is dropped.
    reader: Option<Waker>,
    writer: Option<Waker>,
}

#[derive(Debug)]
enum State {
    Up(Box<Tty>),
    Down {
        since: Instant,
        attempts: u32,
        next: Instant,
    },
    GivenUp,
}

/// Who waits.
#[derive(Clone, Copy)]
enum Side {
    Read,
    Write,
}

impl Reconnecting {
    /// Opens the tty at `path`, which must be there the first time.
    ///
    /// # Errors
    /// As [`Tty::open`].
    pub fn open(
        path: impl AsRef<Path>,
        settings: Settings,
        options: &Options,
        backoff: Backoff,
    ) -> io::Result<Self> {
        let path = path.as_ref();
        let tty = Tty::open(path, settings, options)?;
        let clock = Clock::precise();
        Ok(Self {
            path: path.to_owned(),
            options: options.clone(),
            backoff,
            settings: tty.settings(),
            capabilities: tty.capabilities(),
            state: State::Up(Box::new(tty)),
            events: VecDeque::new(),
            read_timer: clock.timer(),
            write_timer: clock.timer(),
            reader: None,
            writer: None,
            clock,
        })
    }

    /// Whether the port is open.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        matches!(self.state, State::Up(_))
    }

    /// The oldest event that was not yet taken.
    pub fn take_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Waits until the port is open. Cancel-safe.
    ///
    /// # Errors
    /// [`Backoff::attempts`] were made in vain.
    pub async fn reopened(&mut self) -> io::Result<()> {
        core::future::poll_fn(|cx| self.poll_up(cx, Side::Read).map_ok(|_| ())).await
    }

    /// Ready with the open port. The side is woken when the port goes.
    fn poll_up(&mut self, cx: &mut Context<'_>, side: Side) -> Poll<io::Result<&mut Tty>> {
        self.wait(cx, side);
        loop {
            match self.state {
                State::GivenUp => return Poll::Ready(Err(self.hung_up())),
                State::Up(_) => break,
                State::Down { next, .. } if self.clock.now() < next => {
                    let timer = match side {
                        Side::Read => &mut self.read_timer,
                        Side::Write => &mut self.write_timer,
                    };
                    timer.set(Some(next));
                    ready!(timer.poll(cx));
                }
                State::Down {
                    since, attempts, ..
                } => self.try_again(since, attempts + 1),
            }
        }
        let State::Up(tty) = &mut self.state else {
            return Poll::Pending;
        };
        Poll::Ready(Ok(tty))
    }

    fn try_again(&mut self, since: Instant, attempts: u32) {
        let now = self.clock.now();
        match Tty::open(&self.path, self.settings, &self.options) {
            Ok(tty) => {
                let after = now.since(since);
                let path = self.path.display();
                tracing::info!(%path, attempts, ?after, "serial port is back");
                self.settings = tty.settings();
                self.capabilities = tty.capabilities();
                self.state = State::Up(Box::new(tty));
                self.tell(Event::Reopened { attempts, after });
            }
            Err(error) if self.backoff.is_over(attempts) => {
                tracing::warn!(%error, attempts, "serial port is given up");
                self.state = State::GivenUp;
            }
            Err(error) => {
                tracing::debug!(%error, attempts, "serial port is still away");
                let next = now + self.backoff.before(attempts);
                self.state = State::Down {
                    since,
                    attempts,
                    next,
                };
            }
        }
    }

    /// What a call to the port gave; notices when it has gone.
    fn notice<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if result.as_ref().is_err_and(Error::is_hang_up) {
            self.go_down();
        }
        result
    }

    fn go_down(&mut self) {
        let since = self.clock.now();
        let path = self.path.display();
        tracing::warn!(%path, "serial port has gone");
        // Dropping the port here frees its name for the device that comes back.
        self.state = State::Down {
            since,
            attempts: 0,
            next: since + self.backoff.before(0),
        };
        self.tell(Event::HungUp);
        let waiting = [self.reader.take(), self.writer.take()];
        waiting.into_iter().flatten().for_each(Waker::wake);
    }

    fn wait(&mut self, cx: &Context<'_>, side: Side) {
        let waker = match side {
            Side::Read => &mut self.reader,
            Side::Write => &mut self.writer,
        };
        match waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }

    fn tell(&mut self, event: Event) {
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    fn hung_up(&self) -> io::Error {
        let path = self.path.clone();
        Error::HungUp { path }.into()
    }

    /// Does `work` on the open port.
    fn with<T>(&mut self, work: impl FnOnce(&mut Tty) -> io::Result<T>) -> io::Result<T> {
        let State::Up(tty) = &mut self.state else {
            return Err(self.hung_up());
        };
        let done = work(tty);
        self.notice(done)
    }
}

/// Gives `HungUp` once where a plain [`Tty`] would give the end of the stream.
impl AsyncRead for Reconnecting {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let tty = ready!(this.poll_up(cx, Side::Read))?;
        let mut read = ready!(Pin::new(tty).poll_read(cx, buf));
        if read.is_ok() && buf.filled().len() == before {
            read = Err(this.hung_up());
        }
        Poll::Ready(this.notice(read))
    }
}

impl AsyncWrite for Reconnecting {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let tty = ready!(this.poll_up(cx, Side::Write))?;
        let wrote = ready!(Pin::new(tty).poll_write(cx, bytes));
        Poll::Ready(this.notice(wrote))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.wait(cx, Side::Write);
        let State::Up(tty) = &mut this.state else {
            return Poll::Ready(Ok(()));
        };
        let flushed = ready!(Pin::new(tty).poll_flush(cx));
        Poll::Ready(this.notice(flushed))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_drain(cx)
    }
}

impl Line for Reconnecting {
    fn settings(&self) -> Settings {
        self.settings
    }

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        Box::pin(async move {
            let State::Up(tty) = &mut self.state else {
                return Err(self.hung_up());
            };
            let got = tty.configure(to).await;
            let got = self.notice(got)?;
            self.settings = got;
            Ok(got)
        })
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn take_mark(&mut self) -> Option<Mark> {
        match &mut self.state {
            State::Up(tty) => tty.take_mark(),
            _ => None,
        }
    }

    fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.wait(cx, Side::Write);
        let State::Up(tty) = &mut this.state else {
            return Poll::Ready(Ok(()));
        };
        let drained = ready!(Pin::new(tty).poll_drain(cx));
        Poll::Ready(this.notice(drained))
    }

    fn discard(&mut self, queue: Queue) -> io::Result<()> {
        self.with(|tty| tty.discard(queue))
    }

    fn signals(&mut self) -> io::Result<Signals> {
        self.with(Line::signals)
    }

    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()> {
        self.with(|tty| tty.set_signals(dtr, rts))
    }

    fn poll_signals(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Signals>> {
        let this = self.get_mut();
        let State::Up(tty) = &mut this.state else {
            return Poll::Ready(Err(this.hung_up()));
        };
        let signals = ready!(Pin::new(tty).poll_signals(cx));
        Poll::Ready(this.notice(signals))
    }

    fn set_break(&mut self, on: bool) -> io::Result<()> {
        self.with(|tty| tty.set_break(on))
    }
}

#[cfg(test)]
mod tests;
