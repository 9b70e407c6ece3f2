//! What a unit keeps of its line: counters, log, listen-only mode (Serial line 6.1, Application
//! protocol 6.8 to 6.10).

use alloc::vec::Vec;

use super::log::Log;
use crate::{
    machine::frame::Damage,
    wire::{Exception, Pdu, SubFunction, Unit},
};

/// What the port counts for all its units. Counters go round at 65,536; a unit that clears its own
/// notes where they stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Port {
    /// CPT1: good frames, for whomever.
    pub(super) messages: u16,
    /// CPT2: frames that were none.
    errors: u16,
    /// CPT8: those of them that were lost characters, or too many of them.
    overruns: u16,
}

impl Port {
    const fn since(self, earlier: Self) -> Self {
        Self {
            messages: self.messages.wrapping_sub(earlier.messages),
            errors: self.errors.wrapping_sub(earlier.errors),
            overruns: self.overruns.wrapping_sub(earlier.overruns),
        }
    }
}

/// One unit.
#[derive(Clone, Debug)]
pub(super) struct Station {
    /// Where the port's counters stood when this unit's were cleared.
    cleared: Port,
    /// CPT3.
    exceptions: u16,
    /// CPT4.
    messages: u16,
    /// CPT5.
    silences: u16,
    /// CPT6.
    naks: u16,
    /// CPT7.
    busy: u16,
    /// The communication event counter.
    events: u16,
    /// The diagnostic register.
    pub(super) register: u16,
    /// A program command is still being processed.
    pub(super) is_processing: bool,
    pub(super) listens_only: bool,
    log: Log,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A normal response, or a broadcast that was executed.
    Done,
    /// An exception, or what would have been one.
    Refused(Exception),
    /// Nothing was done.
    Ignored,
}

impl Station {
    pub(super) const fn new(register: u16) -> Self {
        Self {
            cleared: Port {
                messages: 0,
                errors: 0,
                overruns: 0,
            },
            exceptions: 0,
            messages: 0,
            silences: 0,
            naks: 0,
            busy: 0,
            events: 0,
            register,
            is_processing: false,
            listens_only: false,
            log: Log::new(),
        }
    }

    /// A message came for this unit, or for everyone: noted before it is processed.
    pub(super) fn received(&mut self, is_broadcast: bool) {
        bump(&mut self.messages);
        self.log.received(is_broadcast, self.listens_only);
    }

    /// A message to function `code` has been processed, and answered or not.
    pub(super) fn processed(&mut self, code: u8, outcome: Outcome, is_answered: bool) {
        self.count(code, outcome);
        let sent = match outcome {
            Outcome::Refused(exception) if is_answered => Some(exception),
            _ => None,
        };
        match sent {
            Some(Exception::NEGATIVE_ACKNOWLEDGE) => bump(&mut self.naks),
            Some(Exception::SERVER_DEVICE_BUSY) => bump(&mut self.busy),
            _ => {}
        }
        if !is_answered {
            bump(&mut self.silences);
        }
        self.log.processed(sent, self.listens_only);
    }

    /// Counts what became of a message: also of a broadcast, when that is known.
    pub(super) fn count(&mut self, code: u8, outcome: Outcome) {
        match outcome {
            Outcome::Refused(_) => bump(&mut self.exceptions),
            // Asking for the counter does not change it (Application protocol 6.9).
            Outcome::Done if code != 0x0B => bump(&mut self.events),
            Outcome::Done | Outcome::Ignored => {}
        }
    }

    /// Does what a sub-function of Diagnostics does beside answering, after the answer is made.
    pub(super) fn apply(&mut self, sub: SubFunction, data: &[u8], port: Port) {
        match sub {
            SubFunction::RESTART_COMMUNICATIONS => {
                self.clear_counters(port);
                self.listens_only = false;
                if data == [0xFF, 0] {
                    self.log.clear();
                }
                self.log.restarted();
            }
            SubFunction::FORCE_LISTEN_ONLY => {
                self.listens_only = true;
                self.log.entered_listen_only();
            }
            SubFunction::CLEAR_COUNTERS => {
                self.clear_counters(port);
                self.register = 0;
            }
            SubFunction::CLEAR_OVERRUNS => self.cleared.overruns = port.overruns,
            _ => {}
        }
    }

