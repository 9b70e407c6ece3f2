//! SET-BAUDRATE to SET-CONTROL: what is set, and what is answered.

use super::{super::settings, Server};

impl Server {
    /// SET-BAUDRATE to SET-CONTROL.
    pub(super) async fn setting(&mut self, at: usize, command: u8, value: &[u8]) {
        let little = command == 1 && self.broken.is("com-port.lowest-octet-first");
        let number = match (command, value) {
            (1, value) if little => value.try_into().ok().map(u32::from_le_bytes),
            (1, value) => settings::rate_of(value),
            (_, &[byte]) => Some(u32::from(byte)),
            _ => None,
        };
        let Some(number) = number else {
            return self.malformed(at, command, value).await;
        };
        let asked = u8::try_from(number).unwrap_or(u8::MAX);
        if command == 3 && self.broken.is("com-port.never-answers-parity") {
            return;
        }
        if command == 5 && asked > 19 && self.broken.is("com-port.falls-over-odd-values") {
            return self.end(at);
        }
        let is_odd = command == 1 && number % 150 != 0;
        if is_odd && self.broken.is("com-port.refuses-odd-rates-in-silence") {
            return;
        }
        let silent = command == 5 && self.broken.is("com-port.never-answers-control");
        let no_reply = command == 5
            && matches!(asked, 17..=19)
            && self.broken.is("com-port.refuses-dcd-in-silence");
        if silent || no_reply {
            return;
        }
        if number == 0 && command != 5 && self.broken.is("com-port.answers-questions-with-zero") {
            let zeros: &[u8] = if command == 1 { &[0; 4] } else { &[0] };
            return self.answer(at, command, zeros);
        }
        if command == 5
            && matches!(asked, 0 | 4 | 7 | 10 | 13)
            && self.broken.is("com-port.answers-questions-with-themselves")
        {
            return self.answer(at, command, &[asked]);
        }
        self.port.set(command, number).await;
        let effect = self.effect(command, number, asked);
        let octets = match (command, little) {
            (1, true) => effect.to_le_bytes(),
            _ => effect.to_be_bytes(),
        };
        match octets {
            octets if command == 1 => self.answer(at, command, &octets),
            [.., byte] => self.answer(at, command, &[byte]),
        }
    }

    /// What is answered for a setting: what is in effect.
    fn effect(&self, command: u8, number: u32, asked: u8) -> u32 {
        let mut effect = self.port.in_effect(command, asked);
        if number != 0 && self.broken.is("com-port.answers-what-was-asked") {
            effect = number;
        }
        let is_rounded = (command, number) == (4, 3);
        if is_rounded && self.broken.is("com-port.rounds-stop-sizes-in-silence") {
            effect = 3;
        }
        if command == 4 && self.broken.is("com-port.stop-sizes-in-order") {
            effect = [0, 1, 3, 2].get(effect as usize).copied().unwrap_or(effect);
        }
        if command == 3 && self.broken.is("com-port.even-as-odd") {
            effect = [0, 1, 3, 2].get(effect as usize).copied().unwrap_or(effect);
        }
        if command == 2 && self.broken.is("com-port.always-eight-bits") {
            effect = 8;
        }
        effect
    }

    /// A baud rate in Cisco's form is answered in it.
    pub(super) async fn cisco(&mut self, at: usize, code: u8) {
        if self.broken.is("com-port.knows-no-short-rates") {
            return;
        }
        self.port
            .set(1, settings::of_cisco(code).unwrap_or(0))
            .await;
        let rate = self.port.in_effect(1, 0);
        if self.broken.is("com-port.answers-short-rates-at-length") {
            return self.answer(at, 1, &rate.to_be_bytes());
        }
        self.answer(at, 1, &[settings::cisco(rate)]);
    }
}
