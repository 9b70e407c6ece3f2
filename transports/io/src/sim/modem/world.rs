//! Everything that shares a wire, and the events that move it on.
//!
//! Nothing runs here by itself: whoever looks, first brings the world up to his time, event by event
//! and in order, so it does not matter who looks or how often. An event is the start or the end of
//! a character, or a moment at which a receiver that samples bit by bit may have one complete.
//! A receiver that has the sender's settings on an undisturbed wire does not sample: the character
//! is simply there at the end of its stop bits.

use core::{
    ops::{Index, IndexMut},
    task::Waker,
};

use tokio::io::ReadBuf;

use crate::{FlowControl, Queue, Settings, Signals};

use super::{
    config::{BusConfig, EndConfig, Idle, StationConfig, TurnOff, Wiring},
    frame::{Frame, What},
    receiver::Receiver,
    sampler::Received,
    tap::Recorder,
    transmitter::Transmitter,
    wave::Garbage,
};

pub(super) const XON: u8 = 0x11;
pub(super) const XOFF: u8 = 0x13;

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
    now: u64,
    /// No receiver samples: the ends that use a wire agree, and nothing disturbs it.
    calm: bool,
    /// All ends have the same frame.
    agreed: bool,
    /// Some end can stop another.
    flow: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    NullModem(Wiring),
    Bus(BusConfig),
}

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
    throttling: bool,
    /// The other end's XOFF.
    stopped: bool,
    /// What its user last set; RTS may be lower.
    pub(super) dtr: bool,
    rts: bool,
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

    fn iter_mut(&mut self) -> core::slice::IterMut<'_, Port> {
        self.0.iter_mut()
    }

    const fn count(&self) -> usize {
        self.0.len()
    }
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
        self.ports.0.push(Port {
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
            None => self.ports.0.push(port),
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

    pub(super) fn set_signals(&mut self, id: usize, dtr: Option<bool>, rts: Option<bool>) {
        let port = &mut self.ports[id];
        port.dtr = dtr.unwrap_or(port.dtr);
        port.rts = rts.unwrap_or(port.rts);
        self.update_signals();
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

    /// Stops or lets go the other end, as the queue of `id` demands.
    pub(super) fn throttle(&mut self, id: usize) {
        let now = self.now;
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

    /// One event, with all that happens at the same time.
    fn step(&mut self, at: u64) {
        self.now = self.now.max(at);
        for id in 0..self.ports.count() {
            if self.ports[id].tx.next_event() != Some(at) {
                continue;
            }
            let Some(&shift) = self.ports[id].tx.shift() else {
                continue;
            };
            if shift.cut_at == Some(at) {
                self.ports[id].tx.cut();
                self.float(id, at);
            } else {
                self.end(id, at);
            }
        }
        for id in 0..self.ports.count() {
            let tx = &self.ports[id].tx;
            if tx.shift().is_none() && tx.next_event() == Some(at) {
                self.begin(id, at);
            }
        }
        if self.calm {
            return;
        }
        for id in 0..self.ports.count() {
            if self.next_sample(id).is_some_and(|due| due <= at) {
                self.listen(id, at);
            }
        }
        if self.garbage.is_some_and(|garbage| garbage.end() <= at) {
            (0..self.ports.count()).for_each(|id| self.listen(id, at));
            self.record_levels(at);
            self.garbage = None;
        }
        self.calm = self.is_calm();
    }

    fn begin(&mut self, id: usize, at: u64) {
        if self.is_bus() {
            let other = |(other, port): (usize, &Port)| other != id && port.tx.drives_after(at);
            let garbage = self.garbage.is_some_and(|garbage| garbage.end() > at);
            if garbage || self.ports.iter().enumerate().any(other) {
                (0..self.ports.count()).for_each(|id| self.listen(id, at));
                self.record_levels(at);
                self.ports[id].tx.begin();
                self.ports.iter_mut().for_each(|port| port.tx.disturb());
                self.calm = false;
                return;
            }
        }
        let tx = &mut self.ports[id].tx;
        tx.begin();
        self.calm &= self.agreed && tx.shift().is_some_and(|shift| shift.clean);
    }

    /// What `id` has on the wire ends: whoever listens has it now.
    fn end(&mut self, id: usize, at: u64) {
        let Some(&shift) = self.ports[id].tx.shift() else {
            return;
        };
        let wire = self.ports[id].drives;
        for ear in 0..self.ports.count() {
            let port = &mut self.ports[ear];
            if port.hears != wire || !port.alive {
                continue;
            }
            let sampler = &mut port.rx.sampler;
            let simple = shift.clean && sampler.is_idle() && sampler.at() <= shift.start;
            match shift.what {
                What::Character(_) if simple && ear == id && !port.echo => sampler.skip_to(at),
                What::Character(byte) if simple && sampler.frame() == shift.frame => {
                    sampler.skip_to(at);
                    let byte = shift.frame.masked(byte);
                    self.deliver(ear, Received::Byte(byte), at);
                }
                _ => self.listen(ear, at),
            }
        }
        if !self.recorders.is_empty() {
            self.record_levels(at);
            self.record(id, &shift);
        }
        self.ports[id].tx.finish();
        if shift.driven_end == shift.end {
            self.float(id, self.ports[id].tx.on_until());
        }
    }

    /// The driver of `id` lets go of the pair at `from`.
    fn float(&mut self, id: usize, from: u64) {
        if let Kind::Bus(config) = self.kind
            && let Idle::Floating { seed, bits } = config.idle
            && bits > 0
            && from < u64::MAX
        {
            self.garbage = Some(Garbage::new(seed, from, bits, self.ports[id].tx.frame()));
            self.calm = false;
        }
    }

    /// `id` looks at its wire up to `at`, bit by bit.
    fn listen(&mut self, id: usize, at: u64) {
        if !self.ports[id].alive {
            return;
        }
        let mut sampler = self.ports[id].rx.sampler;
        while sampler.at() < at {
            let (high, until) = self.level(Some(id), self.ports[id].hears, sampler.at());
            sampler.run(high, until.min(at));
        }
        if sampler.is_in_break() {
            let (high, _) = self.level(Some(id), self.ports[id].hears, at);
            sampler.end_break(high);
        }
        let received = sampler.take(at);
        self.ports[id].rx.sampler = sampler;
        if let Some(received) = received {
            self.deliver(id, received, at);
        }
    }

    /// When `id`, which samples, may next have a character complete.
    fn next_sample(&self, id: usize) -> Option<u64> {
        let port = &self.ports[id];
        if !port.alive || self.takes_whole_characters(port) {
            return None;
        }
        let sampler = &port.rx.sampler;
        if let Some(due) = sampler.due() {
            return Some(due);
        }
        let (high, until) = self.level(Some(id), port.hears, sampler.at());
        let edge = if sampler.is_idle() && !high {
            sampler.at()
        } else {
            until
        };
        (edge < u64::MAX).then(|| edge.saturating_add(sampler.frame().character()))
    }

    /// Whether nothing on its wire makes this port sample.
    fn takes_whole_characters(&self, port: &Port) -> bool {
        let sampler = &port.rx.sampler;
        let simple = |sender: &Port| {
            sender.drives != port.hears
                || sender.tx.shift().is_none_or(|shift| {
                    shift.clean && sampler.at() <= shift.start && shift.frame == sampler.frame()
                })
        };
        // A receiver that has lost its place on a quiet wire finds it when something comes.
        let quiet =
            || sampler.due().is_none() && self.ports.iter().all(|port| port.tx.shift().is_none());
        self.garbage.is_none() && self.ports.iter().all(simple) && (sampler.is_idle() || quiet())
    }

    fn deliver(&mut self, id: usize, what: Received, at: u64) {
        let port = &mut self.ports[id];
        if port.settings.flow == FlowControl::None {
            port.rx.push(what, at);
            return;
        }
        match (port.settings.flow, what) {
            (FlowControl::Software, Received::Byte(byte @ (XON | XOFF))) => {
                port.stopped = byte == XOFF;
                self.update_holds();
            }
            _ => {
                port.rx.push(what, at);
                self.throttle(id);
            }
        }
    }

    fn update_signals(&mut self) {
        let Kind::NullModem(wiring) = self.kind else {
            return;
        };
        let outputs = |id: usize| {
            let port = self.ports.0.get(id)?;
            let throttled = port.settings.flow == FlowControl::Hardware && port.throttling;
            Some((port.dtr, port.rts && !throttled))
        };
        let outputs = [0, 1].map(|id| outputs(id).unwrap_or_default());
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

    fn update_holds(&mut self) {
        let now = self.now;
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

    /// Looks anew at what hardly ever changes.
    fn refresh(&mut self) {
        let frame = self.ports.iter().next().map(|port| port.tx.frame());
        let mut ports = self.ports.iter();
        self.agreed = ports.all(|port| Some(port.tx.frame()) == frame);
        let mut ports = self.ports.iter();
        self.flow = ports.any(|port| port.settings.flow != FlowControl::None);
        self.calm = self.is_calm();
    }

    fn is_calm(&self) -> bool {
        self.garbage.is_none()
            && self.ports.iter().all(|port| {
                !port.alive || (port.rx.sampler.is_idle() && self.takes_whole_characters(port))
            })
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

impl Port {
    fn new(config: &EndConfig, turn_off: TurnOff, now: u64) -> Self {
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

    const fn inputs(&self) -> (bool, bool) {
        (self.signals.cts, self.signals.dsr)
    }
}
