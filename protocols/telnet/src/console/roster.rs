//! Who is at the consoles of a device.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use lineside_core::Instant;

use super::text;

/// What becomes of an operator who logs in while another one is in (T83).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Second {
    /// Both are in.
    #[default]
    Shared,
    /// The second is turned away.
    Denied,
    /// The first is put out.
    Takes,
}

/// The sessions of a device, whoever serves them. `H` is how a session is reached from outside: the
/// sending end of a channel, for one.
///
/// It is plain data: who shares it among tasks puts it behind a lock of his own, and holds that for no
/// longer than a call.
#[derive(Clone, Debug)]
pub struct Roster<H> {
    sessions: Vec<Session<H>>,
    most: usize,
    second: Second,
    last: u32,
}

/// One of the sessions.
#[derive(Clone, Debug)]
struct Session<H> {
    number: u32,
    /// Where it comes from.
    from: String,
    /// Who it is, once that is known.
    user: Option<String>,
    since: Instant,
    used: Instant,
    handle: H,
}

impl<H> Roster<H> {
    /// For at most so many sessions.
    #[must_use]
    pub const fn new(most: usize, second: Second) -> Self {
        Self {
            sessions: Vec::new(),
            most,
            second,
            last: 0,
        }
    }

    /// A session begins, and has this number; `None` when there are too many.
    pub fn enter(&mut self, now: Instant, from: impl Into<String>, handle: H) -> Option<u32> {
        if self.sessions.len() >= self.most {
            return None;
        }
        self.last = self.last.checked_add(1).unwrap_or(1);
        while self.find(self.last).is_some() {
            self.last = self.last.checked_add(1).unwrap_or(1);
        }
        self.sessions.push(Session {
            number: self.last,
            from: from.into(),
            user: None,
            since: now,
            used: now,
            handle,
        });
        Some(self.last)
    }

    /// An operator has logged in there. Gives those who are to be put out for it.
    ///
    /// # Errors
    /// The operator is to be turned away.
    pub fn admit(&mut self, number: u32, user: impl Into<String>) -> Result<Vec<&H>, Denied> {
        let others = |session: &&Session<H>| session.number != number && session.user.is_some();
        let is_alone = !self.sessions.iter().any(|session| others(&session));
        if self.second == Second::Denied && !is_alone {
            return Err(Denied);
        }
        let Some(own) = self
            .sessions
            .iter_mut()
            .find(|session| session.number == number)
        else {
            return Err(Denied);
        };
        own.user = Some(user.into());
        if self.second != Second::Takes {
            return Ok(Vec::new());
        }
        let others = self.sessions.iter().filter(others);
        Ok(others.map(|session| &session.handle).collect())
    }

    /// Something was typed there.
    pub fn used(&mut self, now: Instant, number: u32) {
        let mut sessions = self.sessions.iter_mut();
        if let Some(session) = sessions.find(|session| session.number == number) {
            session.used = now;
        }
    }

    /// The session is over.
    pub fn leave(&mut self, number: u32) {
        self.sessions.retain(|session| session.number != number);
    }

    /// How the session of this number is reached, to be put out.
    #[must_use]
    pub fn find(&self, number: u32) -> Option<&H> {
        let session = self
            .sessions
            .iter()
            .find(|session| session.number == number)?;
        Some(&session.handle)
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// The sessions as `who` prints them; the one that asks has a star.
    #[must_use]
    pub fn who(&self, now: Instant, own: u32) -> String {
        let head = ["", "user", "from", "for", "idle"].map(String::from);
        let mut rows = Vec::from([head]);
        rows.extend(self.sessions.iter().map(|session| {
            let star = if session.number == own { "*" } else { "" };
            [
                format!("{}{star}", session.number),
                short(session.user.as_deref().unwrap_or("-")),
                short(&session.from),
                span(now.since(session.since)),
                span(now.since(session.used)),
            ]
        }));
        aligned(&rows)
    }
}

/// The operator is turned away: another one is in, or the session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another operator is in")]
pub struct Denied;

/// What is shown of a name that others have given: a row's worth.
fn short(name: &str) -> String {
    const COLUMNS: usize = 40;
    let name = text::visible(name).replace('\n', " ");
    let mut shown = String::new();
    for cluster in text::clusters(&name) {
        if text::columns(&shown) + text::columns(cluster) > COLUMNS {
            return [&shown, "..."].concat();
        }
        shown.push_str(cluster);
    }
    shown
}

/// A time in two units at most: `5 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let (large, unit, small, part) = match seconds {
        0..60 => return [&seconds.to_string(), " s"].concat(),
        60..3_600 => (seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => (seconds / 3_600, "h", seconds / 60 % 60, "min"),
        _ => (seconds / 86_400, "d", seconds / 3_600 % 24, "h"),
    };
    match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {part}"),
    }
}

fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        let cells = widths.iter_mut().zip(row);
        cells.for_each(|(width, cell)| *width = text::columns(cell).max(*width));
    }
    let mut table = String::new();
    for row in rows {
        for (cell, width) in row.iter().zip(widths) {
            table.push_str(cell);
            let gap = width + 2 - text::columns(cell);
            table.extend(core::iter::repeat_n(' ', gap));
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    table
}

/// Failed logins by where they come from, so that one who comes again does not begin anew (T79).
#[derive(Clone, Debug)]
pub struct Throttle<K> {
    failed: Vec<Failures<K>>,
    limits: ThrottleLimits,
}

/// When one is locked out, and what a throttle remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThrottleLimits {
    /// Failures that lock one out. Default 5.
    pub failures: u32,
    /// How long after the last failure they count, and one is locked out. Default 1 minute.
    pub time: Duration,
    /// How many are remembered; with more, the one whose failure is oldest is forgotten. Default 1,024.
    pub remembered: usize,
}

