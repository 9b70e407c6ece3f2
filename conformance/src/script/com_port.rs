//! What a client of RFC 2217 is asked to do beside sending and receiving data.

use lineside_io::Settings;
use serde_json::{Value, json};

/// One thing that a user of a remote port does. The first [`Set`](Self::Set) opens the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Opens the port with these settings, or changes them, and waits until they are in effect:
    /// `{"set":"19200 8E1"}`, `{"set":"9600 8N1 hardware"}`. Reports `settings 19200 8E1`, those in
    /// effect, or `failed CLASS`.
    Set(Settings),
    /// Turns DTR on or off: `{"dtr":true}`.
    Dtr(bool),
    /// Turns RTS on or off: `{"rts":false}`.
    Rts(bool),
    /// Begins a break, or ends it: `{"break":true}`.
    Break(bool),
    /// Empties the port's buffers: `{"purge":1}`, 1 what it has received, 2 what it is to send, 3 both.
    Purge(u8),
    /// Reports the modem lines, `inputs cts dsr`: those of `cts`, `dsr`, `ri` and `dcd` that are on, or
    /// `inputs unknown`. `{"inputs":true}`.
    Inputs,
}

impl Act {
    pub(super) fn to_json(self) -> Value {
        match self {
            Self::Set(settings) => json!({ "set": settings.to_string() }),
            Self::Dtr(on) => json!({ "dtr": on }),
            Self::Rts(on) => json!({ "rts": on }),
            Self::Break(on) => json!({ "break": on }),
            Self::Purge(what) => json!({ "purge": what }),
            Self::Inputs => json!({ "inputs": true }),
        }
    }

    /// The act of a step; `None` when it is another step, or a wrong one.
    pub(super) fn from_json(step: &Value) -> Option<Self> {
        let on = |name: &str| step.get(name).and_then(Value::as_bool);
        if let Some(settings) = step.get("set").and_then(Value::as_str) {
            return settings.parse().ok().map(Self::Set);
        }
        if let Some(what) = step.get("purge").and_then(Value::as_u64) {
            let what = u8::try_from(what).ok().filter(|what| *what <= 3)?;
            return Some(Self::Purge(what));
        }
        let dtr = on("dtr").map(Self::Dtr);
        let rts = dtr.or_else(|| on("rts").map(Self::Rts));
        let break_ = rts.or_else(|| on("break").map(Self::Break));
        break_.or_else(|| on("inputs").map(|_| Self::Inputs))
    }
}

/// How a client writes the modem lines: CTS, DSR, RI and DCD in bits 4 to 7.
#[must_use]
pub fn inputs(bits: Option<u8>) -> String {
    let Some(bits) = bits else {
        return "inputs unknown".to_owned();
    };
    let names = [(16, " cts"), (32, " dsr"), (64, " ri"), (128, " dcd")];
    let on = names.into_iter().filter(|(bit, _)| bits & bit != 0);
    on.fold("inputs".to_owned(), |text, (_, name)| text + name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_survives_its_json() {
        for (act, json) in [
            (
                Act::Set("19200 7E2 hardware".parse().unwrap()),
                r#"{"set":"19200 7E2 hardware"}"#,
            ),
            (Act::Dtr(true), r#"{"dtr":true}"#),
            (Act::Rts(false), r#"{"rts":false}"#),
            (Act::Break(true), r#"{"break":true}"#),
            (Act::Purge(3), r#"{"purge":3}"#),
            (Act::Inputs, r#"{"inputs":true}"#),
        ] {
            assert_eq!(act.to_json().to_string(), json);
            assert_eq!(Act::from_json(&act.to_json()), Some(act));
        }
        assert_eq!(Act::from_json(&json!({ "set": "fast" })), None);
        assert_eq!(Act::from_json(&json!({ "purge": 4 })), None);
    }

    #[test]
    fn modem_lines_are_named() {
        assert_eq!(inputs(Some(0xB0)), "inputs cts dsr dcd");
        assert_eq!(inputs(Some(0x4F)), "inputs ri");
        assert_eq!(inputs(None), "inputs unknown");
    }
}
