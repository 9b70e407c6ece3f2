//! What is received, a byte at a time (RFC 854, 855).

use super::{DM, DONT, IAC, NOP, SB, SE, WILL};
use crate::reference::Mutation;

/// What the receiver finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Data(u8),
    Command(u8),
    Negotiation(u8, u8),
    /// The option first.
    Subnegotiation(Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Data,
    Iac,
    Verb(u8),
    Inside,
    InsideIac,
    /// A mutant eats the next byte of a subnegotiation.
    InsideEat,
    /// A mutant eats the next byte.
    Eat,
}

/// The longest subnegotiation that is kept.
const MAX: usize = 1_024;

/// Tells data from commands.
pub(super) struct Receiver {
    state: State,
    payload: Vec<u8>,
    /// Something else than data stood inside: it is not kept.
    disturbed: bool,
    /// How long the payload is, kept or not.
    length: usize,
    /// A mutant has lost the beginning of a run of data.
    losing: bool,
    /// The last thing was no data: where the next run begins.
    fresh: bool,
    broken: Mutation,
}

impl Receiver {
    pub(super) fn new(broken: Mutation) -> Self {
        Self {
            state: State::Data,
            payload: Vec::new(),
            disturbed: false,
            length: 0,
            losing: false,
            fresh: true,
            broken,
        }
    }

    /// Whether a subnegotiation has begun and not ended.
    pub(super) const fn is_inside(&self) -> bool {
        matches!(self.state, State::Inside | State::InsideIac)
    }

    pub(super) fn byte(&mut self, byte: u8, found: &mut Vec<Token>) {
        match self.state {
            State::Eat => self.state = State::Data,
            State::Data if byte == IAC => self.state = State::Iac,
            State::Data if byte > SE && self.broken.is("telnet.takes-bare-commands") => {}
            State::Data => self.data(byte, found),
            State::Iac => self.command(byte, found),
            State::Verb(verb) => {
                self.state = State::Data;
                self.fresh = true;
                found.push(Token::Negotiation(verb, byte));
                if self.broken.is("telnet.negotiation-eats-a-byte") {
                    self.state = State::Eat;
                }
            }
            State::InsideEat => self.state = State::Inside,
            State::Inside => self.inside(byte, found),
            State::InsideIac => self.inside_iac(byte, found),
        }
    }

    fn data(&mut self, byte: u8, found: &mut Vec<Token>) {
        if !self.losing {
            found.push(Token::Data(byte));
        }
        self.fresh = false;
    }

    fn command(&mut self, byte: u8, found: &mut Vec<Token>) {
        self.state = State::Data;
        match byte {
            IAC => return self.escaped(found),
            WILL..=DONT => self.state = State::Verb(byte),
            SB => {
                self.state = State::Inside;
                self.payload.clear();
                (self.disturbed, self.length) = (false, 0);
            }
            SE if self.broken.is("telnet.lone-se-is-data") => found.push(Token::Data(SE)),
            SE => {}
            NOP if self.broken.is("telnet.delivers-nop") => found.push(Token::Data(NOP)),
            0..236 if self.broken.is("telnet.unknown-command-is-data") => {
                found.push(Token::Data(byte));
            }
            0..236 if self.broken.is("telnet.unknown-command-eats-a-byte") => {
                self.state = State::Eat;
            }
            _ => {
                found.push(Token::Command(byte));
                if self.broken.is("telnet.command-eats-a-byte") {
                    self.state = State::Eat;
                }
                if byte == DM && self.broken.is("telnet.data-mark-discards") {
                    self.losing = true;
                }
            }
        }
        self.fresh = true;
    }

    fn escaped(&mut self, found: &mut Vec<Token>) {
        if self.broken.is("telnet.drops-escaped-iac") {
            return;
        }
        if self.fresh && self.broken.is("telnet.loses-what-begins-with-iac") {
            self.losing = true;
        }
        self.data(IAC, found);
        if self.broken.is("telnet.keeps-both-iacs") {
            self.data(IAC, found);
        }
    }

    fn inside(&mut self, byte: u8, found: &mut Vec<Token>) {
        if byte == IAC {
            self.state = State::InsideIac;
        } else if byte == SE && self.broken.is("telnet.bare-se-ends-a-subnegotiation") {
            self.end(found);
        } else {
            self.keep(byte, found);
        }
    }

    fn inside_iac(&mut self, byte: u8, found: &mut Vec<Token>) {
        self.state = State::Inside;
        match byte {
            SE if self.length == 0 && self.broken.is("telnet.empty-subnegotiation-goes-on") => {
                self.length = 1;
            }
            SE if self.disturbed
                && self
                    .broken
                    .is("telnet.never-ends-a-disturbed-subnegotiation") => {}
            SE => self.end(found),
            IAC if self.broken.is("telnet.escaped-iac-ends-a-subnegotiation") => self.end(found),
            IAC if self.length == 0
                && self.broken.is("telnet.option-255-ends-a-subnegotiation") =>
            {
                self.end(found);
            }
            IAC if self.length > MAX && self.broken.is("telnet.overlong-minds-no-escapes") => {
                // The second IAC may begin the end.
                self.state = State::InsideIac;
            }
            IAC => {
                self.keep(IAC, found);
                if self
                    .broken
                    .is("telnet.escaped-iac-eats-a-byte-of-a-subnegotiation")
                {
                    self.state = State::InsideEat;
                }
            }
            _ => self.disturbed = true,
        }
    }

    fn keep(&mut self, byte: u8, found: &mut Vec<Token>) {
        self.length += 1;
        if self.length <= MAX {
            self.payload.push(byte);
        } else if self.broken.is("telnet.leaks-overlong-subnegotiations") {
            found.push(Token::Data(byte));
        }
    }

    fn end(&mut self, found: &mut Vec<Token>) {
        self.state = State::Data;
        self.fresh = true;
        if self.length > MAX && self.broken.is("telnet.overlong-deafens") {
            self.losing = true;
        }
        let payload = core::mem::take(&mut self.payload);
        if self.length <= MAX && !self.disturbed && !payload.is_empty() {
            found.push(Token::Subnegotiation(payload));
        }
    }

    /// What one read brought ends here. A sound receiver does not care.
    pub(super) fn boundary(&mut self) {
        let forgets = match self.state {
            State::Iac => self.broken.is("telnet.forgets-iac-at-a-cut"),
            State::Verb(_) => self.broken.is("telnet.forgets-a-verb-at-a-cut"),
            State::Inside | State::InsideIac => {
                self.broken.is("telnet.forgets-a-subnegotiation-at-a-cut")
            }
            State::Data | State::Eat | State::InsideEat => false,
        };
        if forgets {
            self.state = State::Data;
        }
    }

    /// The stream ended.
    pub(super) fn finish(&mut self, found: &mut Vec<Token>) {
        if self.state == State::Iac && self.broken.is("telnet.delivers-iac-at-the-end") {
            found.push(Token::Data(IAC));
        }
    }
}
