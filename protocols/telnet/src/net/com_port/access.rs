//! The access server: one line, any number of clients.

use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};
use std::io;

use bytes::Bytes;
use lineside_io::{
    Clock, Line, Listener, Stream,
    address::Acceptor,
    serve::{self, Limits, Place, Wires},
};
use tokio::sync::{mpsc, oneshot};

use crate::com_port::server;

mod port;
mod speaker;
mod user;
mod work;

use port::Port;
use user::Arrival;

/// How a port is shared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessConfig {
    /// What clients speak. Default [`Speaks::Telnet`].
    pub speaks: Speaks,
    /// What becomes of a client that comes while another has the port. Default [`Second::Refuse`].
    pub second: Second,
    /// What happens to the port when the last client leaves. Default: nothing.
    pub leave: Leave,
    /// What a client that is refused is told. Default `The port is in use.`
    pub refusal: Bytes,
    /// What each client is sent first. Default nothing, since data is the port's.
    pub banner: Bytes,
    /// Bytes that wait for the line before clients are told to stop (`FLOWCONTROL-SUSPEND`); at twice
    /// as many none is read from them any more. Also the bytes that wait for a client beside others
    /// before it is closed. Default 64 KiB.
    pub buffer: usize,
    /// How long the line may take nothing while a client that has suspended us (`FLOWCONTROL-SUSPEND`),
    /// or has not answered our `WILL BINARY`, is not read, since its data fills the port or a change that
    /// it asked for waits for data that the line does not take. Then it is given
    /// data all the same: what it says stands behind what the line does not take before it is read.
    /// Default 1 s.
    pub stuck: Duration,
    /// How long a change waits for the data before it to leave the line, and before that for the line to
    /// take any of it; then it is not made, nor is another before the line takes something. Default 30 s.
    /// So a client that asks for changes and leaves does not hold a line that takes nothing for ever.
    /// One that fills the port ([`buffer`](Self::buffer)) is not read, and holds it until the line takes
    /// something: [`Second::Kick`] lets another in.
    pub drain: Duration,
    /// How long the break is that `IAC BRK` asks for. Default 250 ms.
    pub pulse: Duration,
    /// How a client's end of the connection behaves.
    pub server: server::Config,
    /// How long a client of bytes alone ([`Speaks::Raw`]) may send nothing; then it is closed. One that
    /// only listens sends nothing: default `None`, and a dead one holds the port until TCP finds out.
    pub raw_idle: Option<Duration>,
    /// Connections, refused ones included, and how long they may take to end. Default as
    /// [`Limits::default`], but for [`Limits::idle`], which does not count here: a dead client that speaks
    /// Telnet is found by [`ProbeConfig`](crate::com_port::ProbeConfig), another by
    /// [`raw_idle`](Self::raw_idle).
    pub limits: Limits,
}

impl Default for AccessConfig {
    fn default() -> Self {
        Self {
            speaks: Speaks::Telnet,
            second: Second::Refuse,
            leave: Leave::default(),
            refusal: Bytes::from_static(b"The port is in use.\r\n"),
            banner: Bytes::new(),
            buffer: 64 * 1024,
            stuck: Duration::from_secs(1),
            drain: Duration::from_secs(30),
            pulse: Duration::from_millis(250),
            raw_idle: None,
            server: server::Config::default(),
            limits: Limits::default(),
        }
    }
}

impl AccessConfig {
    /// So many bytes that wait for the line, and nothing is read any more.
    const fn most(&self) -> usize {
        self.buffer.saturating_mul(2)
    }
}

/// What clients speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speaks {
    /// Telnet, with COM-PORT for those who know it.
    #[default]
    Telnet,
    /// Bytes, and nothing else.
    Raw,
}

/// What becomes of a client that comes while another has the port (R31).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Second {
    /// Both use it: each hears everything, and what they send is in the order in which it came.
    Share,
    /// It is told so, and closed.
    #[default]
    Refuse,
    /// It has the port, and the other is closed.
    Kick,
}

