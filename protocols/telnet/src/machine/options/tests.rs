use std::{vec, vec::Vec};

use bytes::Bytes;
use lineside_core::{Error, Instant, Link, Machine, Step};

use super::{ClientOptions, ServerOptions, Tell, Told, Variable};
use crate::{
    Command, Config, Event, OptionSet, Party, Role, Telnet,
    error::NOT_TOLD,
    wire::{
        Command as Byte, IAC, TelnetOption, encode,
        options::{
            FlowControl, ForwardMask, Function, Kind, Level, Mode, Mtts, SlcFlags, Speed, Triplet,
            WindowSize,
        },
    },
};

mod duel;
mod lines;

/// A machine and its link; time stands still.
struct End {
    telnet: Telnet,
    link: Link,
}

impl End {
    fn new(role: Role, config: Config) -> Self {
        let telnet = Telnet::new(role, config);
        let link = Link::default();
        Self { telnet, link }
    }

    fn server(options: ServerOptions) -> Self {
        Self::new(Role::Server, Config::default().with_server(options))
    }

    fn client(options: ClientOptions) -> Self {
        Self::new(Role::Client, Config::default().with_client(options))
    }

    /// What the peer is found to have told, other events left out.
    fn hear(&mut self, bytes: &[u8]) -> Vec<Told> {
        let told = self.events(bytes).unwrap().into_iter();
        told.filter_map(|event| match event {
            Event::Told(told) => Some(told),
            Event::Subnegotiation { .. } | Event::Dropped { .. } => panic!("{event:?}"),
            _ => None,
        })
        .collect()
    }

    fn events(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Error> {
        self.link.rx.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Step::Event(event) = self.telnet.poll(Instant::START, &mut self.link)? {
            events.push(event);
        }
        Ok(events)
    }

    fn says(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.link.tx).to_vec()
    }

    fn send(&mut self, command: Command) -> Result<(), Error> {
        self.telnet.send(Instant::START, command, &mut self.link)
    }

    fn tell(&mut self, tell: Tell) {
        self.send(Command::Tell(tell)).unwrap();
    }
}

