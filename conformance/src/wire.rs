//! A case's end of a wire: what it sends and hears is recorded, and every wait has a limit.

use core::{future::poll_fn, ops::Deref, pin::Pin, time::Duration};
use std::io;

use lineside_core::{Instant, Mark};
pub use lineside_io::address::Wire as End;
use lineside_io::{Clock, Line, Urgent as _};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};

use crate::{
    judge::Halt,
    profile::Timing,
    transcript::{Direction, Transcript},
};

/// How long a character takes on a wire: zero where there is no speed.
#[must_use]
pub fn character(end: &End) -> Duration {
    match end {
        End::Stream(_) | End::Urgent(_) => Duration::ZERO,
        End::Line(line) => line.settings().time_of(1),
    }
}

/// What a wait heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The bytes, in order.
    pub bytes: Vec<u8>,
    /// Why the wait ended.
    pub ended: Ended,
    /// When the first byte came.
    pub first: Option<Instant>,
    /// When the last byte came.
    pub last: Option<Instant>,
    /// What a line reported beside data.
    pub marks: Vec<Mark>,
    /// Where in the bytes the last byte of urgent data stands, for each that there was.
    pub urgent: Vec<usize>,
}

impl Heard {
    /// Whether the wire was closed or broken.
    #[must_use]
    pub const fn closed(&self) -> bool {
        matches!(self.ended, Ended::Closed | Ended::Broken(_))
    }
}

impl Deref for Heard {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Why a wait ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Enough has come.
    Enough,
    /// Nothing came for the quiet time.
    Quiet,
    /// The time limit passed first.
    Limit,
    /// The subject closed its direction.
    Closed,
    /// The wire failed: reset, hung up.
    Broken(io::ErrorKind),
    /// More came than [`Wire::MAX_HEARD`].
    Flood,
}

/// The suite's end of a wire to the subject.
#[derive(Debug)]
pub struct Wire {
    end: End,
    number: usize,
    clock: Clock,
    timing: Timing,
    transcript: Transcript,
}

impl Wire {
    /// How many bytes one wait takes at most.
    pub const MAX_HEARD: usize = 1 << 20;

    pub(crate) fn new(
        end: End,
        number: usize,
        clock: Clock,
        timing: Timing,
        transcript: Transcript,
    ) -> Self {
        transcript.note(clock.now(), number, "opened");
        Self {
            end,
            number,
            clock,
            timing,
            transcript,
        }
    }