/// What happens to the port when the last client leaves (R30). A break always ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leave {
    /// DTR and RTS drop, and rise again with the next client, as a tty does with HUPCL. Default off:
    /// they stay as they are.
    pub hang_up: bool,
    /// The settings are again those that the port had at the beginning. Default off.
    pub restore: bool,
}

/// Shares a line on the network.
///
/// What the line receives goes to every client that has the port; while none has, it is thrown away.
/// With one client, a line that is faster than the client is not read, so that its flow control works; of
/// several, one that does not keep up is closed.
#[derive(Debug)]
pub struct AccessServer<L> {
    line: L,
    config: AccessConfig,
    clock: Clock,
}

impl<L: Line> AccessServer<L> {
    /// Shares `line` with the default configuration, on tokio's time.
    pub fn new(line: L) -> Self {
        Self {
            line,
            config: AccessConfig::default(),
            clock: Clock::tokio(),
        }
    }

    /// The same with another configuration.
    #[must_use]
    pub fn config(mut self, config: AccessConfig) -> Self {
        self.config = config;
        self
    }

    /// The same on another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Serves every connection of `listener` until `stop` is ready. Then what clients have sent still
    /// goes to the line, for at most [`Limits::grace`]; what has not gone is thrown away, and the port is left
    /// as when the last client leaves, which may take as long again on a line that is stopped.
    ///
    /// # Errors
    /// The line has gone. One that comes back by itself has not: what fails is tried again once.
    pub async fn serve<N>(self, listener: N, stop: impl Future<Output = ()>) -> io::Result<()>
    where
        N: Listener<Stream: Stream>,
    {
        let Self {
            line,
            config,
            clock,
        } = self;
        let limits = config.limits;
        let (arrive, arrivals) = mpsc::unbounded_channel();
        let mut port = Port::new(line, config, clock.clone(), arrivals);
        {
            let each = |stream, place: Place| seat(arrive.clone(), stream, place.idle(None));
            let mut serving = pin!(serve::serve(listener, &limits, &clock, each, stop));
            poll_fn(|cx| {
                if let Poll::Ready(error) = port.poll(cx) {
                    return Poll::Ready(Err(error));
                }
                serving.as_mut().poll(cx).map(Ok)
            })
            .await?;
        }
        for is_last in [false, true] {
            let rest = poll_fn(|cx| match port.poll(cx) {
                Poll::Ready(error) => Poll::Ready(Err(error)),
                Poll::Pending if port.is_idle() => Poll::Ready(Ok(())),
                Poll::Pending => Poll::Pending,
            });
            match clock.timeout(limits.grace, rest).await {
                Ok(ended) => return ended,
                Err(_) if is_last => {}
                Err(_) => port.give_up(),
            }
        }
        tracing::warn!("the line takes nothing, and is not left as it should be");
        Ok(())
    }

    /// The same for whatever comes to an address that was listened at: what
    /// [`Schemes::listen`](lineside_io::address::Schemes::listen) gives.
    ///
    /// # Errors
    /// As [`serve`](Self::serve).
    pub async fn serve_wires(
        self,
        acceptor: Box<dyn Acceptor>,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        self.serve(Wires::new(acceptor), stop).await
    }
}

/// A connection's place: hands it to the port, and tells the port when the place ends.
async fn seat<S>(arrive: mpsc::UnboundedSender<Arrival<S>>, stream: S, mut place: Place) {
    let (hold, held) = oneshot::channel();
    let (over, mut is_over) = oneshot::channel();
    // The port outlives the places.
    let _ = arrive.send(Arrival { stream, held, over });
    let mut hold = Some(hold);
    poll_fn(|cx| {
        if hold.is_some() && place.poll_stop(cx).is_ready() {
            hold = None;
        }
        Pin::new(&mut is_over).poll(cx).map(drop)
    })
    .await;
}
