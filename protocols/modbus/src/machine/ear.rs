//! Finds frames in what arrives: one receiver for all framings, used by server, client and monitor.
//!
//! An ear takes bytes from [`Link::rx`] and marks from [`Link::mark`], and gives frames, or damage with
//! its reason. It never fails but where a stream cannot be followed any more, and holds at most a
//! few frames' worth of bytes.

use lineside_core::{Instant, Link};

use super::frame::{Damage, Frame, Framing};
use crate::{
    config::{Line, Reception},
    wire::{Pdu, Unit},
};

mod arrivals;
mod ascii;
mod echo;
mod mbap;
mod strict;
mod tolerant;
mod turns;

use ascii::Ascii;
use echo::Echo;
use strict::Strict;
use tolerant::Tolerant;

/// What a poll of an ear gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard<F = Frame> {
    /// A good frame, for whomever.
    Frame(F),
    /// This many bytes were no frame.
    Damaged {
        /// Why.
        reason: Damage,
        /// How many.
        bytes: usize,
    },
    /// Nothing until more arrives, or this time.
    Wait(Option<Instant>),
    /// A length field out of bounds, after which the stream cannot be followed (T01).
    Lost(u16),
}

impl<F> Heard<F> {
    fn map<T>(self, f: impl FnOnce(F) -> T) -> Heard<T> {
        match self {
            Self::Frame(frame) => Heard::Frame(f(frame)),
            Self::Damaged { reason, bytes } => Heard::Damaged { reason, bytes },
            Self::Wait(until) => Heard::Wait(until),
            Self::Lost(length) => Heard::Lost(length),
        }
    }
}

/// When the line is free to send on: Serial line 2.5.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Free {
    /// Now.
    Now,
    /// At this time, unless something arrives.
    At(Instant),
    /// Our own last bytes are on their way: when [`Link::sent`] is known.
    Sending,
}

/// Whose ear it is: which frames it expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Requests, and between them what other units answer.
    Server,
    /// Responses, and nothing else.
    Client,
    /// Both, in turns.
    Monitor,
    /// Requests, and nothing else: on a wire of their own.
    Requests,
}

/// A receiver.
#[derive(Debug)]
pub(crate) struct Ear {
    line: Line,
    framing: Framing,
    kind: Kind,
    echo: Echo,
    /// When the ear began to listen (F06).
    opened: Option<Instant>,
    /// Something was sent.
    has_sent: bool,
}

#[derive(Debug)]
enum Kind {
    Strict(Strict),
    Tolerant(Tolerant),
    Ascii(Ascii),
    Tcp,
}

impl Ear {
    pub(crate) fn new(framing: Framing, side: Side, line: Line) -> Self {
        let kind = match (framing, line.reception) {
            (Framing::Tcp, _) => Kind::Tcp,
            (Framing::Ascii, _) => Kind::Ascii(Ascii::new(side)),
            (Framing::Rtu, Reception::Strict) => Kind::Strict(Strict::new(side)),
            (Framing::Rtu, _) => Kind::Tolerant(Tolerant::new(side)),
        };
        Self {
            line,
            framing,
            kind,
            echo: Echo::default(),
            opened: None,
            has_sent: false,
        }
    }

    /// The next frame or damage; to be called until it answers [`Heard::Wait`] or [`Heard::Lost`].
    pub(crate) fn poll(&mut self, now: Instant, link: &mut Link) -> Heard {
        self.opened.get_or_insert(now);
        if let Some(bytes) = self.echo.remove(link) {
            self.spoil(Damage::Collision);
            return Heard::Damaged {
                reason: Damage::Collision,
                bytes,
            };
        }
        match &mut self.kind {
            Kind::Strict(ear) => ear.poll(now, &self.line, link),
            Kind::Tolerant(ear) => ear.poll(now, &self.line, link),
            Kind::Ascii(ear) => ear.poll(now, &self.line, link),
            Kind::Tcp => {
                let mut frame = Frame::new(Unit::BROADCAST, Pdu::EMPTY, now, now);
                mbap::poll(now, link, &mut frame).map(|()| frame)
            }
        }
    }

