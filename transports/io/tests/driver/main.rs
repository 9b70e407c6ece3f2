//! The driver's contract: what may be dropped, what wakes whom, what goes first.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod bounds;
mod cancel;
mod ending;
mod lines;
mod machine;
mod script;
mod wakes;

use core::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use lineside_io::{
    Clock, Driver, Listener, Net, Stream,
    sim::{MemoryLimits, MemoryNet, MemoryStream, VirtualTime},
};

use machine::{Command, Echo, Event};

/// A clock that stands still.
fn still() -> Clock {
    Clock::of(VirtualTime::new())
}

/// What a future gives within `polls` polls; then it is dropped.
fn polled<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut cx = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    (0..polls).find_map(|_| match future.as_mut().poll(&mut cx) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// A record on the wire.
fn record(words: &[u8]) -> Vec<u8> {
    let len = u8::try_from(words.len()).unwrap();
    [&[len], words].concat()
}

/// Two connected ends over wires that hold so many bytes.
async fn connected(capacity: usize) -> (MemoryStream, MemoryStream) {
    let mut limits = MemoryLimits::default();
    limits.capacity = capacity;
    let net = MemoryNet::with_limits(limits);
    let at = "127.0.0.1:0".parse().unwrap();
    let mut listener = net.listen(at).await.unwrap();
    let client = net.dial(listener.local_addr().unwrap()).await.unwrap();
    (client, listener.accept().await.unwrap())
}

/// Answers every record with itself until the dialogue ends.
async fn serve<S: Stream>(driver: &mut Driver<Echo, S>) {
    while let Some(event) = driver.next().await.unwrap() {
        if let Event::Record(words) = event {
            driver.submit(Command::Answer(words)).unwrap();
        }
    }
}

/// The record that must come next.
async fn hear<S: Stream>(driver: &mut Driver<Echo, S>) -> Bytes {
    match driver.next().await.unwrap() {
        Some(Event::Record(words)) => words,
        other => panic!("wanted a record, got {other:?}"),
    }
}
