use std::{vec, vec::Vec};

use super::*;
use crate::console::{Argument, Spec};

/// A peer and what it was answered.
struct Peer {
    plain: Plain,
    link: Link,
    now: Instant,
}

fn scpi(errors: Errors) -> Peer {
    let table = Table::new([
        Spec::new("*IDN?", "Who it is"),
        Spec::new("MEASure:VOLTage[:DC]?", "Measures")
            .with(Argument::number_in("range", 0.0..=100.0).optional()),
        Spec::new("MEASure:CURRent?", "Measures"),
        Spec::new("OUTPut[:STATe]", "Switches").with(Argument::switch("state")),
        Spec::new("DISPlay:TEXT", "Shows")
            .with(Argument::word("text"))
            .with(Argument::integer("row", 1..=4)),
    ]);
    Peer::new(
        table,
        PlainConfig {
            dialect: Dialect::Scpi,
            errors,
            end: "\n".into(),
            ..PlainConfig::default()
        },
    )
}

fn words() -> Peer {
    let table = Table::new([
        Spec::new("get", "Reads").with(Argument::word("point")),
        Spec::new("set", "Writes")
            .with(Argument::word("point"))
            .with(Argument::number("value")),
    ]);
    Peer::new(
        table,
        PlainConfig {
            line: 40,
            idle: Some(Duration::from_secs(10)),
            ..PlainConfig::default()
        },
    )
}

impl Peer {
    fn new(table: Table, config: PlainConfig) -> Self {
        Self {
            plain: Plain::new(Arc::new(table), config),
            link: Link::default(),
            now: Instant::START,
        }
    }

    fn poll(&mut self) -> Step<Invocation> {
        self.plain.poll(self.now, &mut self.link).unwrap()
    }

    /// Says `bytes`; each command answers with its number, and one whose name is `set` fails.
    fn says(&mut self, bytes: impl AsRef<[u8]>) -> String {
        self.link.rx.extend_from_slice(bytes.as_ref());
        let mut count = 0;
        while let Step::Event(called) = self.poll() {
            count += 1;
            let answer = match called.name() {
                "set" => PlainCommand::Failed("the point is\nread-only".into()),
                name if name.ends_with('?') || name == "get" => {
                    PlainCommand::Print(count.to_string())
                }
                _ => PlainCommand::Print(String::new()),
            };
            let is_done = matches!(answer, PlainCommand::Failed(_));
            self.plain.send(self.now, answer, &mut self.link).unwrap();
            if !is_done {
                self.plain
                    .send(self.now, PlainCommand::Done, &mut self.link)
                    .unwrap();
            }
        }
        String::from_utf8(self.link.tx.split().to_vec()).unwrap()
    }
}

#[test]
fn a_line_is_a_command_and_its_answer_a_line() {
    let mut peer = words();
    assert_eq!(
        peer.says("get level\r\nget speed\nget x\r"),
        "1\r\n2\r\n3\r\n"
    );
    assert_eq!(peer.says("\r\n\n  \n# no\n"), "");
    assert_eq!(peer.says("get"), "");
    assert_eq!(peer.says(" level\n"), "1\r\n");
}

#[test]
fn an_error_is_answered_with_its_place() {
    let mut peer = words();
    assert_eq!(
        peer.says("gat level\n"),
        "ERROR 1: expected a command, perhaps get\r\n"
    );
    assert_eq!(
        peer.says("set level full\n"),
        "ERROR 11: expected <value>, a number\r\n"
    );
    assert_eq!(
        peer.says("set level 1\n"),
        "ERROR: the point is read-only\r\n"
    );
    assert_eq!(
        peer.says(b"get \xff\n"),
        "ERROR 5: expected a text in UTF-8\r\n"
    );
}

#[test]
fn a_line_that_is_too_long_is_thrown_away_as_a_whole() {
    for chunk in [1, 7, 500] {
        let mut peer = words();
        let mut said = vec![];
        let line = ["get ", &"x".repeat(100), "\nget y\n"].concat();
        for piece in line.as_bytes().chunks(chunk) {
            said.push(peer.says(piece));
            assert!(peer.link.rx.len() <= 40);
        }
        assert_eq!(
            said.concat(),
            "ERROR 41: expected at most 40 bytes\r\n1\r\n",
            "{chunk}"
        );
    }
}

