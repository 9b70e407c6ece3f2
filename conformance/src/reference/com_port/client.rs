//! The textbook client: opens a port, sets it, and does what a script says.

use core::time::Duration;
use std::collections::VecDeque;

use lineside_io::{Clock, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    ANSWER, COM_PORT, settings,
    talk::{Heard, Talk},
};
use crate::{
    reference::{
        Mutation,
        telnet::{BINARY, DO, SGA, WILL},
    },
    script::{
        Exit, Line, Report, Step,
        com_port::{Act, inputs},
    },
    subject::Setup,
    wire::End,
};

/// How long an answer may take, and how often it is asked for.
const ANSWERED: Duration = Duration::from_secs(3);
const TRIES: usize = 3;
/// How long a server may take to agree.
const AGREED: Duration = Duration::from_secs(10);
/// More than this waits to be read: the server is told to stop; at half of it, to go on.
const MUCH: usize = 32 * 1024;

/// Follows a script.
pub(super) async fn run(end: End, script: Vec<Step>, setup: Setup, broken: Mutation) -> Report {
    let mut client = Client {
        end,
        clock: setup.clock,
        talk: Talk::new(false, broken.clone()),
        lines: Vec::new(),
        inbox: VecDeque::new(),
        waiting: 0,
        values: [const { None }; 5],
        wanted: Settings::default(),
        inputs: None,
        is_open: false,
        is_suspended: false,
        has_suspended: false,
        is_cisco: false,
        is_refused: false,
        has_masks: [false; 2],
        held: Vec::new(),
        held_controls: Vec::new(),
        skips: 0,
        is_over: false,
        broken,
    };
    let mut exit = Exit::Did;
    for step in script {
        if let Err(why) = client.step(step).await {
            exit = Exit::Failed(why);
            break;
        }
    }
    let lines = client.lines;
    Report { lines, exit }
}

