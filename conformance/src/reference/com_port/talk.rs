//! What of Telnet a port needs: data and messages told apart, and three options agreed on.

use crate::reference::{
    Mutation,
    telnet::{BINARY, DO, DONT, IAC, SB, SE, SGA, WILL, WONT},
};

use super::COM_PORT;

/// What the other end said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Data(Vec<u8>),
    /// A command of one byte.
    Command(u8),
    /// The payload of a subnegotiation of COM-PORT.
    Message(Vec<u8>),
    /// An option began or ended, or was refused: whether it is ours, which, on.
    Option(bool, u8, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Data,
    Iac,
    Verb(u8),
    Inside,
    InsideIac,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Agreed {
    #[default]
    No,
    Asked,
    Yes,
}

/// The longest message that is kept.
const MAX: usize = 1_024;

/// One end of a Telnet connection.
pub(super) struct Talk {
    state: State,
    payload: Vec<u8>,
    us: [Agreed; 256],
    him: [Agreed; 256],
    /// The last byte of data was a CR of the virtual terminal.
    after_cr: bool,
    pub(super) out: Vec<u8>,
    is_server: bool,
    broken: Mutation,
}

impl Talk {
    pub(super) fn new(is_server: bool, broken: Mutation) -> Self {
        Self {
            state: State::Data,
            payload: Vec::new(),
            us: [Agreed::No; 256],
            him: [Agreed::No; 256],
            after_cr: false,
            out: Vec::new(),
            is_server,
            broken,
        }
    }

    /// Whether we use it.
    pub(super) fn ours(&self, option: u8) -> bool {
        self.us.get(usize::from(option)) == Some(&Agreed::Yes)
    }

    /// Whether the other end uses it.
    pub(super) fn theirs(&self, option: u8) -> bool {
        self.him.get(usize::from(option)) == Some(&Agreed::Yes)
    }

    /// Whether COM-PORT is in use.
    pub(super) fn has_port(&self) -> bool {
        self.ours(COM_PORT) || self.theirs(COM_PORT)
    }

    /// Asks for an option.
    pub(super) fn ask(&mut self, verb: u8, option: u8) {
        let sides = if verb == WILL {
            &mut self.us
        } else {
            &mut self.him
        };
        if let Some(side) = sides.get_mut(usize::from(option)) {
            *side = Agreed::Asked;
        }
        self.out.extend([IAC, verb, option]);
    }

    /// Data, as it is in BINARY; on the virtual terminal a CR alone has a NUL behind it.
    pub(super) fn data(&mut self, data: &[u8]) {
        let granted = self.broken.is("com-port.takes-binary-for-granted");
        let binary =
            (self.ours(BINARY) || granted) && !self.broken.is("com-port.maps-what-it-sends");
        let mut rest = data;
        while let [byte, after @ ..] = rest {
            rest = after;
            self.out.push(*byte);
            if *byte == IAC && !self.broken.is("com-port.sends-iac-single") {
                self.out.push(IAC);
            }
            if *byte == b'\r' && !binary && !matches!(rest, [b'\n', ..]) {
                self.out.push(0);
            }
        }
    }

    pub(super) fn message(&mut self, payload: &[u8]) {
        self.out.extend([IAC, SB, COM_PORT]);
        for &byte in payload {
            self.out.push(byte);
            if byte == IAC && !self.broken.is("com-port.value-255-single") {
                self.out.push(IAC);
            }
        }
        self.out.extend([IAC, SE]);
    }

    /// What one read brought.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> Vec<Heard> {
        let mut found = Vec::new();
        for &byte in bytes {
            self.byte(byte, &mut found);
        }
        let inside = matches!(self.state, State::Inside | State::InsideIac);
        if inside && self.broken.is("com-port.forgets-a-message-at-a-cut") {
            self.state = State::Data;
        }
        found
    }

    /// The payload of a message that has not ended, for a mutant.
    pub(super) fn unfinished(&self) -> Option<Vec<u8>> {
        let inside = matches!(self.state, State::Inside | State::InsideIac);
        let message = self.payload.strip_prefix(&[COM_PORT])?;
        inside.then(|| message.to_vec())
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Heard>) {
        match (self.state, byte) {
            (State::Data, IAC) => self.state = State::Iac,
            (State::Data, byte) => self.came(byte, found),
            (State::Iac, IAC) => {
                self.state = State::Data;
                self.came(IAC, found);
                if self.broken.is("com-port.keeps-both-iacs") {
                    self.came(IAC, found);
                }
            }
            (State::Iac, WILL..=DONT) => self.state = State::Verb(byte),
            (State::Iac, SB) => {
                self.payload.clear();
                self.state = State::Inside;
            }
            (State::Iac, command) => {
                self.state = State::Data;
                found.push(Heard::Command(command));
                if self.broken.is("com-port.leaks-commands") {
                    self.came(command, found);
                }
            }
            (State::Verb(verb), option) => {
                self.state = State::Data;
                self.negotiation(verb, option, found);
            }
            (State::Inside, IAC) => self.state = State::InsideIac,
            (State::Inside, SE) if self.broken.is("com-port.bare-se-ends-a-message") => {
                self.end(found);
            }
            (State::Inside, byte) => self.keep(byte),
            (State::InsideIac, SE) => self.end(found),
            (State::InsideIac, byte) => {
                self.state = State::Inside;
                self.keep(byte);
                if byte == IAC && self.broken.is("com-port.keeps-both-iacs-of-a-value") {
                    self.keep(IAC);
                }
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.payload.len() <= MAX {
            self.payload.push(byte);
        }
    }

    fn end(&mut self, found: &mut Vec<Heard>) {
        self.state = State::Data;
        let payload = core::mem::take(&mut self.payload);
        if payload.len() > MAX {
            if self.broken.is("com-port.leaks-overlong-messages") {
                found.push(Heard::Data(payload));
            }
            return;
        }
        match payload.split_first() {
            Some((&COM_PORT, message)) => found.push(Heard::Message(message.to_vec())),
            Some(_) if self.broken.is("com-port.takes-any-option-for-its-own") => {
                found.push(Heard::Message(
                    payload.get(1..).unwrap_or_default().to_vec(),
                ));
            }
            _ => {}
        }
    }

    /// A byte of data: on the virtual terminal the NUL behind a CR is none.
    fn came(&mut self, byte: u8, found: &mut Vec<Heard>) {
        let binary = self.theirs(BINARY) && !self.broken.is("com-port.maps-what-it-receives");
        let behind_cr = core::mem::replace(&mut self.after_cr, byte == b'\r' && !binary);
        let is_lost = byte == 0 && self.broken.is("com-port.loses-zeros");
        if is_lost || behind_cr && byte == 0 {
            return;
        }
        match found.last_mut() {
            Some(Heard::Data(data)) => data.push(byte),
            _ => found.push(Heard::Data(vec![byte])),
        }
    }

    fn agrees(&self, of_him: bool, option: u8) -> bool {
        match option {
            BINARY => !self.broken.is("com-port.refuses-binary"),
            SGA => !self.broken.is("com-port.wants-go-aheads"),
            // A client controls a port, and an access server has it.
            COM_PORT => {
                (self.is_server || !of_him) && !self.broken.is("com-port.refuses-the-option")
            }
            _ => false,
        }
    }

    fn negotiation(&mut self, verb: u8, option: u8, found: &mut Vec<Heard>) {
        let of_him = matches!(verb, WILL | WONT);
        let on = matches!(verb, WILL | DO);
        let agrees = on && self.agrees(of_him, option);
        let sides = if of_him { &mut self.him } else { &mut self.us };
        let Some(side) = sides.get_mut(usize::from(option)) else {
            return;
        };
        let was = core::mem::replace(side, if agrees { Agreed::Yes } else { Agreed::No });
        let is_news = match was {
            Agreed::Yes => !on,
            Agreed::No => on,
            Agreed::Asked => false,
        };
        if is_news || self.broken.is("com-port.acknowledges-again") {
            self.answer(of_him, option, agrees);
        }
        if was != Agreed::No || agrees {
            found.push(Heard::Option(!of_him, option, agrees));
        }
    }

    fn answer(&mut self, of_him: bool, option: u8, agrees: bool) {
        let verb = match (of_him, agrees) {
            (true, true) => DO,
            (true, false) => DONT,
            (false, true) => WILL,
            (false, false) => WONT,
        };
        if option == COM_PORT && self.broken.is("com-port.agrees-in-silence") {
            return;
        }
        self.out.extend([IAC, verb, option]);
    }
}
