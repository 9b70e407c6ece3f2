//! A stream that somebody watches: the pass-through under the hex log and the capture.

use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};
use std::io::{self, IoSlice};

use lineside_core::Mark;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::through::{line_below, socket_below};
use crate::{BoxFuture, Line, Queue, Settings, Socket, Stream};

mod sight;

pub use sight::{Direction, Sight};

/// Sees all that passes through a [`Watched`] stream. It cannot change or refuse anything.
pub trait Watch: Send + Unpin + 'static {
    /// Something passed.
    fn saw(&mut self, sight: Sight<'_>);

    /// Called whenever the stream's owner has to wait: the place for what is due later. `cx` may be
    /// kept to be polled again.
    fn poll(&mut self, cx: &mut Context<'_>) {
        let _ = cx;
    }
}

/// Two watches on one stream.
impl<A: Watch, B: Watch> Watch for (A, B) {
    fn saw(&mut self, sight: Sight<'_>) {
        let again = match &sight {
            Sight::Data(direction, bytes) => Sight::Data(*direction, bytes),
            Sight::Mark(mark) => Sight::Mark(*mark),
            Sight::End(direction) => Sight::End(*direction),
            Sight::Failed(direction, error) => Sight::Failed(*direction, error),
            Sight::Settings(settings) => Sight::Settings(*settings),
            Sight::Signals { dtr, rts } => Sight::Signals {
                dtr: *dtr,
                rts: *rts,
            },
            Sight::Break(on) => Sight::Break(*on),
        };
        self.0.saw(again);
        self.1.saw(sight);
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        self.0.poll(cx);
        self.1.poll(cx);
    }
}

/// A stream under a [`Watch`]. All of it passes through unchanged; dropped futures lose nothing.
///
/// ```
/// use lineside_io::tap::{Direction, Sight, Watch, Watched};
/// use tokio::io::AsyncWriteExt;
///
/// #[derive(Default)]
/// struct Count(usize);
///
/// impl Watch for Count {
///     fn saw(&mut self, sight: Sight<'_>) {
///         if let Sight::Data(Direction::Out, bytes) = sight {
///             self.0 += bytes.len();
///         }
///     }
/// }
///
/// lineside_io::sim::run(|_| async {
///     let (near, _far) = tokio::io::duplex(64);
///     let mut near = Watched::new(near, Count::default());
///     near.write_all(b"tare\r\n").await.unwrap();
///     assert_eq!(near.watch().0, 6);
/// });
/// ```
pub struct Watched<S, W> {
    stream: S,
    watch: W,
    take_mark: fn(&mut S) -> Option<Mark>,
    /// The end of this direction was shown already.
    ended_in: bool,
    ended_out: bool,
}

impl<S: Stream, W: Watch> Watched<S, W> {
    /// Puts `watch` on a stream.
    pub fn new(stream: S, watch: W) -> Self {
        Self::with(stream, watch, |_| None)
    }

    /// Puts `watch` on a line: it sees also those marks that the reader passes over.
    pub fn on_line(line: S, watch: W) -> Self
    where
        S: Line,
    {
        Self::with(line, watch, S::take_mark)
    }

    const fn with(stream: S, watch: W, take_mark: fn(&mut S) -> Option<Mark>) -> Self {
        Self {
            stream,
            watch,
            take_mark,
            ended_in: false,
            ended_out: false,
        }
    }

    /// The watch.
    pub const fn watch(&self) -> &W {
        &self.watch
    }

    /// The watch, to be changed.
    pub const fn watch_mut(&mut self) -> &mut W {
        &mut self.watch
    }

    /// The stream. What is done on it directly is not seen.
    pub const fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Takes the watch off.
    pub fn into_parts(self) -> (S, W) {
        (self.stream, self.watch)
    }

    fn saw_read(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            if !core::mem::replace(&mut self.ended_in, true) {
                self.watch.saw(Sight::End(Direction::In));
            }
        } else {
            self.watch.saw(Sight::Data(Direction::In, bytes));
        }
    }

    fn saw_written<'a>(
        &mut self,
        cx: &mut Context<'_>,
        wrote: &Poll<io::Result<usize>>,
        slices: impl Iterator<Item = &'a [u8]>,
    ) {
        match wrote {
            Poll::Ready(Ok(count)) => {
                let mut left = *count;
                for slice in slices {
                    let part = slice.get(..left.min(slice.len())).unwrap_or_default();
                    left -= part.len();
                    if !part.is_empty() {
                        self.watch.saw(Sight::Data(Direction::Out, part));
                    }
                }
            }
            Poll::Ready(Err(error)) => self.watch.saw(Sight::Failed(Direction::Out, error)),
            Poll::Pending => self.watch.poll(cx),
        }
    }

    /// Lets the watch work while the owner waits, and shows it a failure to write.
    fn settled(
        &mut self,
        cx: &mut Context<'_>,
        done: Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        match &done {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => self.watch.saw(Sight::Failed(Direction::Out, error)),
            Poll::Pending => self.watch.poll(cx),
        }
        done
    }
}

impl<S: Stream, W: Watch> AsyncRead for Watched<S, W> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        if buf.remaining() == 0 {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        }
        // Whoever reads where a mark stands passes over it.
        while let Some(mark) = (this.take_mark)(&mut this.stream) {
            this.watch.saw(Sight::Mark(mark));
        }
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        match &read {
            Poll::Ready(Ok(())) => this.saw_read(buf.filled().get(before..).unwrap_or_default()),
            Poll::Ready(Err(error)) => this.watch.saw(Sight::Failed(Direction::In, error)),
            Poll::Pending => this.watch.poll(cx),
        }
        read
    }
}

impl<S: Stream, W: Watch> AsyncWrite for Watched<S, W> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let wrote = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.saw_written(cx, &wrote, core::iter::once(buf));
        wrote
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let wrote = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        this.saw_written(cx, &wrote, bufs.iter().map(|slice| &**slice));
        wrote
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_flush(cx);
        this.settled(cx, done)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_shutdown(cx);
        if matches!(done, Poll::Ready(Ok(()))) && !core::mem::replace(&mut this.ended_out, true) {
            this.watch.saw(Sight::End(Direction::Out));
        }
        this.settled(cx, done)
    }
}

impl<L: Line, W: Watch> Line for Watched<L, W> {
    line_below!();

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        Box::pin(async move {
            let settings = self.stream.configure(to).await?;
            self.watch.saw(Sight::Settings(settings));
            Ok(settings)
        })
    }

    fn take_mark(&mut self) -> Option<Mark> {
        let mark = self.stream.take_mark();
        if let Some(mark) = mark {
            self.watch.saw(Sight::Mark(mark));
        }
        mark
    }

    fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_drain(cx);
        this.settled(cx, done)
    }

    fn discard(&mut self, queue: Queue) -> io::Result<()> {
        self.stream.discard(queue)
    }

    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()> {
        self.stream.set_signals(dtr, rts)?;
        self.watch.saw(Sight::Signals { dtr, rts });
        Ok(())
    }

    fn set_break(&mut self, on: bool) -> io::Result<()> {
        self.stream.set_break(on)?;
        self.watch.saw(Sight::Break(on));
        Ok(())
    }
}

impl<S: Socket, W: Watch> Socket for Watched<S, W> {
    socket_below!();
}

impl<S: fmt::Debug, W> fmt::Debug for Watched<S, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&self.stream).finish()
    }
}
