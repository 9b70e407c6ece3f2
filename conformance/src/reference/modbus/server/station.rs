//! Whom a frame is for, what is counted, and what is logged: Serial line 2.4.2 and 6.1, Application
//! protocol 6.8 to 6.10.

use std::collections::VecDeque;

use super::{
    ACKNOWLEDGE_AND_BUSY, Answer, FUNCTION, SILENT, VALUE,
    files::{Files, identify},
    tables::Tables,
};
use crate::reference::{Mutation, modbus::plant};

/// The unit behind a port.
pub(super) struct Station {
    pub(super) tables: Tables,
    files: Files,
    pub(super) count: Counters,
    /// Newest first, at most 64.
    pub(super) log: VecDeque<u8>,
    pub(super) listens_only: bool,
    pub(super) register: u16,
    /// On a line, or frames of one: stations have addresses, and the serial functions are served.
    is_serial: bool,
    /// A restart is due once the answer is out.
    pub(super) restarts: Option<bool>,
    /// What ends an ASCII frame behind CR.
    pub(super) delimiter: u8,
    pub(super) broken: Mutation,
}

/// Serial line 6.1.1, by number, and the event counter of 6.9.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) messages: u16,
    pub(super) errors: u16,
    pub(super) exceptions: u16,
    pub(super) addressed: u16,
    pub(super) silences: u16,
    pub(super) naks: u16,
    pub(super) busy: u16,
    pub(super) overruns: u16,
    pub(super) events: u16,
}

impl Station {
    pub(super) fn new(is_serial: bool, broken: Mutation) -> Self {
        Self {
            tables: Tables::new(broken.clone()),
            files: Files::new(broken.clone()),
            count: Counters::default(),
            log: VecDeque::new(),
            listens_only: false,
            register: plant::DIAGNOSTIC_REGISTER,
            is_serial,
            restarts: None,
            delimiter: b'\n',
            broken,
        }
    }

    /// A frame that is none: bad check, damaged character, too short, too long.
    pub(super) fn damaged(&mut self, overrun: bool) {
        if !self.broken.is("counters.errors-not-counted") {
            self.count.errors += 1;
        }
        if overrun || self.broken.is("counters.errors-are-overruns") {
            self.count.overruns += 1;
        }
        self.log(0x82);
    }

    /// A good frame: the unit that answers, and its answer.
    pub(super) fn take(&mut self, unit: u8, pdu: &[u8]) -> Option<(u8, Vec<u8>)> {
        self.count.messages += 1;
        if self.broken.is("counters.only-own-messages") && unit != plant::UNIT {
            self.count.messages -= 1;
        }
        let mine = match unit {
            plant::UNIT => true,
            0 | 0xff => !self.is_serial && !self.broken.is("tcp.only-its-unit"),
            248..=254 => self.is_serial && self.broken.is("serial.answers-reserved"),
            _ => self.is_serial && self.broken.is("serial.answers-foreign"),
        };
        if unit == 0 && self.is_serial {
            return self.broadcast(pdu);
        }
        if !mine {
            return None;
        }
        self.count.addressed += 1;
        if self.listens_only && !self.broken.is("diagnostics.never-listens-only") {
            self.log(0xa0);
            return self.listening(pdu).map(|reply| (unit, reply));
        }
        self.log(0x80);
        let answer = self.answer(pdu);
        let reply = self.finish(pdu, answer);
        let says = if self.broken.is("any.replies-as-unit-one") {
            1
        } else {
            unit
        };
        reply.map(|reply| (says, reply))
    }

    /// Executed, and never answered.
    fn broadcast(&mut self, pdu: &[u8]) -> Option<(u8, Vec<u8>)> {
        if self.broken.is("serial.answers-broadcasts") {
            let answer = self.answer(pdu);
            return self.finish(pdu, answer).map(|reply| (0, reply));
        }
        if !self.broken.is("counters.broadcasts-answered") {
            self.count.addressed += 1;
            self.count.silences += 1;
        }
        let listening = if self.listens_only { 0x20 } else { 0 };
        self.log(0xc0 | listening);
        let is_write = matches!(pdu.first(), Some(5 | 6 | 15 | 16 | 21 | 22 | 23));
        let restart = matches!(pdu, [8, 0, 1, ..]);
        if self.listens_only && !restart && !self.broken.is("diagnostics.listens-to-broadcasts") {
            return None;
        }
        let skips = is_write && self.broken.is("serial.ignores-broadcasts");
        let answer = if skips {
            Err(FUNCTION)
        } else if is_write || restart {
            self.answer(pdu)
        } else if self.broken.is("serial.refuses-broadcasts") {
            return Some((plant::UNIT, vec![pdu.first()? | 0x80, FUNCTION]));
        } else {
            Err(FUNCTION)
        };
        if answer.is_err() && !self.broken.is("counters.broadcasts-without-exceptions") {
            self.count.exceptions += 1;
        }
        if answer.is_ok() {
            self.count.events += 1;
        }
        self.log(0x40 | listening);
        self.settle();
        None
    }

