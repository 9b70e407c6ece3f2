use core::{
    future::pending,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::sync::Mutex;

use lineside_io::sim::run;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tracing::{Event, Level, Metadata, Subscriber, span};

use super::*;
use crate::Bank;

/// A wire that gives these bytes, then fails.
struct Failing(&'static [u8], io::ErrorKind);

impl AsyncRead for Failing {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = core::mem::take(&mut self.0);
        if bytes.is_empty() {
            return Poll::Ready(Err(self.1.into()));
        }
        room.put_slice(bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Failing {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// One such connection, then no more.
struct Once(Option<Failing>);

impl Listener for Once {
    type Addr = ();
    type Stream = Failing;

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }

    async fn accept(&mut self) -> io::Result<Failing> {
        match self.0.take() {
            Some(stream) => Ok(stream),
            None => pending().await,
        }
    }
}

/// The levels at which this crate said something.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<Level>>>);

impl Subscriber for Said {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        if event.metadata().target().starts_with("lineside_modbus") {
            self.0.lock().unwrap().push(*event.metadata().level());
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// What is said when a wire gives `bytes` and then fails.
fn said(bytes: &'static [u8], kind: io::ErrorKind) -> Vec<Level> {
    let said = Said::default();
    let _heard = tracing::subscriber::set_default(said.clone());
    run(move |clock| async move {
        let server = Server::new(Framing::Tcp).clock(clock.clone());
        let stop = clock.sleep(Duration::from_secs(1));
        let listener = Once(Some(Failing(bytes, kind)));
        server.serve(listener, Bank::new, stop).await;
    });
    said.0.lock().unwrap().clone()
}

#[test]
fn a_wire_that_fails_is_warned_of_and_a_peer_that_leaves_is_not() {
    assert_eq!(said(b"", io::ErrorKind::Other), [Level::WARN]);
    assert_eq!(said(b"", io::ErrorKind::TimedOut), [Level::WARN]);
    assert_eq!(said(b"", io::ErrorKind::ConnectionReset), [Level::DEBUG]);
    assert_eq!(said(b"", io::ErrorKind::UnexpectedEof), [Level::DEBUG]);
}

#[test]
fn a_stream_that_cannot_be_followed_is_the_peer_s_and_no_warning() {
    // A length field of 0.
    let bytes = b"\0\x01\0\0\0\0\x01\x03";
    assert_eq!(said(bytes, io::ErrorKind::Other), [Level::DEBUG]);
}
