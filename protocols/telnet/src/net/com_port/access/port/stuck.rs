//! A line that takes nothing, and clients that are not heard before it does.

use core::task::Context;

use lineside_io::{Line, Stream};

use super::{Port, User};
use crate::com_port::server::Command;

impl<L: Line, S: Stream> Port<L, S> {
    /// Clients that have suspended us, and cannot say that they go on, since nothing is read of them
    /// before the line takes data, and the line takes none before it is read: these go on.
    pub(super) fn unstick(&mut self, cx: &mut Context<'_>) -> bool {
        let is_full = self.queue.bytes() >= self.config.most();
        let is_behind_data = self.doing.is_none() && self.queue.front().is_some();
        let is_unheard = |user: &User<S>| is_full || (is_behind_data && user.is_waiting());
        let mut users = self.users.iter();
        let is_waited_for =
            users.any(|user| !user.is_leaving && user.is_suspended() && is_unheard(user));
        if !is_waited_for {
            self.stuck.set(None);
            return false;
        }
        if !self.stuck.is_set() {
            let until = self.clock.now() + self.config.stuck;
            self.stuck.set(Some(until));
        }
        if self.stuck.poll(cx).is_pending() {
            return false;
        }
        self.stuck.set(None);
        tracing::debug!("a client is given data though it has suspended us: it cannot be heard");
        self.tell_all(&Command::Resume);
        true
    }

    /// Changes that wait for data which the line does not take are not made: who has asked for one is
    /// not heard before it is answered, nor is found to have left.
    pub(super) fn give_up_changes(&mut self, cx: &mut Context<'_>) -> bool {
        let is_behind_data = self.doing.is_none() && self.queue.front().is_some();
        self.is_stopped &= is_behind_data;
        if !is_behind_data || !self.queue.has_actions() {
            self.late.set(None);
            return false;
        }
        if !self.late.is_set() {
            let until = self.clock.now() + self.config.drain;
            self.late.set(Some(until));
        }
        if self.late.poll(cx).is_pending() {
            return false;
        }
        self.late.set(None);
        self.is_stopped = true;
        let asked = self.queue.give_up();
        for id in &asked {
            tracing::debug!(
                user = id,
                "not done: the line takes nothing (AccessConfig::drain)"
            );
            self.done(*id);
        }
        !asked.is_empty()
    }
}
