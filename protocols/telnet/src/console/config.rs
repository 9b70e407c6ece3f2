//! How a console greets, and its limits.

use alloc::string::String;
use core::time::Duration;

use super::editor::Limits;

/// How a console greets, whom it lets in, and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// What is shown at the beginning, before a login. Default nothing.
    pub banner: String,
    /// What is shown once the operator is in. Default nothing.
    pub greeting: String,
    /// The prompt. Default `> `.
    pub prompt: String,
    /// Whether there is a login, and how. Default none: everybody is in.
    pub login: Option<Login>,
    /// The level of an operator who is in without a login. Default 0.
    pub level: u8,
    /// How long an operator may leave the console alone before it ends; a command that runs does not
    /// count. `None`: for ever. Default 10 minutes.
    pub idle: Option<Duration>,
    /// How often `watch` repeats a command, unless it is told. Default 1 s.
    pub watch: Duration,
    /// The least time between two of them. Default 100 ms.
    pub watch_least: Duration,
    /// Bytes of output that are held while the operator reads a page; what comes beyond is not shown, and
    /// how much that was is told. Default 256 KiB.
    pub held: usize,
    /// Bytes of input that may wait over Telnet while a command runs. What comes behind them waits in its
    /// place, and an interrupt there is not seen; but a Synch and an interrupt in it are, where the stream
    /// has urgent data and the driver still reads (its own limit comes on top: 64 KiB unless told). Over a
    /// [`Console`](super::Console) alone there is that limit only, and Ctrl-C is seen within it. Default
    /// 4 KiB.
    pub type_ahead: usize,
    /// Bytes of output that may wait to be sent before what was typed is looked at again. Default 16 KiB.
    pub unsent: usize,
    /// How long a console over Telnet waits for what it has asked of the client, before it begins without
    /// that. Default 1 s.
    pub settle: Duration,
    /// The editor's limits.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            banner: String::new(),
            greeting: String::new(),
            prompt: "> ".into(),
            login: None,
            level: 0,
            idle: Some(Duration::from_secs(600)),
            watch: Duration::from_secs(1),
            watch_least: Duration::from_millis(100),
            held: 256 * 1_024,
            type_ahead: 4 * 1_024,
            unsent: 16 * 1_024,
            settle: Duration::from_secs(1),
            limits: Limits::default(),
        }
    }
}

/// How an operator gets in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login {
    /// Attempts before the console ends. Default 3.
    pub attempts: u32,
    /// How long after an attempt its answer is shown, be it yes or no: it must be longer than the check
    /// takes, so that the time of the answer tells nothing (T79). Default 300 ms.
    pub answer: Duration,
    /// How much longer that takes after a first failure; twice that after the second, and so on. Default 1 s.
    pub penalty: Duration,
    /// The longest such time. Default 16 s.
    pub penalty_most: Duration,
    /// How long all of it may take. Default 60 s.
    pub within: Duration,
}

impl Default for Login {
    fn default() -> Self {
        Self {
            attempts: 3,
            answer: Duration::from_millis(300),
            penalty: Duration::from_secs(1),
            penalty_most: Duration::from_secs(16),
            within: Duration::from_secs(60),
        }
    }
}

impl Login {
    /// How long after an attempt a refusal is shown, the failures before it counted.
    pub(super) fn refusal(&self, failures: u32) -> Duration {
        let doubled = self.penalty.saturating_mul(1 << failures.min(20));
        self.answer + doubled.min(self.penalty_most)
    }
}
