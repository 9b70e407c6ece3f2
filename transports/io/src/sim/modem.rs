//! A null modem and an RS-485 bus with simulated UARTs.
//!
//! Characters take their bit times at the sender's settings, exact to a nanosecond, and a receiver
//! makes of them what its own settings make of them: data, parity errors, framing errors, breaks.
//! Between ends that agree a character costs a few additions; bits are looked at only where the
//! settings differ, or where noise, a break or a collision disturbs the wire. Nothing runs by
//! itself, so no task or thread outlives a line.
//!
//! ```
//! use lineside_io::{Settings, sim::{NullModem, NullModemConfig, run}};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! run(|clock| async move {
//!     let (mut a, mut b) = NullModem::pair(&clock, NullModemConfig::new(Settings::default()));
//!     a.write_all(b"7").await.unwrap();
//!     let mut byte = [0];
//!     b.read_exact(&mut byte).await.unwrap();
//!     // Ten bits at 9600 baud, rounded up to a nanosecond.
//!     assert_eq!(clock.now().as_nanos(), 1_041_667);
//! });
//! ```

mod config;
mod control;
mod events;
mod frame;
mod line;
mod noise;
mod port;
mod receiver;
mod sampler;
mod tap;
mod transmitter;
mod wave;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Clock, Settings};

pub use config::{
    BusConfig, Contention, Delivery, EndConfig, Gap, Idle, Noise, NullModemConfig, StationConfig,
    TurnOff, Wiring,
};
pub use line::SimLine;
pub use tap::{Heard, Tap};

use world::{Kind, World};

/// Two lines, crossed.
#[derive(Debug)]
pub struct NullModem(());

impl NullModem {
    /// Both ends, open, with DTR and RTS on.
    #[must_use]
    pub fn pair(clock: &Clock, config: NullModemConfig) -> (SimLine, SimLine) {
        let mut world = World::new(Kind::NullModem(config.wiring), clock.now().as_nanos());
        let (a, b) = (world.add_end(&config.a), world.add_end(&config.b));
        world.open = false;
        let world = Arc::new(Mutex::new(world));
        let b = SimLine::new(Arc::clone(&world), clock.clone(), b);
        (SimLine::new(world, clock.clone(), a), b)
    }
}

/// An RS-485 pair that several stations share. Its lines have no modem lines; a station's driver is
/// on while it has something to send.
///
/// A reader sees the end of the stream when the bus and all other stations are dropped.
#[derive(Debug)]
pub struct Bus {
    world: Arc<Mutex<World>>,
    clock: Clock,
}

impl Bus {
    /// A pair without stations.
    #[must_use]
    pub fn new(clock: &Clock, config: BusConfig) -> Self {
        let world = World::new(Kind::Bus(config), clock.now().as_nanos());
        Self {
            world: Arc::new(Mutex::new(world)),
            clock: clock.clone(),
        }
    }

    /// A new station with these settings, which does not hear itself.
    #[must_use]
    pub fn station(&self, settings: Settings) -> SimLine {
        self.station_with(&StationConfig::new(settings))
    }

    /// A new station. It takes the number of one that has left, if there is any.
    #[must_use]
    pub fn station_with(&self, config: &StationConfig) -> SimLine {
        let id = self.now().add_station(config);
        SimLine::new(Arc::clone(&self.world), self.clock.clone(), id)
    }

    /// Records the characters that the stations send, at most `limit` until they are taken.
    #[must_use]
    pub fn tap(&self, limit: usize) -> Tap {
        Tap::new(Arc::clone(&self.world), self.clock.clone(), limit, false)
    }

    /// Records characters and every change of level.
    #[must_use]
    pub fn tap_levels(&self, limit: usize) -> Tap {
        Tap::new(Arc::clone(&self.world), self.clock.clone(), limit, true)
    }

    fn now(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(self.clock.now().as_nanos());
        world
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let mut world = self.now();
        world.open = false;
        world.wake_all();
    }
}
