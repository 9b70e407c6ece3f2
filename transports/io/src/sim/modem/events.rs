//! The events that move a world on.

use crate::FlowControl;

use super::{
    config::Idle,
    control::{XOFF, XON},
    frame::What,
    port::Port,
    sampler::Received,
    wave::Garbage,
    world::{Kind, World},
};

impl World {
    /// One event, with all that happens at the same time.
    pub(super) fn step(&mut self, at: u64) {
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
    pub(super) fn next_sample(&self, id: usize) -> Option<u64> {
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

    pub(super) fn is_calm(&self) -> bool {
        self.garbage.is_none()
            && self.ports.iter().all(|port| {
                !port.alive || (port.rx.sampler.is_idle() && self.takes_whole_characters(port))
            })
    }
}
