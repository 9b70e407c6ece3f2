//! What was asked and not answered, and what is known to be in effect.

use alloc::collections::VecDeque;
use core::time::Duration;

use lineside_core::{Instant, Link};

use super::{Config, say};
use crate::{
    com_port::Settings,
    wire::com_port::{BaudRate, Control, Message},
};

/// So many questions are kept: what is beyond is not said again, and not waited for.
const MOST: usize = 64;

/// Bits of a character, at the most.
const BITS: u64 = 12;

/// A value that has answers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Baud,
    DataSize,
    Parity,
    StopSize,
    Flow,
    Inbound,
    Break,
    Dtr,
    Rts,
    Purge,
}

const VALUES: usize = 10;

impl Value {
    /// Which one a message is about.
    pub(super) fn of(message: &Message<'_>) -> Option<Self> {
        Some(match message {
            Message::BaudRate(_) => Self::Baud,
            Message::DataSize(_) => Self::DataSize,
            Message::Parity(_) => Self::Parity,
            Message::StopSize(_) => Self::StopSize,
            Message::Purge(_) => Self::Purge,
            Message::Control(control) => match control.request()? {
                Control::FLOW_REQUEST => Self::Flow,
                Control::INBOUND_REQUEST => Self::Inbound,
                Control::BREAK_REQUEST => Self::Break,
                Control::DTR_REQUEST => Self::Dtr,
                _ => Self::Rts,
            },
            _ => return None,
        })
    }

    /// Whether it is one of [`Settings`].
    pub(super) const fn is_setting(self) -> bool {
        matches!(
            self,
            Self::Baud | Self::DataSize | Self::Parity | Self::StopSize | Self::Flow
        )
    }
}

/// A question without an answer.
#[derive(Clone, Copy, Debug)]
struct Question {
    value: Value,
    message: Message<'static>,
    until: Instant,
    /// How often it may still be said.
    left: u32,
}

/// What came of a question that was not answered in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    /// It was said again, or left to the one that followed it.
    Again,
    /// It was said often enough.
    GivenUp(Message<'static>),
}

#[derive(Clone, Debug)]
pub(super) struct Asked {
    answer: Duration,
    drain: Duration,
    purge: Duration,
    tries: u32,
    is_cisco: bool,
    /// When the data that was sent will have left the line.
    leaves: Instant,
    questions: VecDeque<Question>,
    /// The settings in effect, where the server has told.
    known: [Option<Message<'static>>; VALUES],
    /// Questions that were said again: so many answers may still come to the earlier copies.
    copies: [u32; VALUES],
    /// A setting was given up since the last look.
    is_silent: bool,
    /// The last purge that was waited for had no answer: none is waited for before one has.
    is_mute_of_purges: bool,
}

impl Asked {
    pub(super) const fn new(config: &Config) -> Self {
        Self {
            answer: config.answer,
            drain: config.drain,
            purge: config.purge,
            tries: config.tries,
            is_cisco: config.cisco,
            leaves: Instant::START,
            questions: VecDeque::new(),
            known: [None; VALUES],
            copies: [0; VALUES],
            is_silent: false,
            is_mute_of_purges: false,
        }
    }

    /// Asks for what of `to` is neither in effect nor asked for already: baud rate, data size, parity,
    /// stop size, flow control, in this order (R32).
    pub(super) fn configure(&mut self, now: Instant, to: Settings, link: &mut Link) {
        for message in [
            Message::BaudRate(self.baud(to.baud)),
            Message::DataSize(to.data_size),
            Message::Parity(to.parity),
            Message::StopSize(to.stop_size),
            Message::Control(to.flow),
        ] {
            let Some(value) = Value::of(&message) else {
                continue;
            };
            let last = self.questions.iter().rev().find(|q| q.value == value);
            let expected = last.map(|q| q.message).or(self.known(value));
            if !expected.is_some_and(|expected| is_same(&expected, &message)) {
                self.ask(now, message, link);
            }
        }
    }

    /// Says `message` and waits for its answer, also as long as the data before it takes, within bounds: a
    /// line may be faster than it says. A purge is said once: said again, it would throw away what has come
    /// since.
    pub(super) fn ask(&mut self, now: Instant, message: Message<'static>, link: &mut Link) {
        say(&message, link);
        let Some(value) = Value::of(&message) else {
            return;
        };
        if matches!(message, Message::Purge(purge) if purge.is_of_unsent()) {
            self.leaves = now;
        }
        let (until, left) = match value {
            Value::Purge if self.is_mute_of_purges => return,
            Value::Purge => (now + self.purge, 0),
            _ => {
                let left = self.tries.saturating_sub(1);
                let leaves = self.leaves.clamp(now, now + self.drain);
                (leaves + self.answer, left)
            }
        };
        if self.questions.len() < MOST {
            self.questions.push_back(Question {
                value,
                message,
                until,
                left,
            });
        }
    }

    /// So much data was sent. What is asked for behind it is done when it has left (R29).
    pub(super) fn sent(&mut self, now: Instant, bytes: usize, wanted: Settings) {
        let bits = BITS.saturating_mul(u64::try_from(bytes).unwrap_or(u64::MAX));
        let baud = u64::from(self.settings(wanted).baud.max(1));
        let takes = Duration::from_micros(bits.saturating_mul(1_000_000) / baud);
        self.leaves = self.leaves.max(now) + takes;
    }

