//! What only serial lines have: functions 7, 8, 11, 12 and 17 (Application protocol 6.7 to 6.10, 6.13).

use super::{
    Answer, FUNCTION, SILENT, VALUE,
    pdu::{counted, echo, word},
    station::{Counters, Station},
};
use crate::reference::modbus::plant;

impl Station {
    pub(super) fn serial(&mut self, code: u8, data: &[u8]) -> Answer {
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
    pub(super) fn restart(&mut self, data: &[u8]) -> Answer {
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
}