fn text(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// `IAC WILL` and its like.
fn will(option: TelnetOption) -> [u8; 3] {
    [IAC, 251, option.0]
}

fn dont(option: TelnetOption) -> [u8; 3] {
    [IAC, 254, option.0]
}

fn ask(option: TelnetOption) -> [u8; 3] {
    [IAC, 253, option.0]
}

/// A whole subnegotiation.
fn sub(option: TelnetOption, payload: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    encode::subnegotiation(option, payload, |bytes| all.extend_from_slice(bytes));
    all
}

/// A server that asks for `option` alone, which the client has agreed to.
fn asking(option: TelnetOption, mut options: ServerOptions) -> End {
    options.ask = OptionSet::of(&[option]);
    let mut end = End::server(options);
    assert_eq!(end.hear(&will(option)), []);
    end
}

/// A client that was asked to use `option`.
fn asked(option: TelnetOption, options: ClientOptions) -> End {
    let mut end = End::client(options);
    assert_eq!(end.hear(&ask(option)), []);
    end
}

fn user(name: &'static str, value: &'static str) -> Variable {
    Variable {
        kind: Kind::User,
        name: text(name),
        value: Some(text(value)),
    }
}

#[test]
fn a_window_is_told_when_agreed_and_when_it_changes() {
    let size = |columns, rows| WindowSize { columns, rows };
    let options = ClientOptions {
        window: Some(size(80, 24)),
        ..ClientOptions::default()
    };
    let mut client = asked(TelnetOption::NAWS, options);
    let naws = |payload: &[u8]| sub(TelnetOption::NAWS, payload);
    let first = [&will(TelnetOption::NAWS)[..], &naws(&[0, 80, 0, 24])].concat();
    assert_eq!(client.says(), first);
    client.tell(Tell::WindowSize(size(255, 24)));
    let second = b"\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0";
    assert_eq!(client.says(), second);
    client.tell(Tell::WindowSize(size(255, 24)));
    assert_eq!(client.says(), b"", "the same size");

    let mut server = asking(TelnetOption::NAWS, ServerOptions::default());
    assert_eq!(server.hear(second), [Told::WindowSize(size(255, 24))]);
    let told = server.hear(&naws(&[0, 0, 0, 0]));
    assert_eq!(told, [Told::WindowSize(size(0, 0))]);
    let [Told::Malformed { option, error }] = server.hear(&naws(&[0, 80]))[..] else {
        panic!("a window of two bytes")
    };
    assert_eq!((option, error.at), (TelnetOption::NAWS, 2));
}

#[test]
fn a_window_told_before_it_is_agreed_on_is_told_then() {
    let mut config = Config::default().with_client(ClientOptions::default());
    config.ours = config.ours.with(TelnetOption::NAWS);
    let mut client = End::new(Role::Client, config);
    client.tell(Tell::WindowSize(WindowSize {
        columns: 132,
        rows: 43,
    }));
    assert_eq!(client.says(), b"");
    client.hear(&ask(TelnetOption::NAWS));
    assert_eq!(
        client.says()[3..],
        sub(TelnetOption::NAWS, &[0, 132, 0, 43])
    );
}

#[test]
fn names_are_told_in_turn_and_the_last_one_twice() {
    let options = ClientOptions {
        terminal_types: vec![text("LINESIDE"), text("XTERM")],
        capabilities: Some(Mtts::ANSI.with(Mtts::UTF_8)),
        ..ClientOptions::default()
    };
    let mut client = asked(TelnetOption::TTYPE, options);
    assert_eq!(client.says(), will(TelnetOption::TTYPE));
    for name in ["LINESIDE", "XTERM", "MTTS 5", "MTTS 5", "LINESIDE", "XTERM"] {
        client.hear(&sub(TelnetOption::TTYPE, &[1]));
        let is = [&[0][..], name.as_bytes()].concat();
        assert_eq!(client.says(), sub(TelnetOption::TTYPE, &is));
    }
    // Only the side that said DO may ask, only the other may tell.
    assert_eq!(client.hear(&sub(TelnetOption::TTYPE, b"\0VT100")), []);
    assert_eq!(client.says(), b"");
}

#[test]
fn names_are_asked_for_until_one_comes_twice() {
    let mut server = asking(TelnetOption::TTYPE, ServerOptions::default());
    let send = sub(TelnetOption::TTYPE, &[1]);
    assert_eq!(server.says()[3..], send);
    for name in ["LINESIDE", "XTERM", "MTTS 5"] {
        let told = server.hear(&sub(TelnetOption::TTYPE, &[&[0], name.as_bytes()].concat()));
        assert_eq!(told, [Told::TerminalType(text(name))]);
        assert_eq!(server.says(), send);
    }
    let last = sub(TelnetOption::TTYPE, b"\0mtts 5");
    let all = Told::TerminalTypes {
        names: vec![text("LINESIDE"), text("XTERM")],
        capabilities: Some(Mtts(5)),
    };
    assert_eq!(server.hear(&last), [all]);
    // What was not asked for means nothing.
    assert_eq!(server.hear(&last), []);
    assert_eq!(server.says(), b"");
    server.tell(Tell::Ask(TelnetOption::TTYPE));
    server.tell(Tell::Ask(TelnetOption::TTYPE));
    assert_eq!(server.says(), send, "one question at a time");
}

#[test]
fn a_client_with_ever_new_names_is_asked_so_many_times() {
    let options = ServerOptions {
        terminal_types: 3,
        ..ServerOptions::default()
    };
    let mut server = asking(TelnetOption::TTYPE, options);
    let mut last = Vec::new();
    for name in [b"\0A", b"\0B", b"\0C", b"\0D"] {
        server.says();
        last.extend(server.hear(&sub(TelnetOption::TTYPE, name)));
    }
    let names = vec![text("A"), text("B"), text("C")];
    assert_eq!(last.len(), 3);
    assert_eq!(
        last[2],
        Told::TerminalTypes {
            names,
            capabilities: None
        }
    );
    assert_eq!(server.says(), b"");
}

#[test]
fn speed_and_display_are_asked_for_and_told() {
    let mut options = ClientOptions::default();
    let speed = Speed {
        transmit: 38_400,
        receive: 9_600,
    };
    options.speed = Some(speed);
    options.display = Some(text("here:0.0"));
    for (option, payload, told) in [
        (
            TelnetOption::TSPEED,
            &b"\x0038400,9600"[..],
            Told::TerminalSpeed(speed),
        ),
        (
            TelnetOption::XDISPLOC,
            b"\0here:0.0",
            Told::DisplayLocation(text("here:0.0")),
        ),
    ] {
        let mut server = asking(option, ServerOptions::default());
        assert_eq!(server.says()[3..], sub(option, &[1]));
        let mut client = asked(option, options.clone());
        client.says();
        client.hear(&sub(option, &[1]));
        let said = client.says();
        assert_eq!(said, sub(option, payload));
        assert_eq!(server.hear(&said), [told]);
    }
}

#[test]
fn variables_are_told_in_the_order_they_were_asked_for() {
    let mut options = ClientOptions::default();
    let joe = Variable {
        kind: Kind::Known,
        name: text("USER"),
        value: Some(text("joe")),
    };
    options.environment = vec![joe, user("LANG", "C"), user("EMPTY", "")];
    for (asked_for, said) in [
        (
            &b"\x01"[..],
            &b"\0\0USER\x01joe\x03LANG\x01C\x03EMPTY\x01"[..],
        ),
        (b"\x01\0", b"\0\0USER\x01joe"),
        (
            b"\x01\x03EMPTY\0USER\0ACCT\x03HOME",
            b"\0\x03EMPTY\x01\0USER\x01joe\0ACCT\x03HOME",
        ),
    ] {
        let mut client = asked(TelnetOption::NEW_ENVIRON, options.clone());
        client.says();
        client.hear(&sub(TelnetOption::NEW_ENVIRON, asked_for));
        assert_eq!(client.says(), sub(TelnetOption::NEW_ENVIRON, said));
    }
    // OLD-ENVIRON in the spelling of the one who asks.
    let mut config = Config::default().with_client(options);
    assert!(!config.ours.contains(TelnetOption::OLD_ENVIRON));
    config.ours = config.ours.with(TelnetOption::OLD_ENVIRON);
    let mut client = End::new(Role::Client, config);
    client.hear(&ask(TelnetOption::OLD_ENVIRON));
    client.says();
    client.hear(&sub(TelnetOption::OLD_ENVIRON, b"\x01\x01USER"));
    assert_eq!(
        client.says(),
        sub(TelnetOption::OLD_ENVIRON, b"\0\x01USER\0joe")
    );
}

#[test]
fn a_change_of_a_variable_is_told_once_it_was_asked_for() {
    let options = ClientOptions {
        environment: vec![user("LANG", "C")],
        ..ClientOptions::default()
    };
    let mut client = asked(TelnetOption::NEW_ENVIRON, options);
    client.says();
    client.tell(Tell::Variable(user("LANG", "de")));
    assert_eq!(client.says(), b"");
    client.hear(&sub(TelnetOption::NEW_ENVIRON, b"\x01"));
    assert_eq!(
        client.says(),
        sub(TelnetOption::NEW_ENVIRON, b"\0\x03LANG\x01de")
    );
    client.tell(Tell::Variable(Variable {
        value: None,
        ..user("LANG", "")
    }));
    assert_eq!(
        client.says(),
        sub(TelnetOption::NEW_ENVIRON, b"\x02\x03LANG")
    );
}

#[test]
fn a_short_request_gets_no_endless_answer() {
    let options = ClientOptions {
        environment: vec![user("LANG", "C.UTF-8")],
        answer: 100,
        ..ClientOptions::default()
    };
    let mut client = asked(TelnetOption::NEW_ENVIRON, options);
    client.says();
    let request = [&[1][..], &[3; 1_000]].concat();
    client.hear(&sub(TelnetOption::NEW_ENVIRON, &request));
    assert!((100..140).contains(&client.says().len()));
}

#[test]
fn only_variables_on_the_list_that_do_no_harm_are_let_in() {
    let mut options = ServerOptions::default();
    let names = [
        "USER",
        "LANG",
        "LD_PRELOAD",
        "IFS",
        "CREDENTIALS_DIRECTORY",
        "ld_debug",
    ];
    let listed = names.map(|name| (Kind::User, text(name)));
    options.environment = listed.to_vec();
    options.value = 8;
    let mut server = asking(TelnetOption::NEW_ENVIRON, options);
    let asked_for = names.map(|name| [&[3], name.as_bytes()].concat()).concat();
    let send = [&[1][..], &asked_for].concat();
    assert_eq!(server.says()[3..], sub(TelnetOption::NEW_ENVIRON, &send));
    for harmful in [
        &b"\0\0USER\x01-f root"[..],
        b"\0\x03USER\x01-froot",
        b"\x02\0USER\x01-froot",
        b"\0\x03LD_PRELOAD\x01/x",
        b"\0\x03ld_debug\x01all",
        b"\0\x03IFS\x01/",
        b"\0\x03CREDENTIALS_DIRECTORY\x01/x",
        b"\0\x03LANG\x01a\nb",
        b"\0\x03LANG\x01123456789",
        b"\0\x03TERM\x01xterm",
        b"\0\x03\x01empty",
    ] {
        let told = server.hear(&sub(TelnetOption::NEW_ENVIRON, harmful));
        let none = Told::Environment {
            variables: vec![],
            refused: 1,
        };
        assert_eq!(told, [none], "{harmful:?}");
    }
    let told = server.hear(&sub(
        TelnetOption::NEW_ENVIRON,
        b"\0\x03LANG\x01C\0HOME\x01/\x03LANG\x01de",
    ));
    let de = Told::Environment {
        variables: vec![user("LANG", "de")],
        refused: 1,
    };
    assert_eq!(told, [de]);
}

#[test]
fn a_value_may_begin_with_a_dash_but_no_account() {
    assert!(user("LANG", "-x").is_safe());
    for name in ["USER", "LOGNAME", "ACCT", "JOB", "logname"] {
        assert!(!user(name, "-x").is_safe(), "{name}");
        assert!(user(name, "x-x").is_safe(), "{name}");
    }
    for name in ["", "A=B", "A B", "A\0", "PATH", "BASH_ENV", "DYLD_X"] {
        assert!(!user(name, "").is_safe(), "{name}");
    }
}

#[test]
fn a_character_set_is_the_first_that_both_know() {
    let options = ClientOptions {
        charsets: vec![text("US-ASCII"), text("UTF-8")],
        ..ClientOptions::default()
    };
    let mut client = End::client(options);
    client.hear(&will(TelnetOption::CHARSET));
    assert_eq!(client.says(), ask(TelnetOption::CHARSET));
    let told = client.hear(&sub(TelnetOption::CHARSET, b"\x01;KOI8-R;utf-8;US-ASCII"));
    assert_eq!(told, [Told::Charset(Some(text("utf-8")))]);
    assert_eq!(client.says(), sub(TelnetOption::CHARSET, b"\x02utf-8"));
    assert_eq!(client.hear(&sub(TelnetOption::CHARSET, b"\x01;KOI8-R")), []);
    assert_eq!(client.says(), sub(TelnetOption::CHARSET, b"\x03"));
    assert_eq!(client.hear(&sub(TelnetOption::CHARSET, b"\x04\x01xyz")), []);
    assert_eq!(client.says(), sub(TelnetOption::CHARSET, b"\x05"));
}

#[test]
fn of_two_requests_for_a_character_set_the_servers_counts() {
    let options = ServerOptions {
        charsets: vec![text("UTF-8")],
        ask: OptionSet::NONE,
        ..ServerOptions::default()
    };
    let mut server = End::server(options);
    server.hear(&[ask(TelnetOption::CHARSET), will(TelnetOption::CHARSET)].concat());
    let request = sub(TelnetOption::CHARSET, b"\x01;UTF-8");
    let said = [
        &will(TelnetOption::CHARSET)[..],
        &request,
        &ask(TelnetOption::CHARSET),
    ]
    .concat();
    assert_eq!(server.says(), said);
    assert_eq!(server.hear(&request), []);
    assert_eq!(server.says(), sub(TelnetOption::CHARSET, b"\x03"));
    let told = server.hear(&sub(TelnetOption::CHARSET, b"\x02UTF-8"));
    assert_eq!(told, [Told::Charset(Some(text("UTF-8")))]);
    // What nobody asked for is no agreement.
    assert_eq!(server.hear(&sub(TelnetOption::CHARSET, b"\x02UTF-8")), []);
}

#[test]
fn the_options_in_use_are_told_to_the_side_that_may_ask() {
    let mut end = End::new(Role::Server, Config::default());
    let send = sub(TelnetOption::STATUS, &[1]);
    end.hear(&send);
    assert_eq!(end.says(), b"", "before it is agreed on");
    end.hear(&[ask(TelnetOption::STATUS), will(TelnetOption::SGA)].concat());
    end.says();
    end.hear(&send);
    assert_eq!(end.says(), sub(TelnetOption::STATUS, &[0, 251, 5, 253, 3]));

    let mut config = Config::default().with_server(ServerOptions::default());
    config.theirs = config.theirs.with(TelnetOption::STATUS);
    let mut end = End::new(Role::Server, config);
    assert_eq!(
        end.send(Command::Tell(Tell::Ask(TelnetOption::STATUS))),
        Err(NOT_TOLD)
    );
    end.hear(&will(TelnetOption::STATUS));
    end.says();
    end.tell(Tell::Ask(TelnetOption::STATUS));
    assert_eq!(end.says(), send);
    let told = end.hear(&sub(TelnetOption::STATUS, &[0, 251, 5, 253, 240, 240]));
    let [Told::Status(options)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(options.len(), 2);
    assert_eq!(options[1].1, TelnetOption(240));
}

#[test]
fn flow_control_is_as_the_server_says() {
    let options = ServerOptions {
        flow: Some(FlowControl::RestartXon),
        ..ServerOptions::default()
    };
    let mut server = asking(TelnetOption::LFLOW, options);
    let said = server.says();
    assert_eq!(said[3..], sub(TelnetOption::LFLOW, &[3]));
    server.tell(Tell::Flow(FlowControl::Off));
    assert_eq!(server.says(), sub(TelnetOption::LFLOW, &[0]));
    // A client does not say it.
    assert_eq!(server.hear(&sub(TelnetOption::LFLOW, &[1])), []);

    let options = ClientOptions {
        flow: true,
        ..ClientOptions::default()
    };
    let mut client = asked(TelnetOption::LFLOW, options);
    assert_eq!(
        client.hear(&said[3..]),
        [Told::Flow(FlowControl::RestartXon)]
    );
}

#[test]
fn an_end_of_record_is_sent_only_once_it_is_agreed_on() {
    let config = Config {
        ours: Config::default().ours.with(TelnetOption::EOR),
        ..Config::default()
    };
    let mut end = End::new(Role::Server, config);
    assert!(end.send(Command::Command(Byte::EOR)).is_err());
    end.hear(&ask(TelnetOption::EOR));
    end.says();
    end.send(Command::Command(Byte::EOR)).unwrap();
    assert_eq!(end.says(), [IAC, 239]);
}

#[test]
fn what_may_not_be_used_is_refused_by_negotiation() {
    let mut end = End::server(ServerOptions::default());
    end.hear(b"");
    end.says();
    for option in [
        TelnetOption::AUTHENTICATION,
        TelnetOption::ENCRYPT,
        TelnetOption::EXOPL,
        TelnetOption::START_TLS,
    ] {
        end.hear(&will(option));
        assert_eq!(end.says(), dont(option));
        end.hear(&sub(option, &[1]));
        assert_eq!(end.says(), b"");
    }
}

#[test]
fn without_options_payloads_are_the_applications() {
    let config = Config {
        theirs: OptionSet::of(&[TelnetOption::NAWS]),
        ..Config::default()
    };
    let mut end = End::new(Role::Server, config);
    end.hear(&will(TelnetOption::NAWS));
    let events = end
        .events(&sub(TelnetOption::NAWS, &[0, 80, 0, 24]))
        .unwrap();
    let naws = Event::Subnegotiation {
        option: TelnetOption::NAWS,
        payload: Bytes::from_static(&[0, 80, 0, 24]),
    };
    assert_eq!(events, [naws]);
    let size = Command::Tell(Tell::WindowSize(WindowSize::default()));
    assert_eq!(end.send(size), Err(NOT_TOLD));
}

#[test]
fn what_is_asked_for_costs_as_negotiation_does() {
    let config = Config {
        negotiation: 64,
        ..Config::default()
    };
    let mut end = End::new(Role::Server, config);
    end.events(&ask(TelnetOption::STATUS)).unwrap();
    let send = sub(TelnetOption::STATUS, &[1]);
    let ended = (0..20).find(|_| end.events(&send).is_err());
    // Of 64 bytes 3 are gone; each answer is of 8.
    assert_eq!(ended, Some(7));
    assert_eq!(end.says().len(), 3 + 7 * 8);
}
