use std::{vec, vec::Vec};

use core::time::Duration;

use bytes::Bytes;

use super::*;
use crate::{OptionSet, wire::Command as Byte};

/// A machine and its link, in time that is told.
struct End {
    telnet: Telnet,
    link: Link,
    now: Instant,
}

impl End {
    fn new(config: Config) -> Self {
        Self {
            telnet: Telnet::new(Role::Server, config),
            link: Link::default(),
            now: Instant::START,
        }
    }

    /// What comes of bytes, with data merged.
    fn hear(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.link.rx.extend_from_slice(bytes);
        let mut told: Vec<Event> = Vec::new();
        while let Step::Event(event) = self.telnet.poll(self.now, &mut self.link).unwrap() {
            match (told.last_mut(), event) {
                (Some(Event::Data(data)), Event::Data(more)) => {
                    *data = [&data[..], &more].concat().into();
                }
                (_, Event::Settled) => {}
                (_, event) => told.push(event),
            }
        }
        told
    }

    fn says(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.link.tx).to_vec()
    }

    fn send(&mut self, command: Command) {
        self.telnet.send(self.now, command, &mut self.link).unwrap();
    }
}

fn data(text: &'static [u8]) -> Event {
    Event::Data(Bytes::from_static(text))
}

fn option(party: Party, option: TelnetOption, on: bool) -> Event {
    Event::Option { party, option, on }
}

#[test]
fn every_unknown_option_is_refused_once_and_a_refusal_is_not_answered() {
    let mut end = End::new(Config::default());
    for number in [2, 4, 24, 200, 255] {
        assert_eq!(end.hear(&[255, 253, number]), []);
        assert_eq!(end.says(), [255, 252, number]);
        assert_eq!(end.hear(&[255, 251, number]), []);
        assert_eq!(end.says(), [255, 254, number]);
        assert_eq!(end.hear(&[255, 252, number, 255, 254, number]), []);
        assert_eq!(end.says(), []);
    }
}

#[test]
fn a_request_for_what_is_so_is_not_answered() {
    let mut end = End::new(Config::default());
    assert_eq!(
        end.hear(&[255, 253, 3].repeat(5)),
        [option(Party::Us, TelnetOption::SGA, true)]
    );
    assert_eq!(end.says(), [255, 251, 3]);
    assert_eq!(
        end.hear(&[255, 254, 3, 255, 254, 3]),
        [option(Party::Us, TelnetOption::SGA, false)]
    );
    assert_eq!(end.says(), [255, 252, 3]);
}

#[test]
fn a_nul_behind_a_carriage_return_is_dropped_and_no_other() {
    let stream = b"\0a\r\0\0b\r\nc\r\0\r\0d\re\0";
    for size in 1..=stream.len() {
        let mut end = End::new(Config::default());
        let mut told = Vec::new();
        for piece in stream.chunks(size) {
            for event in end.hear(piece) {
                let Event::Data(data) = event else {
                    panic!("{event:?}")
                };
                told.extend(data);
            }
        }
        assert_eq!(told, b"\0a\r\0b\r\nc\r\rd\re\0", "in pieces of {size}");
    }
}

#[test]
fn binary_takes_effect_exactly_where_it_is_agreed_on() {
    let mut end = End::new(Config::default());
    let told = end.hear(b"a\r\0b\xff\xfb\x00c\r\0\xff\xfc\x00d\r\0");
    assert_eq!(
        told,
        [
            data(b"a\rb"),
            option(Party::Peer, TelnetOption::BINARY, true),
            data(b"c\r\0"),
            option(Party::Peer, TelnetOption::BINARY, false),
            data(b"d\r"),
        ]
    );
    // The other direction is another matter (T55).
    end.says();
    end.send(Command::Data(Bytes::from_static(b"x\n")));
    assert_eq!(end.says(), b"x\r\n");
    end.hear(b"\xff\xfd\x00");
    end.send(Command::Data(Bytes::from_static(b"x\n\xff")));
    assert_eq!(end.says(), b"\xff\xfb\x00x\n\xff\xff");
}

