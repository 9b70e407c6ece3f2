//! The ports of a world: one for each end of a null modem, and for each station of a bus.

use core::{
    ops::{Index, IndexMut},
    task::Waker,
};

use crate::{Settings, Signals};

use super::{
    config::{EndConfig, TurnOff},
    receiver::Receiver,
    transmitter::Transmitter,
};

/// One end of a null modem, or a station of a bus.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) settings: Settings,
    pub(super) tx: Transmitter,
    pub(super) rx: Receiver,
    /// The wires that it drives and listens to.
    pub(super) drives: usize,
    pub(super) hears: usize,
    pub(super) echo: bool,
    pub(super) alive: bool,
    /// It has stopped the other end.
    pub(super) throttling: bool,
    /// The other end's XOFF.
    pub(super) stopped: bool,
    /// What its user last set; RTS may be lower.
    pub(super) dtr: bool,
    pub(super) rts: bool,
    pub(super) signals: Signals,
    /// How often an input has changed.
    pub(super) changes: u64,
    pub(super) wakers: [Option<Waker>; 4],
}

/// The ports; what is made by [`World::add`] stays valid.
#[derive(Debug, Default)]
pub(super) struct Ports(Vec<Port>);

#[expect(
    clippy::indexing_slicing,
    reason = "ports are never removed, only reused"
)]
impl Index<usize> for Ports {
    type Output = Port;
    fn index(&self, id: usize) -> &Port {
        &self.0[id]
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "ports are never removed, only reused"
)]
impl IndexMut<usize> for Ports {
    fn index_mut(&mut self, id: usize) -> &mut Port {
        &mut self.0[id]
    }
}

impl Ports {
    pub(super) fn iter(&self) -> core::slice::Iter<'_, Port> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> core::slice::IterMut<'_, Port> {
        self.0.iter_mut()
    }

    pub(super) fn push(&mut self, port: Port) {
        self.0.push(port);
    }

    pub(super) const fn count(&self) -> usize {
        self.0.len()
    }
}

impl Port {
    pub(super) fn new(config: &EndConfig, turn_off: TurnOff, now: u64) -> Self {
        Self {
            settings: config.settings,
            tx: Transmitter::new(config, turn_off, now),
            rx: Receiver::new(config, now),
            drives: 0,
            hears: 0,
            echo: false,
            alive: true,
            throttling: false,
            stopped: false,
            dtr: true,
            rts: true,
            signals: Signals::default(),
            changes: 0,
            wakers: [const { None }; 4],
        }
    }

    pub(super) const fn inputs(&self) -> (bool, bool) {
        (self.signals.cts, self.signals.dsr)
    }
}
