//! What a Telnet client is asked to do beside sending and receiving data.

use serde_json::{Value, json};

use crate::hex;

/// One thing that a user of a Telnet client does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Types this and Enter: `{"line":"6c73"}`.
    Line(Vec<u8>),
    /// Sends a command of one byte: `{"command":246}`.
    Command(u8),
    /// Interrupts: sends a command of one byte, and a Synch behind it: `{"synch":244}`.
    Synch(u8),
    /// Has a window of another size, in columns and rows: `{"window":[132,50]}`.
    Window(u16, u16),
    /// Gives a variable of the user's a value: `{"variable":"LANG","value":"43"}`.
    Variable(String, Vec<u8>),
    /// Types these keys one by one, Enter as CR: `{"type":"61620d"}`. Who edits lines itself sends them at
    /// their end.
    Type(Vec<u8>),
    /// Wants an option to be used, or not any more: `{"option":0,"want":"will"}`. What is said, if
    /// anything, depends on what was agreed on and asked for before (RFC 1143).
    Want(Verb, u8),
}

/// What is wanted of an option: `WILL` and `WONT` for the client's own use of it, `DO` and `DONT` for the
/// server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub enum Verb {
    Will,
    Wont,
    Do,
    Dont,
}

impl Verb {
    const ALL: [Self; 4] = [Self::Will, Self::Wont, Self::Do, Self::Dont];

    /// Its byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Will => 251,
            Self::Wont => 252,
            Self::Do => 253,
            Self::Dont => 254,
        }
    }

    /// Its word in a script.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Will => "will",
            Self::Wont => "wont",
            Self::Do => "do",
            Self::Dont => "dont",
        }
    }
}

impl Act {
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Line(text) => json!({ "line": hex::plain(text) }),
            Self::Command(command) => json!({ "command": command }),
            Self::Synch(command) => json!({ "synch": command }),
            Self::Window(columns, rows) => json!({ "window": [columns, rows] }),
            Self::Variable(name, value) => json!({ "variable": name, "value": hex::plain(value) }),
            Self::Type(keys) => json!({ "type": hex::plain(keys) }),
            Self::Want(verb, option) => json!({ "option": option, "want": verb.word() }),
        }
    }

    /// The act of a step; `None` when it is another step, or a wrong one.
    pub(super) fn from_json(step: &Value) -> Option<Self> {
        let byte = |name: &str| u8::try_from(step.get(name)?.as_u64()?).ok();
        if let Some(text) = step.get("line").and_then(Value::as_str) {
            return hex::parse(text).ok().map(Self::Line);
        }
        if let Some(command) = byte("command") {
            return Some(Self::Command(command));
        }
        if let Some(command) = byte("synch") {
            return Some(Self::Synch(command));
        }
        if let Some([columns, rows]) = step
            .get("window")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
        {
            let number = |it: &Value| u16::try_from(it.as_u64()?).ok();
            return Some(Self::Window(number(columns)?, number(rows)?));
        }
        let text = |name: &str| hex::parse(step.get(name)?.as_str()?).ok();
        if let Some(name) = step.get("variable").and_then(Value::as_str) {
            return Some(Self::Variable(name.to_owned(), text("value")?));
        }
        if let Some(keys) = text("type") {
            return Some(Self::Type(keys));
        }
        let (option, want) = (byte("option")?, step.get("want")?.as_str()?);
        let verb = Verb::ALL.into_iter().find(|verb| verb.word() == want)?;
        Some(Self::Want(verb, option))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_survives_its_json() {
        for (act, json) in [
            (Act::Line(b"ls".to_vec()), r#"{"line":"6c73"}"#),
            (Act::Command(246), r#"{"command":246}"#),
            (Act::Synch(244), r#"{"synch":244}"#),
            (Act::Window(132, 50), r#"{"window":[132,50]}"#),
            (
                Act::Variable("LANG".to_owned(), b"C".to_vec()),
                r#"{"value":"43","variable":"LANG"}"#,
            ),
            (Act::Type(b"a\r".to_vec()), r#"{"type":"610d"}"#),
            (Act::Want(Verb::Dont, 1), r#"{"option":1,"want":"dont"}"#),
        ] {
            assert_eq!(act.to_json().to_string(), json);
            assert_eq!(Act::from_json(&act.to_json()), Some(act));
        }
        assert_eq!(
            Act::from_json(&json!({ "option": 256, "want": "do" })),
            None
        );
        assert_eq!(
            Act::from_json(&json!({ "option": 1, "want": "maybe" })),
            None
        );
    }
}