    /// A server that answers in Cisco's form was asked in the other: it may have read its first byte
    /// alone. The question is said again, once.
    pub(super) fn cisco(&mut self, now: Instant, rate: BaudRate, link: &mut Link) {
        if self.is_cisco || !matches!(rate, BaudRate::Cisco(_)) {
            return;
        }
        self.is_cisco = true;
        let asked = self.questions.iter().rev().find(|q| q.value == Value::Baud);
        if let Some(Message::BaudRate(asked)) = asked.map(|q| q.message)
            && let Some(wanted) = asked.rate().filter(|wanted| rate.rate() != Some(*wanted))
        {
            self.ask(now, Message::BaudRate(BaudRate::cisco(wanted)), link);
        }
    }

    /// The server has told what is in effect. `false` for the answer to an earlier copy of a question.
    pub(super) fn answered(&mut self, answer: &Message<'static>) -> bool {
        let Some(value) = Value::of(answer) else {
            return false;
        };
        // Answers come in order: one that fits a later question passes over those before it, which
        // the server has ignored.
        let fits = |q: &Question| q.value == value && is_same(&q.message, answer);
        let fitting = self.questions.iter().position(fits);
        let at = fitting.or_else(|| self.questions.iter().position(|q| q.value == value));
        let is_other = at.is_some() && fitting.is_none();
        if let Some(copies) = self.copies.get_mut(value as usize)
            && *copies > 0
            && fitting.is_none()
        {
            *copies -= 1;
            if is_other {
                return false;
            }
        }
        if let Some(at) = at {
            let mut nth = 0..;
            self.questions
                .retain(|q| nth.next().is_none_or(|nth| nth > at) || q.value != value);
        }
        self.is_mute_of_purges &= value != Value::Purge;
        self.know(value, *answer);
        true
    }

    /// Says the next question again whose answer is overdue, or gives it up. One that was followed by
    /// another about the same value is not said again: that would undo what was asked for last.
    pub(super) fn overdue(&mut self, now: Instant, link: &mut Link) -> Option<Overdue> {
        let at = self.questions.iter().position(|q| q.until <= now)?;
        let (answer, question) = (self.answer, self.questions.get_mut(at)?);
        if question.left > 0 {
            question.left -= 1;
            question.until = now + answer;
            let (message, value) = (question.message, question.value);
            let is_last = !self.questions.iter().skip(at + 1).any(|q| q.value == value);
            if is_last && let Some(copies) = self.copies.get_mut(value as usize) {
                say(&message, link);
                *copies += 1;
            }
            return Some(Overdue::Again);
        }
        let question = self.questions.remove(at)?;
        if question.value == Value::Flow {
            // It was said, and nobody objects.
            self.know(question.value, question.message);
        } else if question.value == Value::Purge {
            self.is_mute_of_purges = true;
            self.questions.retain(|q| q.value != Value::Purge);
        } else {
            self.is_silent |= question.value.is_setting();
        }
        Some(Overdue::GivenUp(question.message))
    }

    /// Whether the answer to a purge of what was received is awaited.
    pub(super) fn is_purging(&self) -> bool {
        let is_purge =
            |q: &Question| matches!(q.message, Message::Purge(purge) if purge.is_of_received());
        self.questions.iter().any(is_purge)
    }

    /// When the next answer is overdue.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.questions.iter().map(|q| q.until).min()
    }

    /// Whether an answer to a setting is awaited. That there is no flow control is not waited for, unless
    /// the server has answered for flow control before.
    pub(super) fn is_configuring(&self) -> bool {
        let is_mute = self.known(Value::Flow).is_none();
        self.questions.iter().any(|q| {
            let is_soft = is_mute && q.message == Message::Control(Control::FLOW_NONE);
            q.value.is_setting() && !is_soft
        })
    }

    /// Whether every setting was answered since the last call.
    pub(super) const fn take_is_answered(&mut self) -> bool {
        !core::mem::replace(&mut self.is_silent, false)
    }

    /// The settings in effect; where nothing is known, those of `wanted`.
    pub(super) fn settings(&self, wanted: Settings) -> Settings {
        let mut settings = wanted;
        for message in self.known.iter().flatten() {
            match *message {
                Message::BaudRate(rate) => settings.baud = rate.rate().unwrap_or(settings.baud),
                Message::DataSize(size) => settings.data_size = size,
                Message::Parity(parity) => settings.parity = parity,
                Message::StopSize(size) => settings.stop_size = size,
                Message::Control(control) if Value::of(message) == Some(Value::Flow) => {
                    settings.flow = control;
                }
                _ => {}
            }
        }
        settings
    }

    fn baud(&self, rate: u32) -> BaudRate {
        match self.is_cisco {
            true => BaudRate::cisco(rate),
            false => BaudRate::Rate(rate),
        }
    }

    fn known(&self, value: Value) -> Option<Message<'static>> {
        self.known.get(value as usize).copied().flatten()
    }

    fn know(&mut self, value: Value, message: Message<'static>) {
        if let Some(known) = self.known.get_mut(value as usize) {
            *known = Some(message);
        }
    }
}

/// Whether both say the same value, a baud rate in whatever form.
fn is_same(one: &Message<'_>, other: &Message<'_>) -> bool {
    match (one, other) {
        (Message::BaudRate(one), Message::BaudRate(other)) => one.rate() == other.rate(),
        _ => one == other,
    }
}
