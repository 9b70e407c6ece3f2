//! One connection, of either end.

use core::task::{Context, Poll};
use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use lineside_io::{Driver, Stream, serve::Place};

use crate::{Command, Event, Party, Telnet, options::Tell, wire, wire::TelnetOption};

mod lines;

use lines::Lines;

/// Why a session ended: the wire failed, or the peer exceeded a limit of [`Config`](crate::Config).
pub type Error = lineside_io::Error<lineside_core::Error>;

/// Events that [`Session::settled`] keeps for [`Session::next`]; with more it waits no longer.
const KEPT: usize = 64;

/// Either end of a connection.
///
/// A session of a [`Server`](super::Server) also ends when the server is stopped, and when it was idle
/// for too long: [`next`](Self::next) then gives `None` as if the peer had closed.
///
/// # Cancellation
/// Every future can be dropped at any await: no byte and no event is lost.
#[derive(Debug)]
pub struct Session<S> {
    /// Boxed: a future that has a session holds it twice and more, while it is handed on.
    driver: Box<Driver<Telnet, S>>,
    place: Option<Place>,
    kept: VecDeque<Event>,
    is_settled: bool,
    /// Data that was asked for by the line.
    lines: Option<Box<Lines>>,
}

impl<S: Stream> Session<S> {
    /// A session over a driver of one's own making.
    pub fn new(driver: Driver<Telnet, S>) -> Self {
        Self {
            driver: Box::new(driver),
            place: None,
            kept: VecDeque::new(),
            is_settled: false,
            lines: None,
        }
    }

