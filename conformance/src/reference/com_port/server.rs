//! The textbook access server: one port, and whoever comes.

use core::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use lineside_core::Mark;
use lineside_io::{Clock, Line as _};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    sync::mpsc::UnboundedReceiver,
};

use super::{ANSWER, ports::Port, talk::Talk};
use crate::{
    reference::Mutation,
    subject::{Guest, Setup},
    wire::End,
};

mod commands;
mod notices;
mod settings;
mod users;

/// More than this waits for the port: its clients are told to stop; at half of it, to go on.
const MUCH: usize = 32 * 1024;

/// Serves the port to all who come.
pub(super) async fn run(
    guests: UnboundedReceiver<Guest>,
    lines: Vec<End>,
    setup: Setup,
    broken: Mutation,
) {
    let Some(End::Line(line)) = lines.into_iter().next() else {
        return;
    };
    let option = |name: &str, usual: &str| setup.dialect.get(name).unwrap_or(usual).to_owned();
    let mut server = Server {
        guests,
        port: Port::new(line, broken.clone()),
        clock: setup.clock.clone(),
        users: Vec::new(),
        inputs: None,
        is_full: false,
        is_gone: false,
        second: option("second", "refuse"),
        leave: option("leave", "hold"),
        answered: 0,
        kept: None,
        was_suspended: false,
        broken,
    };
    server.inputs = server.port.inputs();
    loop {
        let what = poll_fn(|cx| server.poll(cx)).await;
        server.what(what).await;
        server.tell_full();
        server.flush().await;
    }
}

/// What happens next.
enum What {
    Guest(Guest),
    /// From the client at this place.
    Heard(usize, Vec<u8>),
    Ended(usize),
    Line(Vec<u8>),
    Mark(Mark),
    Inputs,
    Wrote(usize),
}

struct User {
    end: End,
    talk: Talk,
    line_mask: u8,
    modem_mask: u8,
    is_suspended: bool,
    /// What the port received while it was suspended.
    backlog: Vec<u8>,
    is_over: bool,
}

struct Server {
    guests: UnboundedReceiver<Guest>,
    port: Port,
    clock: Clock,
    users: Vec<User>,
    inputs: Option<u8>,
    is_full: bool,
    /// The other end of the line is gone.
    is_gone: bool,
    second: String,
    leave: String,
    /// How many commands were answered since the last read, for a mutant.
    answered: usize,
    /// The masks of the one before, for a mutant.
    kept: Option<(u8, u8)>,
    was_suspended: bool,
    broken: Mutation,
}

impl Server {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<What> {
        if let Poll::Ready(Some(guest)) = self.guests.poll_recv(cx) {
            return Poll::Ready(What::Guest(guest));
        }
        let mut chunk = [0; 2_048];
        for at in 0..self.users.len() {
            let Some(user) = self.users.get_mut(at) else {
                break;
            };
            if self.port.pending.len() > 2 * MUCH {
                break;
            }
            if user.is_over {
                continue;
            }
            let mut into = ReadBuf::new(&mut chunk);
            match Pin::new(&mut user.end).poll_read(cx, &mut into) {
                Poll::Ready(Ok(())) if !into.filled().is_empty() => {
                    return Poll::Ready(What::Heard(at, into.filled().to_vec()));
                }
                Poll::Ready(_) => return Poll::Ready(What::Ended(at)),
                Poll::Pending => {}
            }
        }
        self.poll_line(cx, &mut chunk)
    }

    fn poll_line(&mut self, cx: &mut Context<'_>, chunk: &mut [u8]) -> Poll<What> {
        let line = &mut self.port.line;
        if !self.port.pending.is_empty()
            && let Poll::Ready(wrote) = Pin::new(&mut *line).poll_write(cx, &self.port.pending)
        {
            // What a line that has gone is given is lost.
            return Poll::Ready(What::Wrote(wrote.unwrap_or(self.port.pending.len())));
        }
        if let Some(mark) = line.take_mark() {
            return Poll::Ready(What::Mark(mark));
        }
        let mut into = ReadBuf::new(chunk);
        if !self.is_gone && Pin::new(&mut *line).poll_read(cx, &mut into).is_ready() {
            self.is_gone = into.filled().is_empty();
            return Poll::Ready(What::Line(into.filled().to_vec()));
        }
        if let Some(mark) = line.take_mark() {
            return Poll::Ready(What::Mark(mark));
        }
        Pin::new(line).poll_signals(cx).map(|_| What::Inputs)
    }

    async fn what(&mut self, what: What) {
        match what {
            What::Guest(guest) => self.admit(guest).await,
            What::Heard(at, bytes) => self.heard(at, &bytes).await,
            What::Ended(at) => self.ended(at).await,
            What::Line(data) => self.received(&data),
            What::Mark(mark) => self.mark(mark),
            What::Inputs => self.modem(),
            What::Wrote(count) => drop(self.port.pending.drain(..count)),
        }
        self.sweep().await;
    }

    fn answer(&mut self, at: usize, command: u8, value: &[u8]) {
        let Some(user) = self.users.get_mut(at) else {
            return;
        };
        if !user.talk.has_port() && !self.broken.is("com-port.answers-when-off") {
            return;
        }
        let code = if self.broken.is("com-port.answers-in-the-clients-numbers") {
            command
        } else {
            command.saturating_add(ANSWER)
        };
        user.talk.message(&[&[code], value].concat());
    }

    fn say(&mut self, at: usize, what: impl FnOnce(&mut Talk)) {
        if let Some(user) = self.users.get_mut(at) {
            what(&mut user.talk);
        }
    }

    /// For a mutant: closes a connection.
    fn end(&mut self, at: usize) {
        if let Some(user) = self.users.get_mut(at) {
            user.is_over = true;
        }
    }

    async fn flush(&mut self) {
        for user in &mut self.users {
            let out = core::mem::take(&mut user.talk.out);
            let gone = !out.is_empty() && user.end.write_all(&out).await.is_err();
            user.is_over |= gone || user.end.flush().await.is_err();
        }
    }
}
