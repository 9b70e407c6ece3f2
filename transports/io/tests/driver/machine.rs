//! The smallest machine that has everything a driver must serve: a length byte and so many bytes
//! are a record, which the application answers with one.

use core::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use lineside_core::{Clause, Error, Instant, Link, Machine, Mark, Step};

/// A length byte that means nothing and is followed by nothing.
pub(crate) const IDLE: u8 = 0xFF;
/// What is said at once when a record has come.
pub(crate) const ACK: &[u8] = b"\x01+";
/// What is said to a peer that sends a length of 0.
pub(crate) const LAST_WORDS: &[u8] = b"\x04what";

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A request, which wants an [`Command::Answer`] before the next.
    Record(Bytes),
    /// A mark, after so many bytes of an unfinished record.
    Mark(Mark, usize),
    /// The line was silent for [`Echo::silence`] inside a record.
    Silence,
    /// What was written has left.
    Sent(Instant),
}

#[derive(Debug)]
pub(crate) enum Command {
    Answer(Bytes),
    /// No answer; the next request may come.
    Taken,
    Say(Bytes),
    Bye,
}

#[derive(Debug, Default)]
pub(crate) struct Echo {
    pub(crate) silence: Option<Duration>,
    pub(crate) tells_sent: bool,
    /// Needs the time only when a [`Step::Wait`] is over.
    pub(crate) is_timeless: bool,
    /// Says [`ACK`] as it hands out a record.
    pub(crate) acks: bool,
    pub(crate) polls: usize,
    pub(crate) is_busy: bool,
    pub(crate) is_over: bool,
    pub(crate) failed: Option<Error>,
    pub(crate) sent: Option<Instant>,
}

impl Machine for Echo {
    type Event = Event;
    type Command = Command;
    type Error = Error;

    fn poll(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        self.polls += 1;
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.is_over {
            return Ok(Step::Close);
        }
        if self.tells_sent && link.sent != self.sent {
            self.sent = link.sent;
            if let Some(at) = link.sent {
                return Ok(Step::Event(Event::Sent(at)));
            }
        }
        if self.is_busy {
            return Ok(Step::Wait(None));
        }
        self.poll_record(now, link)
    }

    fn send(&mut self, _: Instant, command: Command, link: &mut Link) -> Result<(), Error> {
        let words = match command {
            Command::Answer(words) => {
                self.is_busy = false;
                words
            }
            Command::Say(words) => words,
            Command::Taken => {
                self.is_busy = false;
                return Ok(());
            }
            Command::Bye => {
                self.is_over = true;
                return Ok(());
            }
        };
        let len = u8::try_from(words.len()).map_err(|_| Error::Misuse("a record of 255 bytes"))?;
        link.tx.put_u8(len);
        link.tx.put(words);
        Ok(())
    }

    fn needs_time(&self) -> bool {
        !self.is_timeless
    }
}

impl Echo {
    fn poll_record(&mut self, now: Instant, link: &mut Link) -> Result<Step<Event>, Error> {
        while link.rx.first() == Some(&IDLE) {
            link.rx.advance(1);
        }
        let len = link.rx.first().map(|len| usize::from(*len));
        if len == Some(0) {
            link.tx.put(LAST_WORDS);
            return self.fail(Error::Violation(Clause("echo.empty")));
        }
        if let Some(len) = len.filter(|len| link.rx.len() > *len) {
            link.rx.advance(1);
            self.is_busy = true;
            if self.acks {
                link.tx.put(ACK);
            }
            return Ok(Step::Event(Event::Record(link.rx.split_to(len).freeze())));
        }
        if let Some(mark) = link.mark.take() {
            return Ok(Step::Event(Event::Mark(mark, link.rx.len())));
        }
        if link.eof {
            self.is_over = true;
            return match len {
                None => Ok(Step::Close),
                Some(_) => self.fail(Error::Timeout("the rest of a record")),
            };
        }
        match (self.silence, link.received, len) {
            (Some(silence), Some(received), Some(_)) if now >= received + silence => {
                link.rx.clear();
                Ok(Step::Event(Event::Silence))
            }
            (Some(silence), Some(received), Some(_)) => Ok(Step::Wait(Some(received + silence))),
            _ => Ok(Step::Wait(None)),
        }
    }

    fn fail<T>(&mut self, error: Error) -> Result<T, Error> {
        self.failed = Some(error);
        Err(error)
    }
}
