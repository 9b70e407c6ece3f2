//! The port is opened: the options are agreed on, and the masks asked for.

use core::time::Duration;

use super::{super::COM_PORT, Client, settings::ANSWERED};
use crate::reference::telnet::{BINARY, DO, SGA, WILL};

/// How long a server may take to agree.
const AGREED: Duration = Duration::from_secs(10);

impl Client {
    pub(super) async fn open(&mut self) -> Result<(), &'static str> {
        self.offer();
        let until = self.clock.now() + AGREED;
        while !self.talk.ours(COM_PORT) {
            if self.is_refused && !self.broken.is("com-port.waits-for-who-refuses") {
                return Err("refused");
            }
            let left = until.since(self.clock.now());
            let endless = self.broken.is("com-port.waits-for-ever");
            if left.is_zero() && !endless {
                return Err("timeout");
            }
            let left = if endless { ANSWERED } else { left };
            let clock = self.clock.clone();
            // Nothing heard: the time is looked at again.
            let _ = clock.timeout(left, self.hear()).await;
            if self.is_over && self.broken.is("com-port.takes-no-end") {
                return Ok(());
            }
            if self.is_over {
                return Err("closed");
            }
        }
        self.is_open = true;
        if self.is_refused && self.broken.is("com-port.wants-binary") {
            return Err("refused");
        }
        if self.broken.is("com-port.loses-the-greeting") {
            self.inbox.clear();
            self.waiting = 0;
        }
        self.ask_masks().await
    }

    /// Asks for the option, and for what goes with it.
    fn offer(&mut self) {
        if !self.broken.is("com-port.never-offers-the-option") {
            self.talk.ask(WILL, COM_PORT);
        }
        if !self.broken.is("com-port.never-asks-for-binary") {
            self.talk.ask(WILL, BINARY);
            self.talk.ask(DO, BINARY);
        }
        self.talk.ask(DO, SGA);
        if self.broken.is("com-port.asks-before-it-is-agreed") {
            self.say(2, &[8]);
        }
        if self.broken.is("com-port.greets-the-port") {
            self.talk.data(b"\r\n");
        }
    }

    /// Asks for notifications, and waits for no answer.
    async fn ask_masks(&mut self) -> Result<(), &'static str> {
        let mask = if self.broken.is("com-port.asks-for-no-line-states") {
            0
        } else {
            30
        };
        self.say(10, &[mask]);
        self.say(11, &[0xFB]);
        if self.broken.is("com-port.wants-masks-answered") {
            while !self.has_masks.iter().all(|has| *has) {
                let clock = self.clock.clone();
                if clock.timeout(AGREED, self.hear()).await.is_err() || self.is_over {
                    return Err("timeout");
                }
            }
        }
        Ok(())
    }
}
