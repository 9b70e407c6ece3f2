//! One direction: bytes come in whole, and go out damaged, in pieces, when it is time.

use core::time::Duration;
use std::{collections::VecDeque, io};

use bytes::BytesMut;
use lineside_core::{Instant, Mark};

use super::plan::{Disturbance, Fault, FaultEvent, FaultPlan, FaultRecord, Odds};
use crate::tap::Direction;

/// What stands in a lane, in order.
#[derive(Debug)]
pub(super) enum Item {
    Data(BytesMut),
    Mark(Mark),
    Failed(io::Error),
    Ended,
    Reset,
    /// Nothing from here on, for ever.
    Never,
}

impl Item {
    /// What it takes of the buffer. A mark is no byte, but a line that sends nothing else must not
    /// fill the memory behind a stall.
    fn weight(&self) -> usize {
        match self {
            Self::Data(bytes) => bytes.len(),
            Self::Mark(_) | Self::Failed(_) => 1,
            Self::Ended | Self::Reset | Self::Never => 0,
        }
    }
}

/// One direction of a disturbed stream. It knows no stream and no waker.
pub(super) struct Lane {
    direction: Direction,
    how: Disturbance,
    record: FaultRecord,
    /// Decides over bytes, and is asked in their order only.
    damage: fastrand::Rng,
    /// Decides over pieces and polls.
    shape: fastrand::Rng,
    /// Bytes that came in.
    offset: u64,
    items: VecDeque<(Instant, Item)>,
    /// What `items` weigh: bytes, and one for each mark and failure.
    queued: usize,
    max: usize,
    /// When the last item goes out.
    latest: Instant,
    /// Nothing comes in any more.
    ended: bool,
    /// Refusals, and wakes, since the last progress.
    refused: u32,
    woken: u32,
}

impl Lane {
    pub(super) fn new(direction: Direction, plan: &FaultPlan, record: &FaultRecord) -> Self {
        let (how, salt) = match direction {
            Direction::In => (&plan.input, 0),
            Direction::Out => (&plan.output, 1),
        };
        let mut seeds = fastrand::Rng::with_seed(plan.seed ^ (salt << 63));
        Self {
            direction,
            how: how.clone(),
            record: record.clone(),
            damage: seeds.fork(),
            shape: seeds.fork(),
            offset: 0,
            items: VecDeque::new(),
            queued: 0,
            max: plan.buffer.max(1),
            latest: Instant::START,
            ended: false,
            refused: 0,
            woken: 0,
        }
    }

    /// How many bytes may come in now. None once the direction has ended.
    pub(super) fn room(&mut self, now: Instant) -> usize {
        self.end_if_due(now);
        if self.ended {
            return 0;
        }
        let until = [self.how.reset_at, self.how.eof_at].into_iter().flatten();
        let until = until.map(|at| at - self.offset).min().unwrap_or(u64::MAX);
        let room = self.max.saturating_sub(self.queued);
        room.min(usize::try_from(until).unwrap_or(usize::MAX))
    }

    /// Whether it makes sense to take more in before the first of it is out.
    pub(super) fn reads_ahead(&self) -> bool {
        !(self.how.delay.is_zero() && self.how.jitter.is_zero() && self.how.stall.is_empty())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What waits, in bytes.
    pub(super) const fn queued(&self) -> usize {
        self.queued
    }

    pub(super) const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Takes bytes in; no more than [`room`](Self::room).
    pub(super) fn feed(&mut self, now: Instant, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            self.stall_if_due(now);
            let (piece, after) = rest.split_at(self.piece(rest.len()));
            rest = after;
            let damaged = self.damaged(now, piece);
            if !damaged.is_empty() {
                self.record.piece();
                self.push(now, Item::Data(damaged));
            }
        }
        self.end_if_due(now);
    }

    /// Takes in what is no data.
    pub(super) fn push(&mut self, now: Instant, item: Item) {
        let jitter = u64::try_from(self.how.jitter.as_nanos()).unwrap_or(u64::MAX);
        let jitter = match jitter {
            0 => 0,
            most => self.shape.u64(0..=most),
        };
        let due = now + self.how.delay + Duration::from_nanos(jitter);
        self.latest = self.latest.max(due);
        self.queued += item.weight();
        self.ended |= matches!(item, Item::Ended | Item::Reset);
        self.items.push_back((self.latest, item));
    }

    /// What goes out now.
    pub(super) fn front(&mut self, now: Instant) -> Option<&mut Item> {
        let (due, item) = self.items.front_mut()?;
        (*due <= now && !matches!(item, Item::Never)).then_some(item)
    }

    /// When there is something to go out, if not now.
    pub(super) fn next_due(&self) -> Option<Instant> {
        match self.items.front() {
            Some((_, Item::Never)) | None => None,
            Some((due, _)) => Some(*due),
        }
    }

    /// Takes out `count` bytes of the data that is in front, and the item when it is used up.
    pub(super) fn took(&mut self, count: usize) {
        if let Some((_, Item::Data(bytes))) = self.items.front_mut() {
            let part = bytes.split_to(count.min(bytes.len()));
            self.queued -= part.len();
            if !bytes.is_empty() {
                return;
            }
        }
        self.items.pop_front();
    }

