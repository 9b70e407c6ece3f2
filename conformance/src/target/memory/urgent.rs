//! A stream in memory that has urgent data, as TCP has: it stays in its place, and is told of before it is read.

use core::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lineside_io::Urgent;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// Both ends of one; each direction holds `room` bytes.
pub(super) fn pair(room: usize) -> (Wire, Wire) {
    let (near, far) = tokio::io::duplex(room);
    let (there, back) = (Way::default(), Way::default());
    let near = Wire {
        stream: near,
        out: there.clone(),
        back: back.clone(),
    };
    let far = Wire {
        stream: far,
        out: back,
        back: there,
    };
    (near, far)
}

/// How far one direction has come.
#[derive(Clone, Default)]
struct Way(Arc<Mutex<Place>>);

#[derive(Default)]
struct Place {
    written: u64,
    read: u64,
    /// Where the last urgent byte stands. A later one takes the place of one that was not read, as in TCP.
    urgent: Option<u64>,
}

impl Way {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An end.
pub(super) struct Wire {
    stream: DuplexStream,
    out: Way,
    back: Way,
}

impl Urgent for Wire {
    fn is_urgent(&self) -> bool {
        self.back.place().urgent.is_some()
    }

    fn poll_write_urgent(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        byte: u8,
    ) -> Poll<io::Result<()>> {
        if ready!(self.as_mut().poll_write(cx, &[byte]))? == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        let mut place = self.out.place();
        place.urgent = Some(place.written - 1);
        Poll::Ready(Ok(()))
    }
}

/// A read ends where the urgent byte stands, and the next one begins with it.
impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (read, urgent) = {
            let place = self.back.place();
            (place.read, place.urgent)
        };
        let before = urgent.and_then(|at| usize::try_from(at - read).ok());
        let most = before.filter(|before| *before > 0).unwrap_or(usize::MAX);
        let mut room = [0; 4_096];
        let most = most.min(into.remaining()).min(room.len());
        let mut part = ReadBuf::new(room.get_mut(..most).unwrap_or_default());
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
        let count = part.filled().len();
        into.put_slice(part.filled());
        let mut place = self.back.place();
        place.read += count as u64;
        place.urgent = place.urgent.filter(|at| *at >= place.read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.out.place().written += count as u64;
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use core::future::poll_fn;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn urgent_data_is_told_of_until_it_is_read_and_stays_in_its_place() {
        lineside_io::sim::run(|_| async move {
            let (mut near, mut far) = pair(64);
            assert!(!far.is_urgent());
            near.write_all(b"before").await.unwrap();
            poll_fn(|cx| Pin::new(&mut near).poll_write_urgent(cx, b'!'))
                .await
                .unwrap();
            near.write_all(b"after").await.unwrap();
            let mut room = [0; 64];
            for (part, more) in [(&b"before"[..], true), (b"!after", false)] {
                assert!(far.is_urgent());
                let count = far.read(&mut room).await.unwrap();
                assert_eq!((&room[..count], far.is_urgent()), (part, more));
            }
        });
    }
}
