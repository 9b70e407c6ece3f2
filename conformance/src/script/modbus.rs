//! What a Modbus client is asked to do, and how it reports what came of it.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::hex;

/// One request, with what the caller wants of it.
///
/// As JSON: `{"call":"read-holding-registers","unit":17,"address":107,"count":3,"timeout-ms":300}`.
/// What is left out of the options is left to the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Call {
    /// Whom to ask: on a serial line 1 to 247, and 0 for everybody (broadcast).
    pub unit: u8,
    /// What to ask.
    #[serde(flatten)]
    pub request: Request,
    /// How long to wait for the reply, in milliseconds from the end of the request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeout_ms: Option<u64>,
    /// How often to ask again when there is no good reply: 2 means three requests at most.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retries: Option<u32>,
    /// How long to leave a serial line alone after a broadcast, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turnaround_ms: Option<u64>,
    /// Give the call up after so many microseconds: drop it, whatever it is waiting for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cancel_us: Option<u64>,
}

/// A request by its function, in the words of the application protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "call",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
#[expect(missing_docs, reason = "the names are the specification's fields")]
pub enum Request {
    /// 01.
    ReadCoils { address: u16, count: u16 },
    /// 02.
    ReadDiscreteInputs { address: u16, count: u16 },
    /// 03.
    ReadHoldingRegisters { address: u16, count: u16 },
    /// 04.
    ReadInputRegisters { address: u16, count: u16 },
    /// 05.
    WriteSingleCoil { address: u16, on: bool },
    /// 06.
    WriteSingleRegister { address: u16, value: u16 },
    /// 07.
    ReadExceptionStatus,
    /// 08, with the sub-function and its data field.
    Diagnostics {
        sub: u16,
        #[serde(with = "hexed")]
        data: Vec<u8>,
    },
    /// 11.
    GetCommEventCounter,
    /// 12.
    GetCommEventLog,
    /// 15; the bits as `10110`, the first coil first.
    WriteMultipleCoils { address: u16, bits: String },
    /// 16.
    WriteMultipleRegisters { address: u16, words: Vec<u16> },
    /// 17.
    ReportServerId,
    /// 20.
    ReadFileRecord { records: Vec<FileRead> },
    /// 21.
    WriteFileRecord { records: Vec<FileWrite> },
    /// 22.
    MaskWriteRegister { address: u16, and: u16, or: u16 },
    /// 23; `address` and `count` are what is read.
    ReadWriteMultipleRegisters {
        address: u16,
        count: u16,
        write_address: u16,
        words: Vec<u16>,
    },
    /// 24.
    ReadFifoQueue { address: u16 },
    /// 43/14, one request.
    ReadDeviceIdentification { code: u8, object: u8 },
    /// 43/14 again and again, from object 0 until no more follow.
    ReadAllDeviceIdentification { code: u8 },
    /// These bytes, function code first.
    Pdu {
        #[serde(with = "hexed")]
        pdu: Vec<u8>,
    },
}

/// A record to read from a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the specification's fields")]
pub struct FileRead {
    pub file: u16,
    pub record: u16,
    pub count: u16,
}

/// A record to write to a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the specification's fields")]
pub struct FileWrite {
    pub file: u16,
    pub record: u16,
    pub words: Vec<u16>,
}

/// What came of a call: a line of the client's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `words 022b 0000 0064`: registers, in order. Of functions 03, 04, 20 (all groups), 23, 24 (without
    /// the count), and 11 (status and event count).
    Words(Vec<u16>),
    /// `bits 1011`: as many as were asked for, the first coil or input first.
    Bits(Vec<bool>),
    /// `bytes 6d`: the status of 07; the data field of 08; what stands behind the byte count of 12 and 17;
    /// the whole PDU that answers a raw one.
    Bytes(Vec<u8>),
    /// `objects 00=4c69 01=`: the objects of 43/14, in order.
    Objects(Vec<(u8, Vec<u8>)>),
    /// `done`: written, or broadcast.
    Done,
    /// `exception 02`: the exception code.
    Exception(u8),
    /// `cancelled`: given up as the call demanded.
    Cancelled,
    /// `failed timeout`: no answer, and why.
    Failed(Failure),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// `timeout`: none came in time.
    Timeout,
    /// `malformed`: what came is no frame, or no reply of that function.
    Malformed,
    /// `mismatch`: what came is a reply, and not to this request.
    Mismatch,
    /// `refused`: the client does not send such a request.
    Refused,
    /// `closed`: there is no wire any more.
    Closed,
    /// Any other word.
    Other,
}

impl Request {
    fn call(self, unit: u8) -> Call {
        Call {
            unit,
            request: self,
            timeout_ms: None,
            retries: None,
            turnaround_ms: None,
            cancel_us: None,
        }
    }

    /// Asks a unit, with this time-out in milliseconds, once.
    #[must_use]
    pub fn to(self, unit: u8, timeout_ms: u64) -> Call {
        Call {
            timeout_ms: Some(timeout_ms),
            retries: Some(0),
            ..self.call(unit)
        }
    }
}

