//! The client's end of a wire: bytes and damage as they come, and when.

use core::{future::poll_fn, pin::Pin, task::Poll, time::Duration};

use lineside_core::Instant;
use lineside_io::{Clock, Line as _, Queue};
use tokio::io::{AsyncRead as _, AsyncWrite as _, AsyncWriteExt as _, ReadBuf};

use crate::wire::End;

/// What a read brings.
pub(super) enum Got {
    Bytes(Vec<u8>),
    /// A damaged character or a break.
    Mark,
    /// There is no wire any more.
    End,
}

pub(super) struct Port {
    end: End,
    pub(super) clock: Clock,
    /// Written and not yet taken by the wire: what a cancelled call leaves is sent by the next.
    unsent: Vec<u8>,
}

impl Port {
    pub(super) const fn new(end: End, clock: Clock) -> Self {
        Self {
            end,
            clock,
            unsent: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The line's speed, and how long a character takes there: no time where the speed is but a name, as
    /// on a PTY. `None` on a stream.
    pub(super) fn character(&self) -> Option<(u32, Duration)> {
        let End::Line(line) = &self.end else {
            return None;
        };
        let settings = line.settings();
        let real = line.capabilities().speed;
        let character = if real {
            settings.time_of(1)
        } else {
            Duration::ZERO
        };
        Some((settings.baud, character))
    }

    pub(super) fn queue(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
    }

    /// Sends what is queued, and waits until the last bit has left. Dropped, it loses nothing.
    pub(super) async fn drain(&mut self) -> std::io::Result<()> {
        while !self.unsent.is_empty() {
            let write = |cx: &mut core::task::Context<'_>| {
                Pin::new(&mut self.end).poll_write(cx, &self.unsent)
            };
            let count = poll_fn(write).await?;
            self.unsent.drain(..count);
        }
        self.end.flush().await?;
        match &mut self.end {
            End::Line(line) => line.drain().await,
            End::Stream(_) | End::Urgent(_) => Ok(()),
        }
    }

    /// Sends what is queued, and after this time drops what has not left: the direction of a pair was
    /// turned too early.
    pub(super) async fn send_for(&mut self, time: Duration) -> std::io::Result<()> {
        let bytes = core::mem::take(&mut self.unsent);
        self.end.write_all(&bytes).await?;
        self.clock.sleep(time).await;
        self.discard(Queue::Output)
    }

    /// Hears nothing for this time: the direction of a pair was turned too late.
    pub(super) async fn hear_nothing_for(&mut self, time: Duration) -> std::io::Result<()> {
        self.clock.sleep(time).await;
        self.discard(Queue::Input)
    }

    fn discard(&mut self, queue: Queue) -> std::io::Result<()> {
        match &mut self.end {
            End::Line(line) => line.discard(queue),
            End::Stream(_) | End::Urgent(_) => Ok(()),
        }
    }

    /// What comes until then, if anything does.
    pub(super) async fn read_until(&mut self, until: Instant) -> Option<Got> {
        let clock = self.clock.clone();
        let limit = until.since(clock.now());
        clock.timeout(limit, self.read()).await.ok()
    }

    async fn read(&mut self) -> Got {
        let mut chunk = [0; 512];
        poll_fn(|cx| {
            if self.end.take_mark().is_some() {
                return Poll::Ready(Got::Mark);
            }
            let mut into = ReadBuf::new(&mut chunk);
            match Pin::new(&mut self.end).poll_read(cx, &mut into) {
                Poll::Pending if self.end.take_mark().is_some() => Poll::Ready(Got::Mark),
                Poll::Pending => Poll::Pending,
                Poll::Ready(Ok(())) if !into.filled().is_empty() => {
                    Poll::Ready(Got::Bytes(into.filled().to_vec()))
                }
                Poll::Ready(_) if self.end.take_mark().is_some() => Poll::Ready(Got::Mark),
                Poll::Ready(_) => Poll::Ready(Got::End),
            }
        })
        .await
    }
}
