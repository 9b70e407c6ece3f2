//! One connection to an access server.

use core::{
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll, Waker, ready},
};
use std::{io, sync::Arc};

use bytes::Bytes;
use lineside_core::{Error, Instant, Mark};
use lineside_io::{Driver, Queue, Settings, Signals, Stream};
use tokio::io::ReadBuf;

use super::{
    RemoteConfig,
    fan::{Fan, Side},
    inbox::Inbox,
};
use crate::{
    com_port::{
        Client,
        client::{self, Command, Event},
    },
    net::com_port::{from_line, to_line},
    wire::com_port::{Control, ModemState, Purge},
};

/// Bytes that are written at once.
const CHUNK: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct Session {
    driver: Driver<Client, Box<dyn Stream>>,
    fan: Arc<Fan>,
    inbox: Inbox,
    /// We have told the server to stop.
    has_suspended: bool,
    /// What the server made of the settings, and whether it answered all.
    configured: Option<bool>,
    inputs: Option<ModemState>,
    changes: u64,
    dtr: bool,
    rts: bool,
    signature: Option<Bytes>,
    /// When what was written will have left the line.
    sent: Option<Instant>,
    /// Somebody waits for that.
    is_draining: bool,
    is_closing: bool,
    end: Option<Result<(), io::Error>>,
}

impl Session {
    pub(super) fn new(
        driver: Driver<Client, Box<dyn Stream>>,
        config: &RemoteConfig,
        fan: Arc<Fan>,
    ) -> Self {
        Self {
            driver,
            fan,
            inbox: Inbox::new(config.inbox),
            has_suspended: false,
            configured: None,
            inputs: None,
            changes: 0,
            dtr: config.dtr.unwrap_or(true),
            rts: config.rts.unwrap_or(true),
            signature: None,
            sent: None,
            is_draining: false,
            is_closing: false,
            end: None,
        }
    }

    /// Hears what the server says; sends what stands to be sent. `must`: also where much waits to be read.
    pub(super) fn drive(&mut self, side: Side, must: bool) {
        let waker = Waker::from(Arc::clone(&self.fan));
        let mut cx = Context::from_waker(&waker);
        let mut has_heard = false;
        while self.end.is_none() && (must || self.hears_for(side)) {
            let end = match self.driver.poll_next(&mut cx) {
                Poll::Ready(Ok(Some(event))) => {
                    has_heard = true;
                    self.hear(event);
                    continue;
                }
                Poll::Pending => break,
                Poll::Ready(Ok(None)) => Ok(()),
                Poll::Ready(Err(error)) => Err(io_error(error)),
            };
            self.end = Some(end);
            has_heard = true;
        }
        if has_heard {
            self.fan.wake_but(side);
        }
    }

    /// Whether there is room for what is heard for this one. A reader needs little more than it has, with the marks
    /// behind it, and a writer lets the server go on: who suspends it may wait behind what is written to say
    /// that it goes on.
    const fn hears_for(&self, side: Side) -> bool {
        match side {
            Side::Read => self.inbox.is_low(),
            Side::Write => !self.inbox.is_high(),
            _ => !self.inbox.is_full(),
        }
    }

    fn hear(&mut self, event: Event) {
        match event {
            // It was on its way when it was thrown away.
            Event::Data(_) | Event::LineState(_) if self.driver.machine().is_purging() => {}
            Event::Data(data) => {
                // Who answers has heard all of it: the line is faster than its settings say.
                self.sent = None;
                self.inbox.data(data);
                if self.inbox.is_high() && !core::mem::replace(&mut self.has_suspended, true) {
                    self.say(Command::Suspend(true));
                }
            }
            Event::Configured { is_answered, .. } => self.configured = Some(is_answered),
            Event::Control(control) => match control {
                Control::DTR_ON | Control::DTR_OFF => self.dtr = control == Control::DTR_ON,
                Control::RTS_ON | Control::RTS_OFF => self.rts = control == Control::RTS_ON,
                _ => {}
            },
            Event::ModemState(state) => {
                let levels = state.levels();
                if self.inputs.replace(levels) != Some(levels) {
                    self.changes += 1;
                }
            }
            Event::LineState(state) => self.inbox.line_state(state),
            Event::Signature(text) => self.signature = Some(text),
            _ => {}
        }
    }

