//! Options with parameters of their own: what is said and understood in their subnegotiations.

use super::{linemode::Linemode, options::Role};
use crate::reference::Mutation;

/// TERMINAL-TYPE (RFC 1091).
pub const TTYPE: u8 = 24;
/// NAWS (RFC 1073).
pub const NAWS: u8 = 31;
/// TERMINAL-SPEED (RFC 1079).
pub const TSPEED: u8 = 32;
/// TOGGLE-FLOW-CONTROL (RFC 1372).
pub const LFLOW: u8 = 33;
/// LINEMODE (RFC 1184).
pub const LINEMODE: u8 = 34;
/// X-DISPLAY-LOCATION (RFC 1096).
pub const XDISPLOC: u8 = 35;
/// NEW-ENVIRON (RFC 1572).
pub const NEW_ENVIRON: u8 = 39;
/// CHARSET (RFC 2066).
pub const CHARSET: u8 = 42;
/// END-OF-RECORD (RFC 885).
pub const EOR: u8 = 25;
/// LOGOUT (RFC 727).
pub const LOGOUT: u8 = 18;

const IS: u8 = 0;
const SEND: u8 = 1;
const INFO: u8 = 2;
const VAR: u8 = 0;
const VALUE: u8 = 1;
const ESC: u8 = 2;
const USERVAR: u8 = 3;

/// The names of a terminal, the third as MTTS has it.
const NAMES: [&[u8]; 3] = [b"TEXTBOOK", b"XTERM", b"MTTS 13"];

/// Whether the side that says `WILL` may be the client.
pub(super) const fn is_of_client(option: u8) -> bool {
    matches!(
        option,
        TTYPE | NAWS | TSPEED | LFLOW | LINEMODE | XDISPLOC | NEW_ENVIRON | CHARSET
    )
}

/// The same of the server.
pub(super) const fn is_of_server(option: u8) -> bool {
    matches!(option, CHARSET | EOR | LOGOUT)
}

/// What comes of a payload or an agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Out {
    /// A payload, the option first.
    Say(Vec<u8>),
    /// A line that says what was told.
    Told(String),
    /// Data.
    Data(Vec<u8>),
}

pub(super) struct Typed {
    role: Role,
    broken: Mutation,
    window: [u8; 4],
    variables: Vec<(u8, Vec<u8>, Vec<u8>)>,
    environ_asked: bool,
    names_told: usize,
    names: Vec<Vec<u8>>,
    requested: bool,
    pub(super) lines: Linemode,
}

impl Typed {
    pub(super) fn new(role: Role, broken: Mutation) -> Self {
        Self {
            role,
            window: [0, 80, 0, 24],
            variables: vec![
                (VAR, b"USER".to_vec(), b"joe".to_vec()),
                (USERVAR, b"LANG".to_vec(), b"C".to_vec()),
            ],
            environ_asked: false,
            names_told: 0,
            names: Vec::new(),
            requested: false,
            lines: Linemode::new(role, broken.clone()),
            broken,
        }
    }

    /// We use an option, or the other end does.
    pub(super) fn agreed(&mut self, ours: bool, option: u8) -> Vec<Out> {
        let broken = &self.broken;
        let of_client = ours && self.role == Role::Client;
        let of_server = !ours && self.role == Role::Server;
        match option {
            TTYPE if of_client => {
                self.names_told = 0;
                let unasked = broken.is("telnet.ttype-unasked");
                unasked.then(|| self.name()).into_iter().collect()
            }
            NAWS if of_client && !broken.is("telnet.naws-silent") => vec![self.naws()],
            LINEMODE if of_client || of_server => self.lines.begin(),
            TTYPE if of_server && broken.is("telnet.ttype-never-asks") => Vec::new(),
            TTYPE | TSPEED | XDISPLOC if of_server => vec![Out::Say(vec![option, SEND])],
            LFLOW if of_server => {
                let code = if broken.is("telnet.lflow-out-of-range") {
                    7
                } else {
                    1
                };
                vec![Out::Say(vec![LFLOW, code])]
            }
            NEW_ENVIRON if of_server => {
                let end: &[u8] = if broken.is("telnet.environ-asks-for-values") {
                    b"\x01joe"
                } else {
                    b""
                };
                vec![Out::Say(
                    [b"\x27\x01\x00USER".as_slice(), end, b"\x03LANG"].concat(),
                )]
            }
            CHARSET if ours && self.role == Role::Server => {
                self.requested = true;
                vec![Out::Say(b"\x2a\x01;UTF-8;US-ASCII".to_vec())]
            }
            _ => Vec::new(),
        }
    }