    /// The same with a place for the frame.
    #[inline]
    pub(crate) fn poll_into(
        &mut self,
        now: Instant,
        link: &mut Link,
        frame: &mut Frame,
    ) -> Heard<()> {
        match self.kind {
            Kind::Tcp if !self.line.echo => mbap::poll(now, link, frame),
            _ => self.poll(now, link).map(|heard| *frame = heard),
        }
    }

    /// Before something is sent on a wire that echoes: what was received before is no part of the
    /// echo, and nothing that goes on behind it. Gives how many bytes that was. In strict mode and in
    /// ASCII there is none: nothing is sent then.
    pub(crate) fn make_way(&mut self, link: &mut Link) -> usize {
        match &mut self.kind {
            Kind::Tolerant(ear) if self.line.echo => {
                let bytes = link.rx.len();
                ear.drop_all(link);
                bytes
            }
            _ => 0,
        }
    }

    /// Takes note of what was just put into [`Link::tx`].
    pub(crate) fn sent(&mut self, bytes: &[u8]) {
        self.has_sent = true;
        if self.line.echo {
            self.echo.expect(bytes);
        }
    }

    /// The request heard last is for us: what comes next from our units is another, and no response.
    pub(crate) fn is_ours(&mut self) {
        match &mut self.kind {
            Kind::Strict(ear) => ear.turns_mut().answered(),
            Kind::Tolerant(ear) => ear.turns_mut().answered(),
            Kind::Ascii(ear) => ear.turns_mut().answered(),
            Kind::Tcp => {}
        }
    }

    /// Takes note of when bytes come that wait for an answer to those before them.
    pub(crate) fn attend(&mut self, now: Instant, link: &Link) {
        if let Kind::Tolerant(ear) = &mut self.kind {
            ear.attend(now, &self.line, link);
        }
    }

    /// When the line is free: on RTU lines after t3.5 of silence, from the last byte either way and
    /// from the beginning (F01, F06); elsewhere when what we sent has left.
    pub(crate) fn free(&self, now: Instant, link: &Link) -> Free {
        if self.framing == Framing::Tcp {
            return Free::Now;
        }
        if self.has_sent && link.sent.is_none() {
            return Free::Sending;
        }
        if self.framing == Framing::Ascii || self.line.reception == Reception::Stream {
            return Free::Now;
        }
        let last = link.received.max(link.sent).max(self.opened);
        match last.map(|last| last + self.line.t3_5()) {
            Some(free) if free > now => Free::At(free),
            _ => Free::Now,
        }
    }

    /// Whether no part of a frame has been received.
    pub(crate) fn is_idle(&self, link: &Link) -> bool {
        link.rx.is_empty()
            && match &self.kind {
                Kind::Strict(ear) => ear.is_idle(),
                _ => true,
            }
    }

    /// Gives up what has been received on a stream of what is no frame yet: nobody waits for it any
    /// more, and there is no silence that would end it.
    pub(crate) fn forget_stream(&mut self, link: &mut Link) {
        if let (Kind::Tolerant(ear), Reception::Stream) = (&mut self.kind, self.line.reception) {
            link.rx.clear();
            ear.forget();
        }
    }

    /// What ends an ASCII frame behind CR: Diagnostics, sub-function 3 (A02).
    pub(crate) fn set_ascii_end(&mut self, end: u8) {
        if let Kind::Ascii(ear) = &mut self.kind {
            ear.set_end(end);
        }
    }

    /// What ends an ASCII frame behind CR.
    pub(crate) fn ascii_end(&self) -> u8 {
        match &self.kind {
            Kind::Ascii(ear) => ear.end(),
            _ => crate::wire::ascii::LF,
        }
    }

    /// The frame that is being received is damaged.
    fn spoil(&mut self, reason: Damage) {
        match &mut self.kind {
            Kind::Strict(ear) => ear.spoil(reason),
            Kind::Tolerant(ear) => ear.spoil(reason),
            Kind::Ascii(ear) => ear.spoil(reason),
            Kind::Tcp => {}
        }
    }
}

#[cfg(test)]
mod tests;