impl Call {
    /// The same, asked again so often when there is no good reply.
    #[must_use]
    pub fn retries(self, retries: u32) -> Self {
        Self {
            retries: Some(retries),
            ..self
        }
    }

    /// The same, with this turnaround delay.
    #[must_use]
    pub fn turnaround(self, ms: u64) -> Self {
        Self {
            turnaround_ms: Some(ms),
            ..self
        }
    }

    /// The same, given up after so many microseconds.
    #[must_use]
    pub fn cancelled_after(self, us: u64) -> Self {
        Self {
            cancel_us: Some(us),
            ..self
        }
    }
}

impl Answer {
    /// Reads a report line; `None` when it is another one.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        Some(match word {
            "words" => Self::Words(all(rest, |word| u16::from_str_radix(word, 16).ok())?),
            "bits" => Self::Bits(rest.chars().map(bit).collect::<Option<_>>()?),
            "bytes" => Self::Bytes(hex::parse(rest).ok()?),
            "objects" => Self::Objects(all(rest, object)?),
            "done" if rest.is_empty() => Self::Done,
            "exception" => Self::Exception(u8::from_str_radix(rest, 16).ok()?),
            "cancelled" if rest.is_empty() => Self::Cancelled,
            "failed" => Self::Failed(Failure::of(rest)),
            _ => return None,
        })
    }

    /// Whether it tells of data or success.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        !matches!(self, Self::Exception(_) | Self::Cancelled | Self::Failed(_))
    }
}

fn all<T>(rest: &str, one: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    rest.split_ascii_whitespace().map(one).collect()
}

fn bit(c: char) -> Option<bool> {
    match c {
        '0' => Some(false),
        '1' => Some(true),
        _ => None,
    }
}

fn object(text: &str) -> Option<(u8, Vec<u8>)> {
    let (id, value) = text.split_once('=')?;
    Some((u8::from_str_radix(id, 16).ok()?, hex::parse(value).ok()?))
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => {
                f.write_str("words")?;
                words.iter().try_for_each(|word| write!(f, " {word:04x}"))
            }
            Self::Bits(bits) => {
                f.write_str("bits ")?;
                bits.iter()
                    .try_for_each(|bit| f.write_str(if *bit { "1" } else { "0" }))
            }
            Self::Bytes(bytes) => write!(f, "bytes {}", hex::plain(bytes)),
            Self::Objects(objects) => {
                f.write_str("objects")?;
                let mut objects = objects.iter();
                objects.try_for_each(|(id, value)| write!(f, " {id:02x}={}", hex::plain(value)))
            }
            Self::Done => f.write_str("done"),
            Self::Exception(code) => write!(f, "exception {code:02x}"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Failed(why) => write!(f, "failed {}", why.word()),
        }
    }
}

impl Failure {
    const ALL: [Self; 6] = [
        Self::Timeout,
        Self::Malformed,
        Self::Mismatch,
        Self::Refused,
        Self::Closed,
        Self::Other,
    ];

    /// The word of a report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Malformed => "malformed",
            Self::Mismatch => "mismatch",
            Self::Refused => "refused",
            Self::Closed => "closed",
            Self::Other => "other",
        }
    }

    fn of(text: &str) -> Self {
        let word = text.split_ascii_whitespace().next().unwrap_or_default();
        let known = Self::ALL.into_iter().find(|one| one.word() == word);
        known.unwrap_or(Self::Other)
    }
}

/// Bytes as plain hex.
mod hexed {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::hex;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::plain(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        hex::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_survives_its_json() {
        let call = Request::ReadHoldingRegisters {
            address: 107,
            count: 3,
        };
        let call = call.to(17, 300);
        let json = serde_json::to_string(&call).unwrap();
        assert_eq!(
            json,
            r#"{"unit":17,"call":"read-holding-registers","address":107,"count":3,"timeout-ms":300,"retries":0}"#
        );
        assert_eq!(serde_json::from_str::<Call>(&json).unwrap(), call);
        let raw = Request::Pdu {
            pdu: vec![0x41, 0xff],
        };
        let json = r#"{"call":"pdu","unit":1,"pdu":"41ff"}"#;
        assert_eq!(serde_json::from_str::<Call>(json).unwrap(), raw.call(1));
    }

    #[test]
    fn an_answer_survives_its_line() {
        for line in [
            "words 022b 0000",
            "bits 10",
            "bytes 6d",
            "objects 00=4c69 01=",
            "done",
            "exception 0b",
            "cancelled",
            "failed timeout",
        ] {
            assert_eq!(Answer::parse(line).unwrap().to_string(), line);
        }
        let other = Answer::parse("failed to open it").unwrap();
        assert_eq!(other, Answer::Failed(Failure::Other));
        assert_eq!(Answer::parse("bits 102"), None);
    }
}