    /// A payload of an option that is in use.
    pub(super) fn heard(&mut self, payload: &[u8]) -> Vec<Out> {
        match (self.role, payload) {
            (_, [LINEMODE, rest @ ..]) => self.lines.heard(rest),
            (_, [CHARSET, rest @ ..]) => self.charset(rest),
            (Role::Client, [TTYPE, SEND]) => vec![self.name()],
            (Role::Client, [TSPEED, SEND]) => {
                let blank = self.broken.is("telnet.tspeed-with-a-blank");
                let speed: &[u8] = if blank {
                    b"38400 38400"
                } else {
                    b"38400,38400"
                };
                vec![Out::Say([&[TSPEED, IS], speed].concat())]
            }
            (Role::Client, [XDISPLOC, SEND]) => {
                let nowhere = self.broken.is("telnet.xdisploc-nowhere");
                let at: &[u8] = if nowhere {
                    b""
                } else {
                    b"textbook.example:0.0"
                };
                vec![Out::Say([&[XDISPLOC, IS], at].concat())]
            }
            (Role::Client, [LFLOW, code @ 0..=3]) => self.flow(*code),
            (Role::Client, [NEW_ENVIRON, SEND, asked @ ..]) => self.environ(asked),
            (Role::Server, [NAWS, size @ ..]) => self.size(size),
            (Role::Server, [TTYPE, IS, name @ ..]) => self.named(name),
            (Role::Server, [TSPEED, IS, speed @ ..]) => {
                let text = String::from_utf8_lossy(speed);
                let parted = text.split_once(',');
                let told = parted.map(|(out, back)| Out::Told(format!("speed {out} {back}")));
                told.into_iter().collect()
            }
            (Role::Server, [XDISPLOC, IS, at @ ..]) => {
                vec![Out::Told(format!(
                    "display {}",
                    String::from_utf8_lossy(at)
                ))]
            }
            (Role::Server, [NEW_ENVIRON, IS | INFO, told @ ..]) => self.admit(told),
            _ => Vec::new(),
        }
    }

    fn name(&mut self) -> Out {
        let names = if self.broken.is("telnet.mtts-second") {
            [NAMES[0], NAMES[2], NAMES[1]]
        } else {
            NAMES
        };
        let at = self.names_told;
        let last = names.len() - 1;
        self.names_told = match at {
            _ if self.broken.is("telnet.ttype-sticks") => (at + 1).min(last),
            _ if self.broken.is("telnet.ttype-repeats-nothing") => (at + 1) % names.len(),
            _ => (at + 1) % (names.len() + 1),
        };
        let name = names.get(at.min(last)).copied().unwrap_or_default();
        Out::Say([&[TTYPE, IS], name].concat())
    }

    fn naws(&self) -> Out {
        let [a, b, c, d] = self.window;
        let size = if self.broken.is("telnet.naws-little-endian") {
            [b, a, d, c]
        } else {
            [a, b, c, d]
        };
        Out::Say([&[NAWS], &size[..]].concat())
    }

    /// The window has another size.
    pub(super) fn resized(&mut self, columns: u16, rows: u16, on: bool) -> Option<Out> {
        let [a, b] = columns.to_be_bytes();
        let [c, d] = rows.to_be_bytes();
        self.window = [a, b, c, d];
        let once = self.broken.is("telnet.naws-once");
        let always = self.broken.is("telnet.naws-although-off");
        (on && !once || always).then(|| self.naws())
    }

    fn flow(&self, code: u8) -> Vec<Out> {
        let mut out = Vec::new();
        if self.broken.is("telnet.lflow-answers") {
            out.push(Out::Say(vec![LFLOW, code]));
        }
        if !self.broken.is("telnet.lflow-ignored") {
            out.push(Out::Told(format!("flow {code}")));
        }
        out
    }

    /// RFC 1572 2: nothing asked for is everything; what is not known has no value.
    fn environ(&mut self, asked: &[u8]) -> Vec<Out> {
        self.environ_asked = true;
        let mut said = vec![NEW_ENVIRON, IS];
        let all = asked.is_empty() || self.broken.is("telnet.environ-tells-all");
        if all && !self.broken.is("telnet.environ-tells-nothing") {
            for (kind, name, value) in &self.variables {
                self.variable(*kind, name, Some(value), &mut said);
            }
        }
        for (kind, name, _) in variables(asked) {
            let mut known = self.variables.iter();
            let known = known.find(|(of, called, _)| (*of, called) == (kind, &name));
            let empty = self.broken.is("telnet.environ-undefined-is-empty");
            let value = known.map(|(_, _, value)| value.as_slice());
            let value = value.or(empty.then_some(&[]));
            if !all {
                self.variable(kind, &name, value, &mut said);
            }
        }
        vec![Out::Say(said)]
    }

    fn variable(&self, kind: u8, name: &[u8], value: Option<&[u8]>, said: &mut Vec<u8>) {
        let raw = self.broken.is("telnet.environ-escapes-nothing");
        let escaped = |text: &[u8], said: &mut Vec<u8>| {
            for byte in text {
                if *byte <= USERVAR && !raw {
                    said.push(ESC);
                }
                said.push(*byte);
            }
        };
        said.push(kind);
        escaped(name, said);
        if let Some(value) = value {
            said.push(VALUE);
            escaped(value, said);
        }
    }

