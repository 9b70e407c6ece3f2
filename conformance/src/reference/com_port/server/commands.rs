//! What a client sends, and what is done of it.

use core::time::Duration;

use lineside_io::Line as _;

use super::{
    super::{ANSWER, COM_PORT, talk::Heard},
    Server,
};
use crate::reference::telnet::{AYT, IAC, NOP};

/// A break that `IAC BRK` asks for.
const PULSE: Duration = Duration::from_millis(250);

impl Server {
    pub(super) async fn heard(&mut self, at: usize, bytes: &[u8]) {
        let Some(user) = self.users.get_mut(at) else {
            return;
        };
        let mut found = user.talk.hear(bytes);
        if self.broken.is("com-port.answers-the-last-first") {
            found.reverse();
        }
        self.answered = 0;
        for one in found {
            match one {
                Heard::Data(data) => self.data(at, data),
                Heard::Message(message) => self.message(at, &message).await,
                Heard::Command(243) if !self.broken.is("com-port.ignores-brk") => {
                    self.pulse().await;
                }
                Heard::Command(AYT) if !self.broken.is("com-port.ignores-ayt") => {
                    self.say(at, |talk| talk.out.extend([IAC, NOP]));
                }
                Heard::Command(_) => {}
                Heard::Option(_, COM_PORT, true) => self.tell_modem(at),
                Heard::Option(..) => {}
            }
        }
    }

    fn data(&mut self, at: usize, data: Vec<u8>) {
        let has_port = self.users.get(at).is_some_and(|user| user.talk.has_port());
        if !has_port && self.broken.is("com-port.wants-the-option-for-data") {
            return;
        }
        if self.answered > 0 && self.broken.is("com-port.loses-data-behind-commands") {
            return;
        }
        self.port.pending.extend(data);
    }

    async fn pulse(&mut self) {
        self.port.settle().await;
        let _ = self.port.line.set_break(true);
        self.clock.sleep(PULSE).await;
        let _ = self.port.line.set_break(self.port.is_break);
    }

    /// A command of RFC 2217, section 3.
    pub(super) async fn message(&mut self, at: usize, message: &[u8]) {
        let has_port = self.users.get(at).is_some_and(|user| user.talk.has_port());
        if !has_port && !self.broken.is("com-port.answers-when-off") {
            return;
        }
        self.answered += 1;
        if self.answered > 25 && self.broken.is("com-port.loses-what-is-pipelined") {
            return;
        }
        let Some((&command, value)) = message.split_first() else {
            if self.broken.is("com-port.ends-at-an-empty-message") {
                self.end(at);
            }
            return;
        };
        let is_suspended = self.users.get(at).is_some_and(|user| user.is_suspended);
        if is_suspended && command != 9 && self.broken.is("com-port.suspend-loses-commands") {
            return;
        }
        match (command, value) {
            (0, []) if self.broken.is("com-port.has-no-signature") => {}
            (0, []) => self.answer(at, 0, b"textbook"),
            (0, _) if self.broken.is("com-port.ends-at-a-signature") => self.end(at),
            (0, _) => {}
            (1, &[code]) => self.cisco(at, code).await,
            (1..=5, value) => self.setting(at, command, value).await,
            (8, []) => self.suspend(at, true),
            (9, []) => self.suspend(at, false),
            (10 | 11, &[mask]) => self.mask(at, command, mask),
            (12, &[what]) => self.purge(at, what),
            (101..=112, value) if self.broken.is("com-port.obeys-answers") => {
                self.setting(at, command - ANSWER, value).await;
            }
            (13..=99, _) if self.broken.is("com-port.ends-at-what-it-does-not-know") => {
                self.end(at);
            }
            (13..=99 | 113.., _) if self.broken.is("com-port.answers-what-it-does-not-know") => {
                self.answer(at, command, value);
            }
            (6 | 7, _) if self.broken.is("com-port.answers-notifications") => {
                self.answer(at, command, value);
            }
            _ => self.malformed(at, command, value).await,
        }
    }

    /// PURGE-DATA.
    fn purge(&mut self, at: usize, what: u8) {
        if !matches!(what, 1..=3) && self.broken.is("com-port.falls-over-odd-values") {
            self.end(at);
        }
        self.port.purge(what);
        if matches!(what, 1 | 3)
            && !self.broken.is("com-port.purges-no-backlog")
            && let Some(user) = self.users.get_mut(at)
        {
            user.backlog.clear();
        }
        let says = if self.broken.is("com-port.purges-answered-as-both") {
            3
        } else {
            what
        };
        if !self.broken.is("com-port.purges-unanswered") {
            self.answer(at, 12, &[says]);
        }
    }

    /// A command without its value, or with too much of one, is ignored.
    pub(super) async fn malformed(&mut self, at: usize, command: u8, value: &[u8]) {
        if self.broken.is("com-port.ends-at-a-short-command") && command <= 12 {
            self.end(at);
        }
        if self.broken.is("com-port.fills-short-commands") && command == 1 && value.len() < 4 {
            let mut octets = [0; 4];
            for (to, from) in octets.iter_mut().zip(value) {
                *to = *from;
            }
            self.port.set(1, u32::from_be_bytes(octets).max(300)).await;
        }
    }

    fn mask(&mut self, at: usize, command: u8, mask: u8) {
        let Some(user) = self.users.get_mut(at) else {
            return;
        };
        if command == 10 {
            user.line_mask = mask;
        } else {
            user.modem_mask = mask;
        }
        if self.broken.is("com-port.masks-unanswered") {
            return;
        }
        let says = if self.broken.is("com-port.answers-masks-with-zero") {
            0
        } else {
            mask
        };
        self.answer(at, command, &[says]);
        if command == 11 {
            self.tell_modem(at);
        }
    }

    fn suspend(&mut self, at: usize, on: bool) {
        let Some(user) = self.users.get_mut(at) else {
            return;
        };
        user.is_suspended = on && !self.broken.is("com-port.ignores-suspend");
        if !on && !self.broken.is("com-port.loses-what-waits") {
            let backlog = core::mem::take(&mut user.backlog);
            user.talk.data(&backlog);
        }
        if !on && self.broken.is("com-port.never-goes-on") {
            user.is_suspended = true;
        }
    }
}
