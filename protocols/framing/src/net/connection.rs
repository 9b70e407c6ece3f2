//! Records over one stream or line.

use core::{future::poll_fn, task::Poll};
use std::collections::VecDeque;

use bytes::Bytes;
use lineside_io::{Clock, Driver, Limits, Line, Stream, address::Wire};

use crate::{Command, Config, Counters, Event, Records, net::Handler, wire::Framing};

/// Why a connection ended: the wire failed, or the caller sent what the framing cannot carry. A
/// peer's bytes are never an error.
pub type Error = lineside_io::Error<crate::Error>;

/// Events that are kept for [`Connection::next`] while [`Connection::send`] waits.
const KEPT: usize = 64;

/// Sends and receives records over a stream or a line.
///
/// # Cancellation
/// Every future can be dropped at any await: no byte, record or event is lost.
#[derive(Debug)]
pub struct Connection<F: Framing, S> {
    driver: Driver<Records<F>, S>,
    kept: VecDeque<Event>,
}

impl<F: Framing> Connection<F, Wire> {
    /// Records over what an address opened. Where that is a line, its settings give the time of a
    /// character.
    pub fn on_wire(framing: F, config: Config, mut wire: Wire, clock: Clock) -> Self {
        let character = wire.as_line().map(|line| line.settings().time_of(1));
        let config = character.map_or(config, |character| config.char_time(character));
        Self::with(Driver::on_wire(Records::new(framing, config), wire, clock))
    }
}

impl<F: Framing, S: Stream> Connection<F, S> {
    /// Records over a stream of bytes.
    pub fn new(framing: F, config: Config, stream: S, clock: Clock) -> Self {
        Self::with(Driver::new(Records::new(framing, config), stream, clock))
    }

    /// Records over a serial line, whose settings give the time of a character.
    pub fn on_line(framing: F, config: Config, line: S, clock: Clock) -> Self
    where
        S: Line,
    {
        let config = config.char_time(line.settings().time_of(1));
        Self::with(Driver::on_line(Records::new(framing, config), line, clock))
    }

    /// Records over a driver of one's own making.
    pub const fn with(driver: Driver<Records<F>, S>) -> Self {
        Self {
            driver,
            kept: VecDeque::new(),
        }
    }

    /// The same with other limits of its driver.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.driver = self.driver.limits(limits);
        self
    }

    /// The next event; `None` when the peer sends no more.
    ///
    /// # Errors
    /// The wire failed.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        if let Some(event) = self.kept.pop_front() {
            return Ok(Some(event));
        }
        self.driver.next().await
    }

    /// The next record, whatever damage comes before it: that is in [`counters`](Self::counters).
    ///
    /// # Errors
    /// The wire failed.
    pub async fn record(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            match self.next().await? {
                Some(Event::Record(record)) => return Ok(Some(record)),
                Some(Event::Damaged { .. }) => {}
                None => return Ok(None),
            }
        }
    }

    /// Sends a record, and waits until it is written and, on a line, has left it. Where the framing
    /// wants a silence between frames, this waits for the silence before the record too, and keeps
    /// what arrives meanwhile for [`next`](Self::next).
    ///
    /// Dropped before its first poll, it did nothing; after, the record is taken and only the
    /// waiting is given up: a later call of any kind sends it.
    ///
    /// # Errors
    /// The framing cannot carry the record (nothing was sent), or the wire failed.
    pub async fn send(&mut self, record: impl Into<Command>) -> Result<(), Error> {
        self.driver.submit(record.into()).map_err(Error::Machine)?;
        while self.driver.machine().queued() > 0 && self.kept.len() < KEPT {
            if !self.keep().await? {
                break;
            }
        }
        self.driver.flush().await
    }

    /// Drives until an event can be kept (`true`), or nothing is queued or the peer is gone.
    async fn keep(&mut self) -> Result<bool, Error> {
        poll_fn(|cx| match self.driver.poll_next(cx) {
            Poll::Ready(Ok(Some(event))) => {
                self.kept.push_back(event);
                Poll::Ready(Ok(true))
            }
            Poll::Ready(Ok(None)) => Poll::Ready(Ok(false)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending if self.driver.machine().queued() == 0 => Poll::Ready(Ok(true)),
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// Answers records with `handler` until the peer sends no more.
    ///
    /// Dropped while the handler works, it abandons the record that the handler has, and no other.
    ///
    /// # Errors
    /// The wire failed, or the handler's answer does not fit the framing.
    pub async fn run(&mut self, handler: &mut impl Handler) -> Result<(), Error> {
        while let Some(event) = self.next().await? {
            self.handle(event, handler).await?;
        }
        Ok(())
    }

    pub(super) async fn handle(
        &mut self,
        event: Event,
        handler: &mut impl Handler,
    ) -> Result<(), Error> {
        match event {
            Event::Record(record) => {
                if let Some(answer) = handler.record(record).await {
                    self.send(answer).await?;
                }
            }
            Event::Damaged { reason, bytes } => handler.damaged(reason, bytes),
        }
        Ok(())
    }

    /// What was received and sent so far.
    pub const fn counters(&self) -> &Counters {
        self.driver.machine().counters()
    }

    /// The wire, for what only it can do: addresses, modem lines, settings.
    pub const fn stream_mut(&mut self) -> &mut S {
        self.driver.stream_mut()
    }

    /// The driver, for what only it can do.
    pub const fn driver_mut(&mut self) -> &mut Driver<Records<F>, S> {
        &mut self.driver
    }

    /// The wire alone, and nothing of what was received and not taken.
    pub fn into_stream(self) -> S {
        self.driver.into_parts().1
    }
}
