//! What an idle session takes of memory: ours alone, over streams that take none.
//!
//! `cargo bench -p lineside-telnet --bench idle`

#![expect(clippy::unwrap_used, reason = "a benchmark fails loudly")]
#![expect(clippy::print_stdout, reason = "a benchmark tells its figure")]

use core::{
    pin::Pin,
    task::{Context, Poll},
};
use std::{fs, io};

use lineside_telnet::{
    Config, OptionSet,
    net::{Server, Session},
    wire::TelnetOption,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const SESSIONS: usize = 10_000;

/// A peer that agrees to what a console asks for, says a line, and then nothing.
struct Peer(&'static [u8]);

const SAID: &[u8] = b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x1fhello\r\n";

impl AsyncRead for Peer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0.is_empty() {
            return Poll::Pending;
        }
        into.put_slice(self.0);
        self.0 = &[];
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Peer {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        said: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(said.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let mut config = Config::default();
        config.ours = OptionSet::of(&[TelnetOption::ECHO, TelnetOption::SGA]);
        config.offer = config.ours;
        config.theirs = OptionSet::of(&[TelnetOption::NAWS]);
        config.ask = config.theirs;
        let server = Server::new(config);
        // The first few pay for what all share.
        let mut sessions: Vec<Session<Peer>> = Vec::with_capacity(SESSIONS + 100);
        for _ in 0..100 {
            sessions.push(idle(&server).await);
        }
        let before = resident();
        for _ in 0..SESSIONS {
            sessions.push(idle(&server).await);
        }
        let each = (resident() - before) / SESSIONS;
        println!(
            "an idle session: {each} bytes, of them {} on the stack of its task",
            size_of::<Session<Peer>>()
        );
    });
}

/// A session that has negotiated, heard a line and answered it.
async fn idle(server: &Server) -> Session<Peer> {
    let mut session = server.over(Peer(SAID));
    session.settled().await.unwrap();
    let line = session.data().await.unwrap().unwrap();
    session.write(line).await.unwrap();
    // As where a server waits for the next.
    let next = core::future::poll_fn(|cx| Poll::Ready(session.poll_next(cx).is_pending())).await;
    assert!(next, "the peer says no more");
    session
}

/// Bytes in memory.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096
}
