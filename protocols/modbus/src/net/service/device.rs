//! What answers at once: handlers, alone, by unit, and shared.

use core::convert::Infallible;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Service;
use crate::{
    Functions, Handler, answer,
    wire::{Exception, Pdu, Unit},
};

/// Answers requests without waiting for anything: every [`Handler`], [`Stations`] of them, and
/// either [`Shared`]. Every device is a [`Service`].
pub trait Device {
    /// Answers `request`, which was sent to `unit`; [`Pdu::EMPTY`] is no answer.
    fn answer(&mut self, unit: Unit, request: &Pdu) -> Pdu;

    /// The functions that it has at all.
    fn served(&self) -> Functions;
}

/// Whoever is asked, it is this one.
impl<H: Handler> Device for H {
    #[inline]
    fn answer(&mut self, _: Unit, request: &Pdu) -> Pdu {
        let answered = Pdu::write(|room| Ok::<_, Infallible>(answer(self, request, room)));
        answered.unwrap_or_default()
    }

    fn served(&self) -> Functions {
        self.functions()
    }
}

impl<D: Device + Send> Service for D {
    #[inline]
    async fn call(&mut self, unit: Unit, request: &Pdu) -> Result<Pdu, Exception> {
        Ok(self.answer(unit, request))
    }

    fn served(&self) -> Functions {
        Device::served(self)
    }
}

/// Several units on one wire, each a handler of its own. A broadcast reaches all of them, and is not
/// answered; a unit that there is not is answered with exception 0A.
///
/// The server must be told of them too: on a serial line it is silent for any other.
///
/// ```
/// # use lineside_modbus::{Bank, ServerConfig, net::Stations, wire::Unit};
/// let stations = Stations::new().with(Unit::new(1), Bank::new()).with(Unit::new(2), Bank::new());
/// let config = ServerConfig::default().units(stations.units().collect());
/// # assert!(config.units.contains(Unit::new(2)));
/// ```
#[derive(Clone, Debug)]
pub struct Stations<H>(BTreeMap<Unit, H>);

impl<H> Default for Stations<H> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<H> Stations<H> {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a unit, in place of an older one of that address.
    #[must_use]
    pub fn with(mut self, unit: Unit, handler: H) -> Self {
        self.0.insert(unit, handler);
        self
    }

    /// The unit of this address.
    pub fn get_mut(&mut self, unit: Unit) -> Option<&mut H> {
        self.0.get_mut(&unit)
    }

    /// The addresses that there are, in order.
    pub fn units(&self) -> impl Iterator<Item = Unit> {
        self.0.keys().copied()
    }
}

impl<H: Handler> Device for Stations<H> {
    fn answer(&mut self, unit: Unit, request: &Pdu) -> Pdu {
        if let Some(station) = self.0.get_mut(&unit) {
            return station.answer(unit, request);
        }
        if !unit.is_broadcast() {
            return Pdu::exception(request.function(), Exception::GATEWAY_PATH_UNAVAILABLE);
        }
        for station in self.0.values_mut() {
            station.answer(unit, request);
        }
        Pdu::EMPTY
    }

    /// What any of them has.
    fn served(&self) -> Functions {
        let all = self.0.values().map(Handler::functions);
        all.fold(Functions::NONE, Functions::union)
    }
}

/// A device that several connections share, and the program that it is part of. Clones are the same
/// device; one request is answered at a time.
#[derive(Debug, Default)]
pub struct Shared<D>(Arc<Mutex<D>>);

impl<D> Shared<D> {
    /// This device, to be shared.
    pub fn new(device: D) -> Self {
        Self(Arc::new(Mutex::new(device)))
    }

    /// The device, for the program. Requests wait meanwhile: do not hold it across an await.
    ///
    /// A handler that panicked leaves the device as it was then.
    pub fn lock(&self) -> MutexGuard<'_, D> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D> Clone for Shared<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Device> Device for Shared<D> {
    fn answer(&mut self, unit: Unit, request: &Pdu) -> Pdu {
        self.lock().answer(unit, request)
    }

    fn served(&self) -> Functions {
        self.lock().served()
    }
}