#[test]
fn nothing_is_read_while_a_command_runs() {
    let mut peer = words();
    peer.link.rx.extend_from_slice(b"get a\nget b\n");
    assert!(matches!(peer.poll(), Step::Event(_)));
    assert_eq!(peer.poll(), Step::Wait(None));
    assert_eq!(&peer.link.rx[..], b"get b\n");
    peer.plain
        .send(peer.now, PlainCommand::Done, &mut peer.link)
        .unwrap();
    assert!(matches!(peer.poll(), Step::Event(_)));
    peer.plain
        .send(peer.now, PlainCommand::Done, &mut peer.link)
        .unwrap();
    let misuse = peer
        .plain
        .send(peer.now, PlainCommand::Done, &mut peer.link);
    assert!(matches!(misuse, Err(Error::Misuse(_))));
}

#[test]
fn a_silent_peer_and_one_that_ends_are_let_go() {
    let mut peer = words();
    let Step::Wait(Some(until)) = peer.poll() else {
        panic!("no end of silence");
    };
    peer.now = until;
    assert_eq!(peer.poll(), Step::Close);
    let mut peer = words();
    peer.link.eof = true;
    assert_eq!(peer.says("get a\nget"), "1\r\n");
    assert_eq!(peer.poll(), Step::Close);
}

#[test]
fn the_commands_of_a_scpi_line_answer_in_a_line() {
    let mut peer = scpi(Errors::Answered);
    assert_eq!(peer.says("*IDN?\n"), "1\n");
    // The second header has the path of the first, *IDN? none, and the last one its own.
    assert_eq!(
        peer.says("MEAS:VOLT? 10;CURR?;*IDN?;CURR?;:OUTP ON;MEAS:CURR?\n"),
        "1;2;3;4;6\n"
    );
    assert_eq!(peer.says("OUTP:STAT 0\n"), "");
    assert_eq!(peer.says("disp:text 'a;b, c', 2\n"), "");
}

#[test]
fn a_scpi_error_has_its_number() {
    let mut peer = scpi(Errors::Answered);
    for (line, answer) in [
        (
            "MEAS:RES?",
            "-113,\"Undefined header;expected a header of this device\"\n",
        ),
        (
            "MEAS:VOLT? 101",
            "-222,\"Data out of range;expected <range>, a number from 0 to 100\"\n",
        ),
        (
            "MEAS:VOLT? x",
            "-104,\"Data type error;expected <range>, a number from 0 to 100\"\n",
        ),
        (
            "*IDN? 1",
            "-108,\"Parameter not allowed;expected nothing behind the command\"\n",
        ),
        ("OUTP", "-109,\"Missing parameter;expected on or off\"\n"),
        (
            "DISP:TEXT a,,2",
            "-104,\"Data type error;expected <row>, a whole number from 1 to 4\"\n",
        ),
        (
            "OUTP 2",
            "-224,\"Illegal parameter value;expected on or off\"\n",
        ),
        (
            "DISP:TEXT \"a",
            "-151,\"Invalid string data;expected a closing \"\"\"\n",
        ),
        (
            "*IDN?;X;*IDN?",
            "1;-113,\"Undefined header;expected a header of this device\";2\n",
        ),
    ] {
        assert_eq!(peer.says([line, "\n"].concat()), answer, "{line}");
    }
}

#[test]
fn scpi_errors_wait_to_be_asked_for() {
    let mut peer = scpi(Errors::Queued(2));
    assert_eq!(peer.says("A;B;C\n"), "");
    let first = "-113,\"Undefined header;expected a header of this device\"\n";
    assert_eq!(peer.says("SYST:ERR?\n"), first);
    assert_eq!(
        peer.says(":system:error:next?\n"),
        "-350,\"Queue overflow\"\n"
    );
    assert_eq!(peer.says("SYST:ERR?\n"), "0,\"No error\"\n");
    peer.says("A\n");
    assert_eq!(peer.says("*CLS;SYST:ERR?\n"), "0,\"No error\"\n");
}

#[test]
fn an_answer_that_is_too_long_is_an_error() {
    let mut peer = scpi(Errors::Answered);
    peer.plain.config.answer = 4;
    assert_eq!(
        peer.says("*IDN?;*IDN?;*IDN?;*IDN?;*IDN?\n"),
        "-430,\"Query DEADLOCKED\"\n"
    );
}

#[test]
fn cuts_do_not_matter() {
    let line: &[u8] = b"*IDN?;X\r\nMEAS:VOLT? 5\r\r\nOUTP on;\xff\nDISP:TEXT 'a\nb'\n*IDN?";
    let play = |chunk: usize| -> Vec<u8> {
        let mut peer = scpi(Errors::Answered);
        let mut said = vec![];
        line.chunks(chunk).for_each(|piece| {
            said.extend(peer.says(piece).bytes().filter(|b| !b.is_ascii_digit()))
        });
        said
    };
    let whole = play(line.len());
    for chunk in [1, 2, 5] {
        assert_eq!(play(chunk), whole);
    }
}
