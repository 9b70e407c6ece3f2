use core::time::Duration;
use std::{vec, vec::Vec};

use super::*;
use crate::wire::com_port::{DataSize, Purge};

const WILL: [u8; 3] = [255, 251, 44];
const DO: [u8; 3] = [255, 253, 44];

/// A server whose application does what it is asked, in time that is told.
struct End {
    server: Server,
    link: Link,
    now: Instant,
    port: Port,
    acts: Vec<Action>,
}

impl End {
    fn new() -> Self {
        Self {
            server: Server::new(Config::default()),
            link: Link::default(),
            now: Instant::START,
            port: Port::default(),
            acts: Vec::new(),
        }
    }

    /// One with which the client has agreed on COM-PORT, and on BINARY from us.
    fn agreed() -> Self {
        let mut end = Self::new();
        end.hear(&WILL);
        end.hear(&[255, 253, 0]);
        end.says();
        end
    }

    fn send(&mut self, command: Command) {
        self.server.send(self.now, command, &mut self.link).unwrap();
    }

    fn poll(&mut self) -> Result<Step<Event>, Error> {
        self.server.poll(self.now, &mut self.link)
    }

    /// What comes of bytes, but for what Telnet has to say and for actions, which are done.
    fn hear(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.link.rx.extend_from_slice(bytes);
        self.link.received = Some(self.now);
        let mut told = Vec::new();
        while let Step::Event(event) = self.poll().unwrap() {
            match event {
                Event::Act(action) => self.act(action),
                Event::Telnet(_) => {}
                event => told.push(event),
            }
        }
        told
    }

    fn act(&mut self, action: Action) {
        self.acts.push(action);
        let settings = &mut self.port.settings;
        match action {
            // This port cannot go faster.
            Action::Baud(rate) => settings.baud = rate.min(115_200),
            Action::DataSize(size) => settings.data_size = size,
            Action::Parity(parity) => settings.parity = parity,
            Action::StopSize(size) => settings.stop_size = size,
            Action::Flow(flow) => settings.flow = flow,
            Action::Inbound(flow) => self.port.inbound = flow,
            Action::Break(on) => self.port.is_break = on,
            Action::Dtr(on) => self.port.dtr = on,
            Action::Rts(on) => self.port.rts = on,
            Action::Report | Action::Pulse | Action::Purge(_) => {}
        }
        self.send(Command::Done(self.port));
    }

    fn says(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.link.tx).to_vec()
    }

    /// What a command is answered with, without `IAC SB 44` and `IAC SE`.
    fn answer(&mut self, payload: &[u8]) -> Vec<u8> {
        self.hear(&sub(payload));
        let said = self.says();
        match &said[..] {
            [255, 250, 44, answer @ .., 255, 240] => answer.to_vec(),
            other => other.to_vec(),
        }
    }
}

fn sub(payload: &[u8]) -> Vec<u8> {
    [&[255, 250, 44], payload, &[255, 240]].concat()
}

#[test]
fn nothing_is_answered_before_the_option_is_agreed_on() {
    let mut end = End::new();
    end.hear(b"");
    assert!(end.says().windows(3).any(|said| said == DO));
    assert_eq!(end.hear(&sub(&[1, 0, 0, 0, 0])), []);
    assert_eq!(end.says(), []);
    assert_eq!(end.hear(&WILL), [Event::Control(true)]);
    assert_eq!(end.answer(&[1, 0, 0, 0, 0]), [101, 0, 0, 0x25, 0x80]);
}

#[test]
fn every_command_is_answered_with_the_value_in_effect() {
    let mut end = End::agreed();
    let vectors: [(&[u8], &[u8]); 28] = [
        (&[1, 0, 1, 0xC2, 0], &[101, 0, 1, 0xC2, 0]),
        // Faster than the port can go.
        (&[1, 0, 0x10, 0, 0], &[101, 0, 1, 0xC2, 0]),
        (&[1, 0, 0, 0, 0], &[101, 0, 1, 0xC2, 0]),
        // Cisco's form, answered in it.
        (&[1, 8], &[101, 8]),
        (&[1, 0], &[101, 8]),
        (&[2, 7], &[102, 7]),
        (&[2, 0], &[102, 7]),
        (&[2, 9], &[102, 7]),
        (&[3, 3], &[103, 3]),
        (&[3, 6], &[103, 3]),
        (&[4, 3], &[104, 3]),
        (&[4, 0], &[104, 3]),
        (&[4, 4], &[104, 3]),
        (&[5, 3], &[105, 3]),
        (&[5, 0], &[105, 3]),
        (&[5, 15], &[105, 15]),
        (&[5, 13], &[105, 15]),
        (&[5, 4], &[105, 6]),
        (&[5, 5], &[105, 5]),
        (&[5, 4], &[105, 5]),
        (&[5, 6], &[105, 6]),
        (&[5, 7], &[105, 8]),
        (&[5, 9], &[105, 9]),
        (&[5, 10], &[105, 11]),
        (&[5, 12], &[105, 12]),
        (&[5, 200], &[105, 3]),
        (&[10, 0x1E], &[110, 0x1E]),
        (&[12, 3], &[112, 3]),
    ];
    for (asked, answer) in vectors {
        assert_eq!(end.answer(asked), answer, "{asked:?}");
    }
    assert_eq!(end.acts.last(), Some(&Action::Purge(Purge::BOTH)));
    assert_eq!(end.answer(&[12, 7]), [112, 7]);
    assert_eq!(end.acts.last(), Some(&Action::Report));
}