/// What came from the port.
enum Came {
    Byte(u8),
    Mark(&'static str),
}

struct Client {
    end: End,
    clock: Clock,
    talk: Talk,
    lines: Vec<Line>,
    inbox: VecDeque<Came>,
    /// Bytes in it.
    waiting: usize,
    /// What the server has told of baud rate, size, parity, stop size and flow control.
    values: [Option<u32>; 5],
    wanted: Settings,
    inputs: Option<u8>,
    is_open: bool,
    is_suspended: bool,
    /// We have told the server to stop.
    has_suspended: bool,
    is_cisco: bool,
    is_refused: bool,
    /// For a mutant.
    has_masks: [bool; 2],
    /// For others.
    held: Vec<u8>,
    held_controls: Vec<u8>,
    skips: usize,
    is_over: bool,
    broken: Mutation,
}

impl Client {
    async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Send(data) => self.put(&data).await,
            Step::Recv(count) => self.receive(count).await,
            Step::Wait(ms) => self.wait(Duration::from_millis(ms)).await,
            Step::Port(Act::Set(to)) => self.set(to).await,
            Step::Port(Act::Inputs) => self.lines.push(Line::Other(inputs(self.inputs))),
            Step::Port(Act::Dtr(on)) => self.control(if on { 8 } else { 9 }),
            Step::Port(Act::Rts(on)) => self.control(if on { 11 } else { 12 }),
            Step::Port(Act::Break(on)) => self.control(if on { 5 } else { 6 }),
            Step::Port(Act::Purge(what)) => {
                let what = if self.broken.is("com-port.purges-something-else") {
                    what % 3 + 1
                } else {
                    what
                };
                self.say(12, &[what]);
            }
            Step::Calls(_) | Step::Telnet(_) => return Err("a port has no calls".to_owned()),
        }
        self.flush().await;
        Ok(())
    }

    /// Opens the port where it is not open, and sets it.
    async fn set(&mut self, to: Settings) {
        self.wanted = to;
        let done = if self.is_open {
            Ok(())
        } else {
            self.open().await
        };
        let done = match done {
            Ok(()) => self.configure().await,
            failed => failed,
        };
        let line = match done {
            Ok(()) => format!("settings {}", self.in_effect()),
            Err(why) => format!("failed {why}"),
        };
        self.lines.push(Line::Other(line));
    }

    async fn open(&mut self) -> Result<(), &'static str> {
        if !self.broken.is("com-port.never-offers-the-option") {
            self.talk.ask(WILL, COM_PORT);
        }
        if !self.broken.is("com-port.never-asks-for-binary") {
            self.talk.ask(WILL, BINARY);
            self.talk.ask(DO, BINARY);
        }
        self.talk.ask(DO, SGA);
        if self.broken.is("com-port.asks-before-it-is-agreed") {
            self.say(2, &[8]);
        }
        if self.broken.is("com-port.greets-the-port") {
            self.talk.data(b"\r\n");
        }
        let until = self.clock.now() + AGREED;
        while !self.talk.ours(COM_PORT) {
            if self.is_refused && !self.broken.is("com-port.waits-for-who-refuses") {
                return Err("refused");
            }
            let left = until.since(self.clock.now());
            let endless = self.broken.is("com-port.waits-for-ever");
            if left.is_zero() && !endless {
                return Err("timeout");
            }
            let left = if endless { ANSWERED } else { left };
            let clock = self.clock.clone();
            // Nothing heard: the time is looked at again.
            let _ = clock.timeout(left, self.hear()).await;
            if self.is_over && self.broken.is("com-port.takes-no-end") {
                return Ok(());
            }
            if self.is_over {
                return Err("closed");
            }
        }
        self.is_open = true;
        if self.is_refused && self.broken.is("com-port.wants-binary") {
            return Err("refused");
        }
        if self.broken.is("com-port.loses-the-greeting") {
            self.inbox.clear();
            self.waiting = 0;
        }
        let mask = if self.broken.is("com-port.asks-for-no-line-states") {
            0
        } else {
            30
        };
        self.say(10, &[mask]);
        self.say(11, &[0xFB]);
        if self.broken.is("com-port.wants-masks-answered") {
            while !self.has_masks.iter().all(|has| *has) {
                let clock = self.clock.clone();
                if clock.timeout(AGREED, self.hear()).await.is_err() || self.is_over {
                    return Err("timeout");
                }
            }
        }
        Ok(())
    }

    /// Asks for what is not in effect, all at once and in this order, and waits for the answers.
    async fn configure(&mut self) -> Result<(), &'static str> {
        let mut asked = [false; 5];
        let mut order = [0, 1, 2, 3, 4];
        if self.broken.is("com-port.sets-the-stop-size-first") {
            order = [3, 2, 1, 0, 4];
        }
        for at in order {
            let is_known = self.value(at) == Some(self.wish(at));
            if is_known && !self.broken.is("com-port.sets-what-is-set") {
                continue;
            }
            self.request(at);
            if let Some(asked) = asked.get_mut(at) {
                *asked = true;
            }
            if let Some(value) = self.values.get_mut(at) {
                *value = None;
            }
            if self.broken.is("com-port.asks-one-at-a-time") {
                self.answered(&asked).await?;
            }
        }
        let done = self.answered(&asked).await;
        self.late_data();
        done
    }

    /// Waits for the answers to what was asked; what is not answered in time is asked again.
    async fn answered(&mut self, asked: &[bool; 5]) -> Result<(), &'static str> {
        let tries = if self.broken.is("com-port.asks-only-once") {
            1
        } else {
            TRIES
        };
        for attempt in 0..tries {
            let until = self.clock.now() + ANSWERED;
            loop {
                if self.missing(asked).is_empty() {
                    return Ok(());
                }
                let left = until.since(self.clock.now());
                let clock = self.clock.clone();
                if clock.timeout(left, self.hear()).await.is_err() {
                    break;
                }
                if self.is_over && self.broken.is("com-port.takes-no-end") {
                    return Ok(());
                }
                if self.is_over {
                    return Err("closed");
                }
            }
            if attempt + 1 < tries {
                for at in self.missing(asked) {
                    self.request(at);
                }
            }
        }
        if self.broken.is("com-port.takes-silence-for-consent") {
            return Ok(());
        }
        // Of no flow control some say nothing, and have none.
        let missing = self.missing(asked);
        let fine = missing == [4] && !self.broken.is("com-port.wants-control-answered");
        if fine && let Some(value) = self.values.get_mut(4) {
            *value = Some(u32::from(settings::flow(self.wanted.flow)));
        }
        if fine { Ok(()) } else { Err("timeout") }
    }

    fn missing(&self, asked: &[bool; 5]) -> Vec<usize> {
        let without = |at: &usize| asked.get(*at) == Some(&true) && self.value(*at).is_none();
        (0..5).filter(without).collect()
    }

    fn value(&self, at: usize) -> Option<u32> {
        self.values.get(at).copied().flatten()
    }

    /// What is wanted of baud rate, size, parity, stop size or flow control.
    fn wish(&self, at: usize) -> u32 {
        let to = self.wanted;
        let byte = match at {
            0 => return to.baud,
            1 => settings::size(to.data_bits),
            2 => settings::parity(to.parity),
            3 if self.broken.is("com-port.stop-sizes-in-order") => [0, 1, 3, 2]
                .get(usize::from(settings::stop(to.stop_bits)))
                .copied()
                .unwrap_or(1),
            3 => settings::stop(to.stop_bits),
            _ => settings::flow(to.flow),
        };
        u32::from(byte)
    }

    fn request(&mut self, at: usize) {
        let wish = self.wish(at);
        let little = self.broken.is("com-port.lowest-octet-first");
        match at {
            0 if self.is_cisco => self.say(1, &[settings::cisco(wish)]),
            0 if little => self.say(1, &wish.to_le_bytes()),
            0 => self.say(1, &wish.to_be_bytes()),
            2 if self.broken.is("com-port.even-as-odd") => {
                let swapped = [0, 1, 3, 2].get(wish as usize).copied();
                self.say(3, &[swapped.unwrap_or(wish as u8)]);
            }
            at => {
                let [.., byte] = wish.to_be_bytes();
                let code = [1, 2, 3, 4, 5].get(at).copied().unwrap_or(5);
                self.say(code, &[byte]);
            }
        }
    }

    /// The settings in effect: what the server has told, else what was wanted.
    fn in_effect(&self) -> Settings {
        let mut now = self.wanted;
        if self.broken.is("com-port.takes-its-wish-for-the-answer") {
            return now;
        }
        let byte = |at| self.value(at).and_then(|value| u8::try_from(value).ok());
        now.baud = self.value(0).unwrap_or(now.baud);
        now.data_bits = byte(1).and_then(settings::size_of).unwrap_or(now.data_bits);
        now.parity = byte(2).and_then(settings::parity_of).unwrap_or(now.parity);
        now.stop_bits = byte(3).and_then(settings::stop_of).unwrap_or(now.stop_bits);
        now.flow = byte(4).and_then(settings::flow_of).unwrap_or(now.flow);
        now
    }

    fn control(&mut self, value: u8) {
        let said = match value {
            8 | 9 if self.broken.is("com-port.dtr-as-rts") => value + 3,
            11 | 12 if self.broken.is("com-port.dtr-as-rts") => value - 3,
            6 if self.broken.is("com-port.break-goes-on") => return,
            value => value,
        };
        if self.broken.is("com-port.merges-pulses") {
            let family = |value: &u8| (value - 1) / 3;
            self.held_controls
                .retain(|held| family(held) != family(&said));
            return self.held_controls.push(said);
        }
        self.say(5, &[said]);
    }

    fn say(&mut self, code: u8, value: &[u8]) {
        let code = if self.broken.is("com-port.speaks-in-the-servers-numbers") {
            code + ANSWER
        } else {
            code
        };
        self.talk.message(&[&[code], value].concat());
    }

    /// Data for the port, as soon as the server takes it.
    async fn put(&mut self, data: &[u8]) {
        self.flush().await;
        while self.is_suspended && !self.is_over {
            self.hear().await;
        }
        if self.broken.is("com-port.settings-overtake-data") {
            return self.held.extend(data);
        }
        self.talk.data(data);
    }

    /// For a mutant: what settings have overtaken.
    fn late_data(&mut self) {
        let held = core::mem::take(&mut self.held);
        self.talk.data(&held);
        for value in core::mem::take(&mut self.held_controls) {
            self.say(5, &[value]);
        }
    }

    async fn receive(&mut self, count: usize) {
        self.late_data();
        while self.waiting < count && !self.is_over {
            self.hear().await;
        }
        if self.is_over && self.broken.is("com-port.lingers") {
            core::future::pending::<()>().await;
        }
        let mut data = Vec::new();
        while data.len() < count
            && let Some(came) = self.inbox.pop_front()
        {
            match came {
                Came::Byte(byte) => {
                    self.waiting -= 1;
                    data.push(byte);
                }
                Came::Mark(mark) => self.lines.push(Line::Other(format!("mark {mark}"))),
            }
        }
        self.lines.push(Line::Record(data));
        if self.has_suspended && self.waiting <= MUCH / 2 {
            self.has_suspended = false;
            if !self.broken.is("com-port.never-resumes") {
                self.say(9, &[]);
            }
        }
    }

    async fn wait(&mut self, time: Duration) {
        self.flush().await;
        let clock = self.clock.clone();
        let until = clock.now() + time;
        while !self.is_over
            && clock
                .timeout(until.since(clock.now()), self.hear())
                .await
                .is_ok()
        {}
        clock.sleep(until.since(clock.now())).await;
    }

    /// Sends what is to be sent, and takes what comes next.
    async fn hear(&mut self) {
        self.flush().await;
        let mut chunk = [0; 2_048];
        let count = self.end.read(&mut chunk).await.unwrap_or_default();
        self.is_over = count == 0;
        let found = self.talk.hear(chunk.get(..count).unwrap_or_default());
        for one in found {
            match one {
                Heard::Data(data) => self.came(&data),
                Heard::Message(message) => self.message(&message),
                Heard::Option(true, COM_PORT, on) => self.is_refused = !on,
                Heard::Option(true, BINARY, false) if self.broken.is("com-port.wants-binary") => {
                    self.is_refused = true;
                }
                Heard::Command(_) | Heard::Option(..) => {}
            }
        }
        self.flush().await;
    }

    fn came(&mut self, data: &[u8]) {
        self.waiting += data.len();
        self.inbox.extend(data.iter().copied().map(Came::Byte));
        if self.waiting > MUCH && !self.has_suspended && !self.broken.is("com-port.never-suspends")
        {
            self.has_suspended = true;
            self.say(8, &[]);
        }
    }

    /// An answer or a notification.
    fn message(&mut self, message: &[u8]) {
        let Some((&code, value)) = message.split_first() else {
            return;
        };
        if code < ANSWER && !self.broken.is("com-port.hears-its-own-numbers") {
            return;
        }
        match (code % ANSWER, value) {
            (0, []) if self.broken.is("com-port.has-no-signature") => {}
            (0, []) => self.say(0, b"textbook"),
            (1..=5, value) => self.answer(code % ANSWER, value),
            (6, &[state]) => self.line_state(state),
            (7, &[state]) => {
                let state = if self.broken.is("com-port.cts-as-dsr") {
                    (state & 0xC0) | (state & 16) << 1 | (state & 32) >> 1
                } else {
                    state
                };
                let first = self.inputs;
                let keeps = self.broken.is("com-port.keeps-the-first-modem-state");
                self.inputs = first.filter(|_| keeps).or(Some(state & 0xF0));
                if self.broken.is("com-port.answers-notifications") {
                    self.say(7, &[state]);
                }
                if self.broken.is("com-port.takes-any-message-for-its-answer") {
                    self.skips += 1;
                    if let Some(value) = self.values.iter_mut().find(|value| value.is_none()) {
                        *value = Some(1);
                    }
                }
            }
            (8, []) => self.is_suspended = !self.broken.is("com-port.ignores-suspend"),
            (9, []) => self.is_suspended = self.broken.is("com-port.never-goes-on"),
            (10, [_]) => self.has_masks = [true, self.has_masks[1]],
            (11, [_]) => self.has_masks = [self.has_masks[0], true],
            (13.., _) if self.broken.is("com-port.ends-at-what-it-does-not-know") => {
                self.is_over = true;
            }
            _ => {}
        }
    }

    fn answer(&mut self, code: u8, value: &[u8]) {
        if self.skips > 0 && self.broken.is("com-port.takes-any-message-for-its-answer") {
            self.skips -= 1;
            return;
        }
        let number = match (code, value) {
            (1, &[short]) if !self.broken.is("com-port.knows-no-short-rates") => {
                let was = core::mem::replace(&mut self.is_cisco, true);
                let rate = settings::of_cisco(short);
                if !was && rate != Some(self.wanted.baud) {
                    // It may have read the first of our four octets alone.
                    return self.request(0);
                }
                rate
            }
            // sredird puts four octets more behind them.
            (1, &[a, b, c, d, 0, 0, 0, 0]) if !self.broken.is("com-port.wants-four-octets") => {
                Some(u32::from_be_bytes([a, b, c, d]))
            }
            (1, value) => settings::rate_of(value),
            (5, &[value]) if !matches!(value, 1..=3 | 17 | 19) => None,
            (_, &[value]) => Some(u32::from(value)),
            _ => None,
        };
        if number.is_none()
            && !matches!((code, value), (5, [_]))
            && self.broken.is("com-port.ends-at-a-short-command")
        {
            self.is_over = true;
        }
        let at = usize::from(code - 1);
        if let Some(number) = number
            && let Some(value) = self.values.get_mut(at)
        {
            *value = Some(number);
        }
    }

    fn line_state(&mut self, state: u8) {
        let swapped = self.broken.is("com-port.parity-as-framing");
        if state & 30 == 0 && self.broken.is("com-port.takes-any-line-state-for-a-break") {
            self.inbox.push_back(Came::Mark("break"));
        }
        let names = [
            (2, "overrun"),
            (if swapped { 8 } else { 4 }, "parity"),
            (if swapped { 4 } else { 8 }, "framing"),
            (16, "break"),
        ];
        for (bit, name) in names {
            if state & bit != 0 && !self.broken.is("com-port.hears-no-line-states") {
                self.inbox.push_back(Came::Mark(name));
            }
        }
    }

    async fn flush(&mut self) {
        let out = core::mem::take(&mut self.talk.out);
        // A wire that has ended shows in what is received.
        let _ = self.end.write_all(&out).await;
        let _ = self.end.flush().await;
    }
}
