//! One machine, driven by hand and held to the laws at every call.

use core::{
    fmt::{Debug, Display},
    time::Duration,
};

use bytes::BytesMut;
use lineside_check::crc32_iso_hdlc;
use lineside_core::{Instant, Link, Machine, Mark, Step};

use super::{Heard, Pace};

/// What a machine may hold back.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes in `rx` when it waits: less than the longest legal frame.
    pub unread: usize,
    /// Bytes in `tx` without a command, and for each command that was given and not taken yet.
    pub unsent: usize,
    /// Events that nothing heard brings and no command: what became of wishes of the machine's own.
    pub own: usize,
}

/// Everything that a machine told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story<E> {
    /// Its events, in order.
    pub events: Vec<E>,
    /// How it ended.
    pub end: End,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The machine waits for more.
    Waits,
    /// It closed the dialogue.
    Closed,
    /// It could not go on, in its own words.
    Failed(String),
}

/// One machine, its link and the time, held to the laws at every call.
#[derive(Debug)]
pub struct Player<M: Machine> {
    machine: M,
    link: Link,
    now: Instant,
    wake: Option<Instant>,
    bounds: Bounds,
    story: Story<M::Event>,
    /// Events that were told, those that were taken away included.
    told: usize,
    /// Events that the input so far allows.
    allowed: usize,
    /// Bytes that the commands so far may have put into `tx`.
    promised: usize,
    /// It has sent something.
    spoke: bool,
}

