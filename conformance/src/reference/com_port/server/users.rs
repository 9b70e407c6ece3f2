//! Who comes to the port, and who leaves it.

use tokio::io::AsyncWriteExt;

use super::{super::talk::Talk, Server, User};
use crate::{
    reference::telnet::{BINARY, DO, SGA, WILL},
    subject::Guest,
};

impl Server {
    pub(super) async fn admit(&mut self, guest: Guest) {
        let mut user = User {
            end: guest.end,
            talk: Talk::new(true, self.broken.clone()),
            line_mask: 0,
            modem_mask: if self.broken.is("com-port.begins-with-no-modem-mask") {
                0
            } else {
                255
            },
            is_suspended: false,
            backlog: Vec::new(),
            is_over: false,
        };
        if let Some(kept) = self.kept.filter(|_| self.broken.is("com-port.keeps-masks")) {
            (user.line_mask, user.modem_mask) = kept;
        }
        user.is_suspended = self.was_suspended && self.broken.is("com-port.keeps-suspensions");
        if !self.users.is_empty() {
            let refuses = self.second == "refuse" && !self.broken.is("com-port.never-refuses")
                || self.broken.is("com-port.always-refuses");
            if refuses {
                // It is told why, and closed.
                let _ = user.end.write_all(b"in use\r\n").await;
                return;
            }
            if self.second == "kick" && !self.broken.is("com-port.never-kicks") {
                self.users.clear();
                self.port.pending.clear();
            }
        }
        if self.users.is_empty() {
            self.port.taken(&self.leave);
        }
        let refuses = self.broken.is("com-port.refuses-binary");
        let options: &[u8] = if refuses { &[SGA] } else { &[BINARY, SGA] };
        for &option in options {
            user.talk.ask(WILL, option);
            user.talk.ask(DO, option);
        }
        self.users.push(user);
    }

    pub(super) async fn ended(&mut self, at: usize) {
        let Some(user) = self.users.get_mut(at) else {
            return;
        };
        let rest = user.talk.unfinished();
        if let Some(message) = rest.filter(|_| self.broken.is("com-port.obeys-what-is-cut-off")) {
            self.message(at, &message).await;
        }
        self.end(at);
    }

    /// Lets go of those that are over, and of the port when it was the last.
    pub(super) async fn sweep(&mut self) {
        let before = self.users.len();
        if self.broken.is("com-port.never-lets-go") {
            return;
        }
        self.users.retain(|user| {
            if user.is_over {
                self.kept = Some((user.line_mask, user.modem_mask));
                self.was_suspended = user.is_suspended;
            }
            !user.is_over
        });
        if before > 0 && self.users.is_empty() {
            self.port.left(&self.leave).await;
        }
    }
}