#[test]
fn what_is_said_behind_an_offer_of_binary_waits_for_the_answer() {
    for (answer, said) in [
        (&b"\xff\xfd\x00"[..], &b"a\n\xff\xf6b\n"[..]),
        (b"\xff\xfe\x00", b"a\r\n\xff\xf6b\r\n"),
    ] {
        let mut end = End::new(Config::default());
        end.send(Command::Option {
            party: Party::Us,
            option: TelnetOption::BINARY,
            on: true,
        });
        end.send(Command::Data(Bytes::from_static(b"a\n")));
        end.send(Command::Command(Byte::AYT));
        end.send(Command::Data(Bytes::from_static(b"b\n")));
        assert_eq!(end.says(), b"\xff\xfb\x00");
        assert_eq!(end.hear(answer).len(), 1);
        assert_eq!(end.says(), said);
    }
    // Whoever does not answer is taken for one who does not know the option.
    let config = Config {
        offer: OptionSet::of(&[TelnetOption::BINARY]),
        held: 40,
        ..Config::default()
    };
    let mut end = End::new(config);
    end.send(Command::Data(Bytes::from_static(b"a\n")));
    let more = Command::Data(Bytes::from(vec![0; 20]));
    let refused = end.telnet.send(end.now, more, &mut end.link);
    assert!(matches!(refused, Err(Error::Misuse(_))), "{refused:?}");
    assert_eq!(end.says(), b"\xff\xfb\x00");
    end.now = end.now + Duration::from_secs(5);
    assert_eq!(end.hear(b"").len(), 1);
    assert_eq!(end.says(), b"a\r\n");
}

#[test]
fn in_a_synch_commands_are_heard_and_data_is_not() {
    let mut end = End::new(Config::default());
    assert_eq!(end.hear(b"a\xff\xf2b"), [data(b"ab")]);
    // The transport reads no further than to the urgent byte, and tells of it until then.
    end.link.urgent = true;
    let told = end.hear(b"lost\xff\xf4lost\xff");
    assert_eq!(told, [Event::Command(Byte::IP)]);
    assert_eq!(end.hear(b"\xf2lost"), [], "the mark of another Synch");
    end.link.urgent = false;
    assert_eq!(end.hear(b"\xff\xf2kept"), [Event::Synch, data(b"kept")]);
    end.send(Command::Data(Bytes::from_static(b"a")));
    end.send(Command::Synch);
    end.send(Command::Data(Bytes::from_static(b"b")));
    assert_eq!(end.link.tx_urgent, Some(3));
    assert_eq!(end.says(), b"a\xff\xf2b");
}

#[test]
fn a_timing_mark_is_answered_each_time_and_settles_nothing() {
    let mut end = End::new(Config::default());
    assert_eq!(end.hear(b"a\xff\xfd\x06\xff\xfd\x06"), [data(b"a")]);
    assert_eq!(end.says(), b"\xff\xfb\x06\xff\xfb\x06");
    let party = Party::Peer;
    let mark = TelnetOption::TIMING_MARK;
    for _ in 0..2 {
        end.send(Command::Option {
            party,
            option: mark,
            on: true,
        });
        assert_eq!(end.says(), b"\xff\xfd\x06");
        assert_eq!(end.hear(b"\xff\xfb\x06"), [option(party, mark, true)]);
    }
    assert_eq!(end.hear(b"\xff\xfb\x06"), []);
    assert_eq!(end.says(), b"");
}

