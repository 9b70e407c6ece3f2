//! `loopback:`, a simulated serial port with a plug that returns everything: for trying out programs where
//! there is no port.

use core::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::io;

use lineside_core::Mark;
use lineside_io::{
    BoxFuture, Capabilities, FlowControl, Line, Queue, Settings, Signals,
    address::{Scheme, Wire},
    sim::{Delivery, NullModem, NullModemConfig, SimLine, Wiring},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The scheme. Its parameters are a line's settings.
#[must_use]
pub fn scheme() -> Scheme {
    const EXAMPLES: &[&str] = &["loopback:?baud=115200"];
    Scheme::new(
        "loopback",
        "a simulated port with a plug that returns everything",
        EXAMPLES,
    )
    .on_open(|address, context| async move {
        let mut params = address.params();
        let settings = Settings::take_from(&mut params)?;
        params.finish()?;
        let mut config = NullModemConfig::new(settings);
        config.wiring = Wiring::Looped;
        config.b.settings = plug(settings);
        // The plug is as late as who polls the port; and what is in it still comes where the port has
        // dropped RTS.
        (config.b.receive_queue, config.b.transmit_queue) = (64 * 1024, 512);
        // As a UART with a queue of its own: a wait for each character would keep the thread.
        for end in [&mut config.a, &mut config.b] {
            end.delivery = Delivery::Lumps {
                characters: 16,
                latency: Duration::from_micros(200),
            };
        }
        let (near, far) = NullModem::pair(&context.clock, config);
        let port = Loopback {
            near,
            far,
            turning: Vec::new(),
        };
        Ok(Wire::Line(Box::new(port)))
    })
}

/// Turns of the plug before who polls the port gets its own.
const TURNS: usize = 8;

/// A plug stops nobody: RTS and CTS are the port's own.
const fn plug(port: Settings) -> Settings {
    Settings {
        flow: FlowControl::None,
        ..port
    }
}

/// A port and its plug, which moves whenever the port is polled: what comes goes back at the settings of the
/// port, RTS is CTS, DTR is DSR and DCD.
#[derive(Debug)]
struct Loopback {
    near: SimLine,
    far: SimLine,
    /// What has come to the plug and not yet gone back.
    turning: Vec<u8>,
}

impl Loopback {
    /// Turns round what has come, as far as it goes back at once.
    fn turn(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        for _ in 0..TURNS {
            while !self.turning.is_empty() {
                let has_room = self.settings().flow != FlowControl::Hardware || self.signals()?.cts;
                let wrote = match has_room {
                    true => Pin::new(&mut self.far).poll_write(cx, &self.turning),
                    false => Poll::Pending,
                };
                let Poll::Ready(count) = wrote else {
                    return Ok(());
                };
                self.turning.drain(..count?);
            }
            if !self.take_in(cx)? {
                return Ok(());
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    /// Takes what has come into the plug; whether that was anything.
    fn take_in(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let mut bytes = [0; 1_024];
        let mut into = ReadBuf::new(&mut bytes);
        if let Poll::Ready(read) = Pin::new(&mut self.far).poll_read(cx, &mut into) {
            read?;
        }
        self.turning.extend_from_slice(into.filled());
        Ok(!into.filled().is_empty())
    }
}

impl AsyncRead for Loopback {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.turn(cx)?;
        let read = Pin::new(&mut this.near).poll_read(cx, into);
        // The port may have raised RTS.
        this.turn(cx)?;
        read
    }
}

impl AsyncWrite for Loopback {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.turn(cx)?;
        Pin::new(&mut this.near).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().near).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().near).poll_shutdown(cx)
    }
}

impl Line for Loopback {
    fn settings(&self) -> Settings {
        self.near.settings()
    }

    fn configure(&mut self, to: Settings) -> BoxFuture<'_, io::Result<Settings>> {
        Box::pin(async move {
            let settings = self.near.configure(to).await?;
            // What is in the plug goes back at the new settings.
            poll_fn(|cx| {
                while self.take_in(cx)? {}
                Poll::Ready(io::Result::Ok(()))
            })
            .await?;
            self.far.configure(plug(settings)).await?;
            Ok(settings)
        })
    }

    fn capabilities(&self) -> Capabilities {
        self.near.capabilities()
    }

    fn take_mark(&mut self) -> Option<Mark> {
        self.near.take_mark()
    }

    fn poll_drain(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.turn(cx)?;
        Pin::new(&mut this.near).poll_drain(cx)
    }

    fn discard(&mut self, queue: Queue) -> io::Result<()> {
        self.near.discard(queue)
    }

    fn signals(&mut self) -> io::Result<Signals> {
        self.near.signals()
    }

    fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) -> io::Result<()> {
        self.near.set_signals(dtr, rts)
    }

    fn poll_signals(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Signals>> {
        Pin::new(&mut self.get_mut().near).poll_signals(cx)
    }

    fn set_break(&mut self, on: bool) -> io::Result<()> {
        self.near.set_break(on)
    }
}

#[cfg(test)]
mod tests {
    use lineside_io::{
        address::{Context, Schemes},
        sim,
    };
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn everything_comes_back_at_any_speed() {
        sim::run(|clock| async move {
            let schemes = Schemes::new(Context::new(clock)).with(scheme());
            let address = "loopback:?baud=9600".parse().unwrap();
            let mut wire = schemes.open(&address).await.unwrap();
            let line = wire.as_line().unwrap();
            for settings in ["9600 8N1", "115200 7E2"] {
                line.configure(settings.parse().unwrap()).await.unwrap();
                line.write_all(b"round").await.unwrap();
                let mut heard = [0; 5];
                line.read_exact(&mut heard).await.unwrap();
                assert_eq!(&heard, b"round", "{settings}");
            }
            line.set_signals(Some(false), Some(true)).unwrap();
            let signals = line.signals().unwrap();
            assert!(signals.cts && !signals.dsr);
        });
    }

    #[test]
    fn a_port_that_stops_itself_loses_nothing() {
        sim::run(|clock| async move {
            let schemes = Schemes::new(Context::new(clock.clone())).with(scheme());
            let address = "loopback:?baud=1000000&flow=hardware".parse().unwrap();
            let wire = schemes.open(&address).await.unwrap();
            let sent: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
            let copy = sent.clone();
            let (mut from, mut to) = tokio::io::split(wire.into_stream());
            let writing = tokio::spawn(async move { to.write_all(&copy).await });
            let mut heard = vec![0; sent.len()];
            for some in heard.chunks_mut(9_999) {
                clock.sleep(Duration::from_secs(1)).await;
                from.read_exact(some).await.unwrap();
            }
            assert!(heard == sent);
            writing.await.unwrap().unwrap();
        });
    }
}
