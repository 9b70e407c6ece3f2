//! How a console ends.

use bytes::BytesMut;
use lineside_core::Instant;

use super::{
    super::{
        event::{Event, Reason},
        text,
    },
    Console, State,
};

impl Console {
    /// The console ends: what is shown is left as it is, and `message` stands below it.
    pub(super) fn end(&mut self, reason: Reason, message: &str, tx: &mut BytesMut) {
        self.pager.quit(self.editor.terminal(), tx);
        if self.is_editing() {
            self.editor.abandon("", tx);
        }
        self.lines(&text::visible(message), tx);
        self.watch = None;
        self.state = State::Ended;
        self.events.clear();
        self.events.push_back(Event::Logout(reason));
    }

    /// The other end sends no more, and all of it was read: what runs may end, and is shown.
    pub(super) fn hang_up(&mut self, now: Instant, rx: &mut BytesMut, tx: &mut BytesMut) -> bool {
        if self.pager.is_stopped() {
            self.pager
                .open(self.editor.window(), self.editor.terminal(), tx);
            self.finish_if_done(now, tx);
            return true;
        }
        match self.state {
            State::Running if self.watch.is_none() => return false,
            State::Verifying { .. } | State::Completing(_) => return false,
            State::Pause { .. } if !rx.is_empty() => return false,
            State::Asking => {
                self.editor.abandon("", tx);
                self.state = State::Running;
                self.events.push_back(Event::Interrupt);
            }
            _ => self.end(Reason::Eof, "", tx),
        }
        true
    }
}
