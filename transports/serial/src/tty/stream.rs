//! A tty as a stream of bytes.

use core::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use std::io;

use bytes::Buf;
use lineside_core::Mark;
use rustix::io::Errno;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Tty;
use crate::ioctl;

/// A read ends before a mark. It drops the mark that stands at the reading position, unless that
/// was taken; it never gives zero bytes for one, but wakes its task instead.
impl AsyncRead for Tty {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.turn_while_reading(cx)?;
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        this.input.mark = None;
        loop {
            let fresh = buf.initialize_unfilled();
            let raw = if this.input.stash.is_empty() {
                ready!(this.poll_raw(cx, fresh))?
            } else {
                this.unstash(fresh)
            };
            if raw == 0 {
                return Poll::Ready(Ok(()));
            }
            let data = this.decode(fresh.get_mut(..raw).unwrap_or_default());
            buf.advance(data);
            if data > 0 {
                return Poll::Ready(Ok(()));
            }
            if this.input.mark.is_some() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    }
}

impl AsyncWrite for Tty {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        ready!(this.poll_may_send(cx))?;
        loop {
            let mut guard = ready!(this.fd.poll_write_ready(cx))?;
            let wrote = guard.try_io(|fd| Ok(rustix::io::write(fd.get_ref(), bytes)?));
            match wrote {
                Ok(Ok(0)) | Err(_) => guard.clear_ready(),
                Ok(Ok(count)) => {
                    this.output.wrote();
                    return Poll::Ready(Ok(count));
                }
                Ok(Err(error)) => return Poll::Ready(Err(this.fail(errno(&error)))),
            }
        }
    }

    /// Ready at once, unless we turn a transceiver round: then when it listens again.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.output.sends() {
            return this.poll_all_left(cx);
        }
        Poll::Ready(Ok(()))
    }

    /// Drains: a serial line has no end to send.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_all_left(cx)
    }
}

impl Tty {
    /// Reads what the kernel has; 0 when the other end of a PTY has closed.
    fn poll_raw(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.fd.poll_read_ready(cx))?;
            match guard.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut *into)?)) {
                Ok(Ok(0)) => return Poll::Ready(self.end(Errno::IO)),
                Ok(Ok(count)) => {
                    self.count_lost();
                    return Poll::Ready(Ok(count));
                }
                Ok(Err(error)) => return Poll::Ready(self.end(errno(&error))),
                Err(_would_block) => {}
            }
        }
    }

    /// The end of the other program is the end of a PTY's stream; on a real port there is no end.
    fn end(&self, errno: Errno) -> io::Result<usize> {
        if self.pty && errno == Errno::IO {
            return Ok(0);
        }
        Err(self.fail(errno))
    }

    /// Raw bytes from behind an earlier mark.
    fn unstash(&mut self, into: &mut [u8]) -> usize {
        let stash = &mut self.input.stash;
        let count = stash.len().min(into.len());
        if let (Some(into), Some(from)) = (into.get_mut(..count), stash.get(..count)) {
            into.copy_from_slice(from);
        }
        stash.advance(count);
        count
    }

    /// Decodes raw bytes in place; how many of them are data. What stands behind a mark is stashed.
    fn decode(&mut self, raw: &mut [u8]) -> usize {
        let Some(decoder) = &mut self.input.decoder else {
            return raw.len();
        };
        let done = decoder.decode(raw);
        let rest = raw.get(done.used..).unwrap_or_default();
        if !rest.is_empty() {
            // In front of what an earlier, longer read has left there.
            let behind = self.input.stash.split();
            self.input.stash.extend_from_slice(rest);
            self.input.stash.unsplit(behind);
        }
        if done.mark.is_some() {
            self.input.mark = done.mark;
        } else if self.input.stash.is_empty() && core::mem::take(&mut self.input.overrun) {
            self.input.mark = Some(Mark::Overrun);
        }
        done.data
    }

    /// Notes characters that the driver has lost since the last read. Where in the input they are
    /// missing it does not say; the end of what was read is as near as we get.
    fn count_lost(&mut self) {
        let (Some(before), true) = (self.input.lost, self.capabilities.marks) else {
            return;
        };
        let Ok(counters) = ioctl::counters(self.raw()) else {
            return;
        };
        let lost = counters.overrun.wrapping_add(counters.buf_overrun);
        if lost != before {
            self.input.lost = Some(lost);
            self.input.overrun = true;
        }
    }
}

/// The number that the kernel gave.
fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use lineside_io::{Line, Settings};

    use super::*;
    use crate::{Marks, Options, Pty, pty::PtyOptions};

    #[tokio::test]
    async fn lost_characters_are_told_after_the_marks_of_the_same_read() {
        let device = Pty::open(&PtyOptions::default()).unwrap();
        let options = Options {
            marks: Marks::On,
            ..Options::default()
        };
        let mut tty = Tty::open(device.path(), Settings::default(), &options).unwrap();
        tty.input.overrun = true;
        assert_eq!(tty.decode(&mut b"a\xFF\x00\x00b".clone()), 1);
        assert_eq!(tty.take_mark(), Some(Mark::Break));
        let mut rest = [0; 4];
        let count = tty.unstash(&mut rest);
        assert_eq!(tty.decode(&mut rest[..count]), 1);
        assert_eq!(tty.take_mark(), Some(Mark::Overrun));
        assert_eq!(tty.take_mark(), None);
    }
}
