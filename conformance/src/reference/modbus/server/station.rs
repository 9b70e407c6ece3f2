//! Whom a frame is for, what is counted, and what is logged: Serial line 2.4.2 and 6.1, Application
//! protocol 6.8 to 6.10.

use std::collections::VecDeque;

use super::{
    ACKNOWLEDGE_AND_BUSY, Answer, FUNCTION, SILENT, VALUE,
    files::{Files, identify},
    tables::{Tables, counted, echo, word},
};
use crate::reference::{Mutation, modbus::plant};

/// The unit behind a port.
pub(super) struct Station {
    tables: Tables,
    files: Files,
    count: Counters,
    /// Newest first, at most 64.
    log: VecDeque<u8>,
    listens_only: bool,
    register: u16,
    /// On a line, or frames of one: stations have addresses, and the serial functions are served.
    is_serial: bool,
    /// A restart is due once the answer is out.
    restarts: Option<bool>,
    /// What ends an ASCII frame behind CR.
    pub(super) delimiter: u8,
    broken: Mutation,
}

/// Serial line 6.1.1, by number, and the event counter of 6.9.
#[derive(Default)]
struct Counters {
    messages: u16,
    errors: u16,
    exceptions: u16,
    addressed: u16,
    silences: u16,
    naks: u16,
    busy: u16,
    overruns: u16,
    events: u16,
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

    fn serial(&mut self, code: u8, data: &[u8]) -> Answer {
        if code == 8 {
            return self.diagnose(data);
        }
        self.tables.fields::<0>(data)?;
        Ok(match code {
            7 if self.broken.is("serial.status-of-two-bytes") => {
                vec![7, 0, plant::EXCEPTION_STATUS]
            }
            7 => vec![7, plant::EXCEPTION_STATUS],
            11 => {
                let mut reply = vec![11];
                let busy = self.broken.is("counters.always-busy");
                reply.extend_from_slice(if busy { &[0x12, 0x34] } else { &[0, 0] });
                reply.extend_from_slice(&self.count.events.to_be_bytes());
                reply
            }
            12 => self.events(),
            _ => self.server_id(),
        })
    }

    fn server_id(&self) -> Vec<u8> {
        let mut id = plant::SERVER_ID.to_vec();
        if self.broken.is("serial.runs-a-little")
            && let Some(run) = id.get_mut(2)
        {
            *run = 1;
        }
        let mut reply = counted(17, id);
        if self.broken.is("serial.server-id-miscounted") {
            reply.push(0);
        }
        reply
    }

    /// 6.10.
    fn events(&self) -> Vec<u8> {
        let mut bytes = vec![0, 0];
        let twice = u16::from(self.broken.is("log.counts-events-twice")) + 1;
        bytes.extend_from_slice(&(self.count.events * twice).to_be_bytes());
        bytes.extend_from_slice(&self.count.messages.to_be_bytes());
        if self.broken.is("log.oldest-first") {
            bytes.extend(self.log.iter().rev());
        } else {
            bytes.extend(&self.log);
        }
        let mut reply = counted(12, bytes);
        if self.broken.is("log.miscounted")
            && let Some(count) = reply.get_mut(1)
        {
            *count -= 6;
        }
        reply
    }

    /// 6.8.
    fn diagnose(&mut self, data: &[u8]) -> Answer {
        let Some(([s1, s2], rest)) = data.split_first_chunk() else {
            let silent = self.broken.is("diagnostics.short-is-ignored");
            return Err(if silent { SILENT } else { VALUE });
        };
        let sub = word(*s1, *s2);
        let cut = |data: &[u8]| data.get(..4).unwrap_or(data).to_vec();
        match sub {
            0 if self.broken.is("diagnostics.loops-one-word") => Ok(echo(8, &cut(data))),
            0 => Ok(echo(8, data)),
            1 => {
                let reply = self.restart(rest);
                if self.broken.is("diagnostics.restart-is-silent") && reply.is_ok() {
                    return Err(SILENT);
                }
                reply
            }
            3 => match rest {
                [delimiter, 0] => {
                    self.delimiter = *delimiter;
                    Ok(echo(8, data))
                }
                _ if self.broken.is("diagnostics.any-data") => Ok(echo(8, data)),
                _ => Err(VALUE),
            },
            2 | 4 | 0x0a..=0x12 | 0x14 => {
                if rest != [0, 0] && !self.broken.is("diagnostics.any-data") {
                    return Err(VALUE);
                }
                self.with_zero(sub, data)
            }
            _ if self.broken.is("diagnostics.reserved-are-echoed") => Ok(echo(8, data)),
            _ => Err(FUNCTION),
        }
    }

    fn with_zero(&mut self, sub: u16, data: &[u8]) -> Answer {
        let count = &mut self.count;
        let value = match sub {
            2 => self.register,
            4 => {
                self.listens_only = true;
                if !self.broken.is("log.forgets-listen-only") {
                    self.log(0x04);
                }
                let says = self.broken.is("diagnostics.answers-listen-only");
                return if says { Ok(echo(8, data)) } else { Err(SILENT) };
            }
            0x0a => {
                if !self.broken.is("diagnostics.clears-nothing") {
                    *count = Counters::default();
                }
                if !self.broken.is("diagnostics.keeps-its-register") {
                    self.register = 0;
                }
                return Ok(echo(8, data));
            }
            0x0b => count.messages,
            0x0c => count.errors,
            0x0d => count.exceptions,
            0x0e if self.broken.is("counters.addressed-are-all") => count.messages,
            0x0e => count.addressed,
            0x0f => count.silences,
            0x10 => count.naks,
            0x11 => count.busy,
            0x12 => count.overruns,
            _ => {
                count.overruns = 0;
                if self.broken.is("diagnostics.overrun-clear-is-silent") {
                    return Err(SILENT);
                }
                return Ok(echo(8, data));
            }
        };
        let [high, low] = value.to_be_bytes();
        let [s1, s2] = sub.to_be_bytes();
        Ok(vec![8, s1, s2, high, low])
    }

    /// Asks for a restart; it comes once the answer is out.
    fn restart(&mut self, data: &[u8]) -> Answer {
        let clears = match data {
            [0xff, 0] => true,
            [0, 0] => false,
            _ if self.broken.is("diagnostics.any-data") => false,
            _ => return Err(VALUE),
        };
        self.restarts = Some(clears && !self.broken.is("log.never-cleared"));
        let mut reply = vec![8, 0, 1];
        reply.extend_from_slice(data);
        Ok(reply)
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

    fn log(&mut self, event: u8) {
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
