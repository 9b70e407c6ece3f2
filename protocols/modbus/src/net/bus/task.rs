//! The task that owns the wire.

use core::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};
use std::{io, sync::Arc};

use lineside_io::Stream;

use super::shared::Shared;
use crate::net::Client;

/// Opens the wire, asks what is to be asked, and opens it again when it was lost, until no handle is
/// left.
pub(super) fn run<S, D, F>(shared: Arc<Shared>, dial: D) -> impl Future<Output = ()> + Send
where
    S: Stream,
    D: FnMut() -> F + Send + 'static,
    F: Future<Output = io::Result<Client<S>>> + Send + 'static,
{
    // Also when it is dropped before it was polled.
    let end = End(shared);
    async move { keep(&end.0, dial).await }
}

/// However the task ends, no caller waits for ever.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

async fn keep<S, D, F>(shared: &Shared, mut dial: D)
where
    S: Stream,
    D: FnMut() -> F,
    F: Future<Output = io::Result<Client<S>>>,
{
    let mut pause = shared.config.redial;
    while let Some(dialled) = while_open(shared, dial()).await {
        match dialled {
            Ok(mut client) => {
                let began = shared.clock.now();
                shared.up();
                serve(shared, &mut client).await;
                // A wire that is lost as soon as it is there is no better than none.
                if shared.clock.now().since(began) > shared.config.redial_most {
                    pause = shared.config.redial;
                }
            }
            Err(error) => tracing::debug!(%error, "a bus could not be opened"),
        }
        shared.down();
        if while_open(shared, shared.clock.sleep(pause))
            .await
            .is_none()
        {
            return;
        }
        pause = pause.saturating_mul(2).min(shared.config.redial_most);
    }
}

/// What `future` gives; `None` when the last handle goes before.
async fn while_open<F: Future>(shared: &Shared, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut woken = pin!(shared.wake.notified());
    poll_fn(|cx| {
        loop {
            if shared.is_closed() {
                return Poll::Ready(None);
            }
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            if woken.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            woken.set(shared.wake.notified());
        }
    })
    .await
}

/// Until the wire is lost or the last handle goes.
async fn serve<S: Stream>(shared: &Shared, client: &mut Client<S>) {
    let driver = client.driver_mut();
    let mut woken = pin!(shared.wake.notified());
    poll_fn(|cx| {
        loop {
            while woken.as_mut().poll(cx).is_ready() {
                if shared.is_closed() {
                    return Poll::Ready(());
                }
                woken.set(shared.wake.notified());
            }
            shared.feed(driver);
            match driver.poll_next(cx) {
                Poll::Ready(Ok(Some(event))) => shared.told(event, driver.machine()),
                Poll::Ready(Ok(None)) => return Poll::Ready(()),
                Poll::Ready(Err(error)) => {
                    tracing::debug!(%error, "a bus was lost");
                    return Poll::Ready(());
                }
                // It may have become free without anybody being told: a forgotten call is over.
                Poll::Pending if shared.feed(driver) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await;
}
