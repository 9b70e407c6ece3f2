//! A stream in memory that keeps what each write was: a read brings no more than one.

use core::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// Both ends of `ours` and `theirs`, where what they write in one call we read in one, and no more.
pub(super) fn keep(ours: DuplexStream, theirs: DuplexStream) -> (Reader, Writer) {
    let writes = Writes::default();
    let reader = Reader {
        stream: ours,
        writes: writes.clone(),
    };
    let stream = theirs;
    (reader, Writer { stream, writes })
}

/// How long each write was, of what has not been read yet.
#[derive(Clone, Default)]
struct Writes(Arc<Mutex<VecDeque<usize>>>);

impl Writes {
    fn all(&self) -> MutexGuard<'_, VecDeque<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that reads a write at a time.
pub(super) struct Reader {
    stream: DuplexStream,
    writes: Writes,
}

/// The end whose writes are counted.
pub(super) struct Writer {
    stream: DuplexStream,
    writes: Writes,
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = into.remaining();
        let most = self
            .writes
            .all()
            .front()
            .map_or(left, |write| left.min(*write));
        let mut room = [0; 1_024];
        let most = most.min(room.len());
        let mut part = ReadBuf::new(room.get_mut(..most).unwrap_or_default());
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
        let count = part.filled().len();
        into.put_slice(part.filled());
        let mut writes = self.writes.all();
        if let Some(first) = writes.front_mut() {
            *first -= count;
            if *first == 0 {
                writes.pop_front();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Reader {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncRead for Writer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Writer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        if count > 0 {
            self.writes.all().push_back(count);
        }
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn a_read_brings_what_one_write_was() {
        lineside_io::sim::run(|_| async move {
            let (ours, theirs) = tokio::io::duplex(64);
            let (mut ours, mut theirs) = keep(ours, theirs);
            theirs.write_all(b"abc").await.unwrap();
            theirs.write_all(b"d").await.unwrap();
            drop(theirs);
            let mut room = [0; 2];
            for part in [&b"ab"[..], b"c", b"d", b""] {
                let count = ours.read(&mut room).await.unwrap();
                assert_eq!(&room[..count], part);
            }
        });
    }
}
