//! Serves what a listener accepts: so many connections at once, each in a task of its own, none for
//! longer than it is used, until a stop that lets each finish what it has begun.
//!
//! [`serve`] accepts and hands out a [`Place`] with each connection; the protocol says there when
//! the connection was used, and asks it whether to go on.

use core::{
    convert::Infallible,
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, ready},
    time::Duration,
};
use std::{io, sync::Arc};

use lineside_core::Instant;
use tokio::{sync::oneshot, task::JoinSet};

use crate::{
    Clock, Listener, Socket, Timer,
    address::{Acceptor, Address, Wire},
};

/// What a server allows its peers to use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections served at once. Default 64.
    pub connections: usize,
    /// What becomes of a further one. Default [`Full::Wait`].
    pub full: Full,
    /// How long a connection may take to finish what it has begun when the server is stopped.
    /// Default 5 s.
    pub grace: Duration,
    /// How long a connection may take to bring its next request, whole; then it is closed, so that
    /// silent peers do not hold every place for ever. Default 10 minutes; `None` for ever. Serial
    /// lines are never closed for it: there is one peer, and it may be silent for years.
    pub idle: Option<Duration>,
    /// How long to wait before accepting again after an accept failed. Default 100 ms.
    pub pause: Duration,
    /// What each connection's driver allows: bytes that wait either way, a peer that takes none.
    pub driver: crate::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            full: Full::default(),
            grace: Duration::from_secs(5),
            idle: Some(Duration::from_secs(600)),
            pause: Duration::from_millis(100),
            driver: crate::Limits::default(),
        }
    }
}

/// What becomes of a connection that comes when every place is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Full {
    /// It waits to be accepted until another ends.
    #[default]
    Wait,
    /// The one that has been unused for longest is closed for it, once it has finished what it has
    /// begun (as the guide of Modbus on TCP/IP advises).
    CloseUnused,
}

/// Serves every connection of `listener` with the future that `each` makes for it, until `stop` is
/// ready. Then accepts no more, ends every [`Place`], waits for their futures for at most
/// [`Limits::grace`], and ends.
///
/// Dropping the future ends all connections at once. Either way no task is left. A future that
/// panics ends its own connection alone.
pub async fn serve<L, T>(
    mut listener: L,
    limits: &Limits,
    clock: &Clock,
    each: impl FnMut(L::Stream, Place) -> T,
    stop: impl Future<Output = ()>,
) where
    L: Listener,
    T: Future<Output = ()> + Send + 'static,
{
    let mut house = House {
        limits,
        clock,
        seats: Vec::new(),
        connections: JoinSet::new(),
    };
    {
        let mut accepting = pin!(house.accept(&mut listener, each));
        let mut stop = pin!(stop);
        poll_fn(|cx| match stop.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => accepting.as_mut().poll(cx).map(|never| match never {}),
        })
        .await;
    }
    drop(listener);
    house.empty().await;
}

/// The places of one server, and who sits there.
struct House<'a> {
    limits: &'a Limits,
    clock: &'a Clock,
    seats: Vec<Seat>,
    connections: JoinSet<()>,
}

/// The server's end of a [`Place`]; dropping it ends the place.
struct Seat {
    used: Arc<AtomicU64>,
    hold: oneshot::Sender<Infallible>,
}

impl House<'_> {
    async fn accept<L, T>(
        &mut self,
        listener: &mut L,
        mut each: impl FnMut(L::Stream, Place) -> T,
    ) -> Infallible
    where
        L: Listener,
        T: Future<Output = ()> + Send + 'static,
    {
        loop {
            if self.limits.full == Full::Wait {
                self.until_there_is_room().await;
            }
            match listener.accept().await {
                Ok(stream) => {
                    if self.is_full() {
                        self.close_the_unused();
                    }
                    self.until_there_is_room().await;
                    let place = self.place();
                    self.connections.spawn(each(stream, place));
                }
                // Too many open files, a connection that was reset before it was accepted: it passes.
                Err(_) => self.clock.sleep(self.limits.pause).await,
            }
        }
    }

    fn is_full(&mut self) -> bool {
        while self.connections.try_join_next().is_some() {}
        self.connections.len() >= self.limits.connections.max(1)
    }

    async fn until_there_is_room(&mut self) {
        while self.is_full() {
            self.connections.join_next().await;
        }
    }

    fn close_the_unused(&mut self) {
        self.seats.retain(|seat| !seat.hold.is_closed());
        let since = |seat: &Seat| seat.used.load(Ordering::Relaxed);
        let all = self.seats.iter().enumerate();
        let oldest = all.min_by_key(|(_, seat)| since(seat)).map(|(at, _)| at);
        if let Some(at) = oldest {
            self.seats.swap_remove(at);
        }
    }

    fn place(&mut self) -> Place {
        let (hold, held) = oneshot::channel();
        let now = self.clock.now();
        let used = Arc::new(AtomicU64::new(now.as_nanos()));
        self.seats.retain(|seat| !seat.hold.is_closed());
        self.seats.push(Seat {
            used: used.clone(),
            hold,
        });
        Place {
            used,
            held,
            idle: self.limits.idle,
            wake: self.clock.timer(),
            until: None,
        }
    }

    /// Ends every place, and waits for their connections as long as the grace lasts.
    async fn empty(mut self) {
        self.seats.clear();
        let connections = &mut self.connections;
        let finished = async { while connections.join_next().await.is_some() {} };
        let in_time = self.clock.timeout(self.limits.grace, finished).await;
        if in_time.is_err() {
            self.connections.shutdown().await;
        }
    }
}