impl<M> Player<M>
where
    M: Machine<Error: Display>,
    M::Event: Debug,
{
    /// A run of `machine` from [`Instant::START`].
    pub fn new(machine: M, bounds: Bounds) -> Self {
        let mut player = Self {
            machine,
            link: Link::default(),
            now: Instant::START,
            wake: None,
            bounds,
            story: Story {
                events: Vec::new(),
                end: End::Waits,
            },
            told: 0,
            allowed: 1 + bounds.own,
            promised: bounds.unsent,
            spoke: false,
        };
        player.settle();
        player
    }

    /// The machine.
    pub const fn machine(&self) -> &M {
        &self.machine
    }

    /// The events so far.
    pub fn events(&self) -> &[M::Event] {
        &self.story.events
    }

    /// Takes away the events so far, so that a long run stays small.
    pub fn take_events(&mut self) -> Vec<M::Event> {
        core::mem::take(&mut self.story.events)
    }

    /// How it has ended, if it has.
    pub const fn story_end(&self) -> &End {
        &self.story.end
    }

    /// Bytes in `rx` that the machine has not taken.
    pub fn unread(&self) -> usize {
        self.link.rx.len()
    }

    /// The time.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The time that the machine waits for.
    pub const fn wake(&self) -> Option<Instant> {
        self.wake
    }

    /// What happened.
    pub fn into_story(self) -> Story<M::Event> {
        self.story
    }

    /// Something comes down the line; `cut` gives the length of the next piece of what is left.
    pub fn hear(&mut self, heard: &Heard<'_>, pace: Pace, cut: &mut dyn FnMut(&[u8]) -> usize) {
        match heard {
            Heard::Bytes(bytes) => {
                let mut rest = *bytes;
                while !rest.is_empty() {
                    let (piece, after) = rest.split_at(cut(rest).clamp(1, rest.len()));
                    self.pass(pace.char_time * u32::try_from(piece.len()).unwrap_or(u32::MAX));
                    self.feed(piece);
                    rest = after;
                }
            }
            Heard::Mark(mark) => {
                self.pass(pace.char_time);
                self.mark(*mark);
            }
            Heard::Idle(time) => self.pass(*time),
        }
    }

    /// Bytes arrive, the last of them now.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.link.mark = None;
        self.link.rx.extend_from_slice(bytes);
        self.link.received = Some(self.now);
        self.allowed += bytes.len();
        self.settle();
    }

    /// A serial line reports what is no data.
    pub fn mark(&mut self, mark: Mark) {
        self.link.mark = Some(mark);
        self.link.received = Some(self.now);
        self.allowed += 1;
        self.settle();
    }

    /// The stream ends.
    pub fn end(&mut self) {
        self.link.eof = true;
        // What is left may be given up, and the end be told.
        self.allowed += 2;
        self.settle();
    }

    /// Time passes, with a call at every time that the machine asked for.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(wake) = self.wake.filter(|wake| *wake <= until) {
            self.now = wake;
            self.allowed += 1;
            self.settle();
        }
        self.now = until;
        if self.story.end == End::Waits && !time.is_zero() {
            self.still_waits();
        }
    }

    /// The application asks for something.
    ///
    /// # Errors
    /// The machine's.
    pub fn send(&mut self, command: M::Command) -> Result<(), M::Error> {
        let (machine, link) = (&mut self.machine, &mut self.link);
        let sent = machine.send(self.now, command, link);
        self.promised += self.bounds.unsent;
        // It may be told how that went.
        self.allowed += 1;
        self.mind_tx();
        self.settle();
        sent
    }

    /// How many bytes wait to be sent.
    pub fn unsent(&self) -> usize {
        self.link.tx.len()
    }

    /// Takes at most `most` bytes for the peer. They are on their way until
    /// [`departed`](Self::departed).
    pub fn take(&mut self, most: usize) -> BytesMut {
        let most = most.min(self.link.tx.len());
        self.promised = (self.promised.saturating_sub(most)).max(self.bounds.unsent);
        self.link.tx.split_to(most)
    }

    /// What was taken has left the wire now.
    pub fn departed(&mut self) {
        if self.link.tx.is_empty() && self.link.sent.is_none() && self.spoke {
            self.link.sent = Some(self.now);
            self.settle();
        }
    }

    /// Polls until the machine waits, and holds it to its word.
    fn settle(&mut self) {
        while self.story.end == End::Waits {
            self.wake = None;
            match self.poll() {
                Ok(Step::Event(event)) => {
                    self.story.events.push(event);
                    self.told += 1;
                    assert!(
                        self.told <= self.allowed,
                        "{} events from input for {}: {:?}",
                        self.told,
                        self.allowed,
                        self.story.events
                    );
                }
                Ok(Step::Wait(at)) => return self.waits(at),
                Ok(Step::Close) => {
                    self.story.end = End::Closed;
                    let again = self.poll();
                    assert!(matches!(again, Ok(Step::Close)), "a close is for ever");
                }
                Err(error) => {
                    let error = error.to_string();
                    let again = match self.poll() {
                        Err(again) => again.to_string(),
                        Ok(step) => panic!("after {error}: {step:?}; an error is sticky"),
                    };
                    assert_eq!(again, error, "an error is sticky");
                    self.story.end = End::Failed(error);
                }
            }
        }
    }

    fn waits(&mut self, at: Option<Instant>) {
        assert!(
            at.is_none_or(|at| at > self.now),
            "waits for {at:?}, which has passed at {:?}",
            self.now
        );
        let unread = self.link.rx.len();
        assert!(
            unread <= self.bounds.unread,
            "waits with {unread} bytes unread, of {} allowed",
            self.bounds.unread
        );
        assert!(
            self.link.tx.len() <= self.promised,
            "{} bytes to send, of {} for the commands so far",
            self.link.tx.len(),
            self.promised
        );
        self.wake = at;
        self.still_waits();
    }

    /// With nothing new, and before the time that it waits for.
    fn still_waits(&mut self) {
        let held =
            |link: &Link| [&link.rx, &link.tx].map(|bytes| (bytes.len(), crc32_iso_hdlc(bytes)));
        let before = held(&self.link);
        match self.poll() {
            Ok(Step::Wait(again)) => {
                assert_eq!(again, self.wake, "a second poll waits for another time");
            }
            Ok(step) => panic!("a second poll with nothing new gave {step:?}"),
            Err(error) => panic!("a second poll with nothing new failed: {error}"),
        }
        assert_eq!(
            held(&self.link),
            before,
            "a second poll with nothing new moved bytes"
        );
    }

    fn poll(&mut self) -> Result<Step<M::Event>, M::Error> {
        let step = self.machine.poll(self.now, &mut self.link);
        self.mind_tx();
        step
    }

    fn mind_tx(&mut self) {
        if !self.link.tx.is_empty() {
            self.link.sent = None;
            self.spoke = true;
        }
    }
}
