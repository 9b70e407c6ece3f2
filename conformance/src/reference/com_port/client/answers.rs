//! What comes from the server: the data of the port, answers and notifications.

use super::{
    super::{ANSWER, settings},
    Came, Client, MUCH,
};

impl Client {
    pub(super) fn came(&mut self, data: &[u8]) {
        self.waiting += data.len();
        self.inbox.extend(data.iter().copied().map(Came::Byte));
        if self.waiting > MUCH && !self.has_suspended && !self.broken.is("com-port.never-suspends")
        {
            self.has_suspended = true;
            self.say(8, &[]);
        }
    }

    /// An answer or a notification.
    pub(super) fn message(&mut self, message: &[u8]) {
        let Some((&code, value)) = message.split_first() else {
            return;
        };
        if code < ANSWER && !self.broken.is("com-port.hears-its-own-numbers") {
            return;
        }
        match (code % ANSWER, value) {
            (0, []) if self.broken.is("com-port.has-no-signature") => {}
            (0, []) => self.say(0, b"textbook"),
            (1..=5, value) => self.answer(code % ANSWER, value),
            (6, &[state]) => self.line_state(state),
            (7, &[state]) => {
                let state = if self.broken.is("com-port.cts-as-dsr") {
                    (state & 0xC0) | (state & 16) << 1 | (state & 32) >> 1
                } else {
                    state
                };
                let first = self.inputs;
                let keeps = self.broken.is("com-port.keeps-the-first-modem-state");
                self.inputs = first.filter(|_| keeps).or(Some(state & 0xF0));
                if self.broken.is("com-port.answers-notifications") {
                    self.say(7, &[state]);
                }
                if self.broken.is("com-port.takes-any-message-for-its-answer") {
                    self.skips += 1;
                    if let Some(value) = self.values.iter_mut().find(|value| value.is_none()) {
                        *value = Some(1);
                    }
                }
            }
            (8, []) => self.is_suspended = !self.broken.is("com-port.ignores-suspend"),
            (9, []) => self.is_suspended = self.broken.is("com-port.never-goes-on"),
            (10, [_]) => self.has_masks = [true, self.has_masks[1]],
            (11, [_]) => self.has_masks = [self.has_masks[0], true],
            (13.., _) if self.broken.is("com-port.ends-at-what-it-does-not-know") => {
                self.is_over = true;
            }
            _ => {}
        }
    }

    fn answer(&mut self, code: u8, value: &[u8]) {
        if self.skips > 0 && self.broken.is("com-port.takes-any-message-for-its-answer") {
            self.skips -= 1;
            return;
        }
        let number = match (code, value) {
            (1, &[short]) if !self.broken.is("com-port.knows-no-short-rates") => {
                let was = core::mem::replace(&mut self.is_cisco, true);
                let rate = settings::of_cisco(short);
                if !was && rate != Some(self.wanted.baud) {
                    // It may have read the first of our four octets alone.
                    return self.request(0);
                }
                rate
            }
            // sredird puts four octets more behind them.
            (1, &[a, b, c, d, 0, 0, 0, 0]) if !self.broken.is("com-port.wants-four-octets") => {
                Some(u32::from_be_bytes([a, b, c, d]))
            }
            (1, value) => settings::rate_of(value),
            (5, &[value]) if !matches!(value, 1..=3 | 17 | 19) => None,
            (_, &[value]) => Some(u32::from(value)),
            _ => None,
        };
        if number.is_none()
            && !matches!((code, value), (5, [_]))
            && self.broken.is("com-port.ends-at-a-short-command")
        {
            self.is_over = true;
        }
        let at = usize::from(code - 1);
        if let Some(number) = number
            && let Some(value) = self.values.get_mut(at)
        {
            *value = Some(number);
        }
    }

    fn line_state(&mut self, state: u8) {
        let swapped = self.broken.is("com-port.parity-as-framing");
        if state & 30 == 0 && self.broken.is("com-port.takes-any-line-state-for-a-break") {
            self.inbox.push_back(Came::Mark("break"));
        }
        let names = [
            (2, "overrun"),
            (if swapped { 8 } else { 4 }, "parity"),
            (if swapped { 4 } else { 8 }, "framing"),
            (16, "break"),
        ];
        for (bit, name) in names {
            if state & bit != 0 && !self.broken.is("com-port.hears-no-line-states") {
                self.inbox.push_back(Came::Mark(name));
            }
        }
    }
}
