//! The sending half of a UART and its driver.

use std::collections::VecDeque;

use super::{
    config::{EndConfig, Gap, TurnOff},
    frame::{Frame, Shift, Stretch, What},
    noise::{Damage, Pauses},
};

/// A queue, what is on the wire now, and when the next may follow. Times are nanoseconds.
#[derive(Debug)]
pub(super) struct Transmitter {
    frame: Frame,
    queue: VecDeque<u8>,
    capacity: usize,
    /// XON or XOFF, which overtakes the queue and is never held.
    control: Option<u8>,
    /// Flow control holds the queue back.
    held: bool,
    break_wanted: bool,
    shift: Option<Shift>,
    /// The next start bit is not before.
    free_at: u64,
    run: Run,
    pauses: Pauses,
    damage: Damage,
    repeat: Option<u8>,
    inserted: bool,
    turn_off: TurnOff,
    /// The driver is on from here...
    on_since: u64,
    /// ...until here, between characters too.
    on_until: u64,
}

/// Characters back to back. Their times come from a count of half bits, so no rounding adds up.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    base: u64,
    half_bits: u64,
    /// The pause before the next character, unless the run ends.
    pause: Option<u64>,
}

impl Transmitter {
    pub(super) fn new(config: &EndConfig, turn_off: TurnOff, now: u64) -> Self {
        Self {
            frame: Frame::of(&config.settings),
            queue: VecDeque::new(),
            capacity: config.transmit_queue.max(1),
            control: None,
            held: false,
            break_wanted: false,
            shift: None,
            free_at: now,
            run: Run::default(),
            pauses: Pauses::new(config.gap),
            damage: Damage::new(config.noise),
            repeat: None,
            inserted: false,
            turn_off,
            on_since: now,
            on_until: now,
        }
    }

