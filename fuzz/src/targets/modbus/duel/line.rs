//! The line between the stations: characters that take their time, damage, collisions and echoes.

use std::collections::VecDeque;

use lineside_core::Mark;

use super::Bus;

impl Bus<'_> {
    /// A station begins to send.
    pub(super) fn begin(&mut self, who: usize, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let first = self.now + self.character;
        if let Some(leaving) = self.leaving.get_mut(who) {
            let (_, queue) = leaving.get_or_insert((first, VecDeque::new()));
            queue.extend(bytes);
        }
    }

    /// A character of `sender` is complete, when it is time.
    pub(super) fn character_of(&mut self, sender: usize) {
        let alone = self.leaving.iter().flatten().count() == 1;
        let Some(Some((at, queue))) = self.leaving.get_mut(sender) else {
            return;
        };
        if *at > self.now {
            return;
        }
        let byte = queue.pop_front();
        *at = *at + self.character;
        let is_last = queue.is_empty();
        if let Some(byte) = byte {
            self.line(sender, byte, alone);
        }
        if is_last && let Some(leaving) = self.leaving.get_mut(sender) {
            *leaving = None;
            self.has_left(sender);
        }
    }

    /// What the others hear of a character, damaged when two send at once.
    fn line(&mut self, sender: usize, byte: u8, alone: bool) {
        let is_damaged = !alone || self.noise > 0 && self.dice.once_in(self.noise);
        if !is_damaged {
            return self.hear(sender, byte);
        }
        match self.dice.below(5) {
            0 => {}
            1 => {
                self.hear(sender, byte);
                let more = self.dice.byte();
                self.hear(sender, more);
            }
            2 => {
                let mark = self
                    .dice
                    .pick([Mark::Parity(byte), Mark::Break, Mark::Overrun]);
                self.client.mark(mark);
                self.servers.iter_mut().for_each(|server| server.mark(mark));
            }
            _ => {
                let flipped = byte ^ (1 << self.dice.below(8));
                self.hear(sender, flipped);
            }
        }
    }

    fn hear(&mut self, sender: usize, byte: u8) {
        self.log.push(byte);
        if sender != 0 || self.echo {
            self.client.feed(&[byte]);
        }
        for (at, server) in (1..).zip(&mut self.servers) {
            if sender != at || self.echo {
                server.feed(&[byte]);
            }
        }
        self.react();
    }

    fn has_left(&mut self, sender: usize) {
        match sender {
            0 => {
                self.client.departed();
                self.slow_unit_is_asked();
            }
            1 => self.servers[0].departed(),
            2 => self.servers[1].departed(),
            _ => {}
        }
        self.react();
    }
}
