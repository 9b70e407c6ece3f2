//! The port is set: what is asked for, and what is in effect.

use core::time::Duration;

use lineside_io::Settings;

use super::{super::settings, Client};
use crate::script::Line;

/// How long an answer may take, and how often it is asked for.
pub(super) const ANSWERED: Duration = Duration::from_secs(3);
const TRIES: usize = 3;

impl Client {
    /// Opens the port where it is not open, and sets it.
    pub(super) async fn set(&mut self, to: Settings) {
        self.wanted = to;
        let done = if self.is_open {
            Ok(())
        } else {
            self.open().await
        };
        let done = match done {
            Ok(()) => self.configure().await,
            failed => failed,
        };
        let line = match done {
            Ok(()) => format!("settings {}", self.in_effect()),
            Err(why) => format!("failed {why}"),
        };
        self.lines.push(Line::Other(line));
    }

    /// Asks for what is not in effect, all at once and in this order, and waits for the answers.
    async fn configure(&mut self) -> Result<(), &'static str> {
        let mut asked = [false; 5];
        let mut order = [0, 1, 2, 3, 4];
        if self.broken.is("com-port.sets-the-stop-size-first") {
            order = [3, 2, 1, 0, 4];
        }
        for at in order {
            let is_known = self.value(at) == Some(self.wish(at));
            if is_known && !self.broken.is("com-port.sets-what-is-set") {
                continue;
            }
            self.request(at);
            if let Some(asked) = asked.get_mut(at) {
                *asked = true;
            }
            if let Some(value) = self.values.get_mut(at) {
                *value = None;
            }
            if self.broken.is("com-port.asks-one-at-a-time") {
                self.answered(&asked).await?;
            }
        }
        let done = self.answered(&asked).await;
        self.late_data();
        done
    }

    /// Waits for the answers to what was asked; what is not answered in time is asked again.
    async fn answered(&mut self, asked: &[bool; 5]) -> Result<(), &'static str> {
        let tries = if self.broken.is("com-port.asks-only-once") {
            1
        } else {
            TRIES
        };
        for attempt in 0..tries {
            let until = self.clock.now() + ANSWERED;
            loop {
                if self.missing(asked).is_empty() {
                    return Ok(());
                }
                let left = until.since(self.clock.now());
                let clock = self.clock.clone();
                if clock.timeout(left, self.hear()).await.is_err() {
                    break;
                }
                if self.is_over && self.broken.is("com-port.takes-no-end") {
                    return Ok(());
                }
                if self.is_over {
                    return Err("closed");
                }
            }
            if attempt + 1 < tries {
                for at in self.missing(asked) {
                    self.request(at);
                }
            }
        }
        if self.broken.is("com-port.takes-silence-for-consent") {
            return Ok(());
        }
        // Of no flow control some say nothing, and have none.
        let missing = self.missing(asked);
        let fine = missing == [4] && !self.broken.is("com-port.wants-control-answered");
        if fine && let Some(value) = self.values.get_mut(4) {
            *value = Some(u32::from(settings::flow(self.wanted.flow)));
        }
        if fine { Ok(()) } else { Err("timeout") }
    }

    fn missing(&self, asked: &[bool; 5]) -> Vec<usize> {
        let without = |at: &usize| asked.get(*at) == Some(&true) && self.value(*at).is_none();
        (0..5).filter(without).collect()
    }

    fn value(&self, at: usize) -> Option<u32> {
        self.values.get(at).copied().flatten()
    }

    /// What is wanted of baud rate, size, parity, stop size or flow control.
    fn wish(&self, at: usize) -> u32 {
        let to = self.wanted;
        let byte = match at {
            0 => return to.baud,
            1 => settings::size(to.data_bits),
            2 => settings::parity(to.parity),
            3 if self.broken.is("com-port.stop-sizes-in-order") => [0, 1, 3, 2]
                .get(usize::from(settings::stop(to.stop_bits)))
                .copied()
                .unwrap_or(1),
            3 => settings::stop(to.stop_bits),
            _ => settings::flow(to.flow),
        };
        u32::from(byte)
    }

    pub(super) fn request(&mut self, at: usize) {
        let wish = self.wish(at);
        let little = self.broken.is("com-port.lowest-octet-first");
        match at {
            0 if self.is_cisco => self.say(1, &[settings::cisco(wish)]),
            0 if little => self.say(1, &wish.to_le_bytes()),
            0 => self.say(1, &wish.to_be_bytes()),
            2 if self.broken.is("com-port.even-as-odd") => {
                let swapped = [0, 1, 3, 2].get(wish as usize).copied();
                self.say(3, &[swapped.unwrap_or(wish as u8)]);
            }
            at => {
                let [.., byte] = wish.to_be_bytes();
                let code = [1, 2, 3, 4, 5].get(at).copied().unwrap_or(5);
                self.say(code, &[byte]);
            }
        }
    }

    /// The settings in effect: what the server has told, else what was wanted.
    fn in_effect(&self) -> Settings {
        let mut now = self.wanted;
        if self.broken.is("com-port.takes-its-wish-for-the-answer") {
            return now;
        }
        let byte = |at| self.value(at).and_then(|value| u8::try_from(value).ok());
        now.baud = self.value(0).unwrap_or(now.baud);
        now.data_bits = byte(1).and_then(settings::size_of).unwrap_or(now.data_bits);
        now.parity = byte(2).and_then(settings::parity_of).unwrap_or(now.parity);
        now.stop_bits = byte(3).and_then(settings::stop_of).unwrap_or(now.stop_bits);
        now.flow = byte(4).and_then(settings::flow_of).unwrap_or(now.flow);
        now
    }
}