    /// Takes what there is room for.
    pub(super) fn write(&mut self, bytes: &[u8], now: u64) -> usize {
        let room = self.capacity.saturating_sub(self.queue.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.queue.extend(taken);
        self.kick(now);
        taken.len()
    }

    /// Sends XON or XOFF next.
    pub(super) fn control(&mut self, byte: u8, now: u64) {
        self.control = Some(byte);
        self.kick(now);
    }

    /// Holds the queue back or lets it go.
    pub(super) fn hold(&mut self, held: bool, now: u64) {
        self.held = held;
        self.kick(now);
        self.let_go(now);
    }

    /// Starts or ends a break. It starts after the character that is on the wire.
    pub(super) fn set_break(&mut self, on: bool, now: u64) {
        self.break_wanted = on;
        match &mut self.shift {
            Some(shift) if shift.what == What::Break && !on => {
                shift.end = now;
                shift.driven_end = now;
            }
            _ => self.kick(now),
        }
    }

    /// Forgets what has not begun.
    pub(super) fn discard(&mut self, now: u64) {
        self.queue.clear();
        self.repeat = None;
        self.let_go(now);
    }

    /// Nobody will write any more: what nothing can let go is lost.
    pub(super) fn close(&mut self, now: u64) {
        if self.held {
            self.discard(now);
        }
        self.control = None;
        self.set_break(false, now);
        self.let_go(now);
    }

    pub(super) fn configure(&mut self, frame: Frame) {
        self.frame = frame;
        self.run.pause = None;
    }

    pub(super) fn set_gap(&mut self, gap: Gap) {
        self.pauses = Pauses::new(gap);
    }

    pub(super) fn is_full(&self) -> bool {
        self.queue.len() >= self.capacity
    }

    /// Everything written has left, to the last stop bit.
    pub(super) fn is_drained(&self) -> bool {
        self.queue.is_empty() && self.repeat.is_none() && self.shift.is_none()
    }

    pub(super) const fn shift(&self) -> Option<&Shift> {
        self.shift.as_ref()
    }

    pub(super) const fn frame(&self) -> Frame {
        self.frame
    }

    /// When something happens here next.
    pub(super) fn next_event(&self) -> Option<u64> {
        match &self.shift {
            Some(shift) => shift
                .cut_at
                .or_else(|| (shift.end < u64::MAX).then_some(shift.end)),
            None if self.can_begin() => Some(self.free_at),
            None => None,
        }
    }

    /// When the next character ends, if nothing new is written. Never late.
    pub(super) fn next_end(&self) -> Option<u64> {
        self.nth_end(1)
    }

    /// When the `count`th character from the one on the wire, or from the next, ends. Never late.
    pub(super) fn nth_end(&self, count: usize) -> Option<u64> {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let half_bits = count.saturating_mul(self.frame.half_bits());
        match &self.shift {
            Some(shift) if shift.end == u64::MAX => None,
            Some(shift) if shift.what == What::Break => Some(shift.end),
            Some(_) => {
                let more = half_bits.saturating_sub(self.frame.half_bits());
                let half_bits = self.run.half_bits.saturating_add(more);
                Some(self.run.base.saturating_add(self.frame.nanos(half_bits)))
            }
            None => self.can_begin().then(|| {
                let run = self.next_run();
                let half_bits = run.half_bits.saturating_add(half_bits);
                run.base.saturating_add(self.frame.nanos(half_bits))
            }),
        }
    }

    /// When a writer that had to wait can go on. Never late.
    pub(super) fn room_at(&self) -> Option<u64> {
        // The last of these has left the queue when it begins: when the one before it ends.
        let count = self.queue.len().saturating_sub(self.capacity / 2);
        match self.shift {
            Some(_) => self.nth_end(count),
            None if count <= 1 => self.can_begin().then_some(self.free_at),
            None => self.nth_end(count - 1),
        }
    }

    /// When everything written will have left. Never late.
    pub(super) fn drained_at(&self) -> Option<u64> {
        self.nth_end(self.queue.len() + usize::from(self.shift.is_some()))
    }

    /// Puts the next on the wire, at the time that [`next_event`](Self::next_event) gave.
    pub(super) fn begin(&mut self) {
        let start = self.free_at;
        if self.on_until < start {
            self.on_since = start;
        }
        self.on_until = u64::MAX;
        if self.control.is_none() && self.break_wanted {
            self.shift = Some(self.break_from(start));
            return;
        }
        let (byte, dropped) = self.choose();
        self.run = self.next_run();
        let before = self.run.half_bits;
        self.run.half_bits += self.frame.half_bits();
        let end = self
            .run
            .base
            .saturating_add(self.frame.nanos(self.run.half_bits));
        let sound = self.frame.encode(byte);
        let levels = if dropped { u16::MAX } else { sound };
        let bits = u32::try_from(self.frame.half_bits().div_ceil(2)).unwrap_or(u32::MAX);
        let levels = levels ^ self.damage.flips(bits);
        self.shift = Some(Shift {
            what: What::Character(byte),
            frame: self.frame,
            base: self.run.base,
            before,
            levels,
            start,
            end,
            driven_end: end,
            cut_at: self.cut_before(end, start),
            clean: levels == sound,
        });
    }

    /// The time of a cut has come: the last character loses its end.
    pub(super) fn cut(&mut self) {
        let last = self.queue.is_empty() && self.repeat.is_none();
        if let Some(shift) = &mut self.shift
            && let Some(at) = shift.cut_at.take()
            && last
        {
            shift.driven_end = at;
            shift.clean = false;
        }
    }

    /// Something else drives the wire as well.
    pub(super) const fn disturb(&mut self) {
        if let Some(shift) = &mut self.shift {
            shift.clean = false;
        }
    }

    /// What is on the wire has ended.
    pub(super) fn finish(&mut self) {
        let Some(shift) = self.shift.take() else {
            return;
        };
        let tail = match self.turn_off {
            TurnOff::Late { half_bits } => self.frame.nanos(u64::from(half_bits)),
            TurnOff::OnTime | TurnOff::Early { .. } => 0,
        };
        self.on_until = match shift.driven_end < shift.end {
            true => shift.driven_end,
            false if self.can_begin() => u64::MAX,
            false => shift.end.saturating_add(tail),
        };
        if shift.what == What::Break {
            // A start bit needs mark before it.
            self.free_at = shift.end.saturating_add(self.frame.nanos(2));
            self.run.pause = None;
        } else {
            let pause = self.pauses.next();
            self.free_at = shift.end.saturating_add(pause);
            self.run.pause = Some(pause);
        }
    }

    /// What the driver does at `at`: a level, or nothing.
    pub(super) fn stretch(&self, at: u64) -> Stretch {
        if let Some(shift) = &self.shift
            && at >= shift.start
        {
            return shift.stretch(at);
        }
        let until = self.shift.map_or(u64::MAX, |shift| shift.start);
        if at < self.on_since {
            return Stretch {
                level: None,
                since: 0,
                until: self.on_since.min(until),
            };
        }
        let on = at < self.on_until;
        Stretch {
            level: on.then_some(true),
            since: if on { self.on_since } else { self.on_until },
            until: if on { self.on_until.min(until) } else { until },
        }
    }

    /// Whether the driver is on after `at`, as far as is known.
    pub(super) fn drives_after(&self, at: u64) -> bool {
        self.shift
            .map_or(self.on_until > at, |shift| shift.driven_end > at)
    }

    /// When the driver let go, or will after what is on the wire.
    pub(super) const fn on_until(&self) -> u64 {
        self.on_until
    }

    /// The run that a character which begins at `free_at` belongs to.
    const fn next_run(&self) -> Run {
        let Some(pause) = self.run.pause else {
            return Run {
                base: self.free_at,
                half_bits: 0,
                pause: None,
            };
        };
        // Whole seconds move without rounding, and the count stays small.
        let second = self.frame.half_bits_a_second();
        let seconds = self.run.half_bits / second;
        Run {
            base: self
                .run
                .base
                .saturating_add(pause)
                .saturating_add(seconds * 1_000_000_000),
            half_bits: self.run.half_bits % second,
            pause: None,
        }
    }

    fn can_begin(&self) -> bool {
        let queued = !self.queue.is_empty() || self.repeat.is_some();
        self.control.is_some() || self.break_wanted || (queued && !self.held)
    }

    /// Something may be able to begin that was not before: it begins now, not in the past.
    fn kick(&mut self, now: u64) {
        if self.shift.is_none() && self.free_at < now {
            self.free_at = now;
            self.run.pause = None;
        }
    }

    /// A driver that waited for a next character waits no longer when there is none.
    fn let_go(&mut self, now: u64) {
        if self.shift.is_none() && self.on_until == u64::MAX && !self.can_begin() {
            self.on_until = now;
        }
    }

    fn break_from(&self, start: u64) -> Shift {
        Shift {
            what: What::Break,
            frame: self.frame,
            base: start,
            before: 0,
            levels: 0,
            start,
            end: u64::MAX,
            driven_end: u64::MAX,
            cut_at: None,
            clean: false,
        }
    }

    /// The next character, and whether the wire swallows it.
    fn choose(&mut self) -> (u8, bool) {
        if let Some(control) = self.control.take() {
            return (control, false);
        }
        if let Some(byte) = self.repeat.take() {
            return (byte, false);
        }
        if !core::mem::take(&mut self.inserted)
            && let Some(byte) = self.damage.inserts()
        {
            self.inserted = true;
            return (byte, false);
        }
        let byte = self.queue.pop_front().unwrap_or_default();
        if self.damage.drops() {
            return (byte, true);
        }
        if self.damage.duplicates() {
            self.repeat = Some(byte);
        }
        (byte, false)
    }

    fn cut_before(&self, end: u64, start: u64) -> Option<u64> {
        let TurnOff::Early { half_bits } = self.turn_off else {
            return None;
        };
        let cut = self.frame.nanos(u64::from(half_bits));
        (cut > 0).then(|| end.saturating_sub(cut).max(start))
    }
}
