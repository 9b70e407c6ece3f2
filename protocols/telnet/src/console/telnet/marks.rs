//! Timing marks: each is answered when what came before it is done (RFC 860; T57).
//!
//! A client that sends one right behind an interrupt or `AO` throws away what it gets until it has the
//! answer (RFC 1184 section 5.8, `SLC_FLUSHOUT`), and so the prompt too: that is shown again.

use alloc::{boxed::Box, collections::VecDeque};

use lineside_core::{Error, Instant, Link, Machine};

use super::TelnetConsole;

/// Marks that are not answered. They take no room while there are none.
#[expect(clippy::box_collection, reason = "hardly any session has marks")]
#[derive(Clone, Debug, Default)]
pub(super) struct Marks(Option<Box<VecDeque<Mark>>>);

/// Marks at one place of the data.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Bytes before it that are not taken.
    before: usize,
    count: u32,
}

impl Marks {
    /// A mark has come behind so many bytes that are not taken.
    pub(super) fn put(&mut self, before: usize) {
        let marks = self.0.get_or_insert_default();
        match marks.back_mut() {
            Some(last) if last.before == before => last.count += 1,
            _ => marks.push_back(Mark { before, count: 1 }),
        }
    }

    /// So many of the bytes were taken.
    fn taken(&mut self, bytes: usize) {
        for mark in self.0.iter_mut().flat_map(|marks| marks.iter_mut()) {
            mark.before = mark.before.saturating_sub(bytes);
        }
    }

    /// How many marks there are before the next byte; they are taken.
    fn next(&mut self) -> u32 {
        let Some(marks) = &mut self.0 else {
            return 0;
        };
        if marks.front().is_some_and(|mark| mark.before > 0) {
            return 0;
        }
        let next = marks.pop_front();
        if next.is_none() {
            self.0 = None;
        }
        next.map_or(0, |mark| mark.count)
    }
}

impl TelnetConsole {
    /// Answers the marks whose data was taken, and whose command is done.
    pub(super) fn answer_marks(
        &mut self,
        taken: usize,
        now: Instant,
        link: &mut Link,
    ) -> Result<(), Error> {
        self.marks.taken(taken);
        let mut is_flushed = false;
        while !self.console.is_running()
            && let count @ 1.. = self.marks.next()
        {
            is_flushed = core::mem::take(&mut self.flushes);
            for _ in 0..count {
                self.telnet.send(now, crate::Command::TimingMark, link)?;
            }
        }
        if is_flushed {
            self.console.show_again(&mut self.out);
            self.flush(now, link)?;
        }
        Ok(())
    }
}