impl Default for ThrottleLimits {
    fn default() -> Self {
        Self {
            failures: 5,
            time: Duration::from_secs(60),
            remembered: 1_024,
        }
    }
}

#[derive(Clone, Debug)]
struct Failures<K> {
    from: K,
    count: u32,
    last: Instant,
}

impl<K: PartialEq> Throttle<K> {
    /// Nobody has failed.
    #[must_use]
    pub const fn new(limits: ThrottleLimits) -> Self {
        Self {
            failed: Vec::new(),
            limits,
        }
    }

    /// How long one who comes from there is locked out; `None` when not.
    #[must_use]
    pub fn locked(&self, now: Instant, from: &K) -> Option<Duration> {
        let failures = self.failed.iter().find(|failures| failures.from == *from)?;
        let until = failures.last + self.limits.time;
        (failures.count >= self.limits.failures && now < until).then(|| until.since(now))
    }

    /// A login from there has failed.
    pub fn failed(&mut self, now: Instant, from: K) {
        let time = self.limits.time;
        self.failed.retain(|failures| now < failures.last + time);
        let mut failed = self.failed.iter_mut();
        if let Some(failures) = failed.find(|failures| failures.from == from) {
            failures.count = failures.count.saturating_add(1);
            failures.last = now;
            return;
        }
        if self.failed.len() >= self.limits.remembered.max(1) {
            let oldest = self
                .failed
                .iter()
                .enumerate()
                .min_by_key(|(_, failures)| failures.last);
            if let Some((at, _)) = oldest {
                self.failed.swap_remove(at);
            }
        }
        self.failed.push(Failures {
            from,
            count: 1,
            last: now,
        });
    }

    /// A login from there was right.
    pub fn succeeded(&mut self, from: &K) {
        self.failed.retain(|failures| failures.from != *from);
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    const fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn who_is_here_is_a_table() {
        let mut roster = Roster::new(3, Second::Shared);
        assert_eq!(roster.enter(at(0), "10.0.0.7:4711", 'a'), Some(1));
        assert_eq!(roster.enter(at(60), "/dev/ttyS0\x1b", 'b'), Some(2));
        assert_eq!(roster.admit(1, "ann"), Ok(vec![]));
        roster.used(at(200), 1);
        assert_eq!(
            roster.who(at(3_900), 2),
            "    user  from           for        idle\n\
             1   ann   10.0.0.7:4711  1 h 5 min  1 h 1 min\n\
             2*  -     /dev/ttyS0^[   1 h 4 min  1 h 4 min\n"
        );
        roster.leave(1);
        assert_eq!((roster.find(1), roster.find(2)), (None, Some(&'b')));
    }

    #[test]
    fn a_name_of_any_length_takes_one_row() {
        assert_eq!(short("two\nrows"), "two rows");
        assert_eq!(
            short(&"漢".repeat(99)),
            ["漢".repeat(20).as_str(), "..."].concat()
        );
    }

    #[test]
    fn sessions_are_bounded_and_a_number_is_used_once_at_a_time() {
        let mut roster = Roster::new(2, Second::Shared);
        roster.last = u32::MAX - 1;
        assert_eq!(roster.enter(at(0), "a", ()), Some(u32::MAX));
        assert_eq!(roster.enter(at(0), "b", ()), Some(1));
        assert_eq!(roster.enter(at(0), "c", ()), None);
        roster.leave(u32::MAX);
        roster.last = 0;
        assert_eq!(roster.enter(at(0), "d", ()), Some(2));
    }

    #[test]
    fn a_second_operator_is_let_in_or_not_or_takes_over() {
        for (second, first_time, second_time) in [
            (Second::Shared, Ok(vec![]), Ok(vec![])),
            (Second::Denied, Ok(vec![]), Err(Denied)),
            (Second::Takes, Ok(vec![]), Ok(vec![&'a'])),
        ] {
            let mut roster = Roster::new(9, second);
            for handle in ['a', 'b', 'c'] {
                roster.enter(at(0), "", handle);
            }
            // One who has not logged in is nobody yet.
            assert_eq!(roster.admit(1, "ann"), first_time, "{second:?}");
            assert_eq!(roster.admit(2, "ann"), second_time, "{second:?}");
            assert_eq!(roster.admit(99, "eve"), Err(Denied));
        }
    }

    #[test]
    fn who_fails_too_often_is_locked_out_for_a_time() {
        let limits = ThrottleLimits {
            failures: 2,
            remembered: 2,
            ..ThrottleLimits::default()
        };
        let mut throttle = Throttle::new(limits);
        throttle.failed(at(0), 'a');
        assert_eq!(throttle.locked(at(0), &'a'), None);
        throttle.failed(at(10), 'a');
        assert_eq!(throttle.locked(at(20), &'a'), Some(Duration::from_secs(50)));
        assert_eq!(throttle.locked(at(20), &'b'), None);
        assert_eq!(throttle.locked(at(70), &'a'), None);
        throttle.failed(at(20), 'b');
        throttle.failed(at(30), 'c');
        assert_eq!(throttle.failed.len(), 2);
        assert_eq!(
            throttle.locked(at(30), &'a'),
            None,
            "the oldest is forgotten"
        );
        throttle.succeeded(&'b');
        assert_eq!(throttle.failed.len(), 1);
    }
}
