//! Everything that shares a wire, and the events that move it on.
//!
//! Nothing runs here by itself: whoever looks, first brings the world up to his time, event by event
//! and in order, so it does not matter who looks or how often. An event is the start or the end of
//! a character, or a moment at which a receiver that samples bit by bit may have one complete.
//! A receiver that has the sender's settings on an undisturbed wire does not sample: the character
//! is simply there at the end of its stop bits.

use core::task::Waker;

use tokio::io::ReadBuf;

use crate::{FlowControl, Queue, Settings};

use super::{
    config::{BusConfig, EndConfig, Idle, StationConfig, TurnOff, Wiring},
    frame::Frame,
    port::{Port, Ports},
    tap::Recorder,
    wave::Garbage,
};

/// All that shares a wire, or the two wires of a null modem.
#[derive(Debug)]
pub(super) struct World {
    pub(super) ports: Ports,
    pub(super) kind: Kind,
    pub(super) recorders: Vec<Recorder>,
    /// What floats on the pair after the last driver let go.
    pub(super) garbage: Option<Garbage>,
    /// More ports can still join.
    pub(super) open: bool,
    pub(super) now: u64,
    /// No receiver samples: the ends that use a wire agree, and nothing disturbs it.
    pub(super) calm: bool,
    /// All ends have the same frame.
    pub(super) agreed: bool,
    /// Some end can stop another.
    flow: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    NullModem(Wiring),
    Bus(BusConfig),
}

impl World {
    pub(super) fn new(kind: Kind, now: u64) -> Self {
        Self {
            ports: Ports::default(),
            kind,
            recorders: Vec::new(),
            garbage: None,
            open: true,
            now,
            calm: true,
            agreed: true,
            flow: false,
        }
    }

    /// A null modem's next end: the first drives wire 0, the second wire 1.
    pub(super) fn add_end(&mut self, config: &EndConfig) -> usize {
        let id = self.ports.count();
        let port = Port::new(config, TurnOff::OnTime, self.now);
        self.ports.push(Port {
            drives: id,
            hears: 1 - id.min(1),
            ..port
        });
        self.look_afresh(id);
        self.update_signals();
        id
    }

    /// A bus's next station.
    pub(super) fn add_station(&mut self, config: &StationConfig) -> usize {
        let mut port = Port::new(&config.end, config.turn_off, self.now);
        port.echo = config.echo;
        let free = |port: &Port| !port.alive && !port.tx.drives_after(self.now);
        let free = self.ports.iter().position(free);
        let id = free.unwrap_or(self.ports.count());
        match free {
            Some(id) => self.ports[id] = port,
            None => self.ports.push(port),
        }
        self.look_afresh(id);
        id
    }

    pub(super) const fn is_bus(&self) -> bool {
        matches!(self.kind, Kind::Bus(_))
    }

    /// Brings the world up to `now`.
    pub(super) fn advance(&mut self, now: u64) {
        while let Some(at) = self.next_event().filter(|at| *at <= now) {
            self.step(at);
        }
        self.now = self.now.max(now);
        for port in self.ports.iter_mut() {
            port.rx.release(now);
        }
    }

    /// Up to when it was brought, in nanoseconds.
    pub(super) const fn time(&self) -> u64 {
        self.now
    }

    /// When something happens next.
    pub(super) fn next_event(&self) -> Option<u64> {
        let senders = self.ports.iter().filter_map(|port| port.tx.next_event());
        let first = senders.min();
        if self.calm {
            return first;
        }
        let receivers = (0..self.ports.count()).filter_map(|id| self.next_sample(id));
        let garbage = self.garbage.map(|garbage| garbage.end());
        first.into_iter().chain(receivers).chain(garbage).min()
    }

    /// When `id` may have something new to read.
    pub(super) fn readable_at(&self, id: usize) -> Option<u64> {
        let port = &self.ports[id];
        if !self.is_simple() {
            let late = port.rx.release_at(|_| None);
            return self.next_event().into_iter().chain(late).min();
        }
        // With several senders, any of them may be the next.
        let senders = || {
            self.ports
                .iter()
                .filter(|sender| sender.drives == port.hears)
        };
        port.rx.release_at(|count| match count {
            0 => Some(self.now),
            1 => senders().filter_map(|sender| sender.tx.next_end()).min(),
            _ if self.is_bus() => senders().filter_map(|sender| sender.tx.next_end()).min(),
            _ => senders()
                .filter_map(|sender| sender.tx.nth_end(count))
                .min(),
        })
    }