/// A connection's right to be served. It ends when the server is stopped, when the connection was
/// not used for [`Limits::idle`], or when its place is needed ([`Full::CloseUnused`]); a connection
/// asks while it waits for its peer, never in the middle of an answer.
#[derive(Debug)]
pub struct Place {
    used: Arc<AtomicU64>,
    held: oneshot::Receiver<Infallible>,
    idle: Option<Duration>,
    wake: Timer,
    /// What `wake` is set to.
    until: Option<Instant>,
}

impl Place {
    /// The same with another limit on idling.
    #[must_use]
    pub const fn idle(mut self, idle: Option<Duration>) -> Self {
        self.idle = idle;
        self
    }

    /// The connection was used until `at`: it brought a whole request, or was given the answer.
    pub fn used(&self, at: Instant) {
        self.used.store(at.as_nanos(), Ordering::Relaxed);
    }

    /// Ready once the server is stopped or the place is needed. For a connection that has requests
    /// in hand: it takes no more.
    pub fn poll_stop(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.held).poll(cx).map(drop)
    }

    /// Ready once the connection was not used for too long. For a connection that only waits.
    pub fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(idle) = self.idle else {
            return Poll::Pending;
        };
        // The timer is set again only when it rings: a busy connection pays nothing for it.
        let mut until = self.until.unwrap_or_else(|| self.last_used() + idle);
        loop {
            self.until = Some(until);
            self.wake.set(self.until);
            ready!(self.wake.poll(cx));
            let later = self.last_used() + idle;
            if later <= until {
                return Poll::Ready(());
            }
            until = later;
        }
    }

    /// What `next` gives, or `None` when the place ends first. The time until then is idle.
    pub async fn unless_over<T>(&mut self, next: impl Future<Output = T>) -> Option<T> {
        let mut next = pin!(next);
        poll_fn(|cx| {
            if self.poll_stop(cx).is_ready() {
                return Poll::Ready(None);
            }
            match next.as_mut().poll(cx) {
                Poll::Ready(next) => Poll::Ready(Some(next)),
                Poll::Pending => self.poll_idle(cx).map(|()| None),
            }
        })
        .await
    }

    fn last_used(&self) -> Instant {
        Instant::from_nanos(self.used.load(Ordering::Relaxed))
    }
}

/// A listener that hears only peers on an access list (as the guide of Modbus on TCP/IP advises): a connection
/// from any other is closed as soon as it is accepted.
#[derive(Clone, Copy, Debug)]
pub struct Admitting<L, F> {
    listener: L,
    admits: F,
}

impl<L, F> Admitting<L, F>
where
    L: Listener<Stream: Socket<Addr = L::Addr>>,
    F: FnMut(&L::Addr) -> bool + Send + 'static,
{
    /// `listener`, for the peers whose address `admits` admits.
    pub const fn new(listener: L, admits: F) -> Self {
        Self { listener, admits }
    }
}

impl<L, F> Listener for Admitting<L, F>
where
    L: Listener<Stream: Socket<Addr = L::Addr>>,
    F: FnMut(&L::Addr) -> bool + Send + 'static,
{
    type Addr = L::Addr;
    type Stream = L::Stream;

    fn local_addr(&self) -> io::Result<L::Addr> {
        self.listener.local_addr()
    }

    async fn accept(&mut self) -> io::Result<L::Stream> {
        loop {
            let stream = self.listener.accept().await?;
            // A peer whose address cannot be told has gone already.
            if stream.peer_addr().is_ok_and(|peer| (self.admits)(&peer)) {
                return Ok(stream);
            }
        }
    }
}

/// What [`Schemes::listen`](crate::address::Schemes::listen) gives, as a listener of wires.
pub struct Wires(pub Box<dyn Acceptor>);

impl Listener for Wires {
    type Addr = Address;
    type Stream = Wire;

    fn local_addr(&self) -> io::Result<Address> {
        Ok(self.0.local())
    }

    async fn accept(&mut self) -> io::Result<Wire> {
        Ok(self.0.accept().await?.wire)
    }
}

impl fmt::Debug for Wires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wires").field(&self.0.local()).finish()
    }
}
