//! What an address opens: a stream, or a line, which can do more.

use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};
use std::io;

use lineside_core::Mark;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{Line, Stream, Urgent};

/// An open wire. It is a [`Stream`] either way; [`Driver::on_wire`](crate::Driver::on_wire) runs a
/// machine over it with what a line can do.
pub enum Wire {
    /// Bytes only.
    Stream(Box<dyn Stream>),
    /// Bytes, of which some can be urgent: TCP.
    Urgent(Box<dyn Urgent>),
    /// A wire with a speed.
    Line(Box<dyn Line>),
}

impl Wire {
    /// The wire as a plain stream; a line drops its marks.
    #[must_use]
    pub fn into_stream(self) -> Box<dyn Stream> {
        match self {
            Self::Stream(stream) => stream,
            Self::Urgent(stream) => stream,
            Self::Line(line) => line,
        }
    }

    /// The line, where it is one.
    #[must_use]
    pub fn as_line(&mut self) -> Option<&mut Box<dyn Line>> {
        match self {
            Self::Stream(_) | Self::Urgent(_) => None,
            Self::Line(line) => Some(line),
        }
    }

    /// A line's mark at the reading position ([`Line::take_mark`]).
    pub fn take_mark(&mut self) -> Option<Mark> {
        self.as_line().and_then(Line::take_mark)
    }

    /// Ready when a line's last stop bit has left ([`Line::poll_drain`]), or a stream is flushed.
    pub fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Stream(stream) => Pin::new(stream).poll_flush(cx),
            Self::Urgent(stream) => Pin::new(stream).poll_flush(cx),
            Self::Line(line) => Pin::new(line).poll_drain(cx),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Stream(stream) => Pin::new(stream).poll_read(cx, into),
            Self::Urgent(stream) => Pin::new(stream).poll_read(cx, into),
            Self::Line(line) => Pin::new(line).poll_read(cx, into),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Stream(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Urgent(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Line(line) => Pin::new(line).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Stream(stream) => Pin::new(stream).poll_flush(cx),
            Self::Urgent(stream) => Pin::new(stream).poll_flush(cx),
            Self::Line(line) => Pin::new(line).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Stream(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Urgent(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Line(line) => Pin::new(line).poll_shutdown(cx),
        }
    }
}

/// What has no urgent data sends the byte as any other, and hears of none.
impl Urgent for Wire {
    fn is_urgent(&self) -> bool {
        match self {
            Self::Urgent(stream) => stream.is_urgent(),
            Self::Stream(_) | Self::Line(_) => false,
        }
    }

    fn poll_write_urgent(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        byte: u8,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Urgent(stream) => Pin::new(stream).poll_write_urgent(cx, byte),
            plain => match ready!(Pin::new(plain).poll_write(cx, &[byte]))? {
                0 => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                _ => Poll::Ready(Ok(())),
            },
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stream(_) => "Wire::Stream",
            Self::Urgent(_) => "Wire::Urgent",
            Self::Line(_) => "Wire::Line",
        })
    }
}
