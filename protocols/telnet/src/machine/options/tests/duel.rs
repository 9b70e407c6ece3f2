//! Two ends with all of it come to rest, in whatever order and pieces they hear each other.

use core::time::Duration;

use fastrand::Rng;

use super::*;

/// All that can be configured, of both sides: an end may ask and be asked.
fn everything() -> Config {
    let value = |function, value| Triplet {
        function,
        level: Level::Value,
        flags: SlcFlags::default(),
        is_ack: false,
        value,
    };
    let server = ServerOptions {
        ask: OptionSet::of(&[
            TelnetOption::STATUS,
            TelnetOption::TTYPE,
            TelnetOption::NAWS,
            TelnetOption::TSPEED,
            TelnetOption::LFLOW,
            TelnetOption::XDISPLOC,
            TelnetOption::OLD_ENVIRON,
            TelnetOption::NEW_ENVIRON,
            TelnetOption::EOR,
            TelnetOption::BINARY,
            TelnetOption::SGA,
        ]),
        charsets: vec![text("UTF-8"), text("US-ASCII")],
        flow: Some(FlowControl::On),
        mode: Mode::EDIT.with(Mode::TRAPSIG),
        forward: Some(ForwardMask::of(b"\x03\x04")),
        characters: vec![value(Function::IP, 3), value(Function::EC, 8)],
        ..ServerOptions::default()
    };
    let client = ClientOptions {
        terminal_types: vec![text("LINESIDE"), text("XTERM")],
        capabilities: Some(Mtts::ANSI),
        window: Some(WindowSize {
            columns: 255,
            rows: 24,
        }),
        speed: Some(Speed {
            transmit: 9_600,
            receive: 9_600,
        }),
        display: Some(text("here:0")),
        environment: vec![user("LANG", "C"), user("USER", "joe")],
        charsets: vec![text("US-ASCII")],
        flow: true,
        linemode: true,
        characters: vec![value(Function::EC, 127), value(Function::EL, 21)],
        ..ClientOptions::default()
    };
    let mut config = Config::default().with_server(server).with_client(client);
    let more = [TelnetOption::EOR, TelnetOption::OLD_ENVIRON];
    config.ours = more.into_iter().fold(config.ours, OptionSet::with);
    // The mark is no mode, and nobody offers it.
    config.offer = without(config.ours, TelnetOption::TIMING_MARK);
    config
}

fn without(set: OptionSet, option: TelnetOption) -> OptionSet {
    let rest: Vec<_> = set.iter().filter(|it| *it != option).collect();
    OptionSet::of(&rest)
}

/// DO LINEMODE is for the server alone (RFC 1184 section 5.7).
fn configs() -> [Config; 2] {
    let mut server = everything();
    server.ask = server.ask.with(TelnetOption::LINEMODE);
    server.theirs = server.theirs.with(TelnetOption::LINEMODE);
    for set in [&mut server.ours, &mut server.offer] {
        *set = without(*set, TelnetOption::LINEMODE);
    }
    [server, everything()]
}

/// Something that an application may tell at any time; most of it is misuse at some time.
fn random_tell(random: &mut Rng) -> Tell {
    let key = random.u8(1..30);
    let triplet = Triplet {
        function: Function(random.u8(1..31)),
        level: [
            Level::NoSupport,
            Level::CantChange,
            Level::Value,
            Level::Default,
        ][random.usize(0..4)],
        flags: SlcFlags::default(),
        is_ack: false,
        value: key,
    };
    match random.u8(0..9) {
        0 => Tell::Ask(TelnetOption::TTYPE),
        1 => Tell::Ask(TelnetOption::STATUS),
        2 => Tell::WindowSize(WindowSize {
            columns: random.u16(..),
            rows: 24,
        }),
        3 => Tell::Variable(user("LANG", "de")),
        4 | 5 => Tell::Mode(Mode(random.u8(..))),
        6 => Tell::ForwardMask(Some(ForwardMask::of(&[key]))),
        _ => Tell::Characters(vec![triplet]),
    }
}

/// Lets each end hear some of what the other said; whether there was anything.
fn exchange(ends: &mut [End; 2], most: usize, random: &mut Rng, told: &mut [Vec<Told>; 2]) -> bool {
    let from = random.usize(0..2);
    for from in [from, 1 - from] {
        let waiting = ends[from].link.tx.len();
        let length = waiting.min(random.usize(1..=most));
        if length > 0 {
            let heard = ends[from].link.tx.split_to(length);
            told[1 - from].extend(ends[1 - from].hear(&heard));
            return true;
        }
    }
    false
}