    /// Sends bytes as they are, and waits until they have left.
    ///
    /// # Errors
    /// [`Halt::Lost`]: the wire broke, or took nothing for the answer time.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        self.transcript
            .bytes(self.clock.now(), self.number, Direction::ToSubject, bytes);
        let limit = self.timing.answer(bytes.len(), character(&self.end));
        let clock = self.clock.clone();
        let sent = clock.timeout(limit, self.write(bytes)).await;
        let stalled = || io::Error::new(io::ErrorKind::TimedOut, "the subject takes no bytes");
        Ok(sent.map_err(|_| stalled())??)
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.end.write_all(bytes).await?;
        self.end.flush().await?;
        match &mut self.end {
            End::Line(line) => line.drain().await,
            End::Stream(_) | End::Urgent(_) => Ok(()),
        }
    }

    /// Sends bytes of which the last is the last of urgent data (RFC 9293 3.8.5).
    ///
    /// # Errors
    /// As [`send`](Self::send). [`Halt::Wire`]: the wire has no urgent data.
    pub async fn send_urgent(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        if !matches!(self.end, End::Urgent(_)) {
            return Err(Halt::Wire("it has no urgent data".to_owned()));
        }
        let Some((last, before)) = bytes.split_last() else {
            return Ok(());
        };
        self.note("the last byte is urgent:");
        self.transcript
            .bytes(self.clock.now(), self.number, Direction::ToSubject, bytes);
        let limit = self.timing.answer(bytes.len(), character(&self.end));
        let clock = self.clock.clone();
        let stalled = || io::Error::new(io::ErrorKind::TimedOut, "the subject takes no bytes");
        let sent = clock.timeout(limit, write_urgent(&mut self.end, before, *last));
        Ok(sent.await.map_err(|_| stalled())??)
    }

    /// Sends each piece by itself, with a pause of `between` after each.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_pieces(&mut self, pieces: &[&[u8]], between: Duration) -> Result<(), Halt> {
        for piece in pieces {
            self.send(piece).await?;
            self.clock.sleep(between).await;
        }
        Ok(())
    }

    /// Waits until at least `count` bytes have come, the wire has ended or the answer time has
    /// passed.
    pub async fn receive_at_least(&mut self, count: usize) -> Heard {
        let limit = self.timing.answer(count, character(&self.end));
        self.hear(count, None, limit).await
    }

    /// Waits until nothing has come for the quiet time: what an answer is, or that there is none.
    pub async fn receive_until_quiet(&mut self) -> Heard {
        let character = character(&self.end);
        let quiet = self.timing.quiet(character);
        let limit = self
            .timing
            .answer(Self::MAX_HEARD, character)
            .max(quiet * 64);
        self.hear(usize::MAX, Some(quiet), limit).await
    }

    /// Waits until the subject closes, or the answer time has passed.
    pub async fn receive_until_closed(&mut self) -> Heard {
        let limit = self.timing.answer(0, character(&self.end));
        self.hear(usize::MAX, None, limit).await
    }

    /// Leaves the line idle for so many tenths of a character time (35 is t3.5), or for `floor`,
    /// whichever is longer.
    pub async fn pause(&mut self, tenths: u32, floor: Duration) {
        let gap = character(&self.end) * tenths / 10;
        self.clock.sleep(gap.max(floor)).await;
    }

    /// Ends our direction; the subject's stays open.
    ///
    /// # Errors
    /// [`Halt::Lost`]: the wire broke. [`Halt::Wire`]: a line has no end.
    pub async fn finish(&mut self) -> Result<(), Halt> {
        if self.line().is_some() {
            return Err(Halt::Wire("a line has no end".to_owned()));
        }
        self.note("we end our direction");
        Ok(self.end.shutdown().await?)
    }

    /// The line under it, for breaks, settings and modem lines; `None` where there is no speed.
    pub fn line(&mut self) -> Option<&mut dyn Line> {
        match &mut self.end {
            End::Line(line) => Some(&mut **line),
            End::Stream(_) | End::Urgent(_) => None,
        }
    }

    /// Holds a line low for `length`.
    ///
    /// # Errors
    /// [`Halt::Wire`] where there is no line or it has no break.
    pub async fn send_break(&mut self, length: Duration) -> Result<(), Halt> {
        self.note(format!("break for {length:?}"));
        let none = || Halt::Wire("it has no break".to_owned());
        let line = self.line().ok_or_else(none)?;
        line.set_break(true).map_err(|_| none())?;
        self.clock.sleep(length).await;
        let line = self.line().ok_or_else(none)?;
        line.set_break(false).map_err(|_| none())
    }

    /// Adds a line to the transcript.
    pub fn note(&self, note: impl Into<String>) {
        self.transcript.note(self.clock.now(), self.number, note);
    }

    /// Drops the end; what is left is where to take notes.
    pub(crate) fn close(self) -> (usize, Transcript) {
        (self.number, self.transcript)
    }

    async fn hear(&mut self, enough: usize, quiet: Option<Duration>, limit: Duration) -> Heard {
        let mut heard = Heard {
            bytes: Vec::new(),
            ended: Ended::Enough,
            first: None,
            last: None,
            marks: Vec::new(),
            urgent: Vec::new(),
        };
        let mut since = self.clock.now();
        let end = since + limit;
        while heard.bytes.len() < enough {
            let silent = quiet.map(|quiet| since + quiet);
            let until = silent.map_or(end, |silent| silent.min(end));
            match self.read(until, &mut heard).await {
                Ok(true) => since = self.clock.now(),
                Ok(false) if silent.is_some_and(|silent| silent <= end) => {
                    return self.ended(heard, Ended::Quiet);
                }
                Ok(false) => return self.ended(heard, Ended::Limit),
                Err(ended) => return self.ended(heard, ended),
            }
        }
        heard
    }

    /// Reads once. `Ok(false)`: nothing came until then.
    async fn read(&mut self, until: Instant, heard: &mut Heard) -> Result<bool, Ended> {
        let mut chunk = [0; 4096];
        let limit = until.since(self.clock.now());
        let clock = self.clock.clone();
        let mut was_urgent = false;
        let read = read_noting(&mut self.end, &mut chunk, &mut was_urgent);
        let Ok(read) = clock.timeout(limit, read).await else {
            return Ok(self.take_mark(heard));
        };
        let count = match read {
            Ok(0) if self.take_mark(heard) => return Ok(true),
            Ok(0) => return Err(Ended::Closed),
            Ok(count) => count,
            Err(error) => return Err(Ended::Broken(error.kind())),
        };
        let now = self.clock.now();
        let bytes = chunk.get(..count).unwrap_or_default();
        self.transcript
            .bytes(now, self.number, Direction::FromSubject, bytes);
        // A read ends before the urgent byte: the one that takes it begins with it.
        if was_urgent && !self.end.is_urgent() {
            self.note("the first of these bytes was urgent");
            heard.urgent.push(heard.bytes.len());
        }
        heard.bytes.extend_from_slice(bytes);
        heard.first.get_or_insert(now);
        heard.last = Some(now);
        self.take_mark(heard);
        if heard.bytes.len() > Self::MAX_HEARD {
            Err(Ended::Flood)
        } else {
            Ok(true)
        }
    }

    fn take_mark(&mut self, heard: &mut Heard) -> bool {
        let mark = self.line().and_then(|line| line.take_mark());
        if let Some(mark) = mark {
            self.note(format!("the line reports {mark:?}"));
            heard.marks.push(mark);
        }
        mark.is_some()
    }

    fn ended(&self, mut heard: Heard, ended: Ended) -> Heard {
        match &ended {
            Ended::Closed => self.note("the subject closed"),
            Ended::Broken(kind) => self.note(format!("the wire broke: {kind}")),
            Ended::Flood => self.note("flooded: no more is read"),
            Ended::Enough | Ended::Quiet | Ended::Limit => {}
        }
        heard.ended = ended;
        heard
    }
}

