//! Either end: what comes becomes events, and requests are answered.

use core::time::Duration;
use std::collections::VecDeque;

use lineside_io::{Clock, Urgent as _};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    BINARY, DM, DO, DONT, GA, IAC, SB, SE, SGA, STATUS, TIMING_MARK, WILL,
    options::{Options, Role},
    receiver::{Receiver, Token},
    typed::{Out, Typed},
};
use crate::{reference::Mutation, subject::Setup, wire};

/// How long a subnegotiation may go on.
const UNFINISHED: Duration = Duration::from_secs(30);

/// What the other end did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Data; on the network virtual terminal without the NUL behind a CR.
    Data(Vec<u8>),
    Command(u8),
    /// An option is in use from here on, or not any more: whether it is ours, which, on.
    Option(bool, u8, bool),
    /// What was told by an option, as a line.
    Told(String),
}

/// An end on a wire.
pub(super) struct End {
    wire: wire::End,
    clock: Clock,
    receiver: Receiver,
    pub(super) options: Options,
    pub(super) typed: Typed,
    /// What is to be given next.
    events: VecDeque<Event>,
    /// The last byte of data was a CR.
    after_cr: bool,
    /// Received, and not yet looked at: what comes first takes effect first.
    tokens: VecDeque<Token>,
    /// What a mutant takes for the other end's BINARY until the next read.
    late_binary: bool,
    /// Urgent data lies ahead of what was read.
    urgent: bool,
    /// Data is thrown away until the data mark.
    synch: bool,
    out: Vec<u8>,
    /// How many bytes of `out` there are up to the one that is urgent.
    out_urgent: Option<usize>,
    over: bool,
    broken: Mutation,
}

impl End {
    pub(super) fn new(wire: wire::End, role: Role, setup: &Setup, broken: &Mutation) -> Self {
        Self {
            wire,
            clock: setup.clock.clone(),
            receiver: Receiver::new(broken.clone()),
            options: Options::new(role, broken.clone()),
            typed: Typed::new(role, broken.clone()),
            events: VecDeque::new(),
            after_cr: false,
            tokens: VecDeque::new(),
            late_binary: false,
            urgent: false,
            synch: false,
            out: Vec::new(),
            out_urgent: None,
            over: false,
            broken: broken.clone(),
        }
    }