    /// When `id` may have room for more to write.
    pub(super) fn writable_at(&self, id: usize) -> Option<u64> {
        match self.flow {
            true => self.next_event(),
            false => self.ports[id].tx.room_at(),
        }
    }

    /// When everything that `id` has to send may have left.
    pub(super) fn drained_at(&self, id: usize) -> Option<u64> {
        match self.flow {
            true => self.next_event(),
            false => self.ports[id].tx.drained_at(),
        }
    }

    /// When modem lines may change without anybody setting them.
    pub(super) fn signals_at(&self) -> Option<u64> {
        self.flow.then(|| self.next_event()).flatten()
    }

    /// Nobody can send to `id` any more, and nothing is on its way.
    pub(super) fn is_hung_up(&self, id: usize) -> bool {
        let quiet =
            |(other, port): (usize, &Port)| other == id || (!port.alive && port.tx.is_drained());
        !self.open
            && self.ports.iter().enumerate().all(quiet)
            && self.ports[id].rx.sampler.due().is_none()
    }

    /// The other end of a null modem is gone.
    pub(super) fn has_no_peer(&self, id: usize) -> bool {
        let other = |(other, port): (usize, &Port)| other != id && port.alive;
        !self.is_bus() && !self.open && !self.ports.iter().enumerate().any(other)
    }

    /// Everybody who waits looks again.
    pub(super) fn wake_all(&mut self) {
        let wakers = self.ports.iter_mut().flat_map(|port| &mut port.wakers);
        wakers.filter_map(Option::take).for_each(Waker::wake);
    }

    pub(super) fn configure(&mut self, id: usize, settings: Settings) {
        let port = &mut self.ports[id];
        port.settings = settings;
        port.tx.configure(Frame::of(&settings));
        port.stopped &= settings.flow == FlowControl::Software;
        port.throttling &= settings.flow != FlowControl::None;
        self.look_afresh(id);
        self.update_signals();
        self.update_holds();
    }

    /// The receiver of `id` starts with its settings, wherever in a character the wire may be.
    fn look_afresh(&mut self, id: usize) {
        let (now, wire) = (self.now, self.ports[id].hears);
        let silent = |port: &Port| port.drives != wire || port.tx.shift().is_none();
        let quiet = self.garbage.is_none() && self.ports.iter().all(silent);
        let port = &mut self.ports[id];
        let frame = Frame::of(&port.settings);
        port.rx.sampler.reset(frame, now, quiet);
        self.refresh();
    }

    pub(super) fn discard(&mut self, id: usize, queue: Queue) {
        let port = &mut self.ports[id];
        if queue != Queue::Input {
            port.tx.discard(self.now);
        }
        if queue != Queue::Output {
            port.rx.discard();
            self.throttle(id);
        }
    }

    /// The user of `id` is gone.
    pub(super) fn close(&mut self, id: usize) {
        let now = self.now;
        let port = &mut self.ports[id];
        port.alive = false;
        port.dtr = false;
        port.rts = false;
        port.tx.close(now);
        port.rx.discard();
        if !self.is_bus() {
            // The other end's output goes nowhere.
            for other in self.ports.iter_mut().filter(|other| other.alive) {
                other.tx.discard(now);
            }
        }
        self.refresh();
        self.update_signals();
    }

    /// Reads up to the next mark; the other end may go on then. `false` when there is nothing to read.
    pub(super) fn read(&mut self, id: usize, into: &mut ReadBuf<'_>) -> bool {
        if !self.ports[id].rx.read(into) {
            return false;
        }
        if self.ports[id].throttling {
            self.throttle(id);
            if !self.ports[id].throttling {
                self.advance(self.now);
                self.wake_all();
            }
        }
        true
    }

    /// Looks anew at what hardly ever changes.
    fn refresh(&mut self) {
        let frame = self.ports.iter().next().map(|port| port.tx.frame());
        let mut ports = self.ports.iter();
        self.agreed = ports.all(|port| Some(port.tx.frame()) == frame);
        let mut ports = self.ports.iter();
        self.flow = ports.any(|port| port.settings.flow != FlowControl::None);
        self.calm = self.is_calm();
    }

    /// Calm, and no feedback between the ends: the next arrivals can be told from the queues.
    fn is_simple(&self) -> bool {
        let floats = matches!(
            self.kind,
            Kind::Bus(BusConfig {
                idle: Idle::Floating { .. },
                ..
            })
        );
        self.calm && self.agreed && !self.flow && !floats
    }
}