    /// Takes data for a reader, up to the next mark. `Err(None)` at the end of the connection.
    pub(super) fn poll_take(
        &mut self,
        cx: &Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Option<io::Error>>> {
        if self.is_draining && self.sent.is_none() {
            // What was written has left first, for who counts from there, then comes the answer.
            cx.waker().wake_by_ref();
            self.fan.wake_but(Side::Read);
            self.is_draining = false;
            return Poll::Pending;
        }
        if ready!(self.inbox.poll_take(cx, into, self.end.is_some())) {
            self.let_go();
            return Poll::Ready(Ok(()));
        }
        let failed = self.end.as_ref().and_then(|end| end.as_ref().err());
        Poll::Ready(Err(failed.map(again)))
    }

    /// Lets the server go on when little is left to be read.
    fn let_go(&mut self) {
        if self.has_suspended && self.inbox.is_low() {
            self.has_suspended = false;
            self.say(Command::Suspend(false));
        }
    }

    pub(super) fn take_mark(&mut self) -> Option<Mark> {
        self.inbox.take_mark()
    }

    /// Takes a writer's data, where the server takes any and what was taken before is with the network.
    pub(super) fn poll_put(&mut self, bytes: &[u8], settings: Settings) -> Poll<io::Result<usize>> {
        if let Some(error) = self.error() {
            return Poll::Ready(Err(error));
        }
        if self.is_suspended() {
            return Poll::Pending;
        }
        ready!(self.poll_flush());
        let data = bytes.get(..CHUNK).unwrap_or(bytes);
        if let Err(error) = self
            .driver
            .submit(Command::Data(Bytes::copy_from_slice(data)))
        {
            return Poll::Ready(Err(io_error(lineside_io::Error::Machine(error))));
        }
        let _ = self.poll_flush();
        let now = self.driver.clock().now();
        let count = u64::try_from(data.len()).unwrap_or(u64::MAX);
        self.sent = Some(self.sent.map_or(now, |sent| sent.max(now)) + settings.time_of(count));
        Poll::Ready(Ok(data.len()))
    }

    /// Ready when everything is with the network. What has failed, the next read tells.
    pub(super) fn poll_flush(&mut self) -> Poll<()> {
        let waker = Waker::from(Arc::clone(&self.fan));
        let mut cx = Context::from_waker(&waker);
        pin!(self.driver.flush()).poll(&mut cx).map(drop)
    }

    pub(super) fn poll_close(&mut self) -> Poll<()> {
        if !core::mem::replace(&mut self.is_closing, true) {
            self.say(Command::Close);
        }
        self.drive(Side::Write, true);
        match self.end {
            Some(_) => Poll::Ready(()),
            None => Poll::Pending,
        }
    }

    pub(super) fn begin_configure(&mut self, to: Settings) {
        self.configured = None;
        self.say(Command::Configure(from_line(to)));
    }

    /// Waits for the answers to [`begin_configure`](Self::begin_configure).
    pub(super) async fn configured(&mut self, to: Settings) -> io::Result<Settings> {
        let is_answered = poll_fn(|cx| {
            self.fan.wait(Side::Change, cx);
            self.drive(Side::Change, true);
            match (self.configured.take(), self.error()) {
                (Some(is_answered), _) => Poll::Ready(Ok(is_answered)),
                (None, Some(error)) => Poll::Ready(Err(error)),
                (None, None) => Poll::Pending,
            }
        })
        .await?;
        if !is_answered {
            let what = "the server does not answer the settings (client::Config::answer)";
            return Err(io::Error::new(io::ErrorKind::TimedOut, what));
        }
        Ok(self.settings(to))
    }

    /// The settings in effect; what the server has not told, or a line cannot name, is as in `otherwise`.
    pub(super) fn settings(&self, otherwise: Settings) -> Settings {
        to_line(&self.driver.machine().settings(), otherwise)
    }

    pub(super) fn discard(&mut self, queue: Queue) {
        let purge = match queue {
            Queue::Input => Purge::RECEIVED,
            Queue::Output => Purge::TO_SEND,
            Queue::Both => Purge::BOTH,
        };
        if purge.is_of_received() {
            self.inbox.clear();
            self.let_go();
        }
        if purge.is_of_unsent() {
            self.sent = None;
        }
        self.say(Command::Purge(purge));
    }

    pub(super) fn signals(&self) -> io::Result<Signals> {
        let Some(inputs) = self.inputs else {
            let what = "the server notifies no modem lines";
            return Err(io::Error::new(io::ErrorKind::Unsupported, what));
        };
        Ok(Signals {
            dtr: self.dtr,
            rts: self.rts,
            cts: inputs.has(ModemState::CTS),
            dsr: inputs.has(ModemState::DSR),
            dcd: inputs.has(ModemState::DCD),
            ri: inputs.has(ModemState::RI),
        })
    }

    pub(super) fn set_signals(&mut self, dtr: Option<bool>, rts: Option<bool>) {
        if let Some(on) = dtr {
            self.dtr = on;
            let control = if on {
                Control::DTR_ON
            } else {
                Control::DTR_OFF
            };
            self.say(Command::Control(control));
        }
        if let Some(on) = rts {
            self.rts = on;
            let control = if on {
                Control::RTS_ON
            } else {
                Control::RTS_OFF
            };
            self.say(Command::Control(control));
        }
    }

    pub(super) fn set_break(&mut self, on: bool) {
        let control = if on {
            Control::BREAK_ON
        } else {
            Control::BREAK_OFF
        };
        self.say(Command::Control(control));
    }

    /// Asks for the levels of DTR and RTS, where they are not to be set.
    pub(super) fn ask_levels(&mut self, dtr: Option<bool>, rts: Option<bool>) {
        self.set_signals(dtr, rts);
        for (set, request) in [(dtr, Control::DTR_REQUEST), (rts, Control::RTS_REQUEST)] {
            if set.is_none() {
                self.say(Command::Control(request));
            }
        }
        self.say(Command::Signature);
    }

    /// Whether the connection has ended, and with what.
    pub(super) fn error(&self) -> Option<io::Error> {
        match self.end.as_ref()? {
            Ok(()) => Some(super::redial::closed()),
            Err(error) => Some(again(error)),
        }
    }

    pub(super) const fn is_suspended(&self) -> bool {
        self.driver.machine().is_suspended()
    }

    pub(super) const fn has_inputs(&self) -> bool {
        self.inputs.is_some()
    }

    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }

