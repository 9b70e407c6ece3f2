//! What a client under test is asked to do, and what it reports.

use core::fmt;
use std::borrow::Cow;

use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::hex;

pub mod com_port;
pub mod modbus;
pub mod telnet;

use modbus::{Answer, Call};
use telnet::Act;

/// One thing that a client does. As JSON in `LINESIDE_SCRIPT`: `[{"send":"c001"},{"recv":1}]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Send this record, in the dialect's framing.
    Send(Cow<'static, [u8]>),
    /// Receive until this many good records have come or the wire has ended, and report each as a
    /// line: `record HEX`, and `damaged REASON` for each run of bytes that is no record.
    Recv(usize),
    /// Make these calls, all at once, and report each as a line of its own, in this order, when all are
    /// over. One alone is `{"call":…}`, several are `{"calls":[{"call":…},…]}`.
    Calls(Vec<Call>),
    /// Do nothing for so many milliseconds: `{"wait":200}`.
    Wait(u64),
    /// What only a Telnet client does: see [`Act`].
    Telnet(Act),
    /// What only a client of a remote port does: see [`com_port::Act`].
    Port(com_port::Act),
}

impl Step {
    /// [`Step::Send`] for a table.
    #[must_use]
    pub const fn send(record: &'static [u8]) -> Self {
        Self::Send(Cow::Borrowed(record))
    }

    /// [`Step::Recv`] for a table.
    #[must_use]
    pub const fn recv(records: usize) -> Self {
        Self::Recv(records)
    }

    /// [`Step::Calls`] of one.
    #[must_use]
    pub fn call(call: Call) -> Self {
        Self::Calls(vec![call])
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Send(record) => json!({ "send": hex::plain(record) }),
            Self::Recv(records) => json!({ "recv": records }),
            Self::Calls(calls) => match calls.as_slice() {
                [one] => json!(one),
                all => json!({ "calls": all }),
            },
            Self::Wait(ms) => json!({ "wait": ms }),
            Self::Telnet(act) => act.to_json(),
            Self::Port(act) => act.to_json(),
        }
    }
}

/// A script as JSON, as a client gets it.
#[must_use]
pub fn to_json(script: &[Step]) -> String {
    Value::Array(script.iter().map(Step::to_json).collect()).to_string()
}

/// A script from its JSON, for a client that is written with this crate.
///
/// # Errors
/// Says which step is wrong, and what is allowed.
pub fn from_json(text: &str) -> Result<Vec<Step>, String> {
    let steps: Vec<Value> = serde_json::from_str(text)
        .map_err(|error| format!("LINESIDE_SCRIPT is no JSON array: {error}"))?;
    steps
        .iter()
        .enumerate()
        .map(|(at, step)| step_from(at, step))
        .collect()
}

fn step_from(at: usize, step: &Value) -> Result<Step, String> {
    if let Some(record) = step.get("send").and_then(Value::as_str) {
        let record = hex::parse(record).map_err(|error| format!("step {at}: send: {error}"))?;
        return Ok(Step::Send(Cow::Owned(record)));
    }
    let number = |name: &str| step.get(name).and_then(Value::as_u64);
    if let Some(records) = number("recv").and_then(|records| usize::try_from(records).ok()) {
        return Ok(Step::Recv(records));
    }
    if let Some(ms) = number("wait") {
        return Ok(Step::Wait(ms));
    }
    let bad = |error: serde_json::Error| format!("step {at}: {error}");
    if step.get("call").is_some() {
        return Call::deserialize(step).map(Step::call).map_err(bad);
    }
    if let Some(calls) = step.get("calls") {
        return Vec::deserialize(calls).map(Step::Calls).map_err(bad);
    }
    if let Some(act) = Act::from_json(step) {
        return Ok(Step::Telnet(act));
    }
    if let Some(act) = com_port::Act::from_json(step) {
        return Ok(Step::Port(act));
    }
    Err(format!(
        "step {at} is {step}: allowed are {{\"send\":\"HEX\"}}, {{\"recv\":N}}, {{\"call\":…}}, \
         {{\"calls\":[…]}}, {{\"wait\":MS}}, {{\"line\":\"HEX\"}}, {{\"command\":N}}, {{\"synch\":N}}, \
         {{\"window\":[N,N]}}, {{\"variable\":\"NAME\",\"value\":\"HEX\"}}, {{\"type\":\"HEX\"}}, \
         {{\"option\":N,\"want\":\"will\"}} (or wont, do, dont), {{\"set\":\"19200 8E1\"}}, {{\"dtr\":true}}, \
         {{\"rts\":true}}, {{\"break\":true}}, {{\"purge\":3}} and {{\"inputs\":true}}"
    ))
}