    /// A variable of the user's has a value.
    pub(super) fn set(&mut self, name: &[u8], value: &[u8]) -> Option<Out> {
        let told = self.environ_asked && !self.broken.is("telnet.environ-keeps-changes");
        let mut said = vec![NEW_ENVIRON, INFO];
        self.variable(USERVAR, name, Some(value), &mut said);
        self.variables
            .push((USERVAR, name.to_vec(), value.to_vec()));
        told.then_some(Out::Say(said))
    }

    fn size(&self, size: &[u8]) -> Vec<Out> {
        let whole = match size {
            [a, b] if self.broken.is("telnet.naws-takes-half") => Some([*a, *b, 0, 0]),
            [a, b, c, d] => Some([*a, *b, *c, *d]),
            _ => None,
        };
        let Some([a, b, c, d]) = whole else {
            return Vec::new();
        };
        let pair = |high, low| {
            if self.broken.is("telnet.naws-little-endian") {
                u16::from_le_bytes([high, low])
            } else {
                u16::from_be_bytes([high, low])
            }
        };
        vec![Out::Told(format!("window {} {}", pair(a, b), pair(c, d)))]
    }

    /// Asks on until a name comes again.
    fn named(&mut self, name: &[u8]) -> Vec<Out> {
        let again = self.names.iter().any(|known| known == name) || self.names.len() >= 8;
        if !again || self.broken.is("telnet.ttype-asks-for-ever") {
            self.names.push(name.to_vec());
            return vec![Out::Say(vec![TTYPE, SEND])];
        }
        let names = core::mem::take(&mut self.names);
        let names: Vec<_> = names
            .iter()
            .map(|name| String::from_utf8_lossy(name))
            .collect();
        vec![Out::Told(format!("types {}", names.join(" ")))]
    }

    /// Only what was asked for, and nothing that a program would take for an option.
    fn admit(&self, told: &[u8]) -> Vec<Out> {
        let all = self.broken.is("telnet.environ-admits-all");
        let mut out = Vec::new();
        for (_, name, value) in variables(told) {
            let (Some(value), Ok(name)) = (value, String::from_utf8(name)) else {
                continue;
            };
            let harmless = matches!(name.as_str(), "USER" | "LANG") && !value.starts_with(b"-");
            if harmless || all {
                let raw = self.broken.is("telnet.environ-keeps-escapes");
                let value = if raw { told.to_vec() } else { value };
                let value = String::from_utf8_lossy(&value).into_owned();
                out.push(Out::Told(format!("variable {name}={value}")));
            }
        }
        out
    }

    /// RFC 2066: a request is accepted or rejected; of two at once the server's counts.
    fn charset(&mut self, rest: &[u8]) -> Vec<Out> {
        let broken = &self.broken;
        match rest {
            [1, ..] if broken.is("telnet.charset-silent") => Vec::new(),
            [1, ..]
                if self.requested
                    && self.role == Role::Server
                    && !broken.is("telnet.charset-yields") =>
            {
                vec![Out::Say(vec![CHARSET, 3])]
            }
            [1, separator, names @ ..] => {
                let mut names = names.split(|byte| byte == separator);
                let known = |name: &&[u8]| {
                    let known = matches!(*name, b"UTF-8" | b"US-ASCII");
                    known || broken.is("telnet.charset-accepts-anything")
                };
                match names.find(known) {
                    Some(name) => vec![
                        Out::Say([&[CHARSET, 2], name].concat()),
                        Out::Told(format!("charset {}", String::from_utf8_lossy(name))),
                    ],
                    None => vec![Out::Say(vec![CHARSET, 3])],
                }
            }
            [2, name @ ..] if core::mem::take(&mut self.requested) => {
                vec![Out::Told(format!(
                    "charset {}",
                    String::from_utf8_lossy(name)
                ))]
            }
            [2 | 3, ..] => {
                self.requested = false;
                Vec::new()
            }
            [4, ..] if !broken.is("telnet.charset-ignores-tables") => {
                vec![Out::Say(vec![CHARSET, 5])]
            }
            _ => Vec::new(),
        }
    }
}

/// Type, name and value of each; an escaped byte stands for itself.
fn variables(bytes: &[u8]) -> Vec<(u8, Vec<u8>, Option<Vec<u8>>)> {
    let mut all: Vec<(u8, Vec<u8>, Option<Vec<u8>>)> = Vec::new();
    let mut rest = bytes.iter();
    while let Some(&byte) = rest.next() {
        let plain = match byte {
            VAR | USERVAR => {
                all.push((byte, Vec::new(), None));
                continue;
            }
            VALUE => {
                if let Some(last) = all.last_mut() {
                    last.2 = Some(Vec::new());
                }
                continue;
            }
            ESC => rest.next().copied().unwrap_or_default(),
            other => other,
        };
        if let Some((_, name, value)) = all.last_mut() {
            value.as_mut().unwrap_or(name).push(plain);
        }
    }
    all
}
