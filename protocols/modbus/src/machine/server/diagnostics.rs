//! Diagnostics, answered by the machine: Application protocol 6.8.

use lineside_core::Link;

use super::{Frame, Header, Outcome, Server, Told};
use crate::wire::{Pdu, Request, SubFunction, Unit, ascii};

impl Server {
    /// Answers a well-formed request, then does what it asks for: the response to a restart goes
    /// out before the restart (P42), and that to another delimiter ends in the one before (P44).
    #[inline(never)]
    pub(super) fn diagnose(
        &mut self,
        frame: &Frame,
        sub: SubFunction,
        data: &[u8],
        link: &mut Link,
    ) -> Option<Told> {
        let (asked, port) = (Header::of(frame), self.stations.port);
        let station = self.stations.get(frame.unit);
        if sub == SubFunction::FORCE_LISTEN_ONLY {
            station.apply(sub, data, port);
            station.processed(asked.function, Outcome::Done, false);
            return None;
        }
        let pdu = match station.report(sub, port) {
            Some(value) => report(sub, value),
            None => frame.pdu,
        };
        self.answer(asked, &pdu, link);
        self.stations.get(frame.unit).apply(sub, data, port);
        self.affect_port(frame.unit, sub, data);
        None
    }

    /// Whether a request to Diagnostics is for a sub-function that is not served here.
    #[inline(never)]
    pub(super) fn is_barred(&self, pdu: &[u8]) -> bool {
        let sub = pdu.get(1..).and_then(<[u8]>::first_chunk);
        let sub = sub.map(|sub| SubFunction(u16::from_be_bytes(*sub)));
        sub.is_some_and(|sub| !self.config.sub_functions.contains(sub))
    }

    /// A message for a unit in listen-only mode: only a restart brings it out, and is not answered
    /// (P45).
    pub(super) fn serve_listening(&mut self, frame: &Frame) -> Option<Told> {
        let port = self.stations.port;
        let restart = self.restart(frame);
        let station = self.stations.get(frame.unit);
        let outcome = restart.map_or(Outcome::Ignored, |_| Outcome::Done);
        station.processed(Header::of(frame).function, outcome, false);
        if let Some(data) = restart {
            station.apply(SubFunction::RESTART_COMMUNICATIONS, data, port);
            self.affect_port(frame.unit, SubFunction::RESTART_COMMUNICATIONS, data);
        }
        None
    }

    /// The data of a request to restart communications.
    fn restart<'a>(&self, frame: &'a Frame) -> Option<&'a [u8]> {
        match self.check(&frame.pdu) {
            Ok(Request::Diagnostics { sub, data }) => {
                (sub == SubFunction::RESTART_COMMUNICATIONS).then_some(data)
            }
            _ => None,
        }
    }

    /// What a sub-function does to the port that all units share.
    pub(super) fn affect_port(&mut self, unit: Unit, sub: SubFunction, data: &[u8]) {
        match (sub, data) {
            (SubFunction::RESTART_COMMUNICATIONS, _) => {
                self.ear.set_ascii_end(ascii::LF);
                self.restarted = Some(unit);
            }
            (SubFunction::CHANGE_ASCII_DELIMITER, &[end, _]) => self.ear.set_ascii_end(end),
            _ => {}
        }
    }
}

fn report(sub: SubFunction, value: u16) -> Pdu {
    let ([s1, s0], [v1, v0]) = (sub.0.to_be_bytes(), value.to_be_bytes());
    Pdu::new(&[0x08, s1, s0, v1, v0]).unwrap_or_default()
}