#[test]
fn two_ends_with_all_options_come_to_rest() {
    for seed in 0..250 {
        let mut random = Rng::with_seed(seed);
        let [server, client] = configs();
        let mut ends = [
            End::new(Role::Server, server),
            End::new(Role::Client, client),
        ];
        let mut told = [vec![], vec![]];
        for end in &mut ends {
            end.hear(b"");
        }
        let most = random.usize(1..2_000);
        let mut wishes = if seed % 2 == 0 {
            0
        } else {
            random.usize(1..60)
        };
        let mut exchanged = 0;
        loop {
            if wishes > 0 && random.u8(0..4) == 0 {
                wishes -= 1;
                let command = Command::Tell(random_tell(&mut random));
                // Misuse where it comes too early.
                let _ = ends[random.usize(0..2)].send(command);
            }
            let before: usize = ends.iter().map(|end| end.link.tx.len()).sum();
            if !exchange(&mut ends, most, &mut random, &mut told) && wishes == 0 {
                break;
            }
            let after: usize = ends.iter().map(|end| end.link.tx.len()).sum();
            exchanged += after.saturating_sub(before) + most.min(before);
            assert!(exchanged < 4_000_000, "seed {seed}: they go on for ever");
        }
        for end in &mut ends {
            let rest = end.telnet.poll(Instant::START, &mut end.link).unwrap();
            let late = Instant::START + Duration::from_secs(3_600);
            assert_eq!(rest, Step::Wait(None), "seed {seed}: an answer is missing");
            assert_eq!(end.telnet.poll(late, &mut end.link), Ok(rest));
        }
        check(&ends, &told, seed);
        let [server, client] = ends
            .each_ref()
            .map(|end| end.telnet.options.as_deref().unwrap());
        let server = server.server.as_ref().unwrap().lines().settled();
        let client = client.client.as_ref().unwrap().lines().settled();
        assert_eq!(server, client, "seed {seed}");
    }
}

/// Each end knows what the other has told.
fn check(ends: &[End; 2], told: &[Vec<Told>; 2], seed: u64) {
    for (end, told) in ends.iter().zip(told) {
        for option in [
            TelnetOption::TTYPE,
            TelnetOption::NAWS,
            TelnetOption::NEW_ENVIRON,
            TelnetOption::CHARSET,
            TelnetOption::STATUS,
        ] {
            let on = [Party::Us, Party::Peer].map(|party| end.telnet.is_on(party, option));
            assert_eq!(on, [true; 2], "seed {seed}: {option}");
        }
        let has =
            |is: &dyn Fn(&Told) -> bool| assert!(told.iter().any(is), "seed {seed}: {told:?}");
        let names = [text("LINESIDE"), text("XTERM")];
        has(
            &|it| matches!(it, Told::TerminalTypes { names: all, capabilities: Some(Mtts::ANSI) } if *all == names),
        );
        has(&|it| matches!(it, Told::WindowSize(_)));
        has(&|it| matches!(it, Told::TerminalSpeed(_)));
        has(&|it| matches!(it, Told::DisplayLocation(_)));
        has(&|it| matches!(it, Told::Environment { variables, .. } if variables.len() == 2));
        let is_bad = |it: &Told| matches!(it, Told::Malformed { .. });
        assert!(!told.iter().any(is_bad), "seed {seed}: {told:?}");
    }
    // The client tells its characters, and changes none of them here.
    let is_settled = |it: &Told| matches!(it, Told::Characters(_));
    assert!(told[0].iter().any(is_settled), "seed {seed}");
    let charset = Told::Charset(Some(text("US-ASCII")));
    assert!(
        told.iter().any(|told| told.contains(&charset)),
        "seed {seed}"
    );
}

#[test]
fn two_ends_with_all_options_say_little() {
    let [server, client] = configs();
    let mut ends = [
        End::new(Role::Server, server),
        End::new(Role::Client, client),
    ];
    let (mut bytes, mut turns) = (0, 0);
    for end in &mut ends {
        end.hear(b"");
    }
    while ends.iter().any(|end| !end.link.tx.is_empty()) {
        let said = ends.each_mut().map(End::says);
        bytes += said[0].len() + said[1].len();
        turns += 1;
        ends[1].hear(&said[0]);
        ends[0].hear(&said[1]);
    }
    // Six of the turns are the names of the terminal: MTTS is the third, and is told twice.
    assert!(turns <= 9, "{turns} turns");
    assert!(bytes < 700, "{bytes} bytes");
}

#[test]
fn an_end_that_hears_itself_comes_to_rest() {
    for (role, config) in [Role::Server, Role::Client].into_iter().zip(configs()) {
        let mut end = End::new(role, config);
        end.hear(b"");
        let mut bytes = 0;
        while !end.link.tx.is_empty() {
            let said = end.says();
            bytes += said.len();
            if end.events(&said).is_err() {
                break;
            }
        }
        // As far as it is let go on at all, it ends before the limit.
        assert!(bytes < 16 * 1_024, "{role:?}: {bytes} bytes");
    }
}

#[test]
fn whatever_stands_in_a_payload_does_no_harm() {
    let [server, client] = configs();
    let mut random = Rng::with_seed(7);
    for (role, config) in [(Role::Server, server), (Role::Client, client)] {
        let mut end = End::new(role, config.clone());
        for _ in 0..5_000 {
            let options: Vec<_> = config.ours.iter().chain(config.theirs.iter()).collect();
            let option = options[random.usize(0..options.len())];
            let length = random.usize(0..40);
            let most = if random.bool() { 5 } else { 255 };
            let payload: Vec<u8> = (0..length).map(|_| random.u8(0..=most)).collect();
            let bytes = [&will(option)[..], &ask(option), &sub(option, &payload)].concat();
            // Its limit of negotiation ends it now and then; it cannot end otherwise.
            if let Err(error) = end.events(&bytes) {
                assert!(matches!(error, Error::Limit { .. }), "{error}");
                end = End::new(role, config.clone());
            }
            end.says();
        }
    }
}
