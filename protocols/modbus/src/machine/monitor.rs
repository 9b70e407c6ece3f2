//! Listens to a line and says nothing: both directions, paired.

use core::{convert::Infallible, time::Duration};

use lineside_core::{Error, Instant, Link, Machine, Step};

use super::{
    ear::{Ear, Heard, Side},
    frame::{Damage, Direction, Frame, Framing},
};
use crate::{config::Line, wire::Pdu};

/// A passive listener: on a line that both directions share ([`new`](Self::new)), or on a wire that
/// one of them has to itself ([`one_way`](Self::one_way)).
#[derive(Debug)]
pub struct Monitor {
    ear: Ear,
    /// The one direction that is heard here, where it is but one.
    way: Option<Direction>,
    asked: Option<Frame>,
    lost: bool,
}

/// What a monitor hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "an event is handed on at once, by value"
)]
pub enum Overheard {
    /// A client asked.
    Request(Frame),
    /// A unit answered.
    Response {
        /// What it said.
        frame: Frame,
        /// The request that it answers, when that was heard.
        request: Option<Pdu>,
        /// The time from the end of the request to the beginning of the answer.
        delay: Option<Duration>,
    },
    /// Bytes that were no frame.
    Damaged {
        /// Why.
        reason: Damage,
        /// How many.
        bytes: usize,
    },
}

impl Monitor {
    /// A monitor of frames of `framing` on a line with these times, where requests and responses
    /// take turns.
    ///
    /// On Modbus TCP each direction has a stream of its own, and nothing in a frame tells which: all
    /// are taken for requests here. [`one_way`](Self::one_way) is for those.
    #[must_use]
    pub fn new(framing: Framing, line: Line) -> Self {
        Self::of(Ear::new(framing, Side::Monitor, line), None)
    }

    /// A monitor of one direction: of a stream, or of a wire of a full-duplex line. Every frame is
    /// taken for what goes that way, and a response is paired with no request: those are elsewhere.
    #[must_use]
    pub fn one_way(framing: Framing, line: Line, way: Direction) -> Self {
        let side = match way {
            Direction::Request => Side::Requests,
            Direction::Response => Side::Client,
        };
        Self::of(Ear::new(framing, side, line), Some(way))
    }

    const fn of(ear: Ear, way: Option<Direction>) -> Self {
        Self {
            ear,
            way,
            asked: None,
            lost: false,
        }
    }

    fn pair(&mut self, mut frame: Frame) -> Overheard {
        frame.direction = self.way.or(frame.direction);
        if frame.direction != Some(Direction::Response) {
            self.asked = Some(frame);
            return Overheard::Request(frame);
        }
        let asked = self.asked.take().filter(|asked| {
            asked.unit == frame.unit && asked.pdu.function() == frame.pdu.function()
        });
        Overheard::Response {
            frame,
            request: asked.map(|asked| asked.pdu),
            delay: asked.map(|asked| frame.began.since(asked.ended)),
        }
    }
}

impl Machine for Monitor {
    type Event = Overheard;
    /// It has nothing to say.
    type Command = Infallible;
    type Error = Error;

    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Overheard>, Error> {
        if self.lost {
            return Err(LOST);
        }
        Ok(match self.ear.poll(now, link) {
            Heard::Frame(frame) => Step::Event(self.pair(frame)),
            Heard::Damaged { reason, bytes } => Step::Event(Overheard::Damaged { reason, bytes }),
            Heard::Wait(_) if link.eof && link.rx.is_empty() => Step::Close,
            Heard::Wait(at) => Step::Wait(at),
            Heard::Lost(_) => {
                self.lost = true;
                return Err(LOST);
            }
        })
    }

    fn send(&mut self, _: Instant, command: Infallible, _: &mut Link) -> Result<(), Error> {
        match command {}
    }
}

