//! A gateway: requests come in from clients and go out to buses, by unit.
//!
//! What a unit answers, exceptions included, goes back as it is. A unit without a bus, or whose bus is
//! gone, is answered with exception 0A, one that does not answer with 0B, and when a bus has no room for another
//! request, one is answered with 06 (T13): the last of the client that has the most waiting there,
//! or the new one. Each bus sends one request after the other, whoever asks.
//! When a client goes away, its requests are taken out of the queues.

use core::{
    fmt,
    future::{Future, poll_fn},
    iter::zip,
    ops::RangeInclusive,
    pin::Pin,
    task::Poll,
};
use std::sync::Arc;

use crate::{
    Diagnostics, ServerConfig, Units,
    net::Service,
    wire::{Exception, Pdu, Request, Unit},
};

/// Somebody who asks units: a bus behind a gateway. Cheap to clone.
pub trait Ask: Clone + Send + Sync + 'static {
    /// Asks `unit`, or with [`Unit::BROADCAST`] tells every unit, whose answer is [`Pdu::EMPTY`].
    /// Dropping the future takes the request back unless it is on the wire.
    ///
    /// # Errors
    /// The unit's exception; [`GATEWAY_TARGET_FAILED`](Exception::GATEWAY_TARGET_FAILED) when it did
    /// not answer; [`SERVER_DEVICE_BUSY`](Exception::SERVER_DEVICE_BUSY) when too many requests wait.
    fn ask(&self, unit: Unit, request: &Pdu)
    -> impl Future<Output = Result<Pdu, Exception>> + Send;
}

/// Which units are on which bus.
#[derive(Clone, Debug)]
pub struct Routes<A> {
    buses: Vec<A>,
    /// By the unit that clients name.
    routes: [Option<Route>; 256],
    answers_broadcasts: bool,
}

#[derive(Clone, Copy, Debug)]
struct Route {
    bus: usize,
    unit: Unit,
}

/// A bus of some [`Routes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusId(usize);

/// A route that cannot be: a serial line has units 1 to 247 (Serial line 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unit {asked} would be unit {there} of its bus: a serial line has units 1 to 247")]
pub struct NoSuchUnit {
    /// The unit that clients would name.
    pub asked: u8,
    /// The unit that it would be.
    pub there: u16,
}

impl<A> Default for Routes<A> {
    fn default() -> Self {
        Self {
            buses: Vec::new(),
            routes: [None; 256],
            answers_broadcasts: false,
        }
    }
}

impl<A: Ask> Routes<A> {
    /// No bus, no unit.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a bus. Broadcasts go to it; its units have to be named.
    pub fn bus(&mut self, bus: A) -> BusId {
        self.buses.push(bus);
        BusId(self.buses.len() - 1)
    }

    /// These units are on `bus`, under the same addresses there. A later route replaces an earlier
    /// one.
    ///
    /// # Errors
    /// One of them cannot be on a serial line; none is routed.
    pub fn units(&mut self, units: RangeInclusive<u8>, bus: BusId) -> Result<(), NoSuchUnit> {
        let first = *units.start();
        self.renumbered(units, bus, first)
    }

    /// These units are on `bus`, where the first of them is unit `first` and so on.
    ///
    /// # Errors
    /// One of them cannot be on a serial line; none is routed.
    pub fn renumbered(
        &mut self,
        units: RangeInclusive<u8>,
        bus: BusId,
        first: u8,
    ) -> Result<(), NoSuchUnit> {
        let pairs = || zip(units.clone(), u16::from(first)..);
        if let Some((asked, there)) = pairs().find(|(_, there)| !(1..=247).contains(there)) {
            return Err(NoSuchUnit { asked, there });
        }
        for (asked, there) in pairs() {
            if let Some(route) = self.routes.get_mut(usize::from(asked)) {
                let unit = Unit::new(u8::try_from(there).unwrap_or(u8::MAX));
                *route = Some(Route { bus: bus.0, unit });
            }
        }
        Ok(())
    }

    /// The same, answering a broadcast as one unit would that did it, once every bus has sent it.
    /// Default: nothing is answered, as on a serial line (Serial line 2.1), and a TCP client that
    /// waits for an answer waits in vain.
    #[must_use]
    pub const fn answering_broadcasts(mut self) -> Self {
        self.answers_broadcasts = true;
        self
    }
}

/// A [`Service`] that forwards each request to the bus of its unit, and broadcasts to every bus.
///
/// Give each connection a clone: each is a caller of its own to the buses, so that a client that asks
/// much does not keep another from asking.
#[derive(Debug)]
pub struct Gateway<A> {
    routes: Arc<Routes<A>>,
    /// Our handles of the routes' buses.
    buses: Arc<[A]>,
}

impl<A: Ask> Gateway<A> {
    /// A gateway with these routes.
    #[must_use]
    pub fn new(routes: Routes<A>) -> Self {
        Self {
            buses: routes.buses.clone().into(),
            routes: Arc::new(routes),
        }
    }

    /// `config` for a server before this gateway: every unit is this gateway's to answer for, unit
    /// 0 is everyone, and diagnostics go to the unit that they are for.
    #[must_use]
    pub fn config(&self, config: ServerConfig) -> ServerConfig {
        let config = config.units(Units::ALL).diagnostics(Diagnostics::Pass);
        config.broadcasts_over_tcp(!self.routes.answers_broadcasts)
    }

    fn route(&self, unit: Unit) -> Option<(&A, Unit)> {
        let route = self.routes.routes.get(usize::from(unit.get()))?;
        let route = route.as_ref()?;
        Some((self.buses.get(route.bus)?, route.unit))
    }

    async fn broadcast(&self, request: &Pdu) -> Result<Pdu, Exception> {
        // Nobody answers a broadcast, so what needs an answer is not sent (S05, M07).
        let asked = Request::parse(request)?;
        if !asked.is_broadcast() {
            return Err(Exception::GATEWAY_TARGET_FAILED);
        }
        let tell = |bus: &A| {
            let bus = bus.clone();
            async move {
                // Whether a bus had room for it, nobody can be told.
                let _ = bus.ask(Unit::BROADCAST, request).await;
            }
        };
        all(self.buses.iter().map(tell).map(Box::pin).collect()).await;
        Ok(if self.routes.answers_broadcasts {
            Request::echo(request)
                .and_then(Pdu::new)
                .unwrap_or_default()
        } else {
            Pdu::EMPTY
        })
    }
}

/// Another caller.
impl<A: Ask> Clone for Gateway<A> {
    fn clone(&self) -> Self {
        Self {
            routes: self.routes.clone(),
            buses: self.buses.iter().cloned().collect(),
        }
    }
}

impl<A: Ask> Service for Gateway<A> {
    async fn call(&mut self, unit: Unit, request: &Pdu) -> Result<Pdu, Exception> {
        if unit.is_broadcast() {
            return self.broadcast(request).await;
        }
        let (bus, there) = self
            .route(unit)
            .ok_or(Exception::GATEWAY_PATH_UNAVAILABLE)?;
        bus.ask(there, request).await
    }

    /// The same caller.
    fn another(&self) -> Option<Self> {
        Some(Self {
            routes: self.routes.clone(),
            buses: self.buses.clone(),
        })
    }
}

/// Runs all of them to their ends.
async fn all<F: Future<Output = ()>>(mut futures: Vec<Pin<Box<F>>>) {
    poll_fn(|cx| {
        futures.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if futures.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

impl fmt::Display for BusId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bus {}", self.0)
    }
}

#[cfg(test)]
mod tests;
