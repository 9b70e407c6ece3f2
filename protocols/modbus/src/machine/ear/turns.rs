//! Who sent a frame: nothing in it says so, but a response follows its request.
//!
//! This tells other units' traffic apart. What a server hears for one of its own units is a request
//! whatever stands here.

use super::Side;
use crate::{
    machine::frame::{Direction, Frame},
    wire::{Length, Unit, request_length, response_length},
};

/// The request that was heard last and not answered yet.
#[derive(Debug)]
pub(super) struct Turns {
    side: Side,
    asked: Option<(Unit, u8)>,
}

impl Turns {
    pub(super) const fn new(side: Side) -> Self {
        Self { side, asked: None }
    }

    /// Whether a frame that begins with these bytes may be the answer to the request heard last.
    pub(super) fn may_answer(&self, frame: &[u8]) -> bool {
        match frame {
            [unit, function, ..] => self.asked == Some((Unit::new(*unit), function & 0x7F)),
            _ => false,
        }
    }

    /// The one direction that there is, where there is but one.
    pub(super) const fn only(&self) -> Option<Direction> {
        match self.side {
            Side::Client => Some(Direction::Response),
            Side::Requests => Some(Direction::Request),
            Side::Server | Side::Monitor => None,
        }
    }

    /// The request heard last needs no response from the line: it is for us.
    pub(super) const fn answered(&mut self) {
        self.asked = None;
    }

    /// Decides who sent a good frame, and what may follow it.
    pub(super) fn settle(&mut self, frame: &mut Frame) {
        let direction = frame.direction.unwrap_or_else(|| self.guess(frame));
        frame.direction = Some(direction);
        let expects = direction == Direction::Request && !frame.unit.is_broadcast();
        self.asked = expects.then_some((frame.unit, frame.pdu.function()));
    }

    /// The order of frames tells where lengths do not.
    fn guess(&self, frame: &Frame) -> Direction {
        if let Some(only) = self.only() {
            return only;
        }
        if frame.pdu.as_exception().is_some() {
            return Direction::Response;
        }
        let answers = self.asked == Some((frame.unit, frame.pdu.function()));
        let fits = |length| match length {
            Length::Is(length) => length == frame.pdu.len(),
            Length::AtLeast(_) => false,
            Length::Open => true,
        };
        let (request, response) = (
            fits(request_length(&frame.pdu)),
            fits(response_length(&frame.pdu)),
        );
        match (request, response) {
            (_, true) if answers => Direction::Response,
            (false, true) if self.side == Side::Monitor => Direction::Response,
            _ => Direction::Request,
        }
    }
}
