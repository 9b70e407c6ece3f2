//! What a client allows and assumes.

use core::time::Duration;

use super::Line;

/// Times and limits of a client. Those that a call can have of its own are in
/// [`CallOptions`](crate::client::CallOptions).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientConfig {
    /// The wire's times and habits.
    pub line: Line,
    /// How long a response may take, from the last stop bit of its request: the response time-out
    /// of Serial line 2.4.1. Default 1 s.
    pub response: Duration,
    /// How long a serial line is left alone after a broadcast, so that every unit can act on it: the
    /// turnaround delay of Serial line 2.4.1 (M06). Default 100 ms.
    pub turnaround: Duration,
    /// How often a request is sent again when no good response came. Default 3.
    pub retries: u8,
    /// How long after the response time-out a response may still come: so long no other request that
    /// it could be taken to answer is sent to that unit (M04). Serial lines only. Default: as long
    /// again as the call's response time-out.
    pub late: Option<Duration>,
    /// Responses that may be owed at once; beyond, the oldest is forgotten. Default 32.
    pub owed: usize,
    /// How soon after the end of a request its response may begin; what begins earlier is not its
    /// response (M04). Serial lines only. Default zero, though Serial line 2.5.1.1 demands t3.5: many
    /// units answer sooner. [`Line::t3_5`] holds them to it.
    pub earliest: Duration,
    /// How long a call may wait for a line that others do not leave silent. Default 1 s.
    pub silence: Duration,
    /// Calls that may wait to be sent. Default 64.
    pub queued: usize,
    /// Requests that may wait for their responses at once on TCP (Messaging on TCP/IP 4.2, T05); on
    /// serial lines it is always one. Default 16.
    pub transactions: usize,
    /// Whether several TCP requests may go out in one write. The specification advises against
    /// it (4.2.1.1, rule 6, T03), and every receiver must accept it. Default: no.
    pub coalesce: bool,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            line: Line::default(),
            response: Duration::from_secs(1),
            turnaround: Duration::from_millis(100),
            retries: 3,
            late: None,
            owed: 32,
            earliest: Duration::ZERO,
            silence: Duration::from_secs(1),
            queued: 64,
            transactions: 16,
            coalesce: false,
        }
    }
}

impl ClientConfig {
    /// The same on another wire.
    #[must_use]
    pub const fn line(mut self, line: Line) -> Self {
        self.line = line;
        self
    }

    /// The same with another response time-out.
    #[must_use]
    pub const fn response(mut self, response: Duration) -> Self {
        self.response = response;
        self
    }

    /// The same with another turnaround delay.
    #[must_use]
    pub const fn turnaround(mut self, turnaround: Duration) -> Self {
        self.turnaround = turnaround;
        self
    }

    /// The same with another number of retries.
    #[must_use]
    pub const fn retries(mut self, retries: u8) -> Self {
        self.retries = retries;
        self
    }

    /// The same with another limit on how late a response may be.
    #[must_use]
    pub const fn late(mut self, late: Duration) -> Self {
        self.late = Some(late);
        self
    }

    /// The same with another beginning of responses.
    #[must_use]
    pub const fn earliest(mut self, earliest: Duration) -> Self {
        self.earliest = earliest;
        self
    }

    /// The same with another limit on the wait for silence.
    #[must_use]
    pub const fn silence(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }

    /// The same with another limit on calls that wait to be sent.
    #[must_use]
    pub const fn queued(mut self, queued: usize) -> Self {
        self.queued = queued;
        self
    }

    /// The same with another number of requests at once on TCP.
    #[must_use]
    pub const fn transactions(mut self, transactions: usize) -> Self {
        self.transactions = transactions;
        self
    }

    /// The same, with or without several TCP requests in one write.
    #[must_use]
    pub const fn coalesce(mut self, coalesce: bool) -> Self {
        self.coalesce = coalesce;
        self
    }

    /// How many requests may wait for their responses at once.
    pub(crate) fn at_once(&self, is_serial: bool) -> usize {
        if is_serial {
            1
        } else {
            self.transactions.max(1)
        }
    }
}