/// Writes `before`, and `last` as the last byte of urgent data.
pub(crate) async fn write_urgent(end: &mut End, before: &[u8], last: u8) -> io::Result<()> {
    end.write_all(before).await?;
    poll_fn(|cx| Pin::new(&mut *end).poll_write_urgent(cx, last)).await?;
    end.flush().await
}

/// Reads once, and notes whether urgent data lay ahead.
async fn read_noting(end: &mut End, into: &mut [u8], was_urgent: &mut bool) -> io::Result<usize> {
    let mut room = ReadBuf::new(into);
    poll_fn(|cx| {
        *was_urgent = end.is_urgent();
        Pin::new(&mut *end).poll_read(cx, &mut room)
    })
    .await?;
    Ok(room.filled().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wire whose other end is handed out.
    fn pair(clock: &Clock) -> (Wire, tokio::io::DuplexStream) {
        let (near, far) = tokio::io::duplex(64);
        let end = End::Stream(Box::new(near));
        let (timing, transcript) = (Timing::default(), Transcript::default());
        (Wire::new(end, 0, clock.clone(), timing, transcript), far)
    }

    #[test]
    fn a_silence_ends_a_wait_to_the_nanosecond() {
        lineside_io::sim::run(|clock| async move {
            let (mut wire, mut far) = pair(&clock);
            far.write_all(b"ab").await.unwrap();
            let heard = wire.receive_until_quiet().await;
            assert_eq!((&*heard, &heard.ended), (&b"ab"[..], &Ended::Quiet));
            assert_eq!(clock.now().as_micros(), 300_000);
        });
    }

    #[test]
    fn too_little_is_waited_for_until_the_limit_and_kept() {
        lineside_io::sim::run(|clock| async move {
            let (mut wire, mut far) = pair(&clock);
            far.write_all(b"ab").await.unwrap();
            let heard = wire.receive_at_least(3).await;
            assert_eq!((&*heard, &heard.ended), (&b"ab"[..], &Ended::Limit));
            assert_eq!(clock.now().as_micros(), 2_000_000);
        });
    }

    #[test]
    fn an_end_is_told_from_a_silence() {
        lineside_io::sim::run(|clock| async move {
            let (mut wire, far) = pair(&clock);
            drop(far);
            assert!(wire.receive_until_quiet().await.closed());
            assert!(matches!(wire.send(b"x").await, Err(Halt::Lost(_))));
        });
    }

    #[test]
    fn a_subject_that_takes_nothing_does_not_hold_the_case() {
        lineside_io::sim::run(|clock| async move {
            let (mut wire, _far) = pair(&clock);
            assert!(matches!(wire.send(&[0; 100]).await, Err(Halt::Lost(_))));
            assert_eq!(clock.now().as_micros(), 2_000_000);
        });
    }
}
