//! A row of a table of exchanges: what is asked and what must come back, in hex with the names of a
//! profile's addresses in it.
//!
//! A request: `01 {coil+19} 0013`, the function code and data of a PDU. A name stands for two bytes:
//! `{coil}` and `{holding}` are the first that may be written, `{coil.first}`, `{discrete.first}`, `{holding.first}`,
//! `{input.first}` the first that there is, `{….end}` the first behind the last, `{fifo}` the pointer of a
//! queue, `{file}` a file; each with `+N` or `-N`. `FF*246` is a byte repeated. In front may stand `all:`, a
//! broadcast; `other:`, to a unit that nobody is; `unit 255:`; `damaged:`, with a check that does not fit.
//!
//! A reply: the same, where `?` stands for any digit and `...` for any rest; `|` separates what is
//! allowed; `silence` is no reply in all the time that there is for one.

use core::fmt;

use crate::Modbus;

/// What a profile says for a name.
pub(crate) struct Fill<'a>(pub(crate) &'a Modbus);

/// Whom a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    Own,
    All,
    Absent,
    Unit(u8),
    Damaged,
}

/// A request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) to: To,
    pub(crate) pdu: Vec<u8>,
}

/// What may come back.
#[derive(Debug)]
pub(crate) struct Reply {
    text: String,
    /// `None` is silence.
    any_of: Vec<Option<Pattern>>,
}

#[derive(Debug)]
struct Pattern {
    /// Each digit, or any.
    digits: Vec<Option<u8>>,
    open: bool,
}

impl Request {
    pub(crate) fn parse(text: &str, fill: &Fill<'_>) -> Result<Self, String> {
        let (to, rest) = match text.split_once(':') {
            None => (To::Own, text),
            Some(("all", rest)) => (To::All, rest),
            Some(("other", rest)) => (To::Absent, rest),
            Some(("damaged", rest)) => (To::Damaged, rest),
            Some((unit, rest)) => {
                let unit = unit
                    .strip_prefix("unit ")
                    .and_then(|unit| unit.parse().ok());
                (To::Unit(unit.ok_or_else(|| wrong(text))?), rest)
            }
        };
        let Pattern { digits, open } = Pattern::parse(rest, fill)?;
        let digits: Option<Vec<u8>> = digits.into_iter().collect();
        let digits = digits.filter(|digits| !open && digits.len() % 2 == 0);
        let digits = digits.ok_or_else(|| wrong(text))?;
        let byte = |pair: &[u8]| pair.iter().fold(0, |byte, digit| byte << 4 | digit);
        Ok(Self {
            to,
            pdu: digits.chunks(2).map(byte).collect(),
        })
    }
}

impl Reply {
    pub(crate) fn parse(text: &str, fill: &Fill<'_>) -> Result<Self, String> {
        let one = |text: &str| match text.trim() {
            "silence" => Ok(None),
            text => Pattern::parse(text, fill).map(Some),
        };
        Ok(Self {
            text: text.to_owned(),
            any_of: text.split('|').map(one).collect::<Result<_, _>>()?,
        })
    }

    /// Whether nothing else than silence is allowed.
    pub(crate) fn is_silence(&self) -> bool {
        self.any_of.iter().all(Option::is_none)
    }

    pub(crate) fn may_be_silent(&self) -> bool {
        self.any_of.iter().any(Option::is_none)
    }

