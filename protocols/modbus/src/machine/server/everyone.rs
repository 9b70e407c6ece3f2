//! Broadcasts: executed by every unit, answered by none (Serial line 2.1, S04, S05).

use super::{Event, Frame, Header, Outcome, Server, Told};
use crate::{
    config::Diagnostics,
    wire::{Exception, Pdu, Request, SubFunction, Unit},
};

/// A broadcast that is handed out unit by unit, since some only listen.
#[derive(Debug)]
pub(super) struct Spread {
    asked: Header,
    pdu: Pdu,
    /// The next unit to look at; one more than there are when all were.
    next: u16,
}

impl Server {
    /// A request for everyone.
    pub(super) fn serve_everyone(&mut self, frame: &Frame) -> Option<Told> {
        let code = Header::of(frame).function;
        let is_own = self.config.diagnostics == Diagnostics::Own;
        match self.check(&frame.pdu) {
            Ok(Request::Diagnostics { sub, data }) if is_own => {
                self.diagnose_everyone(sub, data);
                None
            }
            Ok(request) if request.is_broadcast() => {
                self.note_everyone(code, Outcome::Ignored);
                self.hand_out(frame)
            }
            Ok(_) => {
                self.note_everyone(code, Outcome::Refused(Exception::ILLEGAL_FUNCTION));
                None
            }
            Err(exception) => {
                self.note_everyone(code, Outcome::Refused(exception));
                None
            }
        }
    }

    /// One event for all units, or one for each where some only listen.
    fn hand_out(&mut self, frame: &Frame) -> Option<Told> {
        let asked = Header::of(frame);
        if !self.stations.all().any(|station| station.listens_only) {
            return Some(self.open(asked, true));
        }
        self.spread = Some(Spread {
            asked,
            pdu: frame.pdu,
            next: 0,
        });
        self.spread_on()
    }

    /// The next event of a broadcast that is handed out unit by unit.
    #[inline]
    pub(super) fn spread(&mut self) -> Option<Event> {
        let pdu = self.spread.as_ref()?.pdu;
        self.spread_on().map(|told| told.event(pdu))
    }

    fn spread_on(&mut self) -> Option<Told> {
        while let Some(spread) = &mut self.spread {
            let Ok(unit) = u8::try_from(spread.next).map(Unit::new) else {
                self.spread = None;
                break;
            };
            spread.next += 1;
            let asked = Header {
                unit,
                ..spread.asked
            };
            let is_here = self.config.units.contains(unit) && !unit.is_broadcast();
            let is_reserved = self.framing.is_serial() && unit.is_reserved();
            if is_here && !is_reserved && !self.stations.listens_only(unit) {
                return Some(self.open(asked, true));
            }
        }
        None
    }

    /// Diagnostics for everyone: what only asks makes no sense, and is not allowed.
    fn diagnose_everyone(&mut self, sub: SubFunction, data: &[u8]) {
        let acts = matches!(
            sub,
            SubFunction::RESTART_COMMUNICATIONS
                | SubFunction::CHANGE_ASCII_DELIMITER
                | SubFunction::FORCE_LISTEN_ONLY
                | SubFunction::CLEAR_COUNTERS
                | SubFunction::CLEAR_OVERRUNS
        );
        if !acts {
            return self.note_everyone(0x08, Outcome::Refused(Exception::ILLEGAL_FUNCTION));
        }
        let restarts = sub == SubFunction::RESTART_COMMUNICATIONS;
        let port = self.stations.port;
        for station in self.stations.all() {
            station.received(true);
            if station.listens_only && !restarts {
                station.processed(0x08, Outcome::Ignored, false);
                continue;
            }
            station.processed(0x08, Outcome::Done, false);
            station.apply(sub, data, port);
        }
        self.affect_port(Unit::BROADCAST, sub, data);
    }

    /// Counts a broadcast for every unit: those that only listen do nothing of it.
    fn note_everyone(&mut self, code: u8, outcome: Outcome) {
        for station in self.stations.all() {
            station.received(true);
            let outcome = if station.listens_only {
                Outcome::Ignored
            } else {
                outcome
            };
            station.processed(code, outcome, false);
        }
    }
}
