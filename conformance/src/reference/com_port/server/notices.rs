//! What the clients are told of the port: its data, its notifications, and that it is full.

use lineside_core::Mark;

use super::{MUCH, Server};

impl Server {
    /// What the port received goes to every client.
    pub(super) fn received(&mut self, data: &[u8]) {
        let one = self.broken.is("com-port.shares-with-the-first-alone");
        let count = if one { 1 } else { usize::MAX };
        for user in self.users.iter_mut().take(count) {
            if user.is_suspended {
                user.backlog.extend(data);
            } else {
                user.talk.data(data);
            }
        }
        if self.broken.is("com-port.notifies-again-and-again") {
            for at in 0..self.users.len() {
                self.tell_modem(at);
            }
        }
    }

    /// NOTIFY-LINESTATE, as far as the mask has it.
    pub(super) fn mark(&mut self, mark: Mark) {
        let swapped = self.broken.is("com-port.parity-as-framing");
        let state = match mark {
            Mark::Overrun => 2,
            Mark::Parity(_) if swapped => 8,
            Mark::Parity(_) => 4,
            Mark::Framing(_) if swapped => 4,
            Mark::Framing(_) => 8,
            Mark::Break => 16,
        };
        let ignores = self.broken.is("com-port.notifies-the-line-unasked");
        if self.broken.is("com-port.never-notifies-the-line") {
            return;
        }
        for at in 0..self.users.len() {
            let mask = self.users.get(at).map_or(0, |user| user.line_mask);
            let masked = if ignores { state } else { state & mask };
            if masked != 0 {
                self.answer(at, 6, &[masked]);
            }
        }
    }

    /// NOTIFY-MODEMSTATE of what has changed, as far as the mask has it.
    pub(super) fn modem(&mut self) {
        let (Some(now), before) = (self.port.inputs(), self.inputs) else {
            return;
        };
        self.inputs = Some(now);
        let before = before.unwrap_or(now);
        let changed = (now ^ before) >> 4;
        let rose = (now & !before) >> 4;
        let mut deltas = changed & !(rose & 4);
        if self.broken.is("com-port.tells-no-changes") {
            deltas = 0;
        }
        if self.broken.is("com-port.never-notifies-modem-lines") {
            return;
        }
        let ignores = self.broken.is("com-port.ignores-the-modem-mask");
        for at in 0..self.users.len() {
            let mask = self.users.get(at).map_or(0, |user| user.modem_mask);
            let mask = if ignores { 255 } else { mask };
            if (now ^ before) & mask != 0 || deltas & mask != 0 {
                self.answer(at, 7, &[(now | deltas) & mask]);
            }
        }
    }

    /// Once after notification was turned on.
    pub(super) fn tell_modem(&mut self, at: usize) {
        let mask = self.users.get(at).map_or(0, |user| user.modem_mask);
        if let Some(inputs) = self.inputs
            && mask != 0
            && !self.broken.is("com-port.never-tells-at-first")
        {
            self.answer(at, 7, &[inputs & mask]);
        }
    }

    /// FLOWCONTROL-SUSPEND and -RESUME of our own.
    pub(super) fn tell_full(&mut self) {
        let waiting = self.port.pending.len();
        let is_full = if self.is_full {
            waiting > MUCH / 2
        } else {
            waiting > MUCH && !self.broken.is("com-port.never-suspends")
        };
        if is_full == self.is_full || self.is_full && self.broken.is("com-port.never-resumes") {
            return;
        }
        self.is_full = is_full;
        for at in 0..self.users.len() {
            self.answer(at, if is_full { 8 } else { 9 }, &[]);
        }
    }
}
