//! Units at the far end of a wire.

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use lineside_io::{Clock, Stream};
use lineside_modbus::wire::{Unit, mbap, rtu};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// What a unit answers to a PDU, and after how long; `None` is silence.
pub(crate) trait Answer:
    FnMut(u8, &[u8]) -> Option<(Duration, Vec<u8>)> + Send + 'static
{
}

impl<F: FnMut(u8, &[u8]) -> Option<(Duration, Vec<u8>)> + Send + 'static> Answer for F {}

/// Answers Modbus TCP requests one after the other until the stream ends.
pub(crate) async fn serve_tcp<S: Stream>(mut stream: S, clock: Clock, mut answer: impl Answer) {
    let mut head = [0; 6];
    while stream.read_exact(&mut head).await.is_ok() {
        let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
        let mut rest = vec![0; length];
        if stream.read_exact(&mut rest).await.is_err() {
            return;
        }
        let Some((delay, pdu)) = answer(rest[0], &rest[1..]) else {
            continue;
        };
        clock.sleep(delay).await;
        let header = mbap::Header {
            transaction: u16::from_be_bytes([head[0], head[1]]),
            unit: Unit::new(rest[0]),
        };
        let mut room = [0; mbap::MAX_ADU];
        let length = mbap::encode(header, &pdu, &mut room).unwrap();
        if stream.write_all(&room[..length]).await.is_err() {
            return;
        }
    }
}

/// Answers RTU requests of eight bytes until the stream ends.
pub(crate) async fn serve_rtu<S: Stream>(mut stream: S, clock: Clock, mut answer: impl Answer) {
    let mut frame = [0; 8];
    while stream.read_exact(&mut frame).await.is_ok() {
        let (unit, pdu) = rtu::decode(&frame).unwrap();
        let Some((delay, pdu)) = answer(unit.get(), pdu) else {
            continue;
        };
        clock.sleep(delay).await;
        let mut room = [0; rtu::MAX_ADU];
        let length = rtu::encode(unit, &pdu, &mut room).unwrap();
        if stream.write_all(&room[..length]).await.is_err() {
            return;
        }
    }
}

/// Read Holding Registers of a unit that has at each address the register `address`.
pub(crate) fn registers(pdu: &[u8]) -> Vec<u8> {
    let [3, high, low, _, count] = *pdu else {
        return vec![pdu[0] | 0x80, 1];
    };
    let first = u16::from_be_bytes([high, low]);
    let words = (first..first + u16::from(count)).flat_map(u16::to_be_bytes);
    [3, 2 * count].into_iter().chain(words).collect()
}

pub(crate) fn duplex() -> (DuplexStream, DuplexStream) {
    tokio::io::duplex(1024)
}

/// What `future` gives within so many polls; then it is dropped.
pub(crate) async fn within<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    core::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Polls once, and forgets the waker.
pub(crate) fn poll_once<F: Future>(future: core::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
