//! The port of the textbook server: a line, what waits for it, and what is in effect on it.

use lineside_io::{Line, Queue, Settings, Signals};
use tokio::io::AsyncWriteExt;

use super::settings;
use crate::reference::Mutation;

/// A line with what is in effect on it.
pub(super) struct Port {
    pub(super) line: Box<dyn Line>,
    /// What waits to be written.
    pub(super) pending: Vec<u8>,
    pub(super) is_break: bool,
    pub(super) dtr: bool,
    pub(super) rts: bool,
    initial: Settings,
    broken: Mutation,
}

impl Port {
    pub(super) fn new(line: Box<dyn Line>, broken: Mutation) -> Self {
        Self {
            initial: line.settings(),
            line,
            pending: Vec::new(),
            is_break: false,
            dtr: true,
            rts: true,
            broken,
        }
    }

    /// CTS, DSR, RI and DCD in bits 4 to 7.
    pub(super) fn inputs(&mut self) -> Option<u8> {
        let Signals {
            cts, dsr, ri, dcd, ..
        } = self.line.signals().ok()?;
        let bits = [(cts, 16), (dsr, 32), (ri, 64), (dcd, 128)];
        let swapped = self.broken.is("com-port.cts-as-dsr");
        let bits: u8 = bits.iter().filter(|(on, _)| *on).map(|(_, bit)| bit).sum();
        Some(if swapped {
            (bits & 0xC0) | (bits & 16) << 1 | (bits & 32) >> 1
        } else {
            bits
        })
    }

    /// Waits until the data before a command has left.
    pub(super) async fn settle(&mut self) {
        if self.broken.is("com-port.settings-overtake-data") {
            return;
        }
        let data = core::mem::take(&mut self.pending);
        // A line that has gone shows in what is read.
        let _ = self.line.write_all(&data).await;
        let _ =
            core::future::poll_fn(|cx| core::pin::Pin::new(&mut self.line).poll_drain(cx)).await;
    }

    /// Does what a setting's command asks for, if there is such a value. 0 is a question.
    pub(super) async fn set(&mut self, command: u8, value: u32) {
        let byte = u8::try_from(value).unwrap_or(u8::MAX);
        let mut to = self.line.settings();
        match command {
            1 if value != 0 => to.baud = value,
            4 if byte == 3 && self.broken.is("com-port.rounds-stop-sizes-in-silence") => {
                to.stop_bits = lineside_io::StopBits::Two;
            }
            2 => to.data_bits = settings::size_of(byte).unwrap_or(to.data_bits),
            3 => to.parity = settings::parity_of(byte).unwrap_or(to.parity),
            4 => to.stop_bits = settings::stop_of(byte).unwrap_or(to.stop_bits),
            5 => return self.control(byte).await,
            _ => {}
        }
        self.configure(to).await;
    }

    async fn configure(&mut self, to: Settings) {
        if to == self.line.settings() || self.broken.is("com-port.sets-nothing") {
            return;
        }
        self.settle().await;
        // What it cannot do leaves it as it was, and the answer says so.
        let _ = self.line.configure(to).await;
    }

    async fn control(&mut self, value: u8) {
        if let Some(flow) = settings::flow_of(value) {
            let flow = if self.broken.is("com-port.never-sets-flow") {
                return;
            } else {
                flow
            };
            let to = Settings {
                flow,
                ..self.line.settings()
            };
            return self.configure(to).await;
        }
        match value {
            5 => {
                self.settle().await;
                self.set_break(true);
                if self.broken.is("com-port.break-is-a-pulse") {
                    let _ = self.line.set_break(false);
                }
            }
            6 => self.set_break(false),
            8 | 9 | 11 | 12 => {
                self.settle().await;
                self.output(value);
            }
            _ => {}
        }
    }

    pub(super) fn set_break(&mut self, on: bool) {
        if !on && self.broken.is("com-port.break-goes-on") {
            return;
        }
        self.is_break = on;
        let _ = self.line.set_break(on);
    }

    fn output(&mut self, value: u8) {
        let swapped = self.broken.is("com-port.dtr-as-rts");
        let is_dtr = value < 10;
        let on = matches!(value, 8 | 11);
        if self.broken.is("com-port.leaves-dtr-and-rts") {
            return;
        }
        if is_dtr {
            self.dtr = on;
        } else {
            self.rts = on;
        }
        if is_dtr == swapped {
            let _ = self.line.set_signals(None, Some(on));
        } else {
            let _ = self.line.set_signals(Some(on), None);
        }
    }

    /// The value in effect that answers a command.
    pub(super) fn in_effect(&self, command: u8, asked: u8) -> u32 {
        let now = self.line.settings();
        let state = |on: bool, base: u8| if on { base } else { base + 1 };
        let byte = match command {
            1 => return now.baud,
            2 => settings::size(now.data_bits),
            3 => settings::parity(now.parity),
            4 => settings::stop(now.stop_bits),
            _ => match asked {
                4..=6 if self.broken.is("com-port.break-is-always-on") => 5,
                4..=6 => state(self.is_break, 5),
                7..=9 => state(self.dtr, 8),
                10..=12 => state(self.rts, 11),
                13..=16 | 18 if self.broken.is("com-port.inbound-as-outbound") => {
                    settings::flow(now.flow)
                }
                13..=16 | 18 => settings::flow(now.flow) + 13,
                _ => settings::flow(now.flow),
            },
        };
        u32::from(byte)
    }

    /// Empties what waits: 1 what was received, 2 what is to be sent, 3 both.
    pub(super) fn purge(&mut self, what: u8) {
        if self.broken.is("com-port.purges-nothing") {
            return;
        }
        let queue = match what {
            1 => Queue::Input,
            2 => Queue::Output,
            3 => Queue::Both,
            _ => return,
        };
        let _ = self.line.discard(queue);
        if what != 1 {
            self.pending.clear();
        }
    }

    /// The last client has left.
    pub(super) async fn left(&mut self, policy: &str) {
        if self.is_break && !self.broken.is("com-port.break-outlives-its-client") {
            self.set_break(false);
        }
        let hangs_up = policy == "hang-up" && !self.broken.is("com-port.never-hangs-up");
        if hangs_up || policy == "hold" && self.broken.is("com-port.always-hangs-up") {
            self.settle().await;
            let _ = self.line.set_signals(Some(false), Some(false));
        }
        let restores = policy == "restore" && !self.broken.is("com-port.never-restores");
        if restores || self.broken.is("com-port.always-restores") {
            self.configure(self.initial).await;
        }
    }

    /// Somebody has come.
    pub(super) fn taken(&mut self, policy: &str) {
        if policy == "hang-up" {
            (self.dtr, self.rts) = (true, true);
            let _ = self.line.set_signals(Some(true), Some(true));
        }
    }
}