#[test]
fn what_is_malformed_is_ignored_and_the_connection_lives() {
    let mut end = End::agreed();
    for payload in [
        &[][..],
        &[1, 0x25, 0x80],
        &[1, 0, 0, 0, 0x25, 0x80],
        &[2],
        &[2, 8, 8],
        &[6, 1],
        &[7, 1],
        &[8, 1],
        &[13, 1],
        &[99],
        &[101, 0, 0, 0, 0],
    ] {
        assert_eq!(end.answer(payload), [], "{payload:?}");
    }
    assert_eq!(end.acts, []);
    assert_eq!(end.answer(&[2, 8]), [102, 8]);
}

#[test]
fn a_thousand_pipelined_commands_are_answered_in_order() {
    let mut end = End::agreed();
    let (mut asked, mut wanted) = (vec![], vec![]);
    for rate in 1..=1_000_u32 {
        asked.extend(sub_of(&[&[1], &rate.to_be_bytes()[..]].concat()));
        wanted.extend(sub_of(&[&[101], &rate.to_be_bytes()[..]].concat()));
    }
    end.hear(&asked);
    assert_eq!(end.says(), wanted);
    assert_eq!(end.acts.len(), 1_000);
}

/// As [`sub`], with escapes.
fn sub_of(payload: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    let put = |bytes: &[u8]| out.extend_from_slice(bytes);
    wire::encode::subnegotiation(TelnetOption::COM_PORT, payload, put);
    out
}

#[test]
fn nothing_passes_an_action_that_is_not_done() {
    let mut end = End::agreed();
    let bytes = [b"old", &sub(&[2, 7])[..], b"new", &sub(&[3, 0])].concat();
    end.link.rx.extend_from_slice(&bytes);
    let act = |action| Step::Event(Event::Act(action));
    let data = |text: &'static [u8]| Step::Event(Event::Data(Bytes::from_static(text)));
    assert_eq!(end.poll().unwrap(), data(b"old"));
    assert_eq!(end.poll().unwrap(), act(Action::DataSize(DataSize(7))));
    assert_eq!(end.poll().unwrap(), Step::Wait(None));
    assert_eq!(end.says(), []);
    end.send(Command::Done(end.port));
    assert_eq!(end.says(), sub(&[102, 8]));
    assert_eq!(end.poll().unwrap(), data(b"new"));
    assert_eq!(end.poll().unwrap(), act(Action::Report));
    end.send(Command::Done(end.port));
    assert_eq!(end.says(), sub(&[103, 1]));
    let late = end
        .server
        .send(end.now, Command::Done(end.port), &mut end.link);
    assert!(matches!(late, Err(Error::Misuse(_))));
}

#[test]
fn modem_lines_are_told_once_and_then_as_they_change() {
    let mut end = End::new();
    end.send(Command::ModemState(ModemState::CTS));
    end.hear(b"");
    end.says();
    end.hear(&WILL);
    assert_eq!(end.says(), sub(&[107, 0x10]), "once, with nothing changed");
    let all = ModemState(ModemState::CTS.0 | ModemState::DCD.0);
    end.send(Command::ModemState(all));
    assert_eq!(end.says(), sub(&[107, 0x98]));
    end.send(Command::ModemState(all));
    assert_eq!(end.says(), [], "nothing has changed");
    assert_eq!(end.answer(&[11, 0]), [111, 0]);
    end.send(Command::ModemState(ModemState(0)));
    assert_eq!(end.says(), [], "nothing is to be told");
    end.hear(&sub(&[11, 0x80]));
    assert_eq!(end.says(), [sub(&[111, 0x80]), sub(&[107, 0])].concat());
    end.send(Command::ModemState(ModemState::CTS));
    assert_eq!(end.says(), [], "CTS is masked");
    end.send(Command::ModemState(all));
    assert_eq!(end.says(), sub(&[107, 0x80]));
    end.hear(&sub_of(&[11, 0xFF]));
    end.says();
    end.send(Command::ModemState(ModemState(0)));
    end.send(Command::ModemState(ModemState(0xF0)));
    end.says();
    end.send(Command::ModemState(ModemState(0)));
    assert_eq!(end.says(), sub(&[107, 0x0F]), "all drop, the ring too");
}

#[test]
fn line_errors_are_told_where_they_are_asked_for() {
    let mut end = End::agreed();
    end.send(Command::LineState(LineState::BREAK));
    assert_eq!(end.says(), [], "the mask is 0 at the beginning");
    assert_eq!(end.answer(&[10, 0x14]), [110, 0x14]);
    end.send(Command::LineState(LineState(0x1E)));
    assert_eq!(end.says(), sub(&[106, 0x14]));
    end.send(Command::LineState(LineState::FRAMING));
    assert_eq!(end.says(), []);
}