    /// Only a restart is processed, and not answered.
    fn listening(&mut self, pdu: &[u8]) -> Option<Vec<u8>> {
        self.count.silences += 1;
        if let [8, 0, 1, data @ ..] = pdu
            && let Ok(reply) = self.restart(data)
        {
            self.settle();
            return Some(reply).filter(|_| self.broken.is("diagnostics.answers-the-wake-up"));
        }
        let executes = matches!(pdu.first(), Some(5 | 6 | 15 | 16));
        if executes && self.broken.is("diagnostics.executes-while-listening") {
            let _ = self.answer(pdu);
        }
        None
    }

    /// Counts and logs what became of a request, and makes the reply of it.
    fn finish(&mut self, pdu: &[u8], answer: Answer) -> Option<Vec<u8>> {
        let code = pdu.first().copied().unwrap_or_default();
        let reply = match answer {
            Ok(reply) => {
                let counts = code != 11 || self.broken.is("counters.fetches-are-events");
                self.count.events += u16::from(counts);
                self.log(0x40);
                Some(reply)
            }
            Err(SILENT) => {
                self.count.silences += 1;
                return None;
            }
            Err(exception) => self.refuse(code, exception),
        };
        if self.broken.is("any.silent-on-errors") && answer_is_exception(reply.as_deref()) {
            return None;
        }
        self.settle();
        reply
    }

    fn refuse(&mut self, code: u8, exception: u8) -> Option<Vec<u8>> {
        if !self.broken.is("counters.exceptions-not-counted") {
            self.count.exceptions += 1;
        }
        if self.broken.is("counters.exceptions-are-events") {
            self.count.events += 1;
        }
        match exception {
            6 if !self.broken.is("counters.busy-not-counted") => self.count.busy += 1,
            7 if !self.broken.is("counters.naks-not-counted") => self.count.naks += 1,
            _ => {}
        }
        let kind = match exception {
            1..=3 => 0x01,
            4 => 0x02,
            _ if ACKNOWLEDGE_AND_BUSY.contains(&exception) => 0x04,
            7 => 0x08,
            _ => 0,
        };
        self.log(
            0x40 | if self.broken.is("log.exceptions-look-fine") {
                0
            } else {
                kind
            },
        );
        if self.broken.is("pdu.exception-without-its-bit") {
            return Some(vec![code, exception]);
        }
        let mut reply = vec![code | 0x80, exception];
        if self.broken.is("pdu.exception-says-more") {
            reply.push(0);
        }
        Some(reply)
    }

    /// What a request asks for is done, or refused.
    fn answer(&mut self, pdu: &[u8]) -> Answer {
        let Some((&code, data)) = pdu.split_first() else {
            let takes = self.broken.is("rtu.takes-three-bytes");
            return Err(if takes { FUNCTION } else { SILENT });
        };
        let code = if self.broken.is("pdu.masks-the-code") {
            code & 0x7f
        } else {
            code
        };
        match code {
            1 | 2 => self.tables.read_bits(code, data),
            3 | 4 => self.tables.read_registers(code, data),
            5 => self.tables.write_coil(data),
            6 => self.tables.write_register(data),
            15 => self.tables.write_coils(data),
            16 => self.tables.write_registers(data),
            20 => self.files.read(data),
            21 => self.files.write(data),
            22 => self.tables.mask_register(data),
            23 => self.tables.read_write(data),
            24 => self.tables.read_fifo(data),
            43 => identify(data, &self.broken),
            7 | 8 | 11 | 12 | 17 if self.is_serial => self.serial(code, data),
            7 | 8 | 11 | 17 if self.broken.is("tcp.serial-functions-by-halves") => {
                Ok(vec![code, 9, 1])
            }
            0 if self.broken.is("pdu.code-0-is-ignored") => Err(SILENT),
            _ if self.broken.is("pdu.unknown-code-is-ignored") => Err(SILENT),
            _ if self.broken.is("pdu.unknown-code-is-a-value") => Err(VALUE),
            _ => Err(FUNCTION),
        }
    }

    fn settle(&mut self) {
        let Some(clears) = self.restarts.take() else {
            return;
        };
        if !self.broken.is("diagnostics.restart-keeps-counters") {
            self.count = Counters::default();
        }
        if !self.broken.is("diagnostics.never-wakes") {
            self.listens_only = false;
        }
        self.delimiter = b'\n';
        if clears || self.broken.is("log.cleared-unasked") {
            self.log.clear();
        }
        if !self.broken.is("log.forgets-restart") {
            self.log(0x00);
        }
    }

    pub(super) fn log(&mut self, event: u8) {
        self.log.push_front(event);
        let most = if self.broken.is("log.of-100") {
            100
        } else {
            64
        };
        self.log.truncate(most);
    }
}

fn answer_is_exception(reply: Option<&[u8]>) -> bool {
    matches!(reply, Some([code, ..]) if code & 0x80 != 0)
}
