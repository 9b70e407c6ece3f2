//! What a target has: capabilities, limits, times, and what it answers.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::hex;

mod modbus;

pub use modbus::{Files, Modbus, Table};

/// A profile, as its TOML file has it (`--profile FILE`; `detect` writes one).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Profile {
    /// The target's name for reports.
    #[serde(default)]
    pub name: String,
    /// What it has, by name. A claimed capability that turns out to be absent is a failure.
    #[serde(default)]
    pub capabilities: BTreeSet<String>,
    /// Its limits, by name: `max-record` is the longest record in bytes.
    #[serde(default)]
    pub limits: BTreeMap<String, u64>,
    /// How long to wait.
    #[serde(default)]
    pub timing: Timing,
    /// What it answers to what, for a target that is no echo.
    #[serde(default, rename = "exchange", skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// What a Modbus server has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modbus: Option<Modbus>,
}

impl Profile {
    /// The capability that any record may be sent, and comes back as it was.
    pub const ECHO: &str = "echo";
    /// The capability that there is a record which is answered: that of a profile with an exchange, and
    /// of an echo.
    pub const EXCHANGE: &str = "exchange";
    /// The capability of a client that reports damage, once for each run of bytes that is no record.
    pub const REPORTS: &str = "reports";
    /// The capability of a wire with a speed.
    pub const LINE: &str = "line";
    /// The capability of a line in memory: at any speed, and exact to a bit.
    pub const EXACT: &str = "exact";
    /// The capability of a wire without a speed, such as a TCP connection.
    pub const STREAM: &str = "stream";

    /// The capability of a stream in memory that tells what was sent in one piece.
    pub const SEGMENTS: &str = "segments";

    /// The largest `max-record`: cases send several times as much.
    pub const MAX_RECORD: u64 = 65_536;

    /// One with a name, and nothing else.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// Says the line and the field that is wrong, or which limit is out of bounds.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let this: Self = toml::from_str(text)?;
        let longest = this.limit("max-record", 1);
        if (1..=Self::MAX_RECORD).contains(&longest) {
            return Ok(this);
        }
        let most = Self::MAX_RECORD;
        Err(serde::de::Error::custom(format!(
            "limits: max-record is {longest}: allowed are 1 to {most} bytes"
        )))
    }

    /// Whether the target claims a capability.
    #[must_use]
    pub fn has(&self, capability: &str) -> bool {
        let known = capability == Self::EXCHANGE && !self.exchanges.is_empty();
        let modbus = |modbus: &Modbus| modbus.has(capability);
        known || self.capabilities.contains(capability) || self.modbus.as_ref().is_some_and(modbus)
    }

    /// A limit, or `default` when the profile does not name it.
    #[must_use]
    pub fn limit(&self, name: &str, default: u64) -> u64 {
        self.limits.get(name).copied().unwrap_or(default)
    }

    /// What the target answers to a record: what the exchanges say, else the same when it is an echo.
    #[must_use]
    pub fn answer_to(&self, record: &[u8]) -> Option<Vec<u8>> {
        let known = self
            .exchanges
            .iter()
            .find(|exchange| exchange.send.0 == record);
        let echo = || self.has(Self::ECHO).then(|| record.to_vec());
        known
            .map(|exchange| exchange.expect.0.clone())
            .or_else(echo)
    }
}

/// One record that the target knows, and its answer. Text, or hex after `hex:`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exchange {
    /// What to send.
    pub send: Record,
    /// What comes back.
    pub expect: Record,
}

/// A record in a file: `"W?"`, `"hex:c001"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Record(pub Vec<u8>);

impl TryFrom<String> for Record {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("hex:") {
            Some(digits) => hex::parse(digits).map(Self),
            None => Ok(Self(text.into_bytes())),
        }
    }
}

impl From<Record> for String {
    fn from(Record(bytes): Record) -> Self {
        let plain = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
        match Self::from_utf8(bytes) {
            Ok(text) if text.as_bytes().iter().all(plain) && !text.starts_with("hex:") => text,
            Ok(text) => format!("hex:{}", hex::plain(text.as_bytes())),
            Err(raw) => format!("hex:{}", hex::plain(raw.as_bytes())),
        }
    }
}

/// How long the suite waits: a floor, or so many character times of the line, whichever is longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Timing {
    /// The target answers within this many milliseconds. Default 2000.
    pub answer_ms: u64,
    /// A target that has sent nothing for this many milliseconds sends nothing. Default 300.
    pub quiet_ms: u64,
    /// A connection is made within this many milliseconds. Default 5000.
    pub connect_ms: u64,
    /// A client program has opened its tty within this many milliseconds: there is no other sign of
    /// it, and what is sent before is lost. Default 300.
    pub open_ms: u64,
    /// Either of the first two is at least this many character times of the line. Default 64.
    pub characters: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            answer_ms: 2_000,
            quiet_ms: 300,
            connect_ms: 5_000,
            open_ms: 300,
            characters: 64,
        }
    }
}

impl Timing {
    /// How long to wait for an answer of `bytes` bytes.
    #[must_use]
    pub fn answer(&self, bytes: usize, character: Duration) -> Duration {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let characters = self.characters.saturating_add(bytes.saturating_mul(4));
        Self::longer(self.answer_ms, characters, character)
    }

    /// How long a silence must last to mean something.
    #[must_use]
    pub fn quiet(&self, character: Duration) -> Duration {
        Self::longer(self.quiet_ms, self.characters, character)
    }

    /// How long a connection may take.
    #[must_use]
    pub const fn connect(&self) -> Duration {
        Duration::from_millis(self.connect_ms)
    }

    fn longer(floor_ms: u64, characters: u64, character: Duration) -> Duration {
        let count = u32::try_from(characters).unwrap_or(u32::MAX);
        Duration::from_millis(floor_ms).max(character.saturating_mul(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: &str = "name = 'scale'\ncapabilities = ['line']\n\
        limits = { max-record = 80 }\n[timing]\nquiet-ms = 50\n\
        [[exchange]]\nsend = 'W?'\nexpect = 'hex:2b3132'\n";

    #[test]
    fn a_profile_survives_its_file() {
        let profile = Profile::from_toml(SCALE).unwrap();
        assert_eq!(profile.answer_to(b"W?").unwrap(), b"+12");
        assert_eq!(profile.answer_to(b"X?"), None);
        assert!(profile.has(Profile::EXCHANGE) && !profile.has(Profile::ECHO));
        assert_eq!(profile.timing.answer_ms, 2_000);
        let again = Profile::from_toml(&toml::to_string(&profile).unwrap()).unwrap();
        assert_eq!(again, profile);
    }

    #[test]
    fn a_misspelt_field_is_named() {
        let error = Profile::from_toml("capabilites = []")
            .unwrap_err()
            .to_string();
        assert!(error.contains("capabilites"), "{error}");
        assert!(error.contains("line 1"), "{error}");
    }

    #[test]
    fn a_record_without_bounds_is_refused() {
        for (longest, fine) in [(0, false), (1, true), (65_536, true), (1_u64 << 40, false)] {
            let text = format!("[limits]\nmax-record = {longest}");
            let read = Profile::from_toml(&text);
            assert_eq!(read.is_ok(), fine, "{longest}: {read:?}");
        }
    }

    #[test]
    fn a_slow_line_is_waited_for() {
        let timing = Timing::default();
        let character = Duration::from_millis(33);
        assert_eq!(timing.quiet(character), Duration::from_millis(33 * 64));
        assert_eq!(timing.quiet(Duration::ZERO), Duration::from_millis(300));
    }
}
