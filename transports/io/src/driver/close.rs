//! How a dialogue ends: the last words, then the peer heard out, then what the machine failed with.

use core::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use lineside_core::Machine;

use super::{Driver, Error, State, TURNS, Verdict};
use crate::Stream;

impl<M: Machine, S: Stream> Driver<M, S> {
    pub(super) fn end(&mut self, verdict: Verdict) {
        self.state = State::Ending(verdict);
        let limit = |limit| self.clock.now() + limit;
        self.stall.set(self.limits.close.map(limit));
    }

    /// The end: the last words, then the sticky error if there is one. A wire that fails here
    /// changes nothing: the dialogue is over all the same.
    #[cold]
    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error<M::Error>>> {
        if let State::Ending(verdict) = self.state {
            if self.poll_last_words(cx).is_pending() {
                ready!(self.stall.poll(cx));
            }
            self.stall.set(None);
            self.link.tx.clear();
            let limit = self.limits.linger.filter(|_| self.should_linger(verdict));
            self.wake.set(limit.map(|limit| self.clock.now() + limit));
            self.state = match limit {
                Some(_) => State::Lingering,
                None => State::Closed(verdict),
            };
        }
        if self.state == State::Lingering {
            ready!(self.poll_hear_out(cx));
            self.wake.set(None);
            self.state = State::Closed(Verdict::Failed);
        }
        if self.state == State::Closed(Verdict::Failed) {
            let now = self.present();
            if let Err(error) = self.machine.poll(now, &mut self.link) {
                self.link.tx.clear();
                return Poll::Ready(Err(Error::Machine(error)));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Whether the peer may be sending still, and would lose our last words to a reset.
    fn should_linger(&self, verdict: Verdict) -> bool {
        let hears = !self.link.eof && !self.cannot_read && !self.cannot_write;
        hears && verdict == Verdict::Failed && (self.ends.has_end)(&self.stream)
    }

    fn poll_last_words(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if ready!(self.poll_write_out(cx)).is_ok() {
            let _ = ready!(Pin::new(&mut self.stream).poll_shutdown(cx));
        }
        Poll::Ready(())
    }

    /// Reads and forgets, until the peer closes or the linger is over.
    fn poll_hear_out(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..TURNS {
            self.link.rx.clear();
            match self.poll_read_some(cx, self.limits.read_chunk) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => return self.wake.poll(cx),
            }
        }
        ready_or_yield(self.wake.poll(cx), cx)
    }
}

/// `poll`, or a turn for other tasks.
fn ready_or_yield(poll: Poll<()>, cx: &Context<'_>) -> Poll<()> {
    if poll.is_pending() {
        cx.waker().wake_by_ref();
    }
    poll
}
