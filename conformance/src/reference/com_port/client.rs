//! The textbook client: opens a port, sets it, and does what a script says.

use core::time::Duration;
use std::collections::VecDeque;

use lineside_io::{Clock, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    ANSWER, COM_PORT,
    talk::{Heard, Talk},
};
use crate::{
    reference::{Mutation, telnet::BINARY},
    script::{
        Exit, Line, Report, Step,
        com_port::{Act, inputs},
    },
    subject::Setup,
    wire::End,
};

mod answers;
mod opening;
mod settings;

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

    async fn flush(&mut self) {
        let out = core::mem::take(&mut self.talk.out);
        // A wire that has ended shows in what is received.
        let _ = self.end.write_all(&out).await;
        let _ = self.end.flush().await;
    }
}
