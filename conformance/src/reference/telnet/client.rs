//! The textbook client: does what a script says.

use core::time::Duration;

use super::{
    end::{End, Event},
    options::Role,
    typed::NAWS,
};
use crate::{
    reference::Mutation,
    script::{Exit, Line, Report, Step, telnet::Act},
    subject::Setup,
    wire,
};

/// Follows a script.
pub(super) async fn run(
    wire: wire::End,
    script: Vec<Step>,
    setup: Setup,
    broken: Mutation,
) -> Report {
    let mut client = Client {
        end: End::new(wire, Role::Client, &setup, &broken),
        lines: Vec::new(),
        data: Vec::new(),
        setup,
        broken,
    };
    if client.broken.is("telnet.offers-everything") {
        (30..250).for_each(|option| client.end.ask(super::WILL, option));
    }
    for step in script {
        if let Err(why) = client.step(step).await {
            let (lines, exit) = (client.lines, Exit::Failed(why));
            return Report { lines, exit };
        }
    }
    let (lines, exit) = (client.lines, Exit::Did);
    Report { lines, exit }
}

struct Client {
    end: End,
    lines: Vec<Line>,
    /// Received, and not yet reported.
    data: Vec<u8>,
    setup: Setup,
    broken: Mutation,
}

impl Client {
    async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Send(data) => self.end.put(&data),
            Step::Recv(count) => self.receive(count).await,
            Step::Wait(ms) => self.wait(Duration::from_millis(ms)).await,
            Step::Telnet(Act::Line(text)) => {
                self.end.put(&text);
                self.end.line_end();
            }
            Step::Telnet(Act::Command(command)) => self.end.command(command),
            Step::Telnet(Act::Window(columns, rows)) => {
                let on = self.end.options.ours(NAWS);
                let out = self.end.typed.resized(columns, rows, on);
                out.into_iter().for_each(|out| self.end.give(out));
            }
            Step::Telnet(Act::Variable(name, value)) => {
                let out = self.end.typed.set(name.as_bytes(), &value);
                out.into_iter().for_each(|out| self.end.give(out));
            }
            Step::Telnet(Act::Type(keys)) => {
                let out = self.end.typed.lines.typed(&keys);
                out.into_iter().for_each(|out| self.end.give(out));
            }
            Step::Telnet(Act::Synch(command)) => {
                self.end.command(command);
                if !self.broken.is("telnet.interrupts-without-synch") {
                    self.end.synch();
                }
            }
            Step::Telnet(Act::Want(verb, option)) => self.end.ask(verb.byte(), option),
            Step::Calls(_) | Step::Port(_) => return Err("Telnet has no calls".to_owned()),
        }
        // A wire that has ended shows in what is received.
        let _ = self.end.flush().await;
        Ok(())
    }

    async fn receive(&mut self, count: usize) {
        while self.data.len() < count {
            let Some(event) = self.end.next().await else {
                if self.broken.is("telnet.lingers") {
                    core::future::pending::<()>().await;
                }
                break;
            };
            self.saw(event);
        }
        let rest = self.data.split_off(count.min(self.data.len()));
        let data = core::mem::replace(&mut self.data, rest);
        self.lines.push(Line::Record(data));
    }

    async fn wait(&mut self, time: Duration) {
        let clock = self.setup.clock.clone();
        let until = clock.now() + time;
        loop {
            let left = until.since(clock.now());
            match clock.timeout(left, self.end.next()).await {
                Ok(Some(event)) => self.saw(event),
                Ok(None) => return clock.sleep(until.since(clock.now())).await,
                Err(_) => return,
            }
        }
    }

    fn saw(&mut self, event: Event) {
        match event {
            Event::Data(data) => {
                if self.broken.is("telnet.client-echoes") {
                    self.end.put(&data);
                }
                self.data.extend(data);
            }
            Event::Command(command) => {
                self.lines.push(Line::Other(format!("command {command}")));
            }
            Event::Told(line) => self.lines.push(Line::Other(line)),
            Event::Option(ours, option, on) => {
                let party = if ours { "us" } else { "peer" };
                let on = on != self.broken.is("telnet.client-reports-the-contrary");
                let on = if on { "on" } else { "off" };
                self.lines
                    .push(Line::Other(format!("option {party} {option} {on}")));
            }
        }
    }
}