    pub(super) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The next event; `None` when the session is over.
    ///
    /// # Errors
    /// The wire failed, or the peer exceeded a limit.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        if let Some(event) = self.take_kept() {
            return Ok(Some(event));
        }
        self.drive().await
    }

    /// What came before it was asked for.
    fn take_kept(&mut self) -> Option<Event> {
        if let Some(rest) = self.lines.as_mut().and_then(|lines| lines.rest()) {
            return Some(Event::Data(rest));
        }
        let event = self.kept.pop_front();
        // Nothing is kept twice: an idle session holds no room for it.
        if self.kept.is_empty() {
            self.kept = VecDeque::new();
        }
        event
    }

    async fn drive(&mut self) -> Result<Option<Event>, Error> {
        let next = self.driver.next();
        let event = match &mut self.place {
            Some(place) => place.unless_over(next).await.unwrap_or(Ok(None))?,
            None => next.await?,
        };
        self.note(event.as_ref());
        Ok(event)
    }

    fn note(&mut self, event: Option<&Event>) {
        match event {
            Some(Event::Settled) => self.is_settled = true,
            // What the terminal does by itself keeps no session open.
            Some(Event::Data(_) | Event::Command(_)) => {
                if let Some(place) = &self.place {
                    place.used(self.driver.clock().now());
                }
            }
            _ => {}
        }
    }

    /// The next data, whatever else comes before it; `None` when the session is over.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn data(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            match self.next().await? {
                Some(Event::Data(data)) => return Ok(Some(data)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// The next line of data, without its end: a carriage return, a line feed, or both. Whatever else
    /// comes before it is passed over. The last one may have been cut off by the end of the session;
    /// then `None`.
    ///
    /// # Errors
    /// As [`next`](Self::next); and a [`Limit`](lineside_core::Error::Limit) for a line longer than
    /// [`Config::line`](crate::Config::line): it is thrown away to its end, and the session goes on.
    pub async fn line(&mut self) -> Result<Option<Bytes>, Error> {
        let most = self.driver.machine().config().line;
        loop {
            if let Some(lines) = &mut self.lines {
                let line = lines.next(most).map_err(Error::Machine)?;
                if line.is_some() {
                    return Ok(line);
                }
            }
            let event = match self.kept.pop_front() {
                None => self.drive().await?,
                event => event,
            };
            match event {
                Some(Event::Data(data)) => self.lines.get_or_insert_default().add(&data),
                Some(_) => {}
                None => return Ok(self.lines.as_mut().and_then(|lines| lines.rest())),
            }
        }
    }

    /// Waits until everything that was asked for at the beginning is answered, refused or given up
    /// ([`Config::answer`](crate::Config::answer)). What comes meanwhile is kept for
    /// [`next`](Self::next); a peer who sends much instead of answering is not waited for.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn settled(&mut self) -> Result<(), Error> {
        while !self.is_settled && self.kept.len() < KEPT {
            let Some(event) = self.drive().await? else {
                return Ok(());
            };
            self.kept.push_back(event);
        }
        Ok(())
    }

    /// Sends data, and waits until it is written. On the network virtual terminal a line feed is a line
    /// end ([`Command::Data`]).
    ///
    /// Dropped before its first poll, it did nothing; after, the data is taken and only the waiting is
    /// given up.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn write(&mut self, data: impl Into<Bytes>) -> Result<(), Error> {
        self.driver.send(Command::Data(data.into())).await
    }

    /// Sends a command, and waits until it is written.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn command(&mut self, command: wire::Command) -> Result<(), Error> {
        self.driver.send(Command::Command(command)).await
    }

    /// Tells something by an option, and waits until it is written: what it can be, and what the peer
    /// tells, is in [`options`](crate::options).
    ///
    /// # Errors
    /// As [`next`](Self::next); a misuse where nobody hears it.
    pub async fn tell(&mut self, tell: Tell) -> Result<(), Error> {
        self.driver.send(Command::Tell(tell)).await
    }

    /// Interrupts: `IP`, then a Synch, so that it is heard before what the peer has not processed yet (T47).
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn interrupt(&mut self) -> Result<(), Error> {
        for command in [Command::Command(wire::Command::IP), Command::Synch] {
            self.submit(command).map_err(Error::Machine)?;
        }
        self.flush().await
    }

    /// Hands over a command without waiting for anything: it leaves with the next call of another kind.
    ///
    /// # Errors
    /// A misuse, or the error that ended the session.
    pub fn submit(&mut self, command: Command) -> Result<(), lineside_core::Error> {
        self.driver.submit(command)
    }

    /// Asks for an option to be used, or not any more. The answer is an event.
    ///
    /// # Errors
    /// The error that ended the session.
    pub fn want(
        &mut self,
        party: Party,
        option: TelnetOption,
        on: bool,
    ) -> Result<(), lineside_core::Error> {
        self.submit(Command::Option { party, option, on })
    }

    /// Whether an option is in use.
    #[must_use]
    pub fn is_on(&self, party: Party, option: TelnetOption) -> bool {
        self.driver.machine().is_on(party, option)
    }

    /// Waits until everything handed over is written.
    ///
    /// # Errors
    /// The wire failed.
    pub async fn flush(&mut self) -> Result<(), Error> {
        self.driver.flush().await
    }

    /// Ends the session: what is handed over is sent first, for as long as the driver's limits allow.
    ///
    /// # Errors
    /// The wire failed before that.
    pub async fn close(mut self) -> Result<(), Error> {
        self.submit(Command::Close).map_err(Error::Machine)?;
        while self.driver.next().await?.is_some() {}
        Ok(())
    }

    /// The machine: which options are in use.
    pub fn machine(&self) -> &Telnet {
        self.driver.machine()
    }

    /// The wire, for what only it can do: addresses.
    pub fn stream_mut(&mut self) -> &mut S {
        self.driver.stream_mut()
    }

    /// The driver, for what only it can do.
    pub fn driver_mut(&mut self) -> &mut Driver<Telnet, S> {
        &mut self.driver
    }

    /// Takes the session apart: the wire, and the bytes that were read and not consumed.
    pub fn into_parts(self) -> (S, BytesMut) {
        let (_, stream, rest) = self.driver.into_parts();
        (stream, rest)
    }

    /// [`next`](Self::next) by hand. The limits of a server's place are not asked here.
    ///
    /// # Errors
    /// As `next`.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Event>, Error>> {
        if let Some(event) = self.take_kept() {
            return Poll::Ready(Ok(Some(event)));
        }
        self.driver.poll_next(cx).map_ok(|event| {
            self.note(event.as_ref());
            event
        })
    }
}
