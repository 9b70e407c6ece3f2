//! What a port needs to come back, and how it does.

use core::{fmt, task::Context, task::Poll, task::Waker, task::ready, time::Duration};
use std::{io, sync::Arc};

use lineside_core::Instant;
use lineside_io::{BoxFuture, Clock, Driver, Line, Settings, Stream, Timer};

use super::{Fan, Remote, RemoteConfig, Session};
use crate::com_port::Client;

/// Makes a connection to an access server.
pub type Dial = Arc<dyn Fn() -> BoxFuture<'static, io::Result<Box<dyn Stream>>> + Send + Sync>;

/// What happened to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteEvent {
    /// It was lost, and what was under way with it.
    Lost,
    /// It is back, with the same settings, after so many attempts and so long.
    Reconnected {
        /// How often it was tried, the last time included.
        attempts: u32,
        /// Since it was lost.
        after: Duration,
    },
}

/// So many events are kept for [`Remote::take_event`]; older ones are dropped.
const EVENTS: usize = 16;

/// Everything that a connection is made from.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) dial: Option<Dial>,
    /// The settings that were asked for.
    pub(super) settings: Settings,
    pub(super) config: RemoteConfig,
    pub(super) clock: Clock,
}

impl Plan {
    pub(super) const fn new(
        dial: Option<Dial>,
        settings: Settings,
        config: RemoteConfig,
        clock: Clock,
    ) -> Self {
        Self {
            dial,
            settings,
            config,
            clock,
        }
    }

    /// Dials, and applies the settings.
    pub(super) async fn dial(self, fan: Arc<Fan>) -> io::Result<Session> {
        let dial = self.dial.clone().ok_or_else(away)?;
        let stream = dial().await?;
        self.open(stream, fan).await
    }

    /// Applies the settings to what was dialled.
    pub(super) async fn open(self, stream: Box<dyn Stream>, fan: Arc<Fan>) -> io::Result<Session> {
        let client = Client::new(self.config.client.clone());
        let driver = Driver::new(client, stream, self.clock).limits(self.config.limits);
        let mut session = Session::new(driver, &self.config, fan);
        session.begin_configure(self.settings);
        session.configured(self.settings).await?;
        session.ask_levels(self.config.dtr, self.config.rts);
        Ok(session)
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("dials", &self.dial.is_some())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

pub(super) enum State {
    Up(Box<Session>),
    /// The wait before the next attempt.
    Down {
        since: Instant,
        attempts: u32,
        wake: Timer,
    },
    Dialling {
        since: Instant,
        attempts: u32,
        dial: BoxFuture<'static, io::Result<Session>>,
    },
    GivenUp(io::Error),
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Up(_) => "Up",
            Self::Down { .. } => "Down",
            Self::Dialling { .. } => "Dialling",
            Self::GivenUp(_) => "GivenUp",
        })
    }
}

impl Remote {
    /// Ready with the connection. Whoever waits has left its waker with the fan.
    pub(super) fn poll_up(&mut self) -> Poll<io::Result<&mut Session>> {
        let waker = Waker::from(Arc::clone(&self.fan));
        let mut cx = Context::from_waker(&waker);
        loop {
            match &mut self.state {
                State::Up(_) => break,
                State::GivenUp(error) => {
                    let copy = io::Error::new(error.kind(), error.to_string());
                    return Poll::Ready(Err(copy));
                }
                State::Down {
                    since,
                    attempts,
                    wake,
                } => {
                    ready!(wake.poll(&mut cx));
                    let dial = Box::pin(self.plan.clone().dial(Arc::clone(&self.fan)));
                    self.state = State::Dialling {
                        since: *since,
                        attempts: *attempts + 1,
                        dial,
                    };
                }
                State::Dialling {
                    since,
                    attempts,
                    dial,
                } => {
                    let (since, attempts) = (*since, *attempts);
                    let dialled = ready!(dial.as_mut().poll(&mut cx));
                    self.dialled(since, attempts, dialled);
                }
            }
        }
        let State::Up(session) = &mut self.state else {
            return Poll::Pending;
        };
        Poll::Ready(Ok(session))
    }

    fn dialled(&mut self, since: Instant, attempts: u32, dialled: io::Result<Session>) {
        let now = self.plan.clock.now();
        let backoff = self.plan.config.backoff;
        self.state = match dialled {
            Ok(session) => {
                let after = now.since(since);
                tracing::info!(attempts, ?after, "the access server is back");
                self.settings = session.settings(self.settings());
                self.seen = 0;
                self.note(RemoteEvent::Reconnected { attempts, after });
                State::Up(Box::new(session))
            }
            Err(error) if backoff.is_over(attempts) => {
                tracing::warn!(%error, attempts, "the access server is given up");
                State::GivenUp(error)
            }
            Err(error) => {
                tracing::debug!(%error, attempts, "the access server is still away");
                self.down(since, attempts, now)
            }
        };
    }

    /// The connection has ended with `error`, which is to be given. Where it can be dialled, it will be.
    pub(super) fn lost(&mut self, error: io::Error) -> io::Error {
        if self.plan.dial.is_some() && self.is_up() {
            tracing::warn!(%error, "the access server has gone");
            let now = self.plan.clock.now();
            self.state = self.down(now, 0, now);
            self.note(RemoteEvent::Lost);
            // All who wait on the connection wait for the next one now.
            self.fan.wake_but(super::Side::Work);
        }
        error
    }

    fn down(&self, since: Instant, attempts: u32, now: Instant) -> State {
        let mut wake = self.plan.clock.timer();
        wake.set(Some(now + self.plan.config.backoff.before(attempts)));
        State::Down {
            since,
            attempts,
            wake,
        }
    }

    fn note(&mut self, event: RemoteEvent) {
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}

/// There is no connection now.
pub(super) fn away() -> io::Error {
    let what = "the access server is away";
    io::Error::new(io::ErrorKind::NotConnected, what)
}

/// The server has ended the connection.
pub(super) fn closed() -> io::Error {
    let what = "the access server has closed the connection";
    io::Error::new(io::ErrorKind::ConnectionReset, what)
}
