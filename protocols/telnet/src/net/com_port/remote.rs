//! A port on an access server, as a line like any other.

use core::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use std::{collections::VecDeque, io, sync::Arc};

use lineside_core::Mark;
use lineside_io::{
    BoxFuture, Capabilities, Clock, Limits, Line, Queue, Settings, Signals, Stream, Timer,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::com_port::client;

mod fan;
mod inbox;
mod redial;
mod session;

pub use lineside_io::Backoff;
pub use redial::{Dial, RemoteEvent};

use fan::{Fan, Side};
use redial::{Plan, State};
use session::Session;

/// How a [`Remote`] behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RemoteConfig {
    /// Of the client's end: masks, time-outs, Cisco's form.
    pub client: client::Config,
    /// Bytes that wait to be read before the server is told to stop (`FLOWCONTROL-SUSPEND`). Where it goes
    /// on, it is not read any more at twice as many; at four times, while an answer is waited for, they
    /// are lost, and [`Mark::Overrun`] stands in their place. Default 64 KiB.
    pub inbox: usize,
    /// How long [`Line::poll_drain`] waits for a server that takes no data. Default 30 s.
    pub stall: Duration,
    /// DTR at the beginning. Default: as it is.
    pub dtr: Option<bool>,
    /// RTS at the beginning. Default: as it is.
    pub rts: Option<bool>,
    /// When a lost connection is dialled again, where there is something to dial.
    pub backoff: Backoff,
    /// Of the connection. Default as [`Limits::default`], without a linger.
    pub limits: Limits,
}

impl Default for RemoteConfig {
    fn default() -> Self {
        let mut limits = Limits::default();
        // A server without COM-PORT has nothing to hear from us.
        limits.linger = None;
        Self {
            client: client::Config::default(),
            inbox: 64 * 1024,
            stall: Duration::from_secs(30),
            dtr: None,
            rts: None,
            backoff: Backoff::default(),
            limits,
        }
    }
}

/// A port on an access server (RFC 2217).
///
/// As a [`Line`]:
/// - [`configure`](Line::configure) costs one round trip, and as long as the data before it takes to leave
///   the line; nothing where the settings are in effect. What the server grants instead is what it gives.
///   Dropped and called again it goes on where it was; what comes meanwhile can be read between.
///   Where it fails, the server may still follow: [`settings`](Line::settings) are those it told of last.
/// - Modem lines, breaks and marks are what the server notifies; a mark does not tell the character.
/// - [`poll_drain`](Line::poll_drain) waits as long as what was written takes on the line, or until data
///   comes: a server does not tell when it has left. What is written before a change of settings leaves before it.
/// - [`discard`](Line::discard) also drops what is under way, until the server has answered it, or for
///   [`client::Config::purge`] from a server that does not.
///
/// Made with [`dial`](Self::dial) it connects again when the connection is lost, and applies settings,
/// DTR and RTS again. The call that notices gives the error, once; from then on reads and writes wait for
/// the server, and other calls give `NotConnected`. No task runs for this: a port that nobody polls
/// stays away.
#[derive(Debug)]
pub struct Remote {
    state: State,
    plan: Plan,
    /// In effect when they were last applied.
    settings: Settings,
    fan: Arc<Fan>,
    /// Changes of the modem lines that were told.
    seen: u64,
    drain: Timer,
    stall: Timer,
    events: VecDeque<RemoteEvent>,
}

impl Remote {
    /// The port behind `stream`, with these settings in effect, or those nearest to them.
    ///
    /// # Errors
    /// `Unsupported` where the server refuses COM-PORT; `TimedOut` where it does not answer, neither that nor
    /// the settings; the stream's.
    pub async fn connect(
        stream: Box<dyn Stream>,
        settings: Settings,
        config: RemoteConfig,
        clock: Clock,
    ) -> io::Result<Self> {
        let plan = Plan::new(None, settings, config, clock);
        let fan = Arc::new(Fan::default());
        let session = plan.clone().open(stream, Arc::clone(&fan)).await?;
        Ok(Self::new(session, plan, fan))
    }

    /// The port behind what `dial` gives, now and whenever the connection was lost.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), this first time; what `dial` meets.
    pub async fn dial(
        dial: Dial,
        settings: Settings,
        config: RemoteConfig,
        clock: Clock,
    ) -> io::Result<Self> {
        let plan = Plan::new(Some(dial), settings, config, clock);
        let fan = Arc::new(Fan::default());
        let session = plan.clone().dial(Arc::clone(&fan)).await?;
        Ok(Self::new(session, plan, fan))
    }

    fn new(session: Session, plan: Plan, fan: Arc<Fan>) -> Self {
        Self {
            settings: session.settings(plan.settings),
            drain: plan.clock.timer(),
            stall: plan.clock.timer(),
            state: State::Up(Box::new(session)),
            plan,
            fan,
            seen: 0,
            events: VecDeque::new(),
        }
    }