    fn clear_counters(&mut self, port: Port) {
        *self = Self {
            cleared: port,
            register: self.register,
            is_processing: self.is_processing,
            listens_only: self.listens_only,
            log: self.log.clone(),
            ..Self::new(0)
        };
    }

    /// The register or counter that a sub-function asks for.
    pub(super) const fn report(&self, sub: SubFunction, port: Port) -> Option<u16> {
        let port = port.since(self.cleared);
        Some(match sub {
            SubFunction::RETURN_DIAGNOSTIC_REGISTER => self.register,
            SubFunction::BUS_MESSAGES => port.messages,
            SubFunction::BUS_COMM_ERRORS => port.errors,
            SubFunction::BUS_EXCEPTION_ERRORS => self.exceptions,
            SubFunction::SERVER_MESSAGES => self.messages,
            SubFunction::SERVER_NO_RESPONSES => self.silences,
            SubFunction::SERVER_NAKS => self.naks,
            SubFunction::SERVER_BUSY => self.busy,
            SubFunction::BUS_CHARACTER_OVERRUNS => port.overruns,
            _ => return None,
        })
    }

    /// The response to Get Comm Event Counter.
    pub(super) fn event_counter(&self) -> Pdu {
        let [s1, s0] = self.status();
        let [e1, e0] = self.events.to_be_bytes();
        Pdu::new(&[0x0B, s1, s0, e1, e0]).unwrap_or_default()
    }

    /// The response to Get Comm Event Log.
    pub(super) fn event_log(&self, port: Port) -> Pdu {
        let messages = port.since(self.cleared).messages;
        let count = u8::try_from(6 + self.log.len()).unwrap_or(u8::MAX);
        let words = [self.events, messages].map(u16::to_be_bytes);
        let bytes: Vec<u8> = [0x0C, count]
            .into_iter()
            .chain(self.status())
            .chain(words.into_iter().flatten())
            .chain(self.log.iter())
            .collect();
        Pdu::new(&bytes).unwrap_or_default()
    }

    const fn status(&self) -> [u8; 2] {
        if self.is_processing {
            [0xFF; 2]
        } else {
            [0x00; 2]
        }
    }
}

/// The units of a port. One that nobody has addressed yet is like [`Stations::others`].
#[derive(Debug)]
pub(super) struct Stations {
    pub(super) port: Port,
    others: Station,
    known: Vec<(Unit, Station)>,
}

impl Stations {
    pub(super) const fn new(register: u16) -> Self {
        Self {
            port: Port {
                messages: 0,
                errors: 0,
                overruns: 0,
            },
            others: Station::new(register),
            known: Vec::new(),
        }
    }

    /// A unit's own.
    pub(super) fn get(&mut self, unit: Unit) -> &mut Station {
        let at = match self.known.binary_search_by_key(&unit, |(unit, _)| *unit) {
            Ok(at) => at,
            Err(at) => {
                self.known.insert(at, (unit, self.others.clone()));
                at
            }
        };
        match self.known.get_mut(at) {
            Some((_, station)) => station,
            None => &mut self.others,
        }
    }

    /// Every unit.
    pub(super) fn all(&mut self) -> impl Iterator<Item = &mut Station> {
        let known = self.known.iter_mut().map(|(_, station)| station);
        known.chain([&mut self.others])
    }

    pub(super) fn listens_only(&self, unit: Unit) -> bool {
        let known = self.known.binary_search_by_key(&unit, |(unit, _)| *unit);
        let station = known.ok().and_then(|at| self.known.get(at));
        station
            .map_or(&self.others, |(_, station)| station)
            .listens_only
    }

    /// A frame that was none, for whomever.
    pub(super) fn damaged(&mut self, reason: Damage) {
        let overrun = matches!(reason, Damage::Overrun | Damage::Long);
        bump(&mut self.port.errors);
        if overrun {
            bump(&mut self.port.overruns);
        }
        self.all()
            .for_each(|station| station.log.damaged(overrun, station.listens_only));
    }
}

pub(super) const fn bump(counter: &mut u16) {
    *counter = counter.wrapping_add(1);
}