/// The length field of a Modbus TCP frame was out of bounds.
const LOST: Error = Error::Violation(lineside_core::Clause("T01"));

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;
    use crate::config::Reception;

    fn play(monitor: &mut Monitor, frames: &[&[u8]]) -> Vec<Overheard> {
        let (mut link, mut now, mut heard) = (Link::default(), Instant::START, Vec::new());
        for frame in frames {
            now = now + Duration::from_millis(10);
            link.rx.extend_from_slice(frame);
            link.received = Some(now);
            now = now + Duration::from_millis(10);
            while let Ok(Step::Event(event)) = monitor.poll(now, &mut link) {
                heard.push(event);
            }
        }
        heard
    }

    #[test]
    fn an_answer_is_paired_with_its_request() {
        let request = b"\x11\x03\x00\x6B\x00\x03\x76\x87";
        let response = b"\x11\x03\x06\xAE\x41\x56\x52\x43\x40\x49\xAD";
        let mut monitor = Monitor::new(Framing::Rtu, Line::default());
        let heard = play(&mut monitor, &[request, b"\x00\xFF", response, response]);
        let [
            Overheard::Request(asked),
            Overheard::Damaged { .. },
            Overheard::Response { request, delay, .. },
            Overheard::Response { request: None, .. },
        ] = heard[..]
        else {
            panic!("{heard:?}");
        };
        assert_eq!(request, Some(asked.pdu));
        assert!(delay.unwrap() < Duration::from_millis(40));
    }

    #[test]
    fn one_direction_is_all_that_a_one_way_monitor_hears() {
        // Each is whole as a request and as a response: Write Single Register, echoed.
        let rtu: &[u8] = b"\x11\x06\x00\x01\x00\x03\x9A\x9B";
        let ascii = b":110600010003E5\r\n";
        let tcp = b"\x00\x07\x00\x00\x00\x06\x11\x06\x00\x01\x00\x03";
        let framings = [
            (Framing::Rtu, rtu),
            (Framing::Ascii, ascii),
            (Framing::Tcp, tcp),
        ];
        for reception in [Reception::Strict, Reception::Tolerant, Reception::Stream] {
            for (framing, frame) in framings {
                let line = Line::default().reception(reception);
                let mut monitor = Monitor::one_way(framing, line, Direction::Request);
                let heard = play(&mut monitor, &[frame, frame]);
                let [Overheard::Request(_), Overheard::Request(last)] = heard[..] else {
                    panic!("{framing}: {heard:?}");
                };
                assert_eq!(last.direction, Some(Direction::Request), "{framing}");
                let mut monitor = Monitor::one_way(framing, line, Direction::Response);
                let heard = play(&mut monitor, &[frame, frame]);
                let [
                    Overheard::Response { request: None, .. },
                    Overheard::Response { frame: last, .. },
                ] = heard[..]
                else {
                    panic!("{framing}: {heard:?}");
                };
                assert_eq!(last.direction, Some(Direction::Response), "{framing}");
            }
        }
    }

    #[test]
    fn requests_alone_are_given_at_once_though_a_response_might_be_longer() {
        // A response that began like the second would have 0x10 bytes of values.
        let first = b"\x11\x03\x00\x6B\x00\x03\x76\x87";
        let second = b"\x11\x03\x10\x00\x00\x01\x82\x5A";
        let line = Line::default().reception(Reception::Stream);
        let mut monitor = Monitor::one_way(Framing::Rtu, line, Direction::Request);
        let (mut link, mut now) = (Link::default(), Instant::START);
        for frame in [first, second] {
            now = now + Duration::from_micros(10);
            link.rx.extend_from_slice(frame);
            link.received = Some(now);
            let heard = monitor.poll(now, &mut link);
            assert!(
                matches!(heard, Ok(Step::Event(Overheard::Request(_)))),
                "{heard:?}"
            );
        }
    }

    #[test]
    fn a_length_that_cannot_be_is_the_end_of_a_stream() {
        let mut monitor = Monitor::new(Framing::Tcp, Line::default());
        let mut link = Link::default();
        link.rx.extend_from_slice(b"\0\0\0\0\xFF\xFF");
        for _ in 0..2 {
            assert_eq!(monitor.poll(Instant::START, &mut link), Err(LOST));
        }
    }
}