    /// Whether there is a connection.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        matches!(self.state, State::Up(_))
    }

    /// The oldest event that was not yet taken.
    pub fn take_event(&mut self) -> Option<RemoteEvent> {
        self.events.pop_front()
    }

    /// Who the server says it is, once it has said so.
    #[must_use]
    pub fn signature(&self) -> Option<&[u8]> {
        match &self.state {
            State::Up(session) => session.signature(),
            _ => None,
        }
    }

    /// Does `work` on the connection; notices when it is lost.
    fn with<T>(&mut self, work: impl FnOnce(&mut Session) -> T) -> io::Result<T> {
        let State::Up(session) = &mut self.state else {
            return Err(redial::away());
        };
        session.drive(Side::Work, false);
        if let Some(error) = session.error() {
            return Err(self.lost(error));
        }
        Ok(work(session))
    }
}

impl AsyncRead for Remote {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if into.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        this.fan.wait(Side::Read, cx);
        let session = ready!(this.poll_up())?;
        session.drive(Side::Read, false);
        match ready!(session.poll_take(cx, into)) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(None) if this.plan.dial.is_none() => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(this.lost(error.unwrap_or_else(redial::closed)))),
        }
    }
}

impl AsyncWrite for Remote {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.fan.wait(Side::Write, cx);
        let settings = this.settings();
        let session = ready!(this.poll_up())?;
        session.drive(Side::Write, false);
        match ready!(session.poll_put(bytes, settings)) {
            Ok(count) => Poll::Ready(Ok(count)),
            Err(error) => Poll::Ready(Err(this.lost(error))),
        }
    }

    /// Waits until everything is with the network.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.fan.wait(Side::Write, cx);
        let State::Up(session) = &mut this.state else {
            return Poll::Ready(Ok(()));
        };
        session.poll_flush().map(Ok)
    }

    /// Ends the connection.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.fan.wait(Side::Write, cx);
        this.plan.dial = None;
        let State::Up(session) = &mut this.state else {
            return Poll::Ready(Ok(()));
        };
        session.poll_close().map(Ok)
    }
}

impl Line for Remote {
    fn settings(&self) -> Settings {
        match &self.state {
            State::Up(session) => session.settings(self.settings),
            _ => self.settings,
        }
    }

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        Box::pin(async move {
            self.with(|session| session.begin_configure(to))?;
            let State::Up(session) = &mut self.state else {
                return Err(redial::away());
            };
            match session.configured(to).await {
                Ok(settings) => {
                    self.plan.settings = to;
                    self.settings = settings;
                    Ok(settings)
                }
                Err(error) if session.error().is_some() => Err(self.lost(error)),
                Err(error) => Err(error),
            }
        })
    }

    fn capabilities(&self) -> Capabilities {
        let signals = match &self.state {
            State::Up(session) => session.has_inputs(),
            _ => false,
        };
        Capabilities {
            speed: true,
            signals,
            break_received: true,
            break_sent: true,
            marks: true,
            exact_drain: false,
        }
    }

    fn take_mark(&mut self) -> Option<Mark> {
        match &mut self.state {
            State::Up(session) => session.take_mark(),
            _ => None,
        }
    }

    fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.fan.wait(Side::Drain, cx);
        let State::Up(session) = &mut this.state else {
            return Poll::Ready(Ok(()));
        };
        session.drive(Side::Drain, false);
        if let Some(error) = session.error() {
            return Poll::Ready(Err(this.lost(error)));
        }
        if session.is_suspended() || session.poll_flush().is_pending() {
            if !this.stall.is_set() {
                this.stall
                    .set(Some(this.plan.clock.now() + this.plan.config.stall));
            }
            ready!(this.stall.poll(cx));
            this.stall.set(None);
            let what = "the server takes no data (RemoteConfig::stall)";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, what)));
        }
        this.stall.set(None);
        this.drain.set(session.drain());
        if this.drain.is_set() {
            ready!(this.drain.poll(cx));
        }
        session.drained();
        Poll::Ready(Ok(()))
    }

    fn discard(&mut self, queue: Queue) -> io::Result<()> {
        self.with(|session| session.discard(queue))
    }

    fn signals(&mut self) -> io::Result<Signals> {
        self.with(|session| session.signals())?
    }

    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()> {
        self.with(|session| session.set_signals(dtr, rts))?;
        self.plan.config.dtr = dtr.or(self.plan.config.dtr);
        self.plan.config.rts = rts.or(self.plan.config.rts);
        Ok(())
    }

    fn poll_signals(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Signals>> {
        let this = self.get_mut();
        this.fan.wait(Side::Signals, cx);
        let State::Up(session) = &mut this.state else {
            return Poll::Ready(Err(redial::away()));
        };
        session.drive(Side::Signals, false);
        if let Some(error) = session.error() {
            return Poll::Ready(Err(this.lost(error)));
        }
        if session.changes() == this.seen {
            return Poll::Pending;
        }
        this.seen = session.changes();
        Poll::Ready(session.signals())
    }

    fn set_break(&mut self, on: bool) -> io::Result<()> {
        self.with(|session| session.set_break(on))
    }
}