/// A line that a client reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// `record HEX`: a good record.
    Record(Vec<u8>),
    /// `damaged REASON`: bytes that are no record.
    Damaged(String),
    /// What came of a call, as [`Answer`] writes it.
    Answer(Answer),
    /// Anything else, as it stands.
    Other(String),
}

impl Line {
    /// Reads one line of a client's standard output.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        let line = line.trim_end();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, hex::parse(rest.trim())) {
            ("record", Ok(record)) => Self::Record(record),
            ("damaged", _) => Self::Damaged(rest.to_owned()),
            _ => match Answer::parse(line) {
                Some(answer) => Self::Answer(answer),
                None => Self::Other(line.to_owned()),
            },
        }
    }
}

/// As the client prints it.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(record) => write!(f, "record {}", hex::plain(record)),
            Self::Damaged(reason) => write!(f, "damaged {reason}"),
            Self::Answer(answer) => answer.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// How a client ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was asked (exit code 0).
    Did,
    /// It reports a failure of its own: the exit code, or what it said.
    Failed(String),
    /// It cannot do what it is asked (exit code 89): why.
    Cannot(String),
    /// It did not end in time, and was ended.
    Hung,
}

/// What a client did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What it reported, in order.
    pub lines: Vec<Line>,
    /// How it ended.
    pub exit: Exit,
}

impl Report {
    /// The good records that it reported.
    pub fn records(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().filter_map(|line| match line {
            Line::Record(record) => Some(record.as_slice()),
            _ => None,
        })
    }

    /// The damage that it reported.
    pub fn damaged(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| match line {
            Line::Damaged(reason) => Some(reason.as_str()),
            _ => None,
        })
    }

    /// What came of its calls.
    pub fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.lines.iter().filter_map(|line| match line {
            Line::Answer(answer) => Some(answer),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_survives_its_json() {
        let script = [Step::send(b"\xc0\x01"), Step::recv(2), Step::Wait(5)];
        let json = to_json(&script);
        assert_eq!(json, r#"[{"send":"c001"},{"recv":2},{"wait":5}]"#);
        assert_eq!(from_json(&json).unwrap(), script);
        let call = |unit| modbus::Request::ReadExceptionStatus.to(unit, 5);
        let script = [Step::call(call(1)), Step::Calls(vec![call(1), call(2)])];
        let json = to_json(&script);
        assert_eq!(from_json(&json).unwrap(), script);
    }

    #[test]
    fn a_bad_step_is_named() {
        let error = from_json(r#"[{"recv":1},{"dance":3}]"#).unwrap_err();
        assert!(error.starts_with("step 1 is"), "{error}");
        let error = from_json(r#"[{"call":"read-coils","unit":1,"address":0}]"#).unwrap_err();
        assert!(error.contains("`count`"), "{error}");
    }

    #[test]
    fn lines_of_a_client_are_read_leniently() {
        assert_eq!(Line::parse("record c0 01\r\n"), Line::Record(vec![0xc0, 1]));
        assert_eq!(Line::parse("record "), Line::Record(vec![]));
        assert_eq!(
            Line::parse("damaged bad check"),
            Line::Damaged("bad check".into())
        );
        assert_eq!(Line::parse("record zz"), Line::Other("record zz".into()));
    }
}
