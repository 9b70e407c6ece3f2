//! Answering of a service: alone, or several at once.

use core::{
    future::{Future, poll_fn},
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    task::{Context, Poll},
};
use std::panic::catch_unwind;

use crate::{
    net::Service,
    wire::{Exception, Pdu, Unit},
};

/// What `service` answers, its exceptions as PDUs. A call that panics has failed, with exception 04:
/// it is not the end of the server.
pub(super) async fn answer<S: Service>(service: &mut S, unit: Unit, request: &Pdu) -> Pdu {
    let mut call = pin!(async { service.call(unit, request).await });
    let outcome = poll_fn(|cx| {
        // Whether what panicked is still sound is the service's to know; memory is.
        let polled = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx)));
        polled.unwrap_or(Poll::Ready(Err(Exception::SERVER_DEVICE_FAILURE)))
    });
    match outcome.await {
        Ok(answer) => answer,
        Err(exception) => Pdu::exception(request.function(), exception),
    }
}

/// Answering that go on at once, each with its own instance of the service, and what their answers are
/// for. Dropping it drops them.
pub(super) struct Answering<'s, T> {
    going: Vec<Going<'s, T>>,
}

type Going<'s, T> = Pin<Box<dyn Future<Output = (T, Pdu)> + Send + 's>>;

impl<'s, T: Send + 's> Answering<'s, T> {
    pub(super) const fn new() -> Self {
        Self { going: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.going.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.going.is_empty()
    }

    /// Begins a call; it goes on when these are polled.
    pub(super) fn begin<S: Service + 's>(
        &mut self,
        mut service: S,
        to: T,
        unit: Unit,
        request: Pdu,
    ) {
        let call = async move { (to, answer(&mut service, unit, &request).await) };
        self.going.push(Box::pin(call));
    }

    /// The next answer, in whatever order they come; pending while there is no call either.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<(T, Pdu)> {
        // A server allows so few at once that looking at each is cheaper than a list of the woken.
        for (at, call) in self.going.iter_mut().enumerate() {
            if let Poll::Ready(done) = call.as_mut().poll(cx) {
                drop(self.going.swap_remove(at));
                return Poll::Ready(done);
            }
        }
        Poll::Pending
    }
}