    /// The next event; `None` when the wire has ended.
    pub(super) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.take() {
                return Some(event);
            }
            if self.over || self.flush().await.is_err() {
                return None;
            }
            self.read().await;
        }
    }

    async fn read(&mut self) {
        let mut chunk = [0; 2_048];
        let was_urgent = self.wire.is_urgent();
        let read = self.wire.read(&mut chunk);
        let endless = !self.receiver.is_inside() || self.broken.is("telnet.waits-for-ever");
        let read = if endless {
            read.await
        } else {
            let late = self.clock.timeout(UNFINISHED, read).await;
            late.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
        };
        let mut found = Vec::new();
        let count = read.unwrap_or_default();
        self.urgent = self.wire.is_urgent();
        let begins = (was_urgent || self.urgent) && !self.broken.is("telnet.ignores-urgency");
        self.synch |= begins;
        for &byte in chunk.get(..count).unwrap_or_default() {
            self.receiver.byte(byte, &mut found);
        }
        if count == 0 {
            self.over = true;
            self.receiver.finish(&mut found);
        } else {
            self.receiver.boundary();
            if self.broken.is("telnet.takes-a-read-for-a-line") {
                self.after_cr = false;
            }
        }
        self.late_binary = self.options.theirs(BINARY);
        self.tokens.extend(found);
    }

    /// The next event of what was received.
    fn take(&mut self) -> Option<Event> {
        if let Some(event) = self.events.pop_front() {
            return Some(event);
        }
        let mut data = Vec::new();
        while let Some(token) = self.tokens.pop_front() {
            let event = match token {
                Token::Data(byte) => {
                    data.extend(self.data(byte));
                    continue;
                }
                other if !data.is_empty() => {
                    self.tokens.push_front(other);
                    break;
                }
                Token::Command(DM) => {
                    self.data_mark();
                    None
                }
                Token::Command(_) | Token::Negotiation(..)
                    if self.synch && self.broken.is("telnet.urgency-hides-commands") =>
                {
                    None
                }
                Token::Command(command) => {
                    if self.broken.is("telnet.commands-part-line-ends") {
                        self.after_cr = false;
                    }
                    Some(Event::Command(command))
                }
                Token::Negotiation(verb, option) => self.negotiation(verb, option),
                Token::Subnegotiation(payload) => {
                    self.subnegotiation(&payload);
                    self.events.pop_front()
                }
            };
            if event.is_some() {
                return event;
            }
        }
        (!data.is_empty()).then_some(Event::Data(data))
    }

    /// What was to be thrown away ends here, but for another Synch behind it.
    fn data_mark(&mut self) {
        let goes_on = self.urgent && !self.broken.is("telnet.first-mark-ends");
        self.synch &= goes_on || self.broken.is("telnet.never-ends-a-synch");
    }

    /// What a byte of data is to whoever reads it, if anything.
    fn data(&mut self, byte: u8) -> Option<u8> {
        if self.synch && !self.urgent && self.broken.is("telnet.synch-ends-with-urgency") {
            self.synch = false;
        }
        if self.synch {
            self.after_cr = false;
            return None;
        }
        let binary = if self.broken.is("telnet.binary-begins-at-the-next-read") {
            self.late_binary
        } else {
            self.options.theirs(BINARY)
        };
        let binary = binary && !self.broken.is("telnet.binary-keeps-line-ends");
        let behind_cr = core::mem::replace(&mut self.after_cr, byte == b'\r' && !binary);
        if behind_cr && self.broken.is("telnet.cr-eats-a-byte") {
            return None;
        }
        if behind_cr && byte == b'\n' && self.broken.is("telnet.cr-lf-is-two") {
            return Some(b'\r');
        }
        if behind_cr && byte == 0 && !self.broken.is("telnet.delivers-the-nul") {
            return None;
        }
        let is_control = matches!(byte, 7..=9 | 11 | 12);
        if is_control && self.broken.is("telnet.drops-controls") {
            return None;
        }
        let strips = self.broken.is("telnet.strips-the-high-bit");
        Some(if strips { byte & 0x7f } else { byte })
    }

    fn negotiation(&mut self, verb: u8, option: u8) -> Option<Event> {
        let change = self.options.heard(verb, option);
        if (verb, option) == (DONT, SGA) && self.broken.is("telnet.ends-when-refused") {
            self.over = true;
        }
        if let Some(answer) = change.say {
            self.say(answer, option);
            if option == TIMING_MARK && self.broken.is("telnet.marks-early") {
                self.out.rotate_right(3);
            }
            if self.broken.is("telnet.answers-twice") {
                self.say(answer, option);
            }
            if self.broken.is("telnet.asks-for-the-other-direction") && matches!(answer, WILL | DO)
            {
                self.say(if answer == WILL { DO } else { WILL }, option);
            }
        }
        let on = change.on?;
        if option == BINARY {
            self.after_cr = false;
        }
        let ours = matches!(verb, DO | DONT);
        if on {
            let says = self.typed.agreed(ours, option);
            says.into_iter().for_each(|out| self.give(out));
        }
        Some(Event::Option(ours, option, on))
    }

    fn subnegotiation(&mut self, payload: &[u8]) {
        let on = |option: &u8| self.options.ours(*option) || self.options.theirs(*option);
        let on = payload.first().is_some_and(on);
        if on || self.broken.is("telnet.hears-options-that-are-off") {
            let outs = self.typed.heard(payload);
            outs.into_iter().for_each(|out| self.give(out));
        }
        let known = on || matches!(payload, [STATUS, ..]);
        if !known
            && self
                .broken
                .is("telnet.answers-subnegotiations-of-options-off")
        {
            self.out.extend([IAC, SB]);
            self.out.extend(payload);
            self.out.extend([IAC, SE]);
        }
        if !known && self.broken.is("telnet.leaks-subnegotiations") {
            let leaked = payload.iter().rev();
            leaked.for_each(|byte| self.tokens.push_front(Token::Data(*byte)));
        }
        if payload == [STATUS, 1]
            && (self.options.ours(STATUS) || self.broken.is("telnet.status-when-off"))
        {
            self.status();
        }
    }

    /// Says, tells or sends what comes of an option.
    pub(super) fn give(&mut self, out: Out) {
        match out {
            Out::Say(payload) => {
                let single = self.broken.is("telnet.subnegotiates-iac-single");
                self.out.extend([IAC, SB]);
                for byte in payload {
                    self.out.push(byte);
                    if byte == IAC && !single {
                        self.out.push(IAC);
                    }
                }
                self.out.extend([IAC, SE]);
            }
            Out::Told(line) => self.events.push_back(Event::Told(line)),
            Out::Data(data) => self.put(&data),
        }
    }

    /// RFC 859: what is on of ours as `WILL`, of theirs as `DO`.
    fn status(&mut self) {
        self.out.extend([IAC, SB, STATUS, 0]);
        let stale = self.broken.is("telnet.status-is-stale");
        for option in 0..=254 {
            if self.options.ours(option) && !(stale && option != STATUS) {
                self.out.extend([WILL, option]);
            }
            if self.options.theirs(option) && !self.broken.is("telnet.status-of-one-side") {
                self.out.extend([DO, option]);
            }
        }
        self.out.extend([IAC, SE]);
    }

    pub(super) fn say(&mut self, verb: u8, option: u8) {
        self.out.extend([IAC, verb, option]);
    }

    /// Asks for an option, or that it ends.
    pub(super) fn ask(&mut self, verb: u8, option: u8) {
        if let Some(verb) = self.options.wish(verb, option) {
            self.say(verb, option);
        }
    }

    /// For a mutant: bytes as they are.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.out.extend(bytes);
    }

    pub(super) fn command(&mut self, command: u8) {
        self.out.extend([IAC, command]);
        if self.broken.is("telnet.sends-commands-bare") {
            let at = self.out.len() - 2;
            self.out.remove(at);
        }
    }

    /// A data mark as the last byte of urgent data (RFC 854).
    pub(super) fn synch(&mut self) {
        self.out.extend([IAC, DM]);
        if !self.broken.is("telnet.mark-without-urgency") {
            self.out_urgent = Some(self.out.len());
        }
    }

    /// Data: in BINARY as it is, else each LF, with a CR or without, as CR LF, and each CR alone as CR NUL.
    pub(super) fn put(&mut self, data: &[u8]) {
        let binary =
            self.options.ours(BINARY) && !self.broken.is("telnet.binary-maps-what-it-sends");
        let mut rest = data;
        while let [byte, behind @ ..] = rest {
            rest = behind;
            match (*byte, rest) {
                (IAC, _) if self.broken.is("telnet.sends-iac-single") => self.out.push(IAC),
                (IAC, _) if binary && self.broken.is("telnet.binary-sends-iac-single") => {
                    self.out.push(IAC);
                }
                (IAC, _) => self.out.extend([IAC, IAC]),
                (b'\r', [b'\n', after @ ..]) if !binary => {
                    rest = after;
                    self.line_end();
                }
                (b'\n', _) if !binary => self.line_end(),
                (b'\r', _) if !binary && !self.broken.is("telnet.sends-cr-alone") => {
                    self.out.extend(*b"\r\0");
                }
                (byte, _) => self.out.push(byte),
            }
        }
    }

    pub(super) fn line_end(&mut self) {
        if self.broken.is("telnet.sends-lf-alone") {
            self.out.push(b'\n');
        } else if self.broken.is("telnet.ends-lines-with-cr") {
            self.out.push(b'\r');
        } else {
            self.out.extend(*b"\r\n");
        }
        if !self.options.ours(SGA) || self.broken.is("telnet.goes-ahead-although-suppressed") {
            self.go_ahead();
        }
    }

    /// This end sends go-aheads only when it is broken: it wants them suppressed from the beginning.
    fn go_ahead(&mut self) {
        if self.broken.is("telnet.goes-ahead-although-suppressed") {
            self.out.extend([IAC, GA]);
        }
    }

    pub(super) async fn flush(&mut self) -> std::io::Result<()> {
        let out = core::mem::take(&mut self.out);
        if out.is_empty() {
            return Ok(());
        }
        let urgent = self.out_urgent.take();
        let (first, rest) = out
            .split_at_checked(urgent.unwrap_or_default())
            .unwrap_or_default();
        if let Some((last, before)) = first.split_last() {
            wire::write_urgent(&mut self.wire, before, *last).await?;
        }
        self.wire.write_all(rest).await?;
        self.wire.flush().await
    }
}
