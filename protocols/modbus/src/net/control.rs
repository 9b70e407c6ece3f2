//! What a program tells its units while they are served.

use core::sync::atomic::{AtomicU64, Ordering};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{server::Command, wire::Unit};

/// A handle to the units of a [`Server`](super::Server), from
/// [`Server::control`](super::Server::control): what Diagnostics and the communication event counter
/// and log tell a client of the device itself. Clones are the same handle, for any thread.
///
/// What is told holds for every wire that the server and its clones serve, now and later, from
/// the next request on; of several things the last. Nothing is sent for it, and nothing waits.
///
/// A unit is whom clients address. On TCP one device may be addressed by its number, as 255 and as
/// 0, and keeps a register for each; where diagnostics are
/// [passed](crate::Diagnostics::Pass) the application answers, and nothing told here is seen.
///
/// ```
/// use lineside_io::{Settings, sim::{Bus, BusConfig}};
/// use lineside_modbus::{Bank, ClientConfig, Framing, net::{Calls, Client, Server}, wire::{SubFunction, Unit}};
///
/// lineside_io::sim::run(|clock| async move {
///     let pair = Bus::new(&clock, BusConfig::default());
///     let [a, b] = [(); 2].map(|()| pair.station(Settings::default()));
///     let server = Server::new(Framing::Rtu).clock(clock.clone());
///     let (mut slave, control) = (server.on_line(a), server.control());
///     tokio::spawn(async move { slave.run(&mut Bank::new()).await });
///     let mut master = Client::on_line(Framing::Rtu, ClientConfig::default(), b, clock);
///
///     // A fan has failed, and a long command has begun.
///     control.set_diagnostic_register(Unit::new(1), 0x0004);
///     control.set_processing(Unit::new(1), true);
///     let register = SubFunction::RETURN_DIAGNOSTIC_REGISTER;
///     let mut unit = master.unit(1);
///     assert_eq!(unit.diagnostics(register, 0).await.unwrap(), 0x0004);
///     assert_eq!(unit.get_comm_event_counter().await.unwrap().0, 0xFFFF);
/// });
/// ```
#[derive(Clone, Debug)]
pub struct Control(Arc<Board>);

#[derive(Debug, Default)]
struct Board {
    /// How often something was told.
    told: AtomicU64,
    units: Mutex<BTreeMap<Unit, Told>>,
}

/// What was told of a unit last, each with its place in the order of all that was told.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    register: Option<(u64, u16)>,
    is_processing: Option<(u64, bool)>,
}

impl Control {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Sets the diagnostic register of `unit` (Application protocol 6.8.1, sub-function 2), whose
    /// bits are the device's own.
    ///
    /// It holds until the next, or until a client clears it (sub-function 0A): on TCP on its own
    /// connection only, as each counts for itself.
    pub fn set_diagnostic_register(&self, unit: Unit, value: u16) {
        self.tell(unit, |told, at| told.register = Some((at, value)));
    }

    /// Says whether `unit` is still processing a program command: the status word of the
    /// communication event counter and log (Application protocol 6.9, 6.10). At first none is.
    pub fn set_processing(&self, unit: Unit, is_processing: bool) {
        self.tell(unit, |told, at| {
            told.is_processing = Some((at, is_processing));
        });
    }

    fn tell(&self, unit: Unit, what: impl FnOnce(&mut Told, u64)) {
        let mut units = self.units();
        let at = self.0.told.load(Ordering::Relaxed) + 1;
        what(units.entry(unit).or_default(), at);
        self.0.told.store(at, Ordering::Release);
    }

    fn units(&self) -> MutexGuard<'_, BTreeMap<Unit, Told>> {
        self.0.units.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For a wire whose machine has not been told anything yet.
    pub(super) fn listener(&self) -> Listener {
        Listener {
            control: self.clone(),
            heard: 0,
        }
    }
}

/// One wire's end of a [`Control`].
///
/// It is asked before the machine hears anything, and wakes nobody: what a unit is told matters to
/// the next request, and not before.
#[derive(Debug)]
pub(super) struct Listener {
    control: Control,
    /// So much of what was told the machine knows.
    heard: u64,
}

impl Listener {
    /// Passes on what is new.
    #[inline]
    pub(super) fn listen(&mut self, pass: impl FnMut(Command)) {
        if self.control.0.told.load(Ordering::Acquire) != self.heard {
            self.catch_up(pass);
        }
    }

    #[cold]
    fn catch_up(&mut self, mut pass: impl FnMut(Command)) {
        let heard = self.heard;
        let units = self.control.units();
        for (&unit, told) in units.iter() {
            if let Some((_, value)) = told.register.filter(|(at, _)| *at > heard) {
                pass(Command::DiagnosticRegister { unit, value });
            }
            if let Some((_, busy)) = told.is_processing.filter(|(at, _)| *at > heard) {
                pass(Command::Processing { unit, busy });
            }
        }
        self.heard = self.control.0.told.load(Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(listener: &mut Listener) -> Vec<Command> {
        let mut news = Vec::new();
        listener.listen(|command| news.push(command));
        news
    }

    #[test]
    fn every_wire_hears_what_is_new_once_and_a_later_one_all_that_holds() {
        let control = Control::new();
        let mut early = control.listener();
        assert_eq!(news(&mut early), []);
        let [one, two] = [1, 2].map(Unit::new);
        control.set_diagnostic_register(one, 5);
        control.clone().set_diagnostic_register(one, 6);
        control.set_processing(two, true);
        let register = |unit, value| Command::DiagnosticRegister { unit, value };
        let busy = |unit, busy| Command::Processing { unit, busy };
        assert_eq!(news(&mut early), [register(one, 6), busy(two, true)]);
        control.set_diagnostic_register(two, 7);
        assert_eq!(news(&mut early), [register(two, 7)]);
        assert_eq!(news(&mut early), []);
        assert_eq!(
            news(&mut control.listener()),
            [register(one, 6), register(two, 7), busy(two, true)]
        );
    }
}