#[test]
fn a_suspended_client_gets_answers_and_no_data() {
    let mut end = End::agreed();
    assert_eq!(end.hear(&sub(&[8])), [Event::Suspended(true)]);
    assert_eq!(end.hear(&sub(&[8])), []);
    assert_eq!(end.says(), [], "a suspension has no answer");
    let data = || Command::Data(Bytes::from_static(b"x"));
    let refused = end.server.send(end.now, data(), &mut end.link);
    assert!(matches!(refused, Err(Error::Misuse(_))));
    assert_eq!(end.answer(&[2, 0]), [102, 8]);
    assert_eq!(end.hear(&sub(&[9])), [Event::Suspended(false)]);
    end.send(data());
    assert_eq!(end.says(), b"x");
}

#[test]
fn a_full_buffer_is_told_once() {
    let mut end = End::new();
    end.hear(b"");
    end.says();
    end.send(Command::Full(true));
    assert_eq!(end.says(), [], "not before the option");
    end.hear(&WILL);
    end.says();
    for on in [true, true, false, false] {
        end.send(Command::Full(on));
    }
    assert_eq!(end.says(), [sub(&[108]), sub(&[109])].concat());
}

#[test]
fn a_signature_is_given_and_taken() {
    let mut end = End::agreed();
    assert_eq!(end.answer(&[0]), b"\x64Lineside");
    let told = end.hear(&sub(b"\x00tio"));
    assert_eq!(told, [Event::Signature(Bytes::from_static(b"tio"))]);
    assert_eq!(end.says(), []);
}

#[test]
fn a_break_of_telnets_is_one_of_the_line() {
    let mut end = End::agreed();
    end.hear(&[255, 243]);
    assert_eq!(
        (end.acts.clone(), end.says()),
        (vec![Action::Pulse], vec![])
    );
    end.hear(&[255, 246]);
    assert_eq!(
        end.says(),
        [255, 241],
        "AYT: a sign of life that is no data"
    );
}

#[test]
fn a_silent_client_is_asked_for_a_sign_and_given_up() {
    let mut end = End::agreed();
    let at = |seconds| Instant::START + Duration::from_secs(seconds);
    let ask = [255, 253, 6];
    end.now = at(59);
    while let Step::Event(_) = end.poll().unwrap() {}
    assert_eq!(end.says(), []);
    end.now = at(60);
    while let Step::Event(_) = end.poll().unwrap() {}
    assert_eq!(end.says(), ask, "DO TIMING-MARK");
    end.now = at(89);
    assert_eq!(end.hear(&[255, 252, 6]), []);
    end.now = at(149);
    while let Step::Event(_) = end.poll().unwrap() {}
    assert_eq!(end.says(), ask);
    end.now = at(178);
    while let Step::Event(_) = end.poll().unwrap() {}
    end.now = at(179);
    assert_eq!(end.poll(), Err(Error::Timeout("ProbeConfig::answer")));
    assert!(end.poll().is_err(), "sticky");
}

#[test]
fn after_a_failure_nothing_more_is_said() {
    let mut end = End::agreed();
    let storm = [255, 253, 99].repeat(10_000);
    end.link.rx.extend_from_slice(&storm);
    let error = loop {
        match end.server.poll(end.now, &mut end.link) {
            Ok(Step::Event(_)) => {}
            Ok(step) => panic!("{step:?}"),
            Err(error) => break error,
        }
    };
    end.says();
    let sent = end.server.send(end.now, Command::Full(true), &mut end.link);
    assert_eq!(sent, Err(error));
    assert_eq!(end.says(), []);
}

#[test]
fn what_waits_for_the_answer_to_binary_is_sent_before_the_end() {
    let mut end = End::new();
    end.hear(b"");
    end.says();
    end.send(Command::Data(Bytes::from_static(b"the end")));
    assert_eq!(end.says(), b"", "the client may yet agree to BINARY");
    end.send(Command::Close);
    assert_eq!(end.says(), b"the end");
    assert_eq!(end.poll(), Ok(Step::Close));
}

#[test]
fn a_full_buffer_is_told_to_a_client_that_controls_the_port_again() {
    let mut end = End::agreed();
    end.send(Command::Full(true));
    assert_eq!(end.says(), sub(&[108]));
    end.hear(&[255, 252, 44]);
    assert_eq!(end.hear(&WILL), [Event::Control(true)]);
    end.says();
    end.send(Command::Full(true));
    assert_eq!(end.says(), sub(&[108]));
}

#[test]
fn a_client_that_answers_no_probe_is_asked_again_each_time_it_has_spoken() {
    let mut end = End::agreed();
    let at = |seconds| Instant::START + Duration::from_secs(seconds);
    for asked in [60, 140, 220] {
        end.now = at(asked);
        while let Step::Event(_) = end.poll().unwrap() {}
        assert_eq!(end.says(), [255, 253, 6], "after {asked} s");
        end.now = at(asked + 20);
        assert_eq!(end.hear(b"x"), [Event::Data(Bytes::from_static(b"x"))]);
    }
}
