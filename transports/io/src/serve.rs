//! Serves what a listener accepts: so many connections at once, each in a task of its own, none for
//! longer than it is used, until a stop that lets each finish what it has begun.
//!
//! [`serve`] accepts and hands out a [`Place`] with each connection; the protocol says there when
//! the connection was used, and asks it whether to go on.

use core::{
    convert::Infallible,
    future::{Future, poll_fn},
    net::{IpAddr, Ipv6Addr},
    pin::{Pin, pin},
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, ready},
    time::Duration,
};
use std::sync::Arc;

use lineside_core::Instant;
use tokio::{sync::oneshot, task::JoinSet};

use crate::{Clock, Listener, Timer};

mod listeners;

pub use listeners::{Admitting, Wires};

/// What a server allows its peers to use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections served at once. Default 64.
    pub connections: usize,
    /// What becomes of a further one. Default [`Full::Wait`].
    pub full: Full,
    /// Connections served at once from one host (of IPv6, from one network of 64 bits, which is what one
    /// site has at least); a further one is closed as soon as it is accepted. Default `None`, as many as
    /// there are places, since many peers may stand behind one gateway. Where a host cannot be told
    /// ([`Listener::host`]) nothing is counted.
    pub per_peer: Option<usize>,
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
            per_peer: None,
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
    host: Option<IpAddr>,
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
                    let host = listener.host(&stream).map(network);
                    if self.has_enough(host) {
                        continue;
                    }
                    if self.is_full() {
                        self.close_the_unused();
                    }
                    self.until_there_is_room().await;
                    let place = self.place(host);
                    self.connections.spawn(each(stream, place));
                }
                // Too many open files, a connection that was reset before it was accepted: it passes.
                Err(_) => self.clock.sleep(self.limits.pause).await,
            }
        }
    }

    /// Whether a host has all the places that one may have.
    fn has_enough(&self, host: Option<IpAddr>) -> bool {
        let (Some(_), Some(most)) = (host, self.limits.per_peer) else {
            return false;
        };
        let of_it = |seat: &&Seat| seat.host == host && !seat.hold.is_closed();
        self.seats.iter().filter(of_it).count() >= most
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

    fn place(&mut self, host: Option<IpAddr>) -> Place {
        let (hold, held) = oneshot::channel();
        let now = self.clock.now();
        let used = Arc::new(AtomicU64::new(now.as_nanos()));
        self.seats.retain(|seat| !seat.hold.is_closed());
        self.seats.push(Seat {
            host,
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

/// What counts as one host: an address of IPv4 however it is written, 64 bits of one of IPv6.
const fn network(host: IpAddr) -> IpAddr {
    match host.to_canonical() {
        IpAddr::V6(host) => {
            let network = host.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        host @ IpAddr::V4(_) => host,
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
        // Asked again, it says so again.
        if self.held.is_terminated() {
            return Poll::Ready(());
        }
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