#[test]
fn what_is_asked_at_the_beginning_settles_or_is_given_up() {
    let config = Config {
        offer: OptionSet::of(&[TelnetOption::ECHO, TelnetOption::SGA]),
        ask: OptionSet::of(&[TelnetOption::NAWS]),
        ..Config::default()
    };
    let mut end = End::new(config);
    assert_eq!(end.hear(b""), []);
    assert_eq!(end.says(), b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x1f");
    assert_eq!(
        end.hear(b"\xff\xfd\x01\xff\xfc\x1f"),
        [
            option(Party::Us, TelnetOption::ECHO, true),
            Event::Refused {
                party: Party::Peer,
                option: TelnetOption::NAWS
            },
        ]
    );
    assert_eq!(end.says(), b"");
    let wait = end.telnet.poll(end.now, &mut end.link).unwrap();
    assert_eq!(wait, Step::Wait(Some(end.now + Duration::from_secs(5))));
    end.now = end.now + Duration::from_secs(5);
    let given_up = end.telnet.poll(end.now, &mut end.link).unwrap();
    let refused = Event::Refused {
        party: Party::Us,
        option: TelnetOption::SGA,
    };
    assert_eq!(given_up, Step::Event(refused));
    let settled = end.telnet.poll(end.now, &mut end.link).unwrap();
    assert_eq!(settled, Step::Event(Event::Settled));
    let rest = end.telnet.poll(end.now, &mut end.link).unwrap();
    assert_eq!(rest, Step::Wait(None));
    // Late, and still an answer.
    assert_eq!(
        end.hear(b"\xff\xfd\x03"),
        [option(Party::Us, TelnetOption::SGA, true)]
    );
    assert_eq!(end.says(), b"");
}

#[test]
fn a_subnegotiation_counts_where_its_option_is_in_use() {
    let mut config = Config::default();
    config.theirs = config.theirs.with(TelnetOption::NAWS);
    let mut end = End::new(config);
    let sent = b"\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0";
    assert_eq!(end.hear(sent), []);
    end.hear(b"\xff\xfb\x1f");
    let payload = Bytes::from_static(b"\x00\x50\x00\x18");
    let option = TelnetOption::NAWS;
    assert_eq!(end.hear(sent), [Event::Subnegotiation { option, payload }]);
}

#[test]
fn a_peer_cannot_make_us_talk_for_ever() {
    let mut end = End::new(Config::default());
    end.link
        .rx
        .extend_from_slice(&[255, 253, 99].repeat(10_000));
    let error = loop {
        match end.telnet.poll(end.now, &mut end.link) {
            Ok(Step::Event(_)) => {}
            Ok(step) => panic!("{step:?}"),
            Err(error) => break error,
        }
    };
    let what = "Config::negotiation";
    assert_eq!(error, Error::Limit { what, max: 16_384 });
    assert!(end.says().len() <= 16_384);
    assert_eq!(end.telnet.poll(end.now, &mut end.link), Err(error));
}

#[test]
fn a_subnegotiation_must_end() {
    let mut end = End::new(Config::default());
    assert_eq!(end.hear(b"\xff\xfa\x18ab"), []);
    let until = end.now + Duration::from_secs(30);
    let wait = end.telnet.poll(end.now, &mut end.link).unwrap();
    assert_eq!(wait, Step::Wait(Some(until)));
    let failed = end.telnet.poll(until, &mut end.link);
    assert_eq!(failed, Err(Error::Timeout("Config::unfinished")));
}

#[test]
fn two_of_us_come_to_rest() {
    let both = [TelnetOption::ECHO, TelnetOption::SGA, TelnetOption::BINARY];
    let config = Config {
        offer: OptionSet::of(&both[1..]),
        ask: OptionSet::of(&both),
        ours: OptionSet::of(&both),
        theirs: OptionSet::of(&both),
        ..Config::default()
    };
    let (mut one, mut other) = (End::new(config.clone()), End::new(config));
    let (mut said, mut rounds) = (0, 0);
    let mut pending = vec![one.hear(b"")];
    let mut bytes = one.says();
    loop {
        pending.push(other.hear(&bytes));
        let back = other.says();
        pending.push(one.hear(&back));
        bytes = one.says();
        said += back.len() + bytes.len();
        rounds += 1;
        if bytes.is_empty() && back.is_empty() {
            break;
        }
    }
    assert!(rounds <= 3 && said <= 60, "{rounds} rounds, {said} bytes");
    for option in both {
        assert!(one.telnet.is_on(Party::Peer, option) && other.telnet.is_on(Party::Us, option));
    }
}

#[test]
fn a_timing_mark_that_is_held_is_answered_by_the_application() {
    let mut end = End::new(Config {
        holds_marks: true,
        ..Config::default()
    });
    assert_eq!(
        end.hear(b"work\xff\xfd\x06more"),
        [data(b"work"), Event::TimingMark, data(b"more")]
    );
    assert_eq!(end.says(), b"");
    end.send(Command::TimingMark);
    assert_eq!(end.says(), b"\xff\xfb\x06");
}

#[test]
fn every_option_of_the_extended_list_is_refused() {
    let exopl = OptionSet::of(&[TelnetOption::EXOPL]);
    let mut config = Config::default();
    (config.ours, config.theirs) = (exopl, exopl);
    let mut end = End::new(config);
    end.hear(&[255, 250, 255, 255, 253, 3, 255, 240]);
    assert_eq!(end.says(), [], "EXOPL is not in use");
    end.hear(&[255, 253, 255]);
    assert_eq!(end.says(), [255, 251, 255]);
    for (asked, refused) in [(253, Some(252)), (251, Some(254)), (252, None), (254, None)] {
        let told = end.hear(&[255, 250, 255, 255, asked, 3, 255, 240]);
        assert_eq!(told, [], "it is answered here");
        let says = refused.map(|it| vec![255, 250, 255, 255, it, 3, 255, 240]);
        assert_eq!(end.says(), says.unwrap_or_default());
    }
}

#[test]
fn a_payload_longer_than_its_option_needs_is_dropped_and_told() {
    let config = Config {
        theirs: OptionSet::of(&[TelnetOption::NAWS, TelnetOption::CHARSET]),
        ..Config::default()
    };
    let mut end = End::new(config);
    end.hear(&[255, 251, 31, 255, 251, 42]);
    let long = |option: u8| [&[255, 250, option][..], &[1; 65], &[255, 240]].concat();
    assert!(matches!(
        end.hear(&long(31))[..],
        [Event::Dropped {
            option: TelnetOption::NAWS,
            ..
        }]
    ));
    assert!(matches!(
        end.hear(&long(42))[..],
        [Event::Subnegotiation { .. }]
    ));
}
