//! The machines of client and server against each other: any commands, any cuts, one end.

use core::time::Duration;
use std::collections::VecDeque;

use lineside_core::{Instant, Link, Machine, Step};
use lineside_telnet::{
    com_port::{Client, Port, Server, Settings, client, server},
    wire::com_port::{Control, DataSize, Parity, Purge, StopSize},
};

/// Both ends, and the bytes between them.
struct Duel {
    random: fastrand::Rng,
    now: Instant,
    client: (Client, Link),
    server: (Server, Link),
    /// What the server has: settings at the line, data in order with the rate that it came at.
    port: Port,
    heard: Vec<(u8, u32)>,
    read: Vec<u8>,
    controls: Vec<Control>,
    configured: Option<Settings>,
    is_ready: bool,
}

impl Duel {
    fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            now: Instant::START,
            client: (Client::new(client::Config::default()), Link::default()),
            server: (Server::new(server::Config::default()), Link::default()),
            port: Port::default(),
            heard: Vec::new(),
            read: Vec::new(),
            controls: Vec::new(),
            configured: None,
            is_ready: false,
        }
    }

    fn say(&mut self, command: client::Command) {
        let (machine, link) = &mut self.client;
        machine.send(self.now, command, link).unwrap();
    }

    fn answer(&mut self, command: server::Command) {
        let (machine, link) = &mut self.server;
        machine.send(self.now, command, link).unwrap();
    }

    /// Brings some of what is under way, in pieces, until nothing is left.
    fn settle(&mut self) {
        loop {
            let (to_server, to_client) = (self.client.1.tx.len(), self.server.1.tx.len());
            if to_server > 0 {
                let some = self.client.1.tx.split_to(self.random.usize(1..=to_server));
                self.server.1.rx.extend_from_slice(&some);
            }
            if to_client > 0 {
                let some = self.server.1.tx.split_to(self.random.usize(1..=to_client));
                self.client.1.rx.extend_from_slice(&some);
            }
            self.now = self.now + Duration::from_micros(1);
            let has_moved = self.serve() | self.use_port();
            let is_quiet = self.client.1.tx.is_empty() && self.server.1.tx.is_empty();
            if !has_moved && is_quiet {
                return;
            }
        }
    }

    fn serve(&mut self) -> bool {
        let mut has_moved = false;
        loop {
            let (machine, link) = &mut self.server;
            let Step::Event(event) = machine.poll(self.now, link).unwrap() else {
                return has_moved;
            };
            has_moved = true;
            match event {
                server::Event::Data(data) => {
                    let rate = self.port.settings.baud;
                    self.heard.extend(data.iter().map(|byte| (*byte, rate)));
                }
                server::Event::Act(action) => {
                    self.act(action);
                    self.answer(server::Command::Done(self.port));
                }
                _ => {}
            }
        }
    }

    fn act(&mut self, action: server::Action) {
        use server::Action;
        let settings = &mut self.port.settings;
        match action {
            Action::Baud(rate) => settings.baud = rate,
            Action::DataSize(size) => settings.data_size = size,
            // This line has no mark and no space.
            Action::Parity(parity) if parity.0 < 4 => settings.parity = parity,
            Action::StopSize(size) => settings.stop_size = size,
            Action::Flow(flow) => settings.flow = flow,
            Action::Break(on) => self.port.is_break = on,
            Action::Dtr(on) => self.port.dtr = on,
            Action::Rts(on) => self.port.rts = on,
            _ => {}
        }
    }

    fn use_port(&mut self) -> bool {
        let mut has_moved = false;
        loop {
            let (machine, link) = &mut self.client;
            let Step::Event(event) = machine.poll(self.now, link).unwrap() else {
                return has_moved;
            };
            has_moved = true;
            match event {
                client::Event::Ready => self.is_ready = true,
                client::Event::Data(data) => self.read.extend_from_slice(&data),
                client::Event::Configured {
                    settings,
                    is_answered,
                } => {
                    assert!(is_answered);
                    self.configured = Some(settings);
                }
                client::Event::Control(control) => self.controls.push(control),
                _ => {}
            }
        }
    }

    fn settings(&mut self) -> Settings {
        let random = &mut self.random;
        Settings {
            baud: random.choice([300, 9_600, 65_535, 4_278_255_360]).unwrap(),
            data_size: DataSize(random.u8(5..=8)),
            parity: Parity(random.u8(1..=5)),
            stop_size: StopSize(random.u8(1..=3)),
            flow: Control(random.u8(1..=3)),
        }
    }
}

#[test]
fn whatever_is_said_and_however_it_is_cut_both_ends_agree() {
    for seed in 0..300 {
        let mut duel = Duel::new(seed);
        duel.settle();
        assert!(duel.is_ready, "seed {seed}");
        let (mut sent, mut told) = (Vec::new(), Vec::new());
        let mut asked: VecDeque<Control> = VecDeque::new();
        for round in 0..30_u8 {
            match duel.random.u8(0..6) {
                0 => {
                    let settings = duel.settings();
                    duel.say(client::Command::Configure(settings));
                    duel.settle();
                    assert_eq!(duel.configured, Some(duel.port.settings), "seed {seed}");
                    // Every setting but a parity that the line has not is as it was asked for.
                    let mut granted = settings;
                    granted.parity = duel.port.settings.parity;
                    assert_eq!(granted, duel.port.settings, "seed {seed}");
                }
                1 => {
                    let control = Control(duel.random.u8(5..=12));
                    if control.request() != Some(control) {
                        asked.push_back(control);
                        duel.say(client::Command::Control(control));
                    }
                }
                2 => duel.say(client::Command::Purge(Purge::BOTH)),
                3 => {
                    let bytes = vec![255 - round % 2; usize::from(round) + 1];
                    told.extend_from_slice(&bytes);
                    duel.answer(server::Command::Data(bytes.into()));
                }
                4 => {
                    let rate = duel.port.settings.baud;
                    sent.extend([(255, rate), (13, rate), (round, rate)]);
                    duel.say(client::Command::Data(vec![255, 13, round].into()));
                    duel.settle();
                }
                _ => duel.settle(),
            }
        }
        duel.settle();
        assert_eq!(duel.heard, sent, "seed {seed}");
        assert_eq!(duel.read, told, "seed {seed}");
        assert_eq!(duel.controls, Vec::from(asked), "seed {seed}");
    }
}