    /// When what was written will have left the line, for who waits for it.
    pub(super) const fn drain(&mut self) -> Option<Instant> {
        self.is_draining = self.sent.is_some();
        self.sent
    }

    /// It has left.
    pub(super) const fn drained(&mut self) {
        self.is_draining = false;
        self.sent = None;
    }

    pub(super) fn signature(&self) -> Option<&[u8]> {
        self.signature.as_deref()
    }

    /// What cannot be said to a connection that has failed is told by its end.
    fn say(&mut self, command: Command) {
        let _ = self.driver.submit(command);
        let _ = self.poll_flush();
    }
}

fn io_error(error: lineside_io::Error<Error>) -> io::Error {
    let (kind, what) = match error {
        lineside_io::Error::Io(error) => return error,
        lineside_io::Error::Machine(Error::Refused { .. }) => {
            let what =
                "the server refuses COM-PORT-OPTION (44): it shares no serial port (RFC 2217)";
            (io::ErrorKind::Unsupported, what.to_owned())
        }
        lineside_io::Error::Machine(client::SILENT) => {
            let what = "the server says nothing of COM-PORT-OPTION (44) (Config::answer)";
            (io::ErrorKind::TimedOut, what.to_owned())
        }
        lineside_io::Error::Machine(error @ Error::Timeout(_)) => {
            (io::ErrorKind::TimedOut, error.to_string())
        }
        lineside_io::Error::Machine(error) => (io::ErrorKind::InvalidData, error.to_string()),
    };
    io::Error::new(kind, what)
}

/// An error to give once more: the same kind, code and words.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