    pub(crate) fn takes(&self, pdu: &[u8]) -> bool {
        self.any_of
            .iter()
            .flatten()
            .any(|pattern| pattern.takes(pdu))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Pattern {
    fn parse(text: &str, fill: &Fill<'_>) -> Result<Self, String> {
        let mut digits = Vec::new();
        let mut open = false;
        for word in text.split_whitespace() {
            if let Some(name) = word
                .strip_prefix('{')
                .and_then(|word| word.strip_suffix('}'))
            {
                let value = fill.address(name)?;
                let nibble = |shift: u32| Some(((value >> shift) & 15) as u8);
                digits.extend([12, 8, 4, 0].map(nibble));
            } else if word == "..." {
                open = true;
            } else if let Some((byte, times)) = word.split_once('*') {
                let times: usize = times.parse().map_err(|_| wrong(word))?;
                let byte = byte.chars().map(digit).collect::<Option<Vec<_>>>();
                digits.extend(byte.ok_or_else(|| wrong(word))?.repeat(times));
            } else {
                let word_digits = word.chars().map(digit).collect::<Option<Vec<_>>>();
                digits.extend(word_digits.ok_or_else(|| wrong(word))?);
            }
        }
        Ok(Self { digits, open })
    }

    fn takes(&self, pdu: &[u8]) -> bool {
        let theirs: Vec<u8> = pdu.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
        let enough =
            theirs.len() == self.digits.len() || (self.open && theirs.len() > self.digits.len());
        let same = |(want, got): (&Option<u8>, &u8)| want.is_none_or(|want| want == *got);
        enough && self.digits.iter().zip(&theirs).all(same)
    }
}

/// A digit: its value, or any. `None`: neither.
fn digit(c: char) -> Option<Option<u8>> {
    if c == '?' {
        return Some(None);
    }
    let value = c.to_digit(16).and_then(|value| u8::try_from(value).ok());
    value.map(Some)
}

impl Fill<'_> {
    fn address(&self, name: &str) -> Result<u16, String> {
        let at = name.find(['+', '-']).unwrap_or(name.len());
        let (name, offset) = name.split_at_checked(at).unwrap_or((name, ""));
        let offset: i32 = match offset {
            "" => 0,
            offset => offset.parse().map_err(|_| wrong(offset))?,
        };
        let base = self
            .base(name)
            .ok_or_else(|| format!("the profile has no `{name}`"))?;
        u16::try_from(i32::from(base) + offset)
            .map_err(|_| format!("`{name}{offset}` is no address"))
    }

    fn base(&self, name: &str) -> Option<u16> {
        let modbus = self.0;
        match name {
            "fifo" => return modbus.fifo,
            "file" => return modbus.file.map(|file| file.number),
            _ => {}
        }
        let (table, what) = name.split_once('.').unwrap_or((name, ""));
        let table = modbus.table(if table == "coil" { "coils" } else { table })?;
        match what {
            "" => Some(table.scratch()),
            "first" => Some(table.first),
            "end" => table.end(),
            _ => None,
        }
    }
}

fn wrong(text: &str) -> String {
    format!("`{text}` is no row of an exchange")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::modbus::profile;

    #[test]
    fn names_stand_for_addresses() {
        let plant = profile();
        let request = Request::parse("all:01 {coil+19} 0013 FF*2", &Fill(&plant)).unwrap();
        assert_eq!(request.to, To::All);
        assert_eq!(request.pdu, b"\x01\x00\x13\x00\x13\xff\xff");
        let end = Request::parse("unit 255:03 {holding.end-1} 0001", &Fill(&plant)).unwrap();
        assert_eq!(
            (end.to, &*end.pdu),
            (To::Unit(255), &b"\x03\x01\xff\x00\x01"[..])
        );
        for bad in ["0", "01 {nothing}", "01 {coil-1}", "who:01", "01 ??", "zz"] {
            assert!(Request::parse(bad, &Fill(&plant)).is_err(), "{bad}");
        }
    }

    #[test]
    fn replies_say_what_is_allowed() {
        let plant = profile();
        let reply = |text| Reply::parse(text, &Fill(&plant)).unwrap();
        assert!(reply("81 0?").takes(b"\x81\x02"));
        assert!(reply("94 02 | 94 03").takes(b"\x94\x03"));
        assert!(!reply("94 02 | 94 03").takes(b"\x94\x04"));
        assert!(reply("0C ...").takes(b"\x0c\x08\x00"));
        assert!(!reply("0C ??").takes(b"\x0c\x08\x00"));
        assert!(reply("silence").is_silence() && reply("81 01 | silence").may_be_silent());
    }
}
