//! Modem lines, and who may stop whom.

use crate::{FlowControl, Signals};

use super::{
    config::Wiring,
    world::{Kind, World},
};

pub(super) const XON: u8 = 0x11;
pub(super) const XOFF: u8 = 0x13;

impl World {
    pub(super) fn set_signals(&mut self, id: usize, dtr: Option<bool>, rts: Option<bool>) {
        let port = &mut self.ports[id];
        port.dtr = dtr.unwrap_or(port.dtr);
        port.rts = rts.unwrap_or(port.rts);
        self.update_signals();
    }

    /// Stops or lets go the other end, as the queue of `id` demands.
    pub(super) fn throttle(&mut self, id: usize) {
        let now = self.time();
        let port = &mut self.ports[id];
        let throttle = match port.throttling {
            true => !port.rx.is_low(),
            false => port.rx.is_high(),
        };
        if throttle == port.throttling || port.settings.flow == FlowControl::None {
            return;
        }
        port.throttling = throttle;
        match port.settings.flow {
            FlowControl::Software => port.tx.control(if throttle { XOFF } else { XON }, now),
            FlowControl::Hardware => self.update_signals(),
            FlowControl::None => {}
        }
    }

    pub(super) fn update_signals(&mut self) {
        let Kind::NullModem(wiring) = self.kind else {
            return;
        };
        let mut ports = self.ports.iter();
        let outputs = [(); 2].map(|()| {
            ports.next().map_or((false, false), |port| {
                let throttled = port.settings.flow == FlowControl::Hardware && port.throttling;
                (port.dtr, port.rts && !throttled)
            })
        });
        let [a, b] = outputs;
        let inputs = match wiring {
            Wiring::Full => [b, a],
            Wiring::ThreeWire => [(false, false); 2],
            Wiring::Looped => [a, b],
        };
        for (port, ((dtr, rts), (dsr, cts))) in
            self.ports.iter_mut().zip(outputs.into_iter().zip(inputs))
        {
            let signals = Signals {
                dtr,
                rts,
                cts,
                dsr,
                dcd: dsr,
                ri: false,
            };
            port.changes += u64::from(port.inputs() != (cts, dsr));
            port.signals = signals;
        }
        self.update_holds();
    }

    pub(super) fn update_holds(&mut self) {
        let now = self.time();
        for port in self.ports.iter_mut() {
            let held = match port.settings.flow {
                // Nobody could let it go any more.
                _ if !port.alive => false,
                FlowControl::None => false,
                FlowControl::Software => port.stopped,
                FlowControl::Hardware => !port.signals.cts,
            };
            port.tx.hold(held, now);
        }
    }
}
