//! One operator's session.

use core::{future::Future, pin::pin};

use lineside_io::{Driver, Stream};

use super::{super::Error, Seat};
use crate::console::{Attended, Command, Event};

/// An operator's session: the driver of a console, and its place among the sessions of a device.
///
/// [`Event::Login`], [`Event::Who`] and [`Event::Kick`] are answered here, and one who is put out is; the
/// place is given up then, when the console ends, and when this is dropped.
///
/// # Cancellation
/// Every future can be dropped at any await: nothing is lost.
#[derive(Debug)]
pub struct Operator<M, S> {
    driver: Driver<M, S>,
    seat: Option<Seat>,
}

impl<M: Attended, S: Stream> Operator<M, S> {
    pub(super) const fn new(driver: Driver<M, S>, seat: Option<Seat>) -> Self {
        Self { driver, seat }
    }

    /// What the operator wants of the application, `None` when the session is over. What a connection does
    /// beyond what a console is for is not told.
    ///
    /// An operator is put out only while this is awaited: a command that takes its time is awaited by
    /// [`work`](Self::work).
    ///
    /// # Errors
    /// The wire failed, or the peer exceeded a limit.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            let event = match &mut self.seat {
                None => self.driver.next().await?,
                Some(seat) => tokio::select! {
                    biased;
                    message = seat.put_out() => {
                        // Its last words may take their time, and another may have its place.
                        self.seat = None;
                        self.answer(Command::Close(message)).map_err(Error::Machine)?;
                        continue;
                    }
                    event = self.driver.next() => event?,
                },
            };
            let Some(event) = event else {
                self.seat = None;
                return Ok(None);
            };
            if let Some(event) = event.into()
                && let Some(event) = self.own(event)?
            {
                return Ok(Some(event));
            }
        }
    }

    /// Waits for what a command does, and hears its operator meanwhile: `None`, and `work` is dropped, when
    /// the operator interrupts it, is put out, or ends. [`Command::Done`] or [`Command::Failed`] is to be
    /// answered in any case.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn work<T>(&mut self, work: impl Future<Output = T>) -> Result<Option<T>, Error> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(Some(done)),
                event = self.next() => match event? {
                    None | Some(Event::Interrupt | Event::Logout(_)) => return Ok(None),
                    Some(_) => {}
                },
            }
        }
    }

    /// Answers the operator. The bytes leave with [`next`](Self::next).
    ///
    /// # Errors
    /// A misuse: it answers what was not asked. Or the error that ended the session.
    pub fn answer(&mut self, command: Command) -> Result<(), lineside_core::Error> {
        self.driver.submit(command.into())
    }

    /// The console.
    pub fn console(&self) -> &crate::console::Console {
        self.driver.machine().console()
    }

    /// The number of the session, as `who` shows it; `None` when its place is given up.
    pub fn number(&self) -> Option<u32> {
        self.seat.as_ref().map(|seat| seat.number)
    }

    /// The driver: the wire may serve another session.
    pub fn into_driver(self) -> Driver<M, S> {
        self.driver
    }

    /// Answers what is not the application's.
    fn own(&mut self, event: Event) -> Result<Option<Event>, Error> {
        let now = self.driver.clock().now();
        let Some(seat) = &self.seat else {
            return Ok(Some(event));
        };
        seat.used(self.driver.machine().console().last_used());
        let answers = match event {
            Event::Login(who) => vec![seat.login(now, &who)],
            Event::Who => seat.who(now),
            Event::Kick(number) => seat.kick(number),
            Event::Logout(reason) => {
                self.seat = None;
                return Ok(Some(Event::Logout(reason)));
            }
            other => return Ok(Some(other)),
        };
        for answer in answers {
            self.answer(answer).map_err(Error::Machine)?;
        }
        Ok(None)
    }
}