    /// Takes out what is in front if it is due and no data.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Item> {
        if matches!(self.front(now)?, Item::Data(_)) {
            return None;
        }
        let (_, item) = self.items.pop_front()?;
        self.queued -= item.weight();
        Some(item)
    }

    /// Takes out the mark in front, if one is due.
    pub(super) fn take_mark(&mut self, now: Instant) -> Option<Mark> {
        let Some(&mut Item::Mark(mark)) = self.front(now) else {
            return None;
        };
        self.pop(now);
        Some(mark)
    }

    /// Throws data and marks away; ends and stalls stay.
    pub(super) fn discard(&mut self) {
        self.items
            .retain(|(_, item)| !matches!(item, Item::Data(_) | Item::Mark(_)));
        self.queued = self.items.iter().map(|(_, item)| item.weight()).sum();
    }

    /// Whether this poll is to be refused.
    pub(super) fn refuses(&mut self) -> bool {
        let hit = self.strikes(self.how.refuse, self.refused);
        if hit {
            self.refused += 1;
            self.record.refusal();
        }
        hit
    }

    /// Whether this poll, which has to wait, is to be woken without reason.
    pub(super) fn wakes(&mut self) -> bool {
        let hit = self.strikes(self.how.wake, self.woken);
        if hit {
            self.woken += 1;
            self.record.wake();
        }
        hit
    }

    /// A poll got on.
    pub(super) const fn progressed(&mut self) {
        self.refused = 0;
        self.woken = 0;
    }

    fn strikes(&mut self, probability: f64, before: u32) -> bool {
        probability > 0.0 && before < self.how.in_a_row && self.shape.f64() < probability
    }

    /// The length of the next piece, of at most `most` bytes.
    fn piece(&mut self, most: usize) -> usize {
        let offset = self.offset;
        let stalls = self.how.stall.iter().map(|stall| stall.at);
        let until_stall = stalls.filter(|at| *at > offset).min();
        let until_stall = until_stall.map_or(u64::MAX, |at| at - offset);
        let most = most.min(usize::try_from(until_stall).unwrap_or(usize::MAX));
        match self.how.cut {
            Some(cut) => most.min(self.shape.usize(1..=cut.max(1))),
            None => most,
        }
    }

    fn stall_if_due(&mut self, now: Instant) {
        for index in 0..self.how.stall.len() {
            let Some(stall) = self.how.stall.get(index).copied() else {
                return;
            };
            if stall.at != self.offset {
                continue;
            }
            self.note(now, Fault::Stalled(stall.time));
            match stall.time {
                Some(time) => self.latest = self.latest.max(now) + time,
                None => self.items.push_back((self.latest, Item::Never)),
            }
        }
    }

    fn end_if_due(&mut self, now: Instant) {
        if self.ended {
            return;
        }
        let (fault, item) = if self.how.reset_at == Some(self.offset) {
            (Fault::Reset, Item::Reset)
        } else if self.how.eof_at == Some(self.offset) {
            (Fault::Ended, Item::Ended)
        } else {
            return;
        };
        self.note(now, fault);
        self.push(now, item);
    }

    fn damaged(&mut self, now: Instant, piece: &[u8]) -> BytesMut {
        let mut out = BytesMut::with_capacity(piece.len());
        let how = &self.how;
        let sound = [&how.drop, &how.duplicate, &how.insert, &how.flip];
        if sound.into_iter().all(|odds| *odds == Odds::Never) {
            out.extend_from_slice(piece);
            self.offset += piece.len() as u64;
            return out;
        }
        for byte in piece {
            self.damage_byte(now, *byte, &mut out);
            self.offset += 1;
        }
        out
    }

    fn damage_byte(&mut self, now: Instant, byte: u8, out: &mut BytesMut) {
        let (offset, rng) = (self.offset, &mut self.damage);
        let inserted = self.how.insert.hit(offset, rng).then(|| rng.u8(..));
        let dropped = self.how.drop.hit(offset, rng);
        let flipped = self.how.flip.hit(offset, rng).then(|| rng.u8(0..8));
        let duplicated = self.how.duplicate.hit(offset, rng);
        if let Some(other) = inserted {
            self.note(now, Fault::Inserted(other));
            out.extend_from_slice(&[other]);
        }
        if dropped {
            self.note(now, Fault::Dropped(byte));
            return;
        }
        let to = byte ^ flipped.map_or(0, |bit| 1 << bit);
        if to != byte {
            self.note(now, Fault::Flipped { from: byte, to });
        }
        if duplicated {
            self.note(now, Fault::Duplicated(to));
            out.extend_from_slice(&[to]);
        }
        out.extend_from_slice(&[to]);
    }

    fn note(&self, at: Instant, fault: Fault) {
        self.record.push(FaultEvent {
            at,
            direction: self.direction,
            offset: self.offset,
            fault,
        });
    }
}
