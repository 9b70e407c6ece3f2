//! One machine for both sides of a line: records go in and come out, whatever the framing.

extern crate alloc;

use alloc::collections::VecDeque;
use core::time::Duration;

use bytes::{Bytes, BytesMut};
use lineside_core::{Instant, Link, Machine, Step};

use crate::{
    Config, Error,
    wire::{Cause, EncodeError, Find, Framing, Reason},
};

mod counters;
mod ears;
#[cfg(test)]
mod tests;

pub use counters::{Counters, Damage};

use ears::Ears;

/// What a line brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A record, opened and checked. It shares the receive buffer: nothing was copied.
    Record(Bytes),
    /// Bytes that are no record. One damage is one event; what is then dropped until the framing is
    /// back in step is counted in [`Counters::skipped`] alone.
    Damaged {
        /// What is wrong with them.
        reason: Reason,
        /// How many bytes were dropped with this event.
        bytes: usize,
    },
}

/// What a line is asked to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A record, to be framed.
    Record(Bytes),
    /// Bytes as they are, between frames: a wake-up, flags that fill the line, an answer of one
    /// control character.
    Raw(Bytes),
}

impl<T: Into<Bytes>> From<T> for Command {
    fn from(record: T) -> Self {
        Self::Record(record.into())
    }
}

/// Sends and receives records over a byte stream or a serial line.
///
/// Where the framing ends frames by silence, the machine answers [`Step::Wait`] with the time at
/// which the silence will have passed, and holds a record back until the silence after the last
/// one has passed, counted from [`Link::sent`]: whoever drives it by hand sets that.
///
/// [`Step::Close`] follows the last event after [`Link::eof`].
#[derive(Debug)]
pub struct Records<F> {
    framing: F,
    config: Config,
    ears: Ears,
    /// The silence that ends a frame, where one does.
    silence: Option<Duration>,
    /// Frames that wait for that silence.
    queue: VecDeque<BytesMut>,
    /// A frame was put into `tx`, and has not left the line for long enough.
    sending: bool,
    counters: Counters,
}

impl<F: Framing> Records<F> {
    /// A machine for records of `framing`.
    pub fn new(framing: F, config: Config) -> Self {
        let silence = framing.silence().map(|silence| config.time_of(silence));
        let pause = framing.pause().map(|pause| config.time_of(pause));
        Self {
            ears: Ears::new(config.char_time, silence, pause),
            silence,
            framing,
            config,
            queue: VecDeque::new(),
            sending: false,
            counters: Counters::default(),
        }
    }

    /// The framing.
    pub const fn framing(&self) -> &F {
        &self.framing
    }

    /// What was received and sent so far.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Records that wait for the silence between frames.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Looks on until there is an event; `None` when more input is needed.
    #[inline]
    fn hear(&mut self, now: Instant, link: &mut Link) -> Option<Event> {
        loop {
            match self.look(link) {
                Find::Frame(n) => {
                    self.ears.took(n);
                    return Some(self.open(link.rx.split_to(n.min(link.rx.len()))));
                }
                Find::Skip(n, reason) => {
                    let n = n.min(link.rx.len());
                    self.ears.took(n);
                    bytes::Buf::advance(&mut link.rx, n);
                    if let Some(event) = self.skip(n, reason) {
                        return Some(event);
                    }
                }
                Find::More => {
                    if !self.ears.more(now, link) {
                        return None;
                    }
                }
            }
        }
    }

    /// One look at what stands before the next silence, mark or end.
    #[inline]
    fn look(&mut self, link: &Link) -> Find {
        let found = if self.ears.only_bytes() {
            self.framing.find(&link.rx, Cause::Bytes)
        } else {
            self.look_up_to(link)
        };
        // A framing that takes nothing gets nothing but more.
        if matches!(found, Find::Skip(0, None)) {
            Find::More
        } else {
            found
        }
    }

    #[inline(never)]
    fn look_up_to(&mut self, link: &Link) -> Find {
        let (len, end) = self.ears.view(link.rx.len());
        let view = link.rx.get(..len).unwrap_or_default();
        match (self.framing.find(view, self.ears.cause()), end) {
            (Find::More | Find::Skip(0, _), Some(end)) if self.ears.ask() => {
                self.framing.find(view, end)
            }
            (Find::Skip(0, _), _) => Find::More,
            (found, _) => found,
        }
    }

    #[inline]
    fn open(&mut self, mut frame: BytesMut) -> Event {
        match self.framing.decode(&mut frame) {
            Ok(record) => {
                self.counters.records += 1;
                frame.truncate(record.end);
                bytes::Buf::advance(&mut frame, record.start.min(record.end));
                Event::Record(frame.freeze())
            }
            Err(reason) => self.damaged(reason, frame.len()),
        }
    }

    fn skip(&mut self, bytes: usize, reason: Option<Reason>) -> Option<Event> {
        let Some(reason) = reason else {
            self.counters.skipped += bytes as u64;
            return None;
        };
        Some(self.damaged(reason, bytes))
    }

    fn damaged(&mut self, reason: Reason, bytes: usize) -> Event {
        self.counters.damage(reason, bytes);
        Event::Damaged { reason, bytes }
    }

    /// Lets the next frame go when the silence after the last one has passed; gives the time at
    /// which it will have, where frames wait for it.
    fn release(&mut self, now: Instant, link: &mut Link) -> Option<Instant> {
        loop {
            if self.sending && link.tx.is_empty() && self.silence_after(link)? <= now {
                self.sending = false;
            }
            if self.sending {
                // While bytes are on their way, the driver's next call is the end of them.
                return if link.tx.is_empty() {
                    self.silence_after(link)
                } else {
                    None
                };
            }
            link.tx.unsplit(self.queue.pop_front()?);
            self.sending = true;
        }
    }

    fn silence_after(&self, link: &Link) -> Option<Instant> {
        Some(link.sent? + self.silence.unwrap_or_default())
    }

    /// Puts a command's bytes behind `out`.
    #[inline]
    fn put(&self, command: &Command, out: &mut BytesMut) -> Result<(), EncodeError> {
        match command {
            Command::Record(record) => self.framing.append(&[record], out),
            Command::Raw(bytes) => {
                out.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Sends `command` after the silence that ends the frame before it.
    fn enqueue(&mut self, now: Instant, command: &Command, link: &mut Link) -> Result<(), Error> {
        let max = self.config.queued;
        if self.queue.len() >= max {
            return Err(Error::Queue { max });
        }
        let mut frame = BytesMut::new();
        self.put(command, &mut frame)?;
        self.queue.push_back(frame);
        let _ = self.release(now, link);
        Ok(())
    }
}

impl<F: Framing> Machine for Records<F> {
    type Event = Event;
    type Command = Command;
    type Error = Error;

    /// Never an error: whatever a peer sends is an event.
    #[inline]
    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        let release = if self.sending {
            self.release(now, link)
        } else {
            None
        };
        self.ears.listen(now, link);
        let heard = self.hear(now, link);
        self.ears.settle(link);
        Ok(match heard {
            Some(event) => Step::Event(event),
            None if self.ears.over() => Step::Close,
            None => Step::Wait([release, self.ears.deadline()].into_iter().flatten().min()),
        })
    }

    #[inline]
    fn send(&mut self, now: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        if self.silence.is_some() {
            self.enqueue(now, &command, link)?;
        } else {
            self.put(&command, &mut link.tx)?;
        }
        self.counters.sent += u64::from(matches!(command, Command::Record(_)));
        Ok(())
    }
}
