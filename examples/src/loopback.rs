//! `loopback:`, a simulated serial port with a plug that returns everything: for trying out programs where
//! there is no port.

use core::{
    pin::Pin,
    task::{Context, Poll},
};
use std::io;

use lineside_core::Mark;
use lineside_io::{
    BoxFuture, Capabilities, Line, Queue, Settings, Signals,
    address::{Scheme, Wire},
    sim::{NullModem, NullModemConfig, SimLine, Wiring},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    sync::{mpsc, oneshot},
};

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
        let (near, far) = NullModem::pair(&context.clock, config);
        let (plug, changes) = mpsc::channel(1);
        tokio::spawn(plugged(far, changes));
        Ok(Wire::Line(Box::new(Loopback { near, plug })))
    })
}

/// Settings for the plug, and who waits for them.
type Change = (Settings, oneshot::Sender<()>);

/// The plug: what comes goes back, at the settings of the port.
async fn plugged(mut far: SimLine, mut changes: mpsc::Receiver<Change>) -> io::Result<()> {
    let mut bytes = [0; 1_024];
    loop {
        tokio::select! {
            biased;
            change = changes.recv() => {
                let Some((settings, done)) = change else {
                    return Ok(());
                };
                far.configure(settings).await?;
                let _ = done.send(());
            }
            read = far.read(&mut bytes) => match read? {
                0 => return Ok(()),
                count => far.write_all(bytes.get(..count).unwrap_or_default()).await?,
            },
        }
    }
}

/// The port.
#[derive(Debug)]
struct Loopback {
    near: SimLine,
    plug: mpsc::Sender<Change>,
}

impl AsyncRead for Loopback {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().near).poll_read(cx, into)
    }
}

impl AsyncWrite for Loopback {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().near).poll_write(cx, bytes)
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
            // The plug is in place before the next character.
            let (done, is_done) = oneshot::channel();
            if self.plug.send((settings, done)).await.is_ok() {
                let _ = is_done.await;
            }
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
        Pin::new(&mut self.get_mut().near).poll_drain(cx)
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
}
