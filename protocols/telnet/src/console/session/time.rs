//! What happens because its time has come.

use bytes::BytesMut;
use lineside_core::Instant;

use super::{super::event::Reason, Console, State};

impl Console {
    /// What happens because its time has come.
    pub(super) fn pass(&mut self, now: Instant, tx: &mut BytesMut) -> bool {
        match &self.state {
            State::Pause { until, verdict } if *until <= now => {
                let verdict = *verdict;
                self.judge(now, verdict, tx);
            }
            State::Watching { until } if *until <= now => self.run_watched(),
            _ if self.login_deadline().is_some_and(|until| until <= now) => {
                self.end(Reason::LoginTimeout, "Login timed out.", tx);
            }
            _ if self.idle_deadline().is_some_and(|until| until <= now) => {
                self.end(Reason::Idle, "Idle for too long.", tx);
            }
            _ => return false,
        }
        true
    }

    /// When the console wants to be asked again.
    pub(in crate::console) fn deadline(&self) -> Option<Instant> {
        let own = match self.state {
            State::Pause { until, .. } | State::Watching { until } => Some(until),
            _ => None,
        };
        let limits = [own, self.login_deadline(), self.idle_deadline()];
        limits.into_iter().flatten().min()
    }

    fn login_deadline(&self) -> Option<Instant> {
        let within = self.config.login.as_ref()?.within;
        let is_outside = matches!(
            self.state,
            State::Name | State::Password { .. } | State::Verifying { .. }
        );
        is_outside.then(|| self.began + within)
    }

    /// When the operator has been waited for for too long.
    fn idle_deadline(&self) -> Option<Instant> {
        let idle = self.config.idle?;
        let is_awaited = self.pager.is_stopped()
            || matches!(
                self.state,
                State::Name
                    | State::Password { .. }
                    | State::Ready
                    | State::Asking
                    | State::Watching { .. }
            );
        // The runs of a watched command are no use of the keyboard.
        (is_awaited || self.watch.is_some()).then(|| self.since + idle)
    }
}
